"""What Luma's Dream Machine API still tells of a generation's request, read back into a shot.

Source: the list call of the OpenAPI document of 2025-06-24, which echoes each request. The echo names pictures by their
addresses and other generations by their ids; of an upscale or an added sound it does not say which take it was for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.base import Past, VendorTask
from providers.catalogue import Catalogue, Model
from providers.parameter import Param
from providers.reading import text
from providers.shot import Input, ParamValue, Role, Shot

__all__ = ["read_past"]

MODES = {
    "modify_video": "modify",
    "reframe_video": "reframe",
    "upscale_video": "upscale",
    "add_audio": "add_audio",
}
"""Modes by `generation_type`; a plain `video` is told by its key frames."""
MEDIA = {"media": Role.VIDEO, "first_frame": Role.START_IMAGE}


def read_past(catalogue: Catalogue, task: VendorTask, data: Mapping[str, Any]) -> Past | None:
    """The generation with its shot; None where it is a still picture."""
    request = data.get("request")
    request = request if isinstance(request, dict) else {}
    kind = text(request, "generation_type") or text(data, "generation_type") or "video"
    if kind == "image":
        return None
    frames = request.get("keyframes")
    inputs, made_from = _frames(frames if isinstance(frames, dict) else {})
    mode = MODES.get(kind) or _mode(inputs, made_from)
    if mode == "extend" or mode == "extend_back":
        made_from = {Role.VIDEO: next(iter(made_from.values()))}
    inputs += [Input(role, url) for name, role in MEDIA.items() if (url := _url(request.get(name)))]
    name = text(request, "model") or text(data, "model") or catalogue.names()[-1]
    model = catalogue.find(name)
    params = _params(model, mode, request)
    shot = Shot(catalogue.provider, model.name if model else name, mode, _prompt(request), params, tuple(inputs))
    return Past(task, shot, made_from)


def _prompt(request: Mapping[str, Any]) -> str:
    said = request.get("prompt")
    return said if isinstance(said, str) else ""


def _frames(frames: Mapping[str, Any]) -> tuple[list[Input], dict[Role, str]]:
    inputs: list[Input] = []
    made_from: dict[Role, str] = {}
    for name, role in (("frame0", Role.START_IMAGE), ("frame1", Role.END_IMAGE)):
        frame = frames.get(name)
        if not isinstance(frame, dict):
            continue
        if (known := text(frame, "id")) is not None:
            made_from[role] = known
        elif url := _url(frame):
            inputs.append(Input(role, url))
    return inputs, made_from


def _url(frame: Any) -> str | None:
    url = frame.get("url") if isinstance(frame, dict) else None
    return url if isinstance(url, str) and url.startswith("https://") else None


def _mode(inputs: list[Input], made_from: Mapping[Role, str]) -> str:
    if len(made_from) == 2:
        return "interpolate"
    if made_from:
        return "extend" if Role.START_IMAGE in made_from else "extend_back"
    return "image_to_video" if inputs else "text_to_video"


def _params(model: Model | None, mode: str, request: Mapping[str, Any]) -> dict[str, ParamValue]:
    """Every parameter of the mode that the echo names with a value we know."""
    found: dict[str, ParamValue] = {}
    for param in model.params(mode) if model else ():
        value = _value(param, request.get(param.wire))
        if value is not None and value != "" and not (value is False and param.default is False):
            found[param.name] = value
    return found


def _value(param: Param, value: Any) -> ParamValue | None:
    if param.codec == "keys" and isinstance(value, list):
        value = ", ".join(str(each["key"]) for each in value if isinstance(each, dict) and "key" in each)
    if not isinstance(value, str | int | float):
        return None
    try:
        return param.parse(value)
    except ValueError:
        return None
