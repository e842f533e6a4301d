"""Prices by the second and by the piece: rates by resolution or sound, least amounts, surcharges, given clips. Pure.

Amounts are in the vendor's unit. What cannot be known before sending (the length of a clip, `auto`) is taken at the
most that it can be, and said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from providers.catalogue import Model, Price, Surcharge, given_kind
from providers.shot import Role, Shot
from providers.values import dataclass

__all__ = ["Bill", "add_up", "seconds"]

LARGE_PIXELS = 4_000_000
"""Runway, output formats: the surcharge for high bit depths doubles above four megapixels."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A sum in the vendor's unit with its parts in words; `units` None where a rate or a length is not known at all."""

    units: Decimal | None
    parts: tuple[str, ...] = ()
    at_most: bool = False


NOTHING = Bill(Decimal(0))
UNKNOWN = Bill(None)


def add_up(model: Model, price: Price, shot: Shot, clip_s: Decimal | None, unit: str) -> Bill:
    """The sum for a shot whose parameters are complete. `clip_s`: seconds of the given clip, where they are known."""
    if price.kind == "per_item":
        return _items(model, price, shot, unit)
    length = _length(price, shot, clip_s)
    if length is None:
        return UNKNOWN
    parts = [_time(model, price, shot, length, unit), _clips(model, price, shot, clip_s, unit)]
    parts += [_pictures(price, shot, unit), _extra(price.surcharge, shot, length, unit)]
    if any(part.units is None for part in parts):
        return UNKNOWN
    total = sum((part.units for part in parts if part.units), Decimal(0))
    words = tuple(word for part in parts for word in part.parts)
    at_most = any(part.at_most for part in parts)
    if price.least is not None and total < price.least:
        return Bill(price.least, (*words, f"at least {price.least} {unit}s"), at_most)
    return Bill(total, words, at_most)


def seconds(shot: Shot) -> Decimal | None:
    """The clip's length in seconds, None where the shot does not say (`auto`)."""
    text = str(shot.params.get("duration", "")).removesuffix("s")
    return Decimal(text) if text.replace(".", "", 1).isdigit() else None


@dataclass(frozen=True, slots=True)
class _Length:
    seconds: Decimal
    at_most: bool


def _length(price: Price, shot: Shot, clip_s: Decimal | None) -> _Length | None:
    """The seconds that are billed: known, or at most; None where neither is known."""
    known = clip_s if price.basis == "clip" else seconds(shot)
    if known is None and price.most_s is None:
        return None
    length = known if known is not None else (price.most_s or Decimal(0))
    return _Length(max(length, price.least_s or Decimal(0)), known is None)


def _time(model: Model, price: Price, shot: Shot, length: _Length, unit: str) -> Bill:
    rate = _rate(price, price.table, model, shot)
    if rate.units is None:
        return UNKNOWN
    words = f"{length.seconds} s × {rate.units} {unit}s"
    return Bill(length.seconds * rate.units, (words,), length.at_most or rate.at_most)


def _rate(price: Price, table: Mapping[str, Decimal], model: Model, shot: Shot) -> Bill:
    """The rate for a shot: of the table by the price's keys, else the flat one. `*` is the most that it can be."""
    if not table:
        return Bill(price.units)
    found = table.get(" ".join(_key(key, model, shot) for key in price.keys))
    if found is not None:
        return Bill(found)
    return Bill(table.get("*"), at_most=True)


def _key(key: str, model: Model, shot: Shot) -> str:
    if key != "tier":
        value = shot.params.get(key)
        return ("on" if value else "off") if isinstance(value, bool) else str(value)
    param = model.find_param("ratio", shot.mode)
    tier = param.tier(shot.params.get("ratio")) if param else None
    return tier or str(shot.params.get("resolution"))


def _clips(model: Model, price: Price, shot: Shot, clip_s: Decimal | None, unit: str) -> Bill:
    """Given clips that are billed beside the new one, up to the most that the vendor takes."""
    given = sum(each.role is Role.VIDEO or given_kind(each) == "video" for each in shot.inputs)
    if not given or not price.clip_table:
        return NOTHING
    rate = _rate(price, price.clip_table, model, shot)
    known = clip_s if given == 1 else None
    most = price.clip_most_s
    length = known if known is not None else most
    if rate.units is None or length is None:
        return UNKNOWN
    length = min(length, most) if most is not None else length
    return Bill(length * rate.units, (f"given clip: {length} s × {rate.units} {unit}s",), known is None or rate.at_most)


def _pictures(price: Price, shot: Shot, unit: str) -> Bill:
    count = sum(each.role is not Role.VIDEO and given_kind(each) in {None, "image"} for each in shot.inputs)
    if not count or price.per_image is None:
        return NOTHING
    words = f"{count} {'picture' if count == 1 else 'pictures'} × {price.per_image} {unit}s"
    return Bill(count * price.per_image, (words,))


def _extra(rule: Surcharge | None, shot: Shot, length: _Length, unit: str) -> Bill:
    value = str(shot.params.get(rule.key, "")) if rule else ""
    rate = rule.table.get(value) if rule else None
    if rule is None or rate is None:
        return NOTHING
    sides = re.fullmatch(r"(\d+):(\d+)", str(shot.params.get("ratio", "")))
    large = sides is None or int(sides[1]) * int(sides[2]) > LARGE_PIXELS
    rate = rate * rule.large if large else rate
    at_most = length.at_most or (sides is None and rule.large > 1)
    return Bill(length.seconds * rate, (f"{value}: {length.seconds} s × {rate} {unit}s",), at_most)


def _items(model: Model, price: Price, shot: Shot, unit: str) -> Bill:
    rate = _rate(price, price.table, model, shot)
    count = shot.params.get(price.times, 1) if price.times else 1
    if rate.units is None or isinstance(count, str):
        return UNKNOWN
    return Bill(rate.units * int(count), (f"{count} × {rate.units} {unit}s",), rate.at_most)
