"""Luma's refusals in words: both APIs answer with `{"detail": text}`, or with a list of field problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from providers.base import Api
from providers.errors import KeyRefused, NoCredits, NotFound, Problem, RateLimited, Refused
from providers.http import Answer, retry_after, shorten

__all__ = ["explain"]

MODEL_HINT = "the account of this key may not use that model"


def explain(api: Api, label: str) -> Callable[[Answer], Refused | None]:
    """The reading of one API's error bodies, for `VendorHttp`."""

    def read(answer: Answer) -> Refused | None:
        detail = answer.data.get("detail") if isinstance(answer.data, dict) else None
        if isinstance(detail, list):
            return _fields(label, answer, detail)
        return _text(api, label, answer, shorten(detail)) if isinstance(detail, str) else None

    return read


def _fields(label: str, answer: Answer, detail: list[Any]) -> Refused:
    problems = tuple(_field_problem(each) for each in detail if isinstance(each, dict))
    words = "; ".join(f"{each.param} {each.message}" for each in problems[:5]) or "the request is not valid"
    return Refused(shorten(f"{label} refused the request: {words}"), status=answer.status, problems=problems)


def _text(api: Api, label: str, answer: Answer, said: str) -> Refused | None:
    """Dream Machine does not document which status means "no credits": its text is taken as a hint."""
    status = answer.status
    match status:
        case 401 | 403 if "credit" not in said.casefold():
            return KeyRefused(f"{label} refused the key: {said}", status=status, hint=f"check it at {api.key_page}")
        case 400 | 402 | 403 if status == 402 or "credit" in said.casefold():
            return NoCredits(f"{label} says: {said}", status=status, hint=f"add credits at {_site(api)}")
        case 404:
            return NotFound(f"{label} says: {said}", status=status)
        case 429:
            return RateLimited(f"{label} says: {said}", retry_after=retry_after(answer.headers), hint=_which(answer))
        case 400 | 413 | 422:
            hint = MODEL_HINT if said.casefold().startswith("unknown model") else None
            return Refused(f"{label} refused: {said}", status=status, hint=hint)
    return None


def _which(answer: Answer) -> str | None:
    """Luma Agents, limits: the request rate tells itself by `X-RateLimit-*`, too many jobs at once by nothing."""
    names = {name.casefold() for name in answer.headers}
    if "x-ratelimit-limit" in names:
        return "the limit of requests a minute; the queue waits as long as it asks"
    return "as many jobs as the account may run at once; the queue waits as long as it asks"


def _site(api: Api) -> str:
    return api.key_page.removeprefix("https://").partition("/")[0]


def _field_problem(item: Mapping[str, Any]) -> Problem:
    where = item.get("loc")
    name = ".".join(str(part) for part in where if part != "body") if isinstance(where, list) else "request"
    return Problem(shorten(name), shorten(str(item.get("msg", "is not valid"))))
