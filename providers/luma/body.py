"""The bodies of Luma's requests: parameters by their wire names, in the shapes that are more than one plain value."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from providers.catalogue import InputSlot, Model, put
from providers.shot import Media, ParamValue, Role, Shot

__all__ = ["keys", "media_type", "numbers", "role_media", "slot_for", "write_params"]


USES = "uses"
"""Written with the pictures (`pictures`), not by itself."""


def write_params(body: dict[str, Any], model: Model | None, shot: Shot) -> None:
    """Puts every parameter where it belongs; those of a model that nobody described go out as given.

    A switch that is off as it would be anyway is left out: some of Luma's refusals are for its mere presence.
    """
    for name, value in shot.params.items():
        param = model.find_param(name, shot.mode) if model else None
        if param is None:
            put(body, name, value)
        elif param.codec == USES:
            continue
        elif not (value is False and param.default is False):
            written = _CODECS[param.codec](value) if param.codec else value
            if written != []:
                put(body, param.wire, written)


def keys(value: ParamValue) -> list[dict[str, str]]:
    """Luma, concepts: `push_in, orbit_left` as `[{"key": …}]`."""
    return [{"key": each} for each in _parts(value)]


def numbers(value: ParamValue) -> list[int]:
    """`0, 60, 120` as whole numbers. Raises ValueError."""
    return [_whole(each) for each in _parts(value)]


def _parts(value: ParamValue) -> list[str]:
    return [each for each in re.split(r"[\s,;]+", str(value)) if each]


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


_CODECS: dict[str, Callable[[ParamValue], list[Any]]] = {"keys": keys, "numbers": numbers}


def slot_for(model: Model | None, media: Media, mode: str) -> InputSlot | None:
    """Where an input goes."""
    return next((each for each in model.slots(mode) if each.role is media.role), None) if model else None


def role_media(media: Sequence[Media], role: Role) -> Media | None:
    """The first input of a role."""
    return next((each for each in media if each.role is role), None)


def media_type(media: Media, kind: str) -> str:
    """The MIME type of a linked clip or picture by its address; `kind` (video, image) where that says nothing.

    Luma Agents, sources: a link to a clip is only read with its type beside it.
    """
    if media.media_type:
        return media.media_type
    guessed = mimetypes.guess_type(urlsplit(media.url or "").path)[0] or ""
    return guessed if guessed.startswith(f"{kind}/") else {"video": "video/mp4"}.get(kind, "image/jpeg")
