"""The declaration as a list: one Option per setting, for the file, the screen, the command line and the docs.

Reads `Settings` and says nothing of its own: kinds, bounds and help all come from there.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from providers.values import dataclass
from rushes.settings.model import Declared, Section, Settings

__all__ = [
    "ANY",
    "Kind",
    "Option",
    "SettingsProblem",
    "below",
    "find",
    "inner",
    "nearest",
    "options",
    "sections",
    "split",
]

ANY = "*"
"""Stands in an option's path for a name that is not ours: of a provider, a parameter, an action."""

Path = tuple[str, ...]


class Kind(StrEnum):
    """How a setting is entered."""

    SWITCH = "switch"
    CHOICE = "choice"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    KEYS = "keys"
    VALUE = "value"


class SettingsProblem(Exception):
    """A setting that cannot be: which one, what was given, what is allowed; the nearest name of an unknown one."""

    def __init__(
        self, key: str, reason: str, *, value: object = None, allowed: tuple[str, ...] = (), nearest: str | None = None
    ) -> None:
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"{key} {reason}{hint}")
        self.key = key
        self.reason = reason
        self.value = value
        self.allowed = allowed
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. `optional`: it may have no value at all, which is then its default."""

    path: Path
    kind: Kind
    help: str
    default: Any
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    optional: bool = False
    check: Callable[[Any], Any] | None = None

    @property
    def key(self) -> str:
        """The name that people write: `budget.per_day_usd`, `limits.concurrency.NAME`."""
        return ".".join("NAME" if part == ANY else part for part in self.path)

    @property
    def open(self) -> bool:
        """True where the last part of the name is the person's own."""
        return self.path[-1] == ANY

    @property
    def rule(self) -> str:
        """What may stand here, so that `must be …` reads well."""
        none = ", or none" if self.optional else ""
        return f"{_RULES[self.kind](self)}{none}"

    def matches(self, parts: Path) -> bool:
        """Whether a name of exactly these parts is this setting."""
        return len(parts) == len(self.path) and _starts(self.path, parts)


def _bounds(option: Option) -> str:
    if option.minimum is None or option.maximum is None:
        return ""
    return f" from {option.minimum:g} to {option.maximum:.12g}"


_RULES: Mapping[Kind, Callable[[Option], str]] = {
    Kind.SWITCH: lambda _option: "yes or no",
    Kind.CHOICE: lambda option: f"one of {', '.join(option.choices)}",
    Kind.WHOLE: lambda option: f"a whole number{_bounds(option)}",
    Kind.NUMBER: lambda option: f"a number{_bounds(option)}",
    Kind.MONEY: lambda option: f"an amount in USD{_bounds(option)}, with at most 4 decimals",
    Kind.TEXT: lambda option: f"text of at most {option.max_length} characters" if option.max_length else "text",
    Kind.KEYS: lambda _option: "names of keys with commas between them, such as f5, ctrl+j",
    Kind.VALUE: lambda _option: "text, a number, or true or false",
}


@functools.cache
def options() -> tuple[Option, ...]:
    """Every setting in the order of the declaration."""
    return tuple(_walk(Settings, ()))


@functools.cache
def sections() -> Mapping[str, str]:
    """The tables of the file with what they are about; the settings outside of any table come first, under ``."""
    found = {"": "Outside of any table."}
    for name, annotation in Settings.kinds().items():
        base = inner(annotation)[0]
        if isinstance(base, type) and issubclass(base, Section):
            found[name] = base.__doc__ or ""
        elif get_origin(base) is Mapping:
            found[name] = f"{Settings.declared[name].description}."
    return found


def _walk(table: type[Section], above: Path) -> Iterator[Option]:
    for name, annotation in table.kinds().items():
        yield from _describe(annotation, (*above, name), table.declared[name])


def _describe(annotation: Any, path: Path, declared: Declared) -> Iterator[Option]:
    base, bounds, optional = inner(annotation)
    if isinstance(base, type) and issubclass(base, Section):
        yield from _walk(base, path)
    elif get_origin(base) is Mapping:
        yield from _describe(get_args(base)[1], (*path, ANY), declared._replace(ge=None, le=None))
    else:
        yield _option(base, path, declared, bounds or declared, optional)


def _option(base: Any, path: Path, declared: Declared, bounds: Declared, optional: bool) -> Option:
    kind = _kind(base)
    return Option(
        path=path,
        kind=kind,
        help=declared.description,
        default=None if path[-1] == ANY else declared.default,
        choices=tuple(map(str, get_args(base))) if kind is Kind.CHOICE else (),
        minimum=bounds.ge,
        maximum=bounds.le,
        max_length=bounds.max_length,
        optional=optional,
        check=declared.check,
    )


def inner(annotation: Any) -> tuple[Any, Declared | None, bool]:
    """An annotation without `Annotated` and without `| None`: the type, its bounds, whether None was allowed."""
    bounds: Declared | None = None
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            bounds, annotation = annotation.__metadata__[0], annotation.__origin__
        elif type(None) in get_args(annotation):
            annotation, optional = next(each for each in get_args(annotation) if each is not type(None)), True
        else:
            return annotation, bounds, optional


_KINDS = {bool: Kind.SWITCH, int: Kind.WHOLE, float: Kind.NUMBER, Decimal: Kind.MONEY, str: Kind.TEXT}


def _kind(base: Any) -> Kind:
    origin = get_origin(base)
    if origin is Literal:
        return Kind.CHOICE
    if origin is tuple:
        return Kind.KEYS
    return Kind.VALUE if origin in (Union, UnionType) else _KINDS[base]


def split(key: str) -> Path:
    """The parts of a name. What follows the name of an open table is one part, dots included (`keymap.task.open`)."""
    parts = tuple(part.strip() for part in key.strip().split("."))
    for option in options():
        head = option.path[:-1]
        if option.open and len(parts) > len(option.path) and _starts(head, parts):
            return (*parts[: len(head)], ".".join(parts[len(head) :]))
    return parts


def _starts(head: Path, parts: Path) -> bool:
    return all(mine in (ANY, part) for mine, part in zip(head, parts, strict=False))


def find(key: str) -> tuple[Option, Path]:
    """The setting of a name and the name's parts. Raises SettingsProblem with the nearest name there is."""
    parts = split(key)
    for option in options():
        if option.matches(parts) and all(parts):
            return option, parts
    if below(key) is not None:
        raise SettingsProblem(key, "is a table of settings, not one setting")
    raise SettingsProblem(key, "is not a setting", nearest=nearest(key))


def below(key: str) -> Path | None:
    """The parts of a table's name (`ui`, `providers.luma.params`); None where there is no such table."""
    parts = split(key)
    known = any(len(option.path) > len(parts) and _starts(option.path[: len(parts)], parts) for option in options())
    return parts if known and all(parts) else None


def nearest(key: str) -> str | None:
    """The name that was probably meant."""
    names = [option.key for option in options() if ANY not in option.path] + list(sections())
    close = difflib.get_close_matches(key.strip().casefold(), names, n=1, cutoff=0.6)
    if close:
        return close[0]
    same = [name for name in names if name.rsplit(".", 1)[-1] == key.strip().rsplit(".", 1)[-1].casefold()]
    return same[0] if same else None
