"""The request body: from a shot in our words to the fields of each model, as the catalogue maps them. Pure.

Nothing here names a model. Values that are more than one plain value on the wire (shots, keyframe times, tags) have a
codec; pictures, clips and sounds stand in the form that their slot says. An unknown model gets its parameters as given.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from providers.catalogue import InputSlot, Model, put
from providers.runway.codecs import CODECS, keyframe
from providers.shot import Media, Role, Shot

__all__ = ["DRAFT", "INLINE_CHARACTERS", "ROUTER", "Given", "address", "body", "fits_inline", "given", "path"]

INLINE_CHARACTERS = 5_242_880
"""Runway, inputs: the longest data URI of a picture, all characters counted."""
ROUTER = "router:"
DRAFT = "draft_task"
ROUTER_PATH = "/v1/generate/video"


@dataclass(frozen=True, slots=True)
class Given:
    """One input with its place in the body, and the address under which the vendor finds it."""

    slot: InputSlot
    uri: str


def path(shot: Shot, model: Model | None) -> str:
    """Where the request goes."""
    return (model.endpoint.get(shot.mode) if model else None) or f"/v1/{shot.mode}"


def body(shot: Shot, model: Model | None, media: Sequence[Media] = ()) -> dict[str, Any]:
    """The JSON body. Without `media` the inputs are shown by their names, for people to read."""
    if model is None:
        return _as_given(shot, media)
    if draft := shot.params.get(DRAFT):
        # The vendor takes nothing beside the id: the draft is made whole with its own prompt and settings.
        return {"model": model.name, "draftTaskId": draft}
    found: dict[str, Any] = _head(model)
    if shot.prompt and model.prompt.max:
        put(found, "input.promptText" if model.prefix else "promptText", shot.prompt)
    coded = _params(found, shot, model)
    _inputs(found, given(shot, model, media), coded)
    for codec, value in coded.items():
        CODECS[codec].finish(found, value)
    return found


def _head(model: Model) -> dict[str, Any]:
    if model.prefix:
        return {"configId": model.name.removeprefix(model.prefix), "input": {}}
    return {"model": model.name}


def _params(found: dict[str, Any], shot: Shot, model: Model) -> dict[str, str]:
    """Puts the plain parameters; returns the others by their codec."""
    coded: dict[str, str] = {}
    for name, value in shot.params.items():
        param = model.find_param(name, shot.mode)
        if param is not None and param.codec:
            coded[param.codec] = str(value)
        else:
            put(found, param.wire if param else name, value)
    return coded


# ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def given(shot: Shot, model: Model, media: Sequence[Media]) -> list[Given]:
    """Each input with its slot, in the order in which they were named; inputs without a slot are left out."""
    addresses = [address(each) for each in media] or [_shown(each.source) for each in shot.inputs]
    pairs = zip(shot.inputs, addresses, strict=True)
    return [Given(slot, uri) for each, uri in pairs if (slot := model.slot(each, shot.mode)) is not None]


def address(media: Media) -> str:
    """The link, the vendor's own address, or a data URI; what is too large for one is named until it is uploaded."""
    if media.url or media.vendor_id:
        return media.url or media.vendor_id or ""
    if fits_inline(media):
        return f"data:{media.media_type};base64,{base64.b64encode(media.data or b'').decode()}"
    return f"runway://(upload of {media.name or media.role.value})"


def fits_inline(media: Media) -> bool:
    """Whether a file may go inside the request: pictures only, and only small ones."""
    kind = media.media_type or ""
    length = len(f"data:{kind};base64,") + (len(media.data or b"") + 2) // 3 * 4
    return kind.startswith("image/") and length <= INLINE_CHARACTERS


def _shown(source: str) -> str:
    return source if "://" in source else f"({PurePath(source).name})"


def _inputs(found: dict[str, Any], inputs: Iterable[Given], coded: Mapping[str, str]) -> None:
    groups: dict[str, list[Given]] = {}
    for each in inputs:
        groups.setdefault(each.slot.wire, []).append(each)
    for wire, group in groups.items():
        put(found, wire, _FORMS[group[0].slot.form](group, coded))


def _positions(group: list[Given], _coded: Mapping[str, str]) -> Any:
    """One first frame stands alone; everything else is a list, in which pictures without a position are references."""
    if len(group) == 1 and group[0].slot.position == "first":
        return group[0].uri
    return [{"uri": each.uri, **({"position": p} if (p := each.slot.position) else {})} for each in group]


def _keyframes(group: list[Given], coded: Mapping[str, str]) -> list[dict[str, Any]]:
    return [keyframe(each.uri, index, len(group), coded) for index, each in enumerate(group)]


def _role_of(slot: InputSlot) -> str:
    return slot.position or ("source" if slot.role is Role.VIDEO else "reference")


_Form = Callable[[list[Given], Mapping[str, str]], Any]
_FORMS: Mapping[str, _Form] = {
    "uri": lambda group, _: group[0].uri,
    "uris": lambda group, _: [{"uri": each.uri} for each in group],
    "plain": lambda group, _: [each.uri for each in group],
    "position": _positions,
    "object": lambda group, _: {"type": group[0].slot.media, "uri": group[0].uri},
    "typed": lambda group, _: [{"type": each.slot.media, "uri": each.uri} for each in group],
    "role": lambda group, _: [{"role": _role_of(each.slot), "uri": each.uri} for each in group],
    "keyframes": _keyframes,
}


def _as_given(shot: Shot, media: Sequence[Media]) -> dict[str, Any]:
    """For a model that nobody described: the names that most of the vendor's models have."""
    found: dict[str, Any] = {"model": shot.model, **({"promptText": shot.prompt} if shot.prompt else {})}
    for name, value in shot.params.items():
        put(found, name, value)
    addresses = [address(each) for each in media] or [_shown(each.source) for each in shot.inputs]
    for each, uri in zip(shot.inputs, addresses, strict=True):
        if each.role is Role.VIDEO:
            found["videoUri"] = uri
        elif each.role is Role.REFERENCE:
            found.setdefault("references", []).append({"uri": uri})
        else:
            position = "last" if each.role is Role.END_IMAGE else "first"
            found.setdefault("promptImage", []).append({"uri": uri, "position": position})
    return found
