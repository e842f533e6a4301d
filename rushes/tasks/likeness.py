"""Likeness: one text for all requests that a vendor's list cannot tell apart. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from providers.base import Provider
from providers.shot import Media, Shot

__all__ = ["exactly", "likeness"]


def likeness(provider: Provider, shot: Shot) -> str:
    """A hash of what the vendor's list shows of a request, blind to what an echo may leave out or write otherwise.

    Two shots with other pictures are alike, and so is one request to two addresses of a vendor: rather too many are
    taken for rivals than too few.
    """
    return _hash(_coarse(provider.listed_as(shot)))


def exactly(provider: Provider, shot: Shot, media: Sequence[Media]) -> str:
    """A hash of the whole request: equal ones may stand for each other."""
    wire = provider.request(shot, media)
    return _hash({"url": wire.url, "body": _coarse(wire.body)})


def _hash(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _coarse(value: Any) -> Any:
    """Without what is absent in all but name, and with one way of writing numbers."""
    if isinstance(value, Mapping):
        parts = {name: _coarse(each) for name, each in value.items()}
        return {name: each for name, each in parts.items() if each not in (None, False, [], {}, "")}
    if isinstance(value, list | tuple):
        return [_coarse(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{float(value):.9g}"
    return value
