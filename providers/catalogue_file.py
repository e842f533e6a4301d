"""What the catalogue files may leave out: shared parameters and the other spellings of frame sizes. Pure, plain values.

`[common.NAME]` holds a parameter, an input or any other table once; `use = "NAME"` takes it, and whatever stands beside
`use` wins. `tiers` groups a choice's values by resolution (`720p = ["1280:720", …]`): the values follow from it, and so
do the spellings that people use for them (`16:9`, `1080p 16:9`, `1920x1080`).
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["expand", "shape"]

SHAPES = ("21:9", "2:1", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "1:2", "9:21")
NEAR = 0.035
"""How far a size may be from a shape and still be called by its name: vendors round to multiples of 8 or 16."""


def expand(data: dict[str, Any]) -> dict[str, Any]:
    """The file's data with every `use` and `tiers` written out. Raises ValueError for a name that is not there."""
    common = data.pop("common", {})
    for model in data.get("model", ()):
        for group in ("param", "input", "price"):
            if group in model:
                model[group] = [_whole(entry, common) for entry in model[group]]
    return data


def _whole(entry: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(entry)
    while (name := found.pop("use", None)) is not None:
        if name not in common:
            raise ValueError(f"nothing common is called {name!r}")
        found = {**common[name], **found}
    if "tiers" in found:
        found.setdefault("values", [value for values in found["tiers"].values() for value in values])
        found["forms"] = {**_spellings(found["tiers"], found.get("default")), **found.get("forms", {})}
    return found


def _spellings(tiers: Mapping[str, list[Any]], default: Any) -> dict[str, Any]:
    """The plain shape stands for the size in the default's tier, where that tier has it."""
    main = next((tier for tier, values in tiers.items() if default in values), next(iter(tiers), ""))
    forms: dict[str, Any] = {}
    for tier in sorted(tiers, key=lambda each: each != main):
        for value in tiers[tier]:
            for name in _names(str(value), tier):
                forms.setdefault(name, value)
    return forms


def _names(value: str, tier: str) -> Iterator[str]:
    if value.startswith("auto"):
        yield from (f"{tier} auto", "auto")
        return
    name = shape(value)
    if name:
        yield from (f"{tier} {name}", name)
    if name != value:
        yield value.replace(":", "x")


@functools.cache
def shape(size: str) -> str | None:
    """The usual name of a frame's shape: `16:9` for `1280:720` and for `864:496`; None for an unusual one."""
    sides = re.fullmatch(r"(\d+)[:x](\d+)", size)
    if sides is None or not int(sides[1]) or not int(sides[2]):
        return None
    wanted = int(sides[1]) / int(sides[2])
    off, name = min((abs(math.log(wanted / _value(each))), each) for each in SHAPES)
    return name if off <= NEAR else None


def _value(name: str) -> float:
    across, _, down = name.partition(":")
    return int(across) / int(down)
