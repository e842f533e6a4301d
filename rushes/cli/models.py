"""`models`: the catalogue, for people and as JSON."""

from __future__ import annotations

import os
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import Any

from providers.catalogue import Catalogue, Model, Param, near
from providers.frozen import plain
from providers.price import quote
from providers.registry import Registry, load
from providers.shot import Shot
from rushes.cli.estimate import usual
from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, table
from rushes.home import Home
from rushes.keys import find_keys

__all__ = ["models"]


def models(home: Home, options: Namespace) -> int:
    """All models, or everything about one."""
    known, ready = _far(home) if home.connect else _here(home)
    if options.provider and options.provider not in known:
        raise Stop(Exit.USAGE, f"there is no provider {options.provider!r}{near(options.provider, known)}")
    catalogues = [known[options.provider]] if options.provider else list(known.values())
    pairs = [(catalogue, model) for catalogue in catalogues for model in catalogue.model]
    if options.model:
        pairs = [(catalogue, model) for catalogue, model in pairs if catalogue.find(options.model) is model]
        if not pairs:
            names = [model.name for catalogue in catalogues for model in catalogue.model]
            raise Stop(Exit.USAGE, f"there is no model {options.model!r}{near(options.model, names)}")
    if options.json:
        print_json(
            {
                "models": [
                    _json(catalogue, model, ready.get((catalogue.provider, model.api), True))
                    for catalogue, model in pairs
                ]
            }
        )
    elif options.model:
        for catalogue, model in pairs:
            _tell(home, catalogue, model)
    else:
        _list(pairs, ready)
    return Exit.DONE


Offered = tuple[dict[str, Catalogue], dict[tuple[str, str], bool]]
"""Catalogues by provider, and whether there is a key, by provider and API."""


def _here(home: Home) -> Offered:
    registry = load()
    return {name: spec.load_catalogue() for name, spec in registry.specs.items()}, _ready(home, registry)


def _far(home: Home) -> Offered:
    """A gateway says of a whole provider whether it can be used."""
    from rushes.remote.reading import FarLibrary

    library = FarLibrary(home)
    offer = library.offer()
    library.close()
    ready = {(info.name, model.api): info.ready for info, catalogue in offer for model in catalogue.model}
    return {info.name: catalogue for info, catalogue in offer}, ready


def _ready(home: Home, registry: Registry) -> dict[tuple[str, str], bool]:
    """By provider and API: one of two may have its key and the other not."""
    keyring = find_keys(registry.specs.values(), environ=os.environ, cwd=Path.cwd(), config_dir=home.config)
    return {
        (name, each.api.name): each.usable or not spec.needs_key
        for name, spec in registry.specs.items()
        for each in keyring.of(spec)
    }


def _list(pairs: list[tuple[Catalogue, Model]], ready: dict[tuple[str, str], bool]) -> None:
    rows = [
        (
            catalogue.provider,
            model.name,
            _price(catalogue, model),
            model.facts,
            "" if ready.get((catalogue.provider, model.api), True) else "no key",
        )
        for catalogue, model in pairs
    ]
    table(rows, ("PROVIDER", "MODEL", "PRICE", "WHAT", "READY"))


def _price(catalogue: Catalogue, model: Model) -> str:
    """The price of the model's own defaults."""
    mode = model.modes[0]
    defaults = model.defaults(mode)
    words = quote(catalogue, Shot(catalogue.provider, model.name, mode, "", defaults)).words()
    length = defaults.get("duration")
    return words if words == "free" or length is None else f"{words} / {str(length).removesuffix('s')} s"


def _tell(home: Home, catalogue: Catalogue, model: Model) -> None:
    print(f"{model.name}  ({catalogue.label} {model.label}; {model.facts})")
    if model.prompt.max:
        unit = model.prompt.unit.replace("utf16", "UTF-16 units")
        print(f"prompt: {model.prompt.min} to {model.prompt.max} {unit}")
    print(f"price with the defaults: {_price(catalogue, model)} (table of {catalogue.prices_as_of})")
    shot = Shot(catalogue.provider, model.name, model.modes[0], "", model.defaults(model.modes[0]))
    if words := usual(home, shot):
        print(words)
    for mode in model.modes:
        print(f"\n{mode}")
        for param in model.params(mode):
            default = "" if param.default is None else f"  (default {_value(param.default)})"
            print(f"  {f'-p {param.name}={_allowed(param)}':<46} {param.help}{default}")
            for line in textwrap.wrap(", ".join(param.known), 100):
                print(f"       {line}")
        for slot in model.slots(mode):
            need = "needed" if slot.required else "optional"
            print(f"  {'--' + slot.role.value.replace('_', '-'):<46} {slot.label}, {need}, at most {slot.max_count}")


def _allowed(param: Param) -> str:
    return "|".join(_value(each) for each in param.allowed) or "text"


def _value(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _json(catalogue: Catalogue, model: Model, ready: bool) -> dict[str, Any]:
    params = [{"modes": list(param.modes or model.modes), **plain(param, without={"modes"})} for param in model.param]
    inputs = [{"modes": list(slot.modes or model.modes), **plain(slot, without={"modes"})} for slot in model.input]
    price = model.price_for(model.modes[0])
    return {
        "provider": catalogue.provider,
        "model": model.name,
        "label": model.label,
        "badge": model.badge,
        "ready": ready,
        "modes": list(model.modes),
        "aliases": list(model.aliases),
        "facts": model.facts,
        "prompt": plain(model.prompt),
        "params": params,
        "inputs": inputs,
        "price": plain(price) if price else None,
        "price_unit": catalogue.unit,
        "prices_as_of": catalogue.prices_as_of.isoformat(),
        "usual_s": list(model.usual_s) if model.usual_s else None,
    }
