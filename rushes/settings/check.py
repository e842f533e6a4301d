"""From what stands in a file, or what a person typed, to `Settings`. Pure.

A value that cannot be is left out and reported; everything else still counts. A limit on spending that cannot be
read counts as zero: no money goes out because of a typing error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin

from providers.frozen import EMPTY
from providers.shot import ParamValue
from providers.values import dataclass
from rushes.settings.model import Section, Settings
from rushes.settings.schema import Kind, Option, SettingsProblem, find, inner, nearest, options

__all__ = ["Fault", "Table", "build", "lookup", "parse", "unknown"]

Table = dict[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in settings.toml that does not count. `line` and `column` from 1; None where they are not known."""

    key: str
    reason: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        place = f"line {self.line}, column {self.column}: " if self.line and self.column else place
        return f"{place}{self.key} {self.reason}".replace("  ", " ")


def build(table: Mapping[str, Any]) -> tuple[Settings, list[tuple[Path, str]]]:
    """The settings of a file's table, and what in it cannot be: the path with the reason."""
    rest = _flat_keymap(table)
    faults: list[tuple[Path, str]] = []
    while True:
        wrong: dict[Path, str] = {}
        settings = _section(Settings, rest, (), wrong)
        if settings is not None and not wrong:
            return settings, faults
        for path, reason in wrong.items():
            faults.append((path, f"{reason}{'; it counts as 0 until it is mended' if path[0] == 'budget' else ''}"))
            rest = _without(rest, path)


_Section = TypeVar("_Section", bound=Section)


def _section(kind: type[_Section], table: object, at: Path, wrong: dict[Path, str]) -> _Section | None:
    """A table's values; what cannot be is named in `wrong` and left out."""
    if not isinstance(table, Mapping):
        wrong[at] = "must be a table"
        return None
    given = {name: each for name, each in kind.kinds().items() if name in table}
    values = {name: _value(each, table[name], (*at, name), wrong) for name, each in given.items()}
    return kind(**values)


def _value(annotation: Any, value: object, at: Path, wrong: dict[Path, str]) -> Any:
    base = inner(annotation)[0]
    if isinstance(base, type) and issubclass(base, Section):
        return _section(base, value, at, wrong)
    if get_origin(base) is Mapping:
        if not isinstance(value, Mapping):
            wrong[at] = "must be a table"
            return EMPTY
        kind = get_args(base)[1]
        return MappingProxyType(
            {str(name): _value(kind, each, (*at, str(name)), wrong) for name, each in value.items()}
        )
    option = next(each for each in options() if each.matches(at))
    try:
        return _checked(option, value)
    except ValueError as error:
        wrong[at] = str(error)
        return option.default


def _checked(option: Option, value: Any) -> Any:
    """The value as the settings hold it. Raises ValueError with what it must be."""
    if value is None and option.optional:
        return None
    found = _READ[option.kind](value)
    allowed = not option.choices or found in option.choices
    if found is None or not allowed or not _within(option, found):
        raise ValueError(f"must be {option.rule}")
    if option.check is not None:
        option.check(found)
    return found


def _within(option: Option, value: Any) -> bool:
    size = len(value) if option.max_length is not None else 0
    return (
        (option.minimum is None or value >= option.minimum)
        and (option.maximum is None or value <= option.maximum)
        and (option.max_length is None or size <= option.max_length)
    )


def _switch(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    """Files give decimals (see `rushes.settings.file`)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _money(value: object) -> Decimal | None:
    """Amounts are read from their digits, so that 0.1 is a tenth of a dollar and not the nearest binary number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= -4 else None


def _text(value: object) -> str | None:
    """No lone surrogates: they cannot be written into a file."""
    return value if isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value) else None


def _keys(value: object) -> tuple[str, ...] | None:
    """`"f5, ctrl+j"`, `["f5", "ctrl+j"]` and `""` (no key at all) alike."""
    if isinstance(value, str):
        return tuple(each.strip() for each in value.split(",") if each.strip())
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    return None


def _any(value: object) -> ParamValue | None:
    if isinstance(value, str):
        return _text(value)
    return value if isinstance(value, bool | int) else _number(value)


_READ: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.SWITCH: _switch,
    Kind.CHOICE: _text,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.TEXT: _text,
    Kind.KEYS: _keys,
    Kind.VALUE: _any,
}
"""What a value of each kind is, None where it is none."""


def _without(table: Table, path: Path) -> Table:
    """The table without a value. A limit is not left out but closed."""
    if path[0] == "budget":
        return {**table, "budget": _closed(table["budget"] if path[1:] else {}, path[1:])}
    name, *below = path
    if below:
        return {**table, name: _without(table[name], tuple(below))}
    return {key: value for key, value in table.items() if key != name}


def _closed(budget: Table, path: Path) -> Table:
    """The budget with one limit at 0; with every limit that may have been meant, where that cannot be told."""
    match path:
        case () | ("providers",):
            kept = {name: value for name, value in budget.items() if name != "providers"}
            return {**kept, **dict.fromkeys(_limits(2), 0)}
        case ("providers", name, *limit):
            own = budget["providers"][name] if limit else {}
            closed = {**own, **dict.fromkeys(limit or _limits(4), 0)}
            return {**budget, "providers": {**budget["providers"], name: closed}}
    return {**budget, path[0]: 0}


def _limits(depth: int) -> list[str]:
    """The names of the limits of everything (2 parts long), or of one provider (4)."""
    return [each.path[-1] for each in options() if each.path[0] == "budget" and len(each.path) == depth]


def _flat_keymap(table: Mapping[str, Any]) -> Table:
    """Ids of actions have dots, so `task.open = "o"` under [keymap] is read as the one name it is meant to be."""
    keymap = table.get("keymap")
    return {**table, "keymap": dict(_flat(keymap))} if isinstance(keymap, Mapping) else dict(table)


def _flat(table: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else [(f"{above}{name}", value)]
    return found


def unknown(table: Mapping[str, Any], above: Path = ()) -> list[tuple[Path, str]]:
    """Names in a file that mean nothing here, with the nearest that does. A newer version may know them."""
    found: list[tuple[Path, str]] = []
    for name, value in _flat_keymap(table).items() if not above else table.items():
        path = (*above, name)
        if any(option.matches(path) for option in options()):
            continue
        if isinstance(value, Mapping) and any(_inside(option.path, path) for option in options()):
            found += unknown(value, path)
        elif not any(_inside(option.path, path) for option in options()):
            meant = nearest(".".join(path))
            found.append((path, "is not known" + (f"; did you mean {meant}?" if meant else "")))
    return found


def _inside(pattern: Path, path: Path) -> bool:
    return len(pattern) > len(path) and all(mine in ("*", part) for mine, part in zip(pattern, path, strict=False))


def parse(key: str, value: Any) -> tuple[Path, Any]:
    """A new value for a setting: the path, and the value as it stands in the file (None: none at all).

    Text is read as a person types it (`yes`, `$20`, `f5, ctrl+j`, `none`). Raises SettingsProblem.
    """
    option, path = find(key)
    if isinstance(value, str) and option.kind not in (Kind.TEXT, Kind.VALUE):
        value = _typed(option, value.strip())
    if value is None and option.optional:
        return path, None
    try:
        return path, _plain(_checked(option, value))
    except ValueError as error:
        raise _refusal(option, key, value, str(error)) from None


def _typed(option: Option, text: str) -> Any:
    """What a person's word stands for; the word itself where it stands for nothing."""
    plain = text.casefold()
    if option.optional and plain in ("", "none", "off"):
        return None
    if option.kind is Kind.SWITCH:
        return True if plain in _YES else False if plain in _NO else text
    if option.kind is Kind.CHOICE:
        return plain
    if option.kind in (Kind.NUMBER, Kind.WHOLE) and re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,9})?", text):
        number = float(text)
        return int(number) if option.kind is Kind.WHOLE and number.is_integer() else number
    return text


_YES, _NO = ("yes", "y", "true", "t", "on", "1"), ("no", "n", "false", "f", "off", "0")


def _refusal(option: Option, key: str, value: Any, reason: str) -> SettingsProblem:
    allowed = option.choices or (option.rule,)
    return SettingsProblem(key, reason, value=value, allowed=allowed)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def lookup(settings: Settings, path: Path) -> Any:
    """The value at a path; raises KeyError where an open table has no such name."""
    here: Any = settings
    for part in path:
        here = here[part] if isinstance(here, Mapping) else getattr(here, part)
    return here
