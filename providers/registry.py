"""Which providers there are: the built-in ones first, then those that other distributions bring (`rushes.providers`).

A plug-in that fails to load is named with its reason; it never keeps the others from working.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from providers.base import ProviderSpec
from providers.values import dataclass

__all__ = ["Registry", "load"]

GROUP = "rushes.providers"
BUILT_IN = ("providers.sandbox", "providers.luma", "providers.runway")


if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@dataclass(frozen=True, slots=True)
class Registry:
    """The providers by name, in the order of the switcher, and what could not be loaded with the reason."""

    specs: dict[str, ProviderSpec]
    broken: dict[str, str] = field(default_factory=dict)


def load() -> Registry:
    """Loads every spec; cheap, since a spec speaks to nobody."""
    built_in = [importlib.import_module(name).SPEC for name in BUILT_IN]
    specs: dict[str, ProviderSpec] = {spec.name: spec for spec in built_in}
    broken: dict[str, str] = {}
    for point in _plug_ins():
        try:
            spec = _plug_in(point, specs)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code: any fault is named, none is ours
            broken[point.name] = str(error) if isinstance(error, _Unfit) else f"{type(error).__name__}: {error}"
        else:
            specs[spec.name] = spec
    return Registry(specs, broken)


class _Unfit(Exception):
    """A plug-in that loads and cannot be used all the same."""


def _plug_in(point: EntryPoint, known: Mapping[str, ProviderSpec]) -> ProviderSpec:
    """A plug-in's spec, its catalogue read once: whoever chooses the provider later must not be met by a fault."""
    spec = point.load()
    if not isinstance(spec, ProviderSpec):
        raise _Unfit(f"{point.value} is not a ProviderSpec")
    if spec.name in known:
        raise _Unfit(f"there is a provider {spec.name} already")
    if not spec.load_catalogue().model:
        raise _Unfit("its catalogue has no model")
    return spec


def _plug_ins() -> list[EntryPoint]:
    """Those of other distributions. The library that reads them is loaded only where a look at the files finds one."""
    if not any(map(_speaks_of_us, sys.path)):
        return []
    from importlib.metadata import entry_points

    return [each for each in entry_points(group=GROUP) if each.value.partition(":")[0] not in BUILT_IN]


def _speaks_of_us(folder: str) -> bool:
    """Whether a distribution in a folder of the search path, but our own, may bring a provider."""
    path = Path(folder)
    if not path.is_dir():
        return path.exists()  # an archive: who knows
    return any(f"[{GROUP}]" in text for text in _entry_points(path))


def _entry_points(folder: Path) -> Iterator[str]:
    for pattern in ("*.dist-info/entry_points.txt", "*.egg-info/entry_points.txt"):
        for file in folder.glob(pattern):
            if not file.parent.name.startswith(("rushes-", "rushes.")):
                yield file.read_text(encoding="utf-8", errors="replace")
