"""Codec: the engine's own values as JSON and back, by their types. Pure; the same on both sides of the line.

Written without names of types, since both sides know what each call takes and gives. Decimals and times are text, a
path is its last part alone: where something lies on one machine is nothing to the other.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from providers.frozen import Frozen, plain

__all__ = ["Decoder", "Hooks", "Misfit", "encode"]

Hooks = Mapping[type, Callable[[Any], Any]]
"""What becomes of values of a type: before they are written, or after they are read."""
LARGEST = 2**53
"""Numbers that JSON carries everywhere without loss."""


class Misfit(ValueError):
    """What was read is not what the type says: the message says where."""


def encode(value: Any, hooks: Hooks = types.MappingProxyType({})) -> Any:
    """Plain JSON values."""
    if (hook := hooks.get(type(value))) is not None:
        value = hook(value)
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if dataclasses.is_dataclass(value):
        return {each.name: encode(getattr(value, each.name), hooks) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): encode(each, hooks) for name, each in value.items()}
    if isinstance(value, Sequence | AbstractSet):
        return [encode(each, hooks) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.name if isinstance(value, PurePath) else plain(value)


class Decoder:
    """Reads values of one kind of line; what is built for a type is kept."""

    def __init__(self, hooks: Hooks = types.MappingProxyType({})) -> None:
        self._hooks = hooks
        self._known: dict[Any, Callable[[Any], Any]] = {}

    def __call__(self, hint: Any, data: Any) -> Any:
        """The value of that type. Raises Misfit."""
        return self._reader(hint)(data)

    def _reader(self, hint: Any) -> Callable[[Any], Any]:
        if hint not in self._known:
            # A type may contain itself: what asks for it meanwhile finds the way back here.
            self._known[hint] = lambda data: self._known[hint](data)
            self._known[hint] = self._build(hint)
        return self._known[hint]

    def _build(self, hint: Any) -> Callable[[Any], Any]:
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if hint is Any or hint is type(None):
            return lambda data: data
        if origin in {typing.Union, types.UnionType}:
            return self._either(args)
        if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
            return self._row(args)
        if origin in {list, tuple, Sequence}:
            return self._many(args[0], tuple if origin is tuple else list)
        if origin in {dict, Mapping}:
            return self._table(args[1])
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._record(hint)
        if isinstance(hint, type) and issubclass(hint, Frozen):
            return lambda data: _made(hint.read, data)
        return _plain(hint)

    def _either(self, args: Sequence[Any]) -> Callable[[Any], Any]:
        readers = [self._reader(each) for each in args if each is not type(None)]
        empty = type(None) in args

        def read(data: Any) -> Any:
            if data is None and empty:
                return None
            for each in readers[:-1]:
                try:
                    return each(data)
                except Misfit:
                    continue
            return readers[-1](data)

        return read

    def _many(self, hint: Any, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        reader = self._reader(hint)
        return lambda data: make([reader(each) for each in _of(list, data)])

    def _row(self, args: Sequence[Any]) -> Callable[[Any], Any]:
        readers = [self._reader(each) for each in args]

        def read(data: Any) -> Any:
            if len(_of(list, data)) != len(readers):
                raise Misfit(f"{len(readers)} values are needed, not {len(data)}")
            return tuple(reader(each) for reader, each in zip(readers, data, strict=True))

        return read

    def _table(self, hint: Any) -> Callable[[Any], Any]:
        reader = self._reader(hint)
        return lambda data: {name: reader(each) for name, each in _of(dict, data).items()}

    def _record(self, kind: type) -> Callable[[Any], Any]:
        hints = typing.get_type_hints(kind)
        fields = {each.name: self._reader(hints[each.name]) for each in dataclasses.fields(kind)}
        needed = {
            each.name
            for each in dataclasses.fields(kind)
            if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        }
        hook = self._hooks.get(kind, lambda value: value)

        def read(data: Any) -> Any:
            given = _of(dict, data)
            if not needed <= given.keys():
                raise Misfit(f"{kind.__name__} needs {', '.join(sorted(needed - given.keys()))}")
            # What a newer side knows beyond this one is left out.
            values = {name: _in(name, reader, given[name]) for name, reader in fields.items() if name in given}
            return hook(kind(**values))

        return read


def _in(name: str, reader: Callable[[Any], Any], data: Any) -> Any:
    try:
        return reader(data)
    except Misfit as misfit:
        raise Misfit(f"{name}: {misfit}") from misfit


def _of(kind: type, data: Any) -> Any:
    if not isinstance(data, kind):
        raise Misfit(f"{kind.__name__} is needed, not {type(data).__name__}")
    return data


def _plain(hint: Any) -> Callable[[Any], Any]:
    if hint in {str, bool}:
        return lambda data: _of(hint, data)
    if hint in {int, float}:
        return lambda data: _number(hint, data)
    if hint is Path:
        return lambda data: Path(PurePath(_of(str, data)).name)
    make = {datetime: datetime.fromisoformat, date: _day, Decimal: _amount}.get(hint, hint)
    return lambda data: _made(make, data)


def _day(data: Any) -> date:
    """A day that can be counted from."""
    if not 1970 <= (day := date.fromisoformat(data)).year < 3000:
        raise ValueError("no day of ours")
    return day


def _amount(data: Any) -> Decimal:
    """An amount; infinite is consent to any, and what is no number at all compares with nothing."""
    if not isinstance(data, str) or (amount := Decimal(data)).is_nan():
        raise ValueError("no amount")
    return amount


def _number(kind: type, data: Any) -> Any:
    if isinstance(data, bool) or not isinstance(data, int | float) or not abs(data) <= LARGEST:
        raise Misfit("that is no number of a usual size")
    if kind is int and not isinstance(data, int):
        raise Misfit("a whole number is needed")
    return data


def _made(make: Callable[[Any], Any], data: Any) -> Any:
    try:
        return make(data)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise Misfit(f"cannot be {getattr(make, '__name__', 'that')}") from error
