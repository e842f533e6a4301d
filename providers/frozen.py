"""Frozen: values whose fields are declared once, by annotation, and read from files fault by fault.

A catalogue and the settings stand before the form does, so this does without pydantic, whose import alone costs a
third of a start. Only what those files hold can be read: text, numbers, amounts, days, choices, lists, tables, and
other Frozen values.
"""

from __future__ import annotations

import enum
import functools
import math
import types
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from inspect import get_annotations
from typing import Any, ClassVar, Literal, Self, Union, dataclass_transform, get_args, get_origin, get_type_hints

__all__ = ["EMPTY", "Frozen", "Misfit", "plain"]

EMPTY: Mapping[Any, Any] = types.MappingProxyType({})
"""The default of a table that may be left out."""

Place = tuple[str | int, ...]


class Misfit(ValueError):
    """Data that is not as declared: every fault with its place."""

    def __init__(self, faults: Mapping[Place, str]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, place))} {reason}".strip() for place, reason in faults.items()))
        self.faults = faults


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Frozen:
    """Give fields by name; a class attribute is a field's default. Equal where all fields are; cannot be hashed."""

    field_names: ClassVar[tuple[str, ...]] = ()
    """The fields, in the order of the declaration."""
    _kinds: ClassVar[Mapping[str, Any]] = EMPTY

    def __init_subclass__(cls) -> None:
        own = (name for name, kind in get_annotations(cls).items() if not str(kind).startswith("ClassVar"))
        cls.field_names = (*cls.field_names, *own)

    def __init__(self, **given: Any) -> None:
        cls = type(self)
        values = {name: given.pop(name) if name in given else getattr(cls, name) for name in cls.field_names}
        if given:
            raise TypeError(f"{cls.__name__} has no {', '.join(given)}")
        self.__dict__.update(values)

    def _whole(self) -> None:
        """Raises ValueError where what was read does not go together."""

    def but(self, **changes: Any) -> Self:
        """The same with other values for some fields."""
        return type(self)(**{**self.__dict__, **changes})

    @classmethod
    def kinds(cls) -> Mapping[str, Any]:
        """What each field is, `Annotated` and all."""
        if "_kinds" not in cls.__dict__:
            found = get_type_hints(cls, include_extras=True)
            cls._kinds = {name: found[name] for name in cls.field_names}
        return cls._kinds

    @classmethod
    def read(cls, data: Any) -> Self:
        """From a file's plain data, in which no name is unknown. Raises Misfit."""
        if not isinstance(data, Mapping):
            raise Misfit({(): "must be a table"})
        hints = cls.kinds()
        faults: dict[Place, str] = {(str(name),): "is not known" for name in data if name not in hints}
        values: dict[str, Any] = {}
        for name, kind in hints.items():
            if name in data:
                _put(values, faults, name, kind, data[name])
            elif not hasattr(cls, name):
                faults[(name,)] = "is missing"
        if faults:
            raise Misfit(faults)
        found = cls(**values)
        found._whole()
        return found

    def __setattr__(self, name: str, _value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen; `but` makes a changed copy")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


def plain(value: Any, without: Collection[str] = ()) -> Any:
    """As JSON has it; amounts and days as text. `without` names fields of the value itself to leave out."""
    if isinstance(value, Frozen):
        return {name: plain(each) for name, each in value.__dict__.items() if name not in without}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, Decimal | date) else value


def _put(values: dict[Any, Any], faults: dict[Place, str], name: Any, kind: Any, value: Any) -> None:
    try:
        values[name] = _reader(kind)(value)
    except Misfit as inner:
        faults.update({(name, *place): reason for place, reason in inner.faults.items()})
    except ValueError as error:
        faults[(name,)] = str(error)


Reader = Callable[[Any], Any]


@functools.cache
def _reader(kind: Any) -> Reader:
    """What turns a plain value into one of this kind, or raises ValueError with what it must be."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda value: _one_of(inner, value)
    if origin in (Union, types.UnionType):
        return functools.partial(_any_of, tuple(map(_reader, inner)))
    if origin is tuple:
        return functools.partial(_list, inner)
    if origin is not None:
        return functools.partial(_table, _reader(inner[0]), inner[1])
    if issubclass(kind, Frozen):
        read: Reader = kind.read
        return read
    return lambda value: kind(value) if issubclass(kind, enum.Enum) else _PLAIN[kind](value)


def _one_of(allowed: tuple[Any, ...], value: Any) -> Any:
    if value in allowed:
        return value
    raise ValueError(f"must be one of {', '.join(map(str, allowed))}")


def _any_of(readers: tuple[Reader, ...], value: Any) -> Any:
    reasons = []
    for each in readers:
        try:
            return each(value)
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError(", or ".join(reasons))


def _list(inner: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list")
    kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
    if len(kinds) != len(value):
        raise ValueError(f"must have {len(inner)} entries")
    values: dict[int, Any] = {}
    faults: dict[Place, str] = {}
    for at, (kind, each) in enumerate(zip(kinds, value, strict=True)):
        _put(values, faults, at, kind, each)
    if faults:
        raise Misfit(faults)
    return tuple(values.values())


def _table(key: Reader, kind: Any, value: Any) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table")
    values: dict[Any, Any] = {}
    faults: dict[Place, str] = {}
    for name, each in value.items():
        _put(values, faults, key(name), kind, each)
    if faults:
        raise Misfit(faults)
    return values


def _exactly(kind: type, words: str) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        raise ValueError(f"must be {words}")

    return read


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("must be a number")
    return float(value)


def _amount(value: Any) -> Decimal:
    """From its digits, so that 0.1 is a tenth."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite():
        raise ValueError("must be an amount")
    return amount


def _day(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(str(value))


_PLAIN: Mapping[type, Reader] = {
    str: _exactly(str, "text"),
    bool: _exactly(bool, "true or false"),
    int: _exactly(int, "a whole number"),
    float: _number,
    Decimal: _amount,
    date: _day,
    type(None): _exactly(type(None), "nothing"),
}
