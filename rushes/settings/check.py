"""From what stands in a file, or what a person typed, to `Settings`. Pure.

A value that cannot be is left out and reported; everything else still counts. A limit on spending that cannot be
read counts as zero: no money goes out because of a typing error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rushes.settings.model import Settings
from rushes.settings.schema import Kind, Option, SettingsProblem, find, nearest, options

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
        try:
            return Settings.model_validate(rest, strict=True), faults
        except ValidationError as error:
            for path, detail in _places(rest, error).items():
                faults.append((path, _reason(path, detail)))
                rest = _without(rest, path)


def _places(table: Table, error: ValidationError) -> dict[Path, ErrorDetails]:
    """Each value that is at fault, once; pydantic tells one fault per type that was tried."""
    places: dict[Path, ErrorDetails] = {}
    for detail in error.errors(include_url=False, include_input=False):
        places.setdefault(_longest(table, tuple(map(str, detail["loc"]))), detail)
    return places


def _longest(table: Mapping[str, Any], loc: Path) -> Path:
    path: list[str] = []
    here: Any = table
    for part in loc:
        if not isinstance(here, Mapping) or part not in here:
            break
        path.append(part)
        here = here[part]
    return tuple(path)


def _reason(path: Path, detail: ErrorDetails) -> str:
    closed = "; it counts as 0 until it is mended" if path[0] == "budget" else ""
    option = next((each for each in options() if each.matches(path)), None)
    if option is None:
        return f"must be a table{closed}"
    return f"{_words(option, detail)}{closed}"


def _words(option: Option, detail: ErrorDetails) -> str:
    """Our own validators say what is wrong; for the rest the option's rule does."""
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    return f"must be {option.rule}"


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
    if value is None:
        if option.optional:
            return path, None
        raise _refusal(option, key, value, f"must be {option.rule}")
    nested: Any = list(value) if isinstance(value, tuple) else value
    for part in reversed(path):
        nested = {part: nested}
    try:
        settings = Settings.model_validate(nested, strict=not isinstance(value, str))
    except ValidationError as error:
        raise _refusal(option, key, value, _words(option, error.errors(include_url=False)[0])) from None
    return path, _plain(lookup(settings, path))


def _typed(option: Option, text: str) -> str | None:
    if option.optional and text.casefold() in ("", "none", "off"):
        return None
    if option.kind is Kind.CHOICE:
        return next((choice for choice in option.choices if choice == text.casefold()), text)
    if option.kind in (Kind.NUMBER, Kind.WHOLE) and not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,9})?", text):
        return "not a number"
    return text


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
