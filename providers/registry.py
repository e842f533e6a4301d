"""Which providers there are: the built-in ones first, then those that other distributions bring (`rushes.providers`).

A plug-in that fails to load is named with its reason; it never keeps the others from working.
"""

from __future__ import annotations

import importlib
from dataclasses import field
from importlib.metadata import entry_points

from providers.base import ProviderSpec
from providers.values import dataclass

__all__ = ["Registry", "load"]

GROUP = "rushes.providers"
BUILT_IN = ("providers.sandbox", "providers.luma", "providers.runway")


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
    for point in entry_points(group=GROUP):
        if point.value.partition(":")[0] in BUILT_IN:
            continue
        try:
            spec = point.load()
        except Exception as error:  # noqa: BLE001 - a plug-in is somebody else's code: any fault is named, none is ours
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        if not isinstance(spec, ProviderSpec):
            broken[point.name] = f"{point.value} is not a ProviderSpec"
        else:
            specs.setdefault(spec.name, spec)
    return Registry(specs, broken)
