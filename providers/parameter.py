"""Param: one parameter of a model: what it may be, how people write it, and where it goes in the vendor's body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from providers.frozen import EMPTY, Frozen
from providers.shot import ParamValue

__all__ = ["Param", "fold"]


class Param(Frozen):
    """One parameter of a model. `name` is ours, `wire` is its dotted path in the vendor's body.

    `forms` are other spellings of a value that people use: `{"16:9" = "1280:720"}`. `tiers` groups values by their
    resolution. `codec` names a translation of the vendor's own, for what is more than one plain value on
    the wire. `known` are words that a text may hold, as far as they are known without asking; the vendor may have more.
    """

    name: str
    label: str
    kind: Literal["choice", "integer", "number", "switch", "text"]
    wire: str
    help: str = ""
    default: ParamValue | None = None
    required: bool = False
    values: tuple[ParamValue, ...] = ()
    forms: Mapping[str, ParamValue] = EMPTY
    tiers: Mapping[str, tuple[ParamValue, ...]] = EMPTY
    codec: str = ""
    known: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None
    max_length: int | None = None
    unit: str = ""
    modes: tuple[str, ...] = ()

    def _whole(self) -> None:
        """A choice has values, and a default is one that may be."""
        if self.kind == "choice" and not self.values:
            raise ValueError(f"{self.name}: a choice needs values")
        if self.default is not None and self.problem(self.default):
            raise ValueError(f"{self.name}: the default {self.default!r} is not allowed")

    def parse(self, given: ParamValue) -> ParamValue:
        """The vendor's value for what a person wrote (`5`, `5s`, `16:9`, `yes`). Raises ValueError with the reason."""
        return _PARSERS[self.kind](self, given)

    def problem(self, value: ParamValue) -> str | None:
        """What is wrong with a value of ours, in words that say what to do; None when it is allowed."""
        if self.kind == "choice":
            return None if _member(value, self.values) else f"must be one of {', '.join(map(str, self.values))}"
        if self.kind == "switch":
            return None if isinstance(value, bool) else "must be yes or no"
        if self.kind == "text":
            if not isinstance(value, str):
                return "must be text"
            too_long = self.max_length is not None and len(value) > self.max_length
            return f"is {len(value)} characters long; at most {self.max_length}" if too_long else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if self.kind == "integer" and not float(value).is_integer():
            return "must be a whole number"
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            return f"must be {self.range}"
        return None

    @property
    def range(self) -> str:
        """The allowed numbers in words, with the unit."""
        unit = f" {self.unit}" if self.unit else ""
        if self.min is not None and self.max is not None:
            return f"{_plain(self.min)} to {_plain(self.max)}{unit}"
        if self.min is not None:
            return f"at least {_plain(self.min)}{unit}"
        return f"at most {_plain(self.max)}{unit}" if self.max is not None else f"a number{unit}"

    @property
    def allowed(self) -> tuple[ParamValue | str, ...]:
        """What may stand here, for `problems` and help."""
        if self.kind == "choice":
            return self.values
        if self.kind == "switch":
            return (True, False)
        return (self.range,) if self.kind in {"integer", "number"} else ()

    def tier(self, value: ParamValue | None) -> str | None:
        """The resolution that a value belongs to, where the values are grouped by it."""
        return next((tier for tier, values in self.tiers.items() if value in values), None)

    def names(self) -> set[str]:
        """Every name under which a person may give it, folded."""
        return {fold(self.name), fold(self.wire), fold(self.wire.rsplit(".", 1)[-1])}


def _plain(number: float) -> str:
    """Without an exponent: `4294967295`, not `4.29497e+09`."""
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def _member(value: ParamValue, values: Iterable[ParamValue]) -> bool:
    return any(type(value) is type(each) and value == each for each in values)


def _parse_choice(param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip()
    for form, value in param.forms.items():
        if form.casefold() == text.casefold():
            return value
    for value in param.values:
        spellings = {str(value).casefold()}
        if param.unit:
            spellings |= {str(value).casefold().removesuffix(param.unit), f"{value}{param.unit}".casefold()}
        if text.casefold() in spellings:
            return value
    raise ValueError(f"must be one of {', '.join(map(str, param.values))}")


def _parse_number(param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip()
    if isinstance(given, str) and param.unit and text.casefold().endswith(param.unit.casefold()):
        text = text[: -len(param.unit)].strip()
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,9})?", text):
        # Longer than any that is taken: it is out of range, where there is one.
        long = not isinstance(given, bool) and re.fullmatch(r"[+-]?\d+(\.\d+)?", text)
        raise ValueError(f"must be {param.range}" if long else "must be a number")
    number = float(text)
    value: ParamValue = int(text) if param.kind == "integer" and "." not in text else number
    if param.kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if problem := param.problem(value):
        raise ValueError(problem)
    return value


def _parse_switch(_param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip().casefold()
    if text in {"true", "yes", "on", "1"}:
        return True
    if text in {"false", "no", "off", "0"}:
        return False
    raise ValueError("must be yes or no")


def _parse_text(param: Param, given: ParamValue) -> ParamValue:
    if problem := param.problem(str(given)):
        raise ValueError(problem)
    return str(given)


_PARSERS = {
    "choice": _parse_choice,
    "integer": _parse_number,
    "number": _parse_number,
    "switch": _parse_switch,
    "text": _parse_text,
}


def fold(name: str) -> str:
    """A name without case and separators: `negativePrompt`, `negative-prompt` and `negative_prompt` are one."""
    return re.sub(r"[\s_-]", "", name).casefold()
