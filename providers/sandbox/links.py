"""Links to clips: signed, and expiring the way each vendor's do. Pure.

Runway: `_jwt` in the query (documentation, "URLs expire within 24-48 hours"). Luma Agents: a presigned S3 address, one
hour. Dream Machine: a plain address. The sandbox itself: `expires` and `signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from providers.sandbox.options import AGENTS, DREAM_MACHINE, RUNWAY

__all__ = ["link", "link_expired"]

_AWS_TIME = "%Y%m%dT%H%M%S.%fZ"


def link(origin: str, vendor: str, name: str, *, salt: str, now: float, life_s: float | None) -> str:
    """A fresh address for a job's file (`JOB.mp4`); `life_s` None makes one that does not expire."""
    path = f"/assets/{vendor}/{quote(name, safe='')}"
    if life_s is None or vendor == DREAM_MACHINE:
        return f"{origin}{path}"
    until = now + life_s
    return f"{origin}{path}?{urlencode(_query(vendor, path, salt, now, until))}"


def _query(vendor: str, path: str, salt: str, now: float, until: float) -> dict[str, str]:
    if vendor == RUNWAY:
        claims = {"key_hash": _sign(salt, path, "path")[:16], "exp": round(until, 3)}
        head, body = _b64({"alg": "HS256", "typ": "JWT"}), _b64(claims)
        return {"_jwt": f"{head}.{body}.{_sign(salt, path, body)}"}
    if vendor == AGENTS:
        day = datetime.fromtimestamp(now, UTC).strftime(_AWS_TIME)
        life = f"{until - now:.0f}"
        return {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": day,
            "X-Amz-Expires": life,
            "X-Amz-Signature": _sign(salt, path, f"{day} {life}"),
        }
    moment = f"{until:.3f}"
    return {"expires": moment, "signature": _sign(salt, path, moment)}


def link_expired(vendor: str, path: str, query: Mapping[str, str], *, salt: str, now: float, signed: bool) -> bool:
    """Whether a link is refused: expired, forged, or without a signature where there must be one."""
    if not signed or vendor == DREAM_MACHINE:
        return False
    try:
        until = _until(vendor, path, query, salt)
    except (KeyError, ValueError, TypeError, OverflowError):
        return True
    return now >= until


def _until(vendor: str, path: str, query: Mapping[str, str], salt: str) -> float:
    """When a link ends. Raises KeyError, ValueError or TypeError for a link that is not ours."""
    if vendor == RUNWAY:
        _, body, signature = query["_jwt"].split(".")
        _check(signature, _sign(salt, path, body))
        return float(json.loads(base64.urlsafe_b64decode(body + "==="))["exp"])
    if vendor == AGENTS:
        day, life = query["X-Amz-Date"], query["X-Amz-Expires"]
        _check(query["X-Amz-Signature"], _sign(salt, path, f"{day} {life}"))
        return datetime.strptime(day, _AWS_TIME).replace(tzinfo=UTC).timestamp() + float(life)
    _check(query["signature"], _sign(salt, path, query["expires"]))
    return float(query["expires"])


def _check(given: str, wanted: str) -> None:
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise ValueError("the signature is wrong")


def _sign(salt: str, path: str, what: str) -> str:
    return hmac.new(salt.encode(), f"{path}\n{what}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _b64(data: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).decode().rstrip("=")
