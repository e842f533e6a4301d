"""`dataclass` as the standard library has it, but each class is finished when it is used for more than a few values.

The standard one compiles up to eight functions for every class, half a millisecond each time: for the hundred classes
of the engine that was a third of the time until the form stands. Most of them are not used by then, or hold a value or
two that nobody compares, hashes, shows or replaces: those are filled in without anything compiled. To type checkers,
and to whoever uses such a class, it is the standard one.
"""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

FEW = 20
"""Values that are filled in field by field; a class with more is worth its own `__init__`."""
_finishing = threading.RLock()
_FIELDS = "__dataclass_fields__"
_MADE = (
    *("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__"),
    *("__lt__", "__le__", "__gt__", "__ge__", "__match_args__", "__dataclass_params__", _FIELDS),
)
"""What the standard `dataclass` puts into a class; the fields come last, since they say that a class is finished."""

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, slots: bool = False, **how: bool) -> Callable[[type[T]], type[T]]:
        """As the standard one with the same arguments. Only classes with slots, and without bases, are put off."""

        def decorate(declared: type[T]) -> type[T]:
            if not slots or declared.__bases__ != (object,):
                return dataclasses.dataclass(slots=slots, **how)(declared)
            return _put_off(declared, how)

        return decorate


def _put_off(declared: type[T], how: dict[str, bool]) -> type[T]:
    """The class with its slots and its own methods; being used for more than holding a few values finishes it."""
    notes = inspect.get_annotations(declared)
    names = tuple(name for name, kind in notes.items() if "ClassVar[" not in str(kind))
    left_out = {*names, "__dict__", "__weakref__"}
    body: dict[str, Any] = {name: each for name, each in declared.__dict__.items() if name not in left_out}
    own = frozenset(body)
    makers = _makers(declared, names)
    count = 0

    def finish() -> None:
        with _finishing:
            if isinstance(made.__dict__[_FIELDS], _Fields):
                _finish(made, dataclasses.dataclass(slots=True, **how)(declared), own)

    def first(self: object, *args: Any, **given: Any) -> None:
        nonlocal count
        count += 1
        if count > FEW or (values := _placed(makers, args, given)) is None:
            finish()
            made.__init__(self, *args, **given)  # type: ignore[misc]  # a class with slots of its own has no other
            return
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if "__post_init__" in own:
            self.__post_init__()  # type: ignore[attr-defined]  # it has one, says the line before

    def late(name: str) -> Callable[..., Any]:
        def method(self: object, *args: Any) -> Any:
            finish()
            return getattr(made, name)(self, *args)

        return method

    body |= {name: late(name) for name in _standard_methods(how) - own}
    if how.get("eq", True) and not how.get("frozen") and "__hash__" not in own:
        body["__hash__"] = None
    body |= {"__slots__": names, "__init__": first, "__match_args__": names, _FIELDS: _Fields(finish)}
    made = type(declared.__name__, (), body)
    return made


def _standard_methods(how: dict[str, bool]) -> set[str]:
    """What the standard `dataclass` would write, besides `__init__`."""
    found = {"__repr__"} if how.get("repr", True) else set()
    if how.get("eq", True):
        found |= {"__eq__", "__hash__"} if how.get("frozen") else {"__eq__"}
    if how.get("frozen"):
        found |= {"__setattr__", "__delattr__", "__getstate__", "__setstate__"}
    return found | ({"__lt__", "__le__", "__gt__", "__ge__"} if how.get("order") else set())


Makers = dict[str, Callable[[], Any] | None]
"""For each field what makes its default, None where it has none."""


def _makers(declared: type, names: tuple[str, ...]) -> Makers | None:
    """None for a class with a field of a rare kind, which only the standard library shall understand."""
    found: Makers = {}
    for name in names:
        default = declared.__dict__.get(name, dataclasses.MISSING)
        if isinstance(default, dataclasses.Field):
            if not default.init or default.kw_only is True:
                return None
            made = default.default_factory
            default = default.default
        else:
            made = dataclasses.MISSING
        if made is not dataclasses.MISSING:
            found[name] = made
        else:
            found[name] = None if default is dataclasses.MISSING else _giving(default)
    return found


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value


def _placed(makers: Makers | None, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any] | None:
    """The values by name; None where they do not fit, of which the standard `__init__` complains in its own words."""
    if makers is None or len(args) > len(makers):
        return None
    values = dict(zip(makers, args, strict=False))
    if values.keys() & given.keys() or given.keys() - makers.keys():
        return None
    values |= given
    for name, make in makers.items():
        if name not in values:
            if make is None:
                return None
            values[name] = make()
    return values


class _Fields:
    """Stands for the fields until they are asked for, as `dataclasses.fields` and `replace` do."""

    def __init__(self, finish: Callable[[], None]) -> None:
        self.finish = finish

    def __get__(self, _value: object, kind: type) -> object:
        self.finish()
        return kind.__dict__[_FIELDS]


def _finish(made: type, standard: type, own: frozenset[str]) -> None:
    for name in _MADE:
        if name in standard.__dict__ and name not in own:
            setattr(made, name, standard.__dict__[name])
