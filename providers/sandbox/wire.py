"""Request and Reply: HTTP as the sandbox sees it, whichever way it came in. No sockets and no httpx here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from providers.sandbox.faults import Fault

__all__ = ["BadBody", "FilePart", "Reply", "Request", "Stop", "fingerprint", "json_body", "json_reply"]

DEEPEST = 64
"""JSON nested deeper than this is refused instead of being walked."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is decoded, header names are lower case, `origin` is where it came in (`http://host:port`)."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    origin: str = "https://sandbox.invalid"

    @classmethod
    def of(
        cls, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b"", origin: str = ""
    ) -> Request:
        """From a raw request target (`/a%20b?x=1`). Odd bytes in it become replacement characters."""
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=unquote(path, errors="replace"),
            query=dict(parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=None)),
            headers={name.lower(): value for name, value in headers},
            body=body,
            origin=origin or "https://sandbox.invalid",
        )

    @property
    def key(self) -> str:
        """The bearer key, empty where there is none in the right form."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.casefold() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A stretch of a file as a body: `length` bytes from `start`."""

    path: Path
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Transports add Content-Length (from the body) and carry out `fault`, if there is one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | FilePart = b""
    fault: Fault | None = None

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.length

    def all_headers(self) -> dict[str, str]:
        """The headers with Content-Length, unless the reply says its own (an answer to HEAD does)."""
        names = {name.lower() for name in self.headers}
        return dict(self.headers) if "content-length" in names else {**self.headers, "content-length": str(self.length)}

    def with_headers(self, **headers: str) -> Reply:
        """The same with more headers; underscores stand for hyphens."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **extra})


class Stop(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class BadBody(Exception):
    """The body is not a JSON object; the message says why."""


def json_reply(status: int, data: Any, **headers: str) -> Reply:
    """A JSON answer."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Reply(status, {"content-type": "application/json"}, body).with_headers(**headers)


def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises BadBody for anything else, however odd."""
    try:
        data = json.loads(request.body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadBody("the body is not valid JSON") from error
    if not isinstance(data, dict):
        raise BadBody("the body is not a JSON object")
    if _too_deep(data):
        raise BadBody("the body is nested too deeply")
    return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _too_deep(data: Any) -> bool:
    """Level by level, without recursion."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict | list):
                below.extend(each.values() if isinstance(each, dict) else each)
        level = below
    return False


def fingerprint(key: str) -> str:
    """A short name for a key that does not give it away; empty for no key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12] if key else ""
