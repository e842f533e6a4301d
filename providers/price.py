"""What a shot costs by the catalogue's dated table. Pure; Decimal throughout."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from providers import rates
from providers.catalogue import Catalogue, Model, Price
from providers.rates import seconds
from providers.shot import ParamValue, Role, Shot
from providers.values import dataclass

__all__ = ["ARCHIVES", "Expected", "Quote", "choices", "expected", "quote", "seconds"]

CENT = Decimal("0.01")
ARCHIVES = ("_sequence", "_sequence_1_3", "_sequence_2_0")
"""Endings of the output formats that come as single pictures, packed."""
FRAME_RATE = 24
"""Luma bills 24 frames a second whatever the file has (its pricing formula: width × height × 24 × seconds)."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price known before sending. `usd` None: nobody knows, which counts as over every limit.

    `at_most`: something that decides (a clip's length, `auto`) is not known yet; it will cost no more than this.
    `sure` False: the figure was not confirmed by the vendor's own table.
    """

    usd: Decimal | None
    units: Decimal | None
    unit: str
    as_of: date | None
    parts: tuple[str, ...] = ()
    at_most: bool = False
    sure: bool = True

    @property
    def free(self) -> bool:
        """True only where the table says so."""
        return self.usd == 0

    def words(self) -> str:
        """`$0.71`, `at most $8.40`, `about $0.40`, `free` or `price unknown`."""
        if self.usd is None:
            return "price unknown"
        if self.free:
            return "free"
        return f"{'at most ' if self.at_most else '' if self.sure else 'about '}${self.usd:.2f}"

    def to_json(self, count: int) -> dict[str, Any]:
        """One take, `count` of them, the vendor's unit, and of when the table is."""
        return {
            "usd": None if self.usd is None else float(self.usd),
            "total_usd": None if self.usd is None else float(self.usd * count),
            "units": None if self.units is None else float(self.units),
            "unit": self.unit,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }


def quote(
    catalogue: Catalogue, shot: Shot, *, clip_s: Decimal | None = None, clip_size: tuple[int, int] | None = None
) -> Quote:
    """The price of a shot; unknown for a model or a combination that the table does not have.

    `clip_s` is the length of the given clip in seconds, for models that bill it; without it they are quoted at most.
    `clip_size` is its width and height in pixels, for models that bill those; without it the price is unknown.
    """
    model = catalogue.find(shot.model)
    price = model.price_for(shot.mode, shot.params) if model else None
    if model is None or price is None:
        return Quote(None, None, catalogue.unit, None)
    values = {**model.defaults(shot.mode), **shot.params}
    complete = Shot(shot.provider, shot.model, shot.mode, shot.prompt, values, shot.inputs)
    if price.kind in {"per_second", "per_item"}:
        bill = rates.add_up(model, price, complete, clip_s, catalogue.unit)
        usd = None if bill.units is None else bill.units * catalogue.usd_per_unit
        return Quote(usd, bill.units, catalogue.unit, catalogue.prices_as_of, bill.parts, bill.at_most, price.sure)
    if price.kind == "megapixels" and price.basis == "clip":
        usd, parts = _clip_megapixels(price, clip_s, clip_size)
    else:
        usd, parts = _RULES[price.kind](catalogue, model, price, complete)
    units = None if usd is None else usd / catalogue.usd_per_unit
    return Quote(usd, units, catalogue.unit, catalogue.prices_as_of, parts)


def choices(catalogue: Catalogue, shot: Shot, name: str) -> dict[ParamValue, Quote]:
    """What each value of a choice or a switch would cost with the rest of the shot as it is, in the form's order."""
    model = catalogue.find(shot.model)
    param = model.find_param(name, shot.mode) if model else None
    if param is None or param.kind not in {"choice", "switch"}:
        return {}
    values: tuple[ParamValue, ...] = param.values or (True, False)
    return {value: quote(catalogue, replace(shot, params={**shot.params, param.name: value})) for value in values}


FROM_TAKES = frozenset({"interpolate", "extend", "extend_back"})
"""Modes that make something out of takes, also where the shot does not say any more of which."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the file of a shot should be; None where the vendor decides.

    `kind` is `video`, `image`, `audio` or `archive`; `shape` is width by height where only that is known; `sound`: the
    clip must have a track.
    """

    width: int | None
    height: int | None
    seconds: float | None
    kind: str = "video"
    shape: float | None = None
    sound: bool = False


def expected(catalogue: Catalogue, shot: Shot) -> Expected:
    """Kind, frame size and length as the shot asks for them, as far as that is known.

    What is made out of a clip is as long and as large as the vendor makes it: a lengthened one may come back whole.
    """
    kind = _kind(catalogue, shot)
    if kind == "video" and (shot.mode in FROM_TAKES or shot.input(Role.VIDEO)):
        return Expected(None, None, None, sound=shot.mode == "add_audio")
    length = seconds(shot) if kind != "image" else None
    ratio = str(shot.params.get("ratio", ""))
    size = catalogue.sizes.get(f"{shot.params.get('resolution')} {ratio}")
    if size is None and (pixels := re.fullmatch(r"(\d{3,5})[:x](\d{3,5})", ratio)):
        size = (int(pixels[1]), int(pixels[2]))
    width, height = size or (None, None)
    named = re.fullmatch(r"(\d{1,2}):(\d{1,2})", ratio) if kind == "image" else None
    shape = int(named[1]) / int(named[2]) if named and int(named[2]) else None
    return Expected(width, height, None if length is None else float(length), kind, shape)


def _kind(catalogue: Catalogue, shot: Shot) -> str:
    """By the model, and by the file that was asked for; a model that nobody described makes clips."""
    if str(shot.params.get("output_format", "")).endswith(ARCHIVES):
        return "archive"
    model = catalogue.find(shot.model)
    return model.output if model else "video"


_Sum = tuple[Decimal | None, tuple[str, ...]]


def _free(_catalogue: Catalogue, _model: Model, _price: Price, _shot: Shot) -> _Sum:
    return Decimal(0), ()


def _megapixels(catalogue: Catalogue, _model: Model, price: Price, shot: Shot) -> _Sum:
    size = catalogue.sizes.get(f"{shot.params.get('resolution')} {shot.params.get('ratio')}")
    return _clip_megapixels(price, seconds(shot), size)


def _clip_megapixels(price: Price, length: Decimal | None, size: tuple[int, int] | None) -> _Sum:
    """Rounded half up to the cent, which reproduces every published figure."""
    if size is None or length is None or price.units is None:
        return None, ()
    width, height = size
    usd = Decimal(width * height * FRAME_RATE) * length / 1_000_000 * price.units
    rounded = usd.quantize(CENT, ROUND_HALF_UP)
    return rounded, (f"{width} × {height} × {FRAME_RATE} × {length} s × ${price.units} a megapixel",)


def _table(catalogue: Catalogue, _model: Model, price: Price, shot: Shot) -> _Sum:
    # A switch adds its name when it is on: `720p 5s hdr`.
    values = [(key, shot.params.get(key)) for key in price.keys]
    units = price.table.get(
        " ".join(key if value is True else str(value) for key, value in values if value is not False)
    )
    return (None, ()) if units is None else (units * catalogue.usd_per_unit, (f"{units} {catalogue.unit}",))


_RULES = {"free": _free, "megapixels": _megapixels, "table": _table}
