"""Reading Runway's answers: tasks, failure codes, refusals, the account. Pure.

Sources: the OpenAPI document of 2026-08-08, the official client runwayml 5.24, and the documentation's failure codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.base import Asset, Limits, ModelLimit, VendorState, VendorTask
from providers.errors import Failure, FailureKind, KeyRefused, Malformed, NoCredits, Problem, RateLimited, Refused
from providers.http import Answer, retry_after, shorten
from providers.reading import fraction, moment, text, units
from providers.runway import API

__all__ = ["credits_of", "explain", "read_failure", "read_limits", "read_task"]

_STATES = {
    "PENDING": VendorState.PENDING,
    "THROTTLED": VendorState.THROTTLED,
    "RUNNING": VendorState.RUNNING,
    "SUCCEEDED": VendorState.SUCCEEDED,
    "FAILED": VendorState.FAILED,
    "CANCELLED": VendorState.CANCELLED,
}
_KINDS = {
    "mp4": "video",
    "mov": "video",
    "webm": "video",
    "png": "image",
    "jpg": "image",
    "jpeg": "image",
    "webp": "image",
    "svg": "image",
    "wav": "audio",
    "mp3": "audio",
    "flac": "audio",
    "ogg": "audio",
    "opus": "audio",
    "m4a": "audio",
    "zip": "archive",
    "exr": "archive",
    "tar": "archive",
}


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A task object. Raises Malformed without an id."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the task has no id")
    word = text(data, "status") or ""
    state = _STATES.get(word, VendorState.UNKNOWN)
    charged = credits_of(data, "cost")
    output = data.get("output")
    urls = [url for url in output if isinstance(url, str) and url] if isinstance(output, list) else []
    failure = None
    if state is VendorState.FAILED:
        failure = read_failure(text(data, "failureCode"), text(data, "failure"), charged)
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no status",
        progress=fraction(data.get("progress")) if state is VendorState.RUNNING else None,
        assets=tuple(Asset(url, _kind(url)) for url in urls),
        failure=failure,
        estimated_units=credits_of(data, "estimatedCost"),
        charged_units=charged,
        created_at=moment(data.get("createdAt")),
        answer=data,
    )


def _kind(url: str) -> str:
    """What a file is, by its address; empty where that says nothing, which is then what was asked for."""
    ending = url.partition("?")[0].rpartition(".")[2].casefold()
    return _KINDS.get(ending, "")


_PAUSE = "the service failed; try again after a pause"
_SUSPENDS = "it is never repeated by itself, since repeats can suspend the account"
_FAILURES: tuple[tuple[str, FailureKind, bool, str], ...] = (
    ("SAFETY.INPUT.TEXT", FailureKind.MODERATION, False, f"change the prompt; {_SUSPENDS}"),
    ("SAFETY.INPUT", FailureKind.MODERATION, False, f"change the picture or clip; {_SUSPENDS}"),
    ("SAFETY.OUTPUT", FailureKind.MODERATION, False, f"the result was held back; change the shot; {_SUSPENDS}"),
    ("SAFETY", FailureKind.MODERATION, False, f"change the shot; {_SUSPENDS}"),
    ("INPUT_PREPROCESSING.SAFETY", FailureKind.MODERATION, False, f"change the prompt; {_SUSPENDS}"),
    ("INPUT_PREPROCESSING", FailureKind.SERVICE, True, _PAUSE),
    ("ASSET.INVALID", FailureKind.INPUT, False, "the input file cannot be used; give another"),
    ("ASSET", FailureKind.INPUT, False, "the input file cannot be used; give another"),
    (
        "INTERNAL.BAD_OUTPUT",
        FailureKind.SERVICE,
        True,
        "try again; text or logos in the picture are a known cause",
    ),
    ("THIRD_PARTY", FailureKind.SERVICE, True, "the partner's model is down; try again after a pause"),
    ("INTERNAL", FailureKind.SERVICE, True, _PAUSE),
)
"""By prefix, the longer before the shorter."""


def read_failure(code: str | None, said: str | None, charged: Decimal | None) -> Failure:
    """The kind of a failure by the longest matching prefix of its code; unknown codes are kept and shown.

    Whether it was charged is what the task's `cost` says, never what its kind would suggest.
    """
    message = shorten(said or "") or "failed without a reason"
    paid = None if charged is None else charged > 0
    if code is None:
        return Failure(FailureKind.SERVICE, message, retryable=True, charged=paid, hint=_PAUSE)
    for prefix, kind, retryable, hint in _FAILURES:
        if code == prefix or code.startswith(f"{prefix}."):
            return Failure(kind, message, retryable, paid, code, hint)
    return Failure(FailureKind.UNKNOWN, message, retryable=False, charged=paid, vendor_code=code)


def credits_of(data: Mapping[str, Any], name: str) -> Decimal | None:
    """The amount of `{name: {credits}}`, None where it is absent."""
    cost = data.get(name)
    return units(cost.get("credits")) if isinstance(cost, dict) else None


def read_limits(data: Mapping[str, Any]) -> Limits:
    """`GET /v1/organization`. A limit of null is no limit; models that it still names may be retired."""
    tier, usage = _object(data, "tier"), _object(data, "usage")
    allowed, used = _object(tier, "models"), _object(usage, "models")
    models = {
        name: ModelLimit(
            at_once=_whole(_object(allowed, name).get("maxConcurrentGenerations")),
            per_day=_whole(_object(allowed, name).get("maxDailyGenerations")),
            used_today=_whole(_object(used, name).get("dailyGenerations")) or 0,
        )
        for name in {**allowed, **used}
    }
    return Limits(models, units(data.get("creditBalance")), units(tier.get("maxMonthlyCreditSpend")))


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def explain(answer: Answer) -> Refused | None:
    """`{error, issues: [{path, message}], docUrl}`; missing credits arrive as a 400 with a text about them."""
    data = answer.data if isinstance(answer.data, dict) else {}
    error = data.get("error")
    said = shorten(error) if isinstance(error, str) else ""
    if answer.status == 429:
        return _daily(said, retry_after(answer.headers))
    if answer.status in {400, 402} and "credit" in said.casefold():
        return NoCredits(f"Runway says: {said}", status=answer.status, hint=f"buy credits at {API.key_page}")
    if answer.status in {401, 403}:
        hint = f"check the key at {API.key_page}; the address must be {API.base_url} (not api.runwayml.com)"
        return KeyRefused(f"Runway refused the key: {said}", status=answer.status, hint=hint)
    if answer.status != 400:
        return None
    issues = data.get("issues")
    problems = tuple(_issue(each) for each in issues if isinstance(each, dict)) if isinstance(issues, list) else ()
    words = "; ".join(f"{each.param}: {each.message}" for each in problems)
    return Refused(f"Runway refused: {said}{f' ({words})' if words else ''}", status=400, problems=problems)


def _daily(said: str, wait: float | None) -> RateLimited:
    """429 is the limit of the day, which is a window of 24 hours that moves along."""
    opens = "it opens again as the generations of yesterday become a day old"
    if wait is not None:
        hours, minutes = divmod(round(wait / 60), 60)
        opens = f"it opens again in {f'{hours} h ' if hours else ''}{minutes} min"
    return RateLimited(f"Runway's daily limit is reached: {said}", retry_after=wait, daily=True, hint=opens)


def _issue(item: Mapping[str, Any]) -> Problem:
    path = item.get("path")
    name = ".".join(str(part) for part in path) if isinstance(path, list) else "request"
    return Problem(name or "request", shorten(str(item.get("message", "is not valid"))))
