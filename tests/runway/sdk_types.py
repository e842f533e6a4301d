"""The official client's own types as judges: reads its TypedDicts and says what in a JSON body does not fit them.

Nothing is generated into files: the installed client is the schema, so that a newer one is noticed by the tests.
"""

from __future__ import annotations

import functools
import importlib
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NotRequired, Required, Union, cast, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

MODES = {
    "text_to_video": "TextToVideoCreateParams",
    "image_to_video": "ImageToVideoCreateParams",
    "video_to_video": "VideoToVideoCreateParams",
    "character_performance": "CharacterPerformanceCreateParams",
    "video_upscale": "VideoUpscaleCreateParams",
    "video_to_hdr": "VideoToHdrCreateParams",
    "text_to_image": "TextToImageCreateParams",
    "sound_effect": "SoundEffectCreateParams",
    "video_to_audio": "VideoToAudioCreateParams",
}
ROUTER_MODE = "generate/video"


@functools.cache
def bodies(mode: str) -> dict[str, Any]:
    """The body type of each model of a mode, by the model's name; `*` where the body names none."""
    if mode == ROUTER_MODE:
        return {"*": importlib.import_module("runwayml.types.generate.video_create_params").VideoCreateParams}
    module = importlib.import_module(f"runwayml.types.{mode}_create_params")
    alias = getattr(module, MODES[mode])
    found: dict[str, Any] = {}
    for kind in get_args(alias) if get_origin(alias) is Union else (alias,):
        for name in get_args(bare(fields(kind)["model"])):
            found[str(name)] = kind
    return found


@functools.cache
def fields(kind: Any) -> dict[str, Any]:
    """Wire names and types of a TypedDict."""
    hints = get_type_hints(kind, include_extras=True)
    return {_wire(name, hint): hint for name, hint in hints.items()}


def required(kind: Any) -> set[str]:
    """The wire names that must be there."""
    return {name for name, hint in fields(kind).items() if get_origin(hint) is Required}


def literals(kind: Any) -> set[Any]:
    """Every literal value that a type allows, at any depth of unions."""
    kind = bare(kind)
    if get_origin(kind) is Literal:
        return set(get_args(kind))
    return {value for part in get_args(kind) for value in literals(part)} if get_origin(kind) is Union else set()


def faults(value: Any, kind: Any, where: str = "") -> list[str]:
    """What does not fit, each with its place; empty when all fits."""
    kind = bare(kind)
    if kind in (Any, object):
        return []
    if is_typeddict(kind):
        return _dict_faults(value, kind, where)
    origin = get_origin(kind)
    if origin is Union:
        tries = [faults(value, part, where) for part in get_args(kind)]
        return [] if any(not each for each in tries) else min(tries, key=len)
    if origin is Literal:
        fits = any(value == each and type(value) is type(each) for each in get_args(kind))
        return [] if fits else [f"{where}: {value!r} is none of {get_args(kind)}"]
    if (
        origin is not None
        and issubclass(cast("type", origin), Iterable)
        and not issubclass(cast("type", origin), Mapping)
    ):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [fault for i, each in enumerate(value) for fault in faults(each, get_args(kind)[0], f"{where}[{i}]")]
    return _plain_faults(value, kind, where)


def _dict_faults(value: Any, kind: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    known = fields(kind)
    found = [f"{where}.{name} is not known" for name in value if name not in known]
    found += [f"{where}.{name} is missing" for name in required(kind) if name not in value]
    return found + [
        fault for name, each in value.items() if name in known for fault in faults(each, known[name], f"{where}.{name}")
    ]


def _plain_faults(value: Any, kind: Any, where: str) -> list[str]:
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, kind) if isinstance(kind, type) else True
    return [] if fits else [f"{where}: {value!r} is no {kind}"]


def _wire(name: str, hint: Any) -> str:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated:
        for note in get_args(hint)[1:]:
            if getattr(note, "alias", None):
                return str(note.alias)
    return name


def bare(hint: Any) -> Any:
    """A type without what is said about it: required, annotated."""
    while True:
        if get_origin(hint) in (Required, NotRequired, Annotated):
            hint = get_args(hint)[0]
        elif isinstance(hint, typing.ForwardRef):
            return Any
        else:
            return hint
