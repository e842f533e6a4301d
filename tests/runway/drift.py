"""What the installed official client has that the catalogue does not, and the other way round; a tool and a test.

python -m tests.runway.drift        prints each difference on a line of its own, nothing where there is none
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from providers.catalogue import Catalogue, Model, Param
from providers.runway import SPEC
from tests.runway import sdk_types

__all__ = ["differences"]

KNOWN = {
    "model",
    "promptText",
    "configId",
    "input",
    # Each keyframe's moment and window are written by the codecs `times` and `ranges`.
    "keyframes",
}
"""Fields that the request has without the catalogue's help."""
DEPRECATED = {"768P", "2K", "720P", "1080P"}
"""Values that the vendor still takes and tells people not to use."""
LEFT_OUT = {("router:SLUG", "input.keyframes")}
"""Fields that are not offered: keyframes by way of a router need a clip that the router may not take."""


def differences(catalogue: Catalogue) -> list[str]:
    """Every difference in words: models, modes, fields, values."""
    found: list[str] = []
    for mode in sdk_types.MODES:
        theirs = sdk_types.bodies(mode)
        ours = {each.name: each for each in catalogue.model if mode in each.modes and not each.prefix}
        found += [f"{mode}: the client has {name}, the catalogue has not" for name in theirs.keys() - ours.keys()]
        found += [f"{mode}: the catalogue has {name}, the client has not" for name in ours.keys() - theirs.keys()]
        for name in theirs.keys() & ours.keys():
            found += [f"{name} {mode}: {words}" for words in _fields(ours[name], mode, theirs[name])]
    router = next(each for each in catalogue.model if each.prefix)
    kind = sdk_types.bare(sdk_types.fields(sdk_types.bodies(sdk_types.ROUTER_MODE)["*"])["input"])
    offered = _offered(router, None)
    for field in sdk_types.fields(kind):
        wire = f"input.{field}"
        filled = any(each == wire or each.startswith(f"{wire}.") for each in offered)
        if not filled and field != "promptText" and (router.name, wire) not in LEFT_OUT:
            found.append(f"{router.name}: the client has {wire}, the catalogue has not")
    return sorted(found)


def _offered(model: Model, mode: str | None) -> set[str]:
    """The wire names that a mode's parameters and inputs fill; parents of dotted names count."""
    params = model.param if mode is None else model.params(mode)
    slots = model.input if mode is None else model.slots(mode)
    wires = {each.wire for each in params} | {each.wire for each in slots}
    return wires | {wire.split(".")[0] for wire in wires}


def _fields(model: Model, mode: str, kind: Any) -> Iterator[str]:
    theirs = sdk_types.fields(kind)
    offered = _offered(model, mode)
    for field in theirs.keys() - offered - KNOWN:
        yield f"the client has {field}, the catalogue has not"
    for wire in {each.split(".")[0] for each in offered} - theirs.keys():
        yield f"the catalogue has {wire}, the client has not"
    for param in model.params(mode):
        hint = theirs.get(param.wire)
        if hint is not None and not param.codec:
            yield from _values(param, hint)
    needed = sdk_types.required(kind) - KNOWN
    for wire in needed - {each.wire for each in model.params(mode) if each.required}:
        if not any(slot.wire == wire for slot in model.slots(mode)):
            yield f"the client needs {wire}, the catalogue does not"


def _values(param: Param, hint: Any) -> Iterator[str]:
    theirs = sdk_types.literals(hint) - DEPRECATED
    open_ended = {"auto"} == theirs or _has_plain(hint)
    ours = set(param.values)
    if not theirs or (open_ended and theirs <= ours):
        return
    if missing := theirs - ours:
        yield f"{param.name}: the client also takes {', '.join(sorted(map(str, missing)))}"
    if extra := ours - theirs:
        yield f"{param.name}: the client does not take {', '.join(sorted(map(str, extra)))}"


def _has_plain(hint: Any) -> bool:
    """Whether a union has a part that takes more than listed values (`int | "auto"`)."""
    hint = sdk_types.bare(hint)
    return any(part in (int, float, str) for part in get_args(hint)) if get_origin(hint) else False


if __name__ == "__main__":
    for line in differences(SPEC.load_catalogue()):
        print(line)
