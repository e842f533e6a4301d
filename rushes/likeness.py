"""Likeness: one text for all requests that a vendor's list cannot tell apart. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from providers.base import Provider
from providers.shot import Media, Shot

__all__ = ["likeness"]


def likeness(provider: Provider, shot: Shot, media: Sequence[Media] = ()) -> str:
    """A hash of the request, blind to what a vendor's echo may leave out or write in another way.

    Without media two shots with other pictures are alike: rather too many are taken for rivals than too few.
    """
    wire = provider.request(shot, media)
    said = {"url": wire.url, "body": _coarse(wire.body)}
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
