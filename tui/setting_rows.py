"""What the Settings screen lists: one row for each setting of the declaration, and one for each vendor's key. Pure.

Tables whose names are the person's own (limits by provider, keys by action) become rows for every name there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from providers.values import dataclass
from rushes.keys import KeyRow
from rushes.settings.check import lookup
from rushes.settings.model import Settings
from rushes.settings.schema import ANY, Option, options
from tui.text import one_line

__all__ = ["NOT_SET", "Row", "key_rows", "listed", "rows", "searched"]

NOT_SET = "–"
REMEMBERED = {"provider", "providers"}
"""What the Studio writes down by itself; it is chosen there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `id` is the setting's name, or `key:PROVIDER:API`. `option` None: a vendor's key."""

    id: str
    value: str
    help: str
    rule: str
    changed: bool
    option: Option | None = None
    default: str = ""
    problem: str = ""


def rows(settings: Settings, names: Mapping[str, Sequence[str]], faults: Mapping[str, str]) -> list[Row]:
    """`names` are the names that an open table may have (`limits.concurrency`, `keymap` …), `faults` what is wrong."""
    found: list[Row] = []
    for option in _kept():
        for path in _paths(option, names):
            key = ".".join(path)
            value = _value(settings, path)
            default = None if ANY in option.path else option.default
            shown, usual = _words(value), _words(default)
            changed = value != default
            found.append(Row(key, shown, option.help, option.rule, changed, option, usual, faults.get(key, "")))
    return found


def key_rows(keys: Iterable[KeyRow]) -> list[Row]:
    """The vendors' keys, four characters of each at most."""
    return [
        Row(
            id=f"key:{each.provider}:{each.api}",
            value=f"…{each.tail} in {each.where}" if each.where else NOT_SET,
            help=f"key of {each.label} ({each.api}), {each.variable}; made at {each.key_page}",
            rule="typed or pasted without being shown; it goes into .env, never into settings.toml",
            changed=bool(each.where),
            problem=each.problem or "",
        )
        for each in keys
    ]


def searched(all_rows: Sequence[Row], query: str) -> list[Row]:
    """The rows that have every word of the query in their name, help or value."""
    wanted = query.casefold().split()
    return [each for each in all_rows if all(word in _text(each) for word in wanted)]


def listed() -> list[Option]:
    """The settings that have one row each, by a name that is the same for everyone."""
    return [each for each in _kept() if ANY not in each.path]


def _kept() -> list[Option]:
    return [each for each in options() if each.path[0] not in REMEMBERED]


def _text(row: Row) -> str:
    return f"{row.id} {row.help} {row.value}".casefold()


def _paths(option: Option, names: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    if ANY not in option.path:
        return [option.path]
    at = option.path.index(ANY)
    known = names.get(".".join(option.path[:at]), ())
    return [(*option.path[:at], name, *option.path[at + 1 :]) for name in known]


def _value(settings: Settings, path: tuple[str, ...]) -> Any:
    try:
        return lookup(settings, path)
    except KeyError:
        return None


def _words(value: Any) -> str:
    if value is None or value == "":
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "no key"
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:f}" if isinstance(value, Decimal) else one_line(str(value))
