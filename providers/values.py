"""`dataclass` as the standard library has it, but each class is finished when its first value is made.

The standard one compiles up to eight functions for every class, half a millisecond each time: for the hundred classes
of the engine that was a third of the time until the form stands, and most of them are not used by then. To type
checkers, and to whoever uses such a class, it is the standard one.
"""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

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
    """The class with its slots and its own methods; making a value, or asking for the fields, finishes it."""
    names = tuple(name for name, kind in inspect.get_annotations(declared).items() if "ClassVar[" not in str(kind))
    left_out = {*names, "__dict__", "__weakref__"}
    body: dict[str, Any] = {name: each for name, each in declared.__dict__.items() if name not in left_out}
    own = frozenset(body)

    def finish() -> None:
        with _finishing:
            if isinstance(made.__dict__[_FIELDS], _Fields):
                _finish(made, dataclasses.dataclass(slots=True, **how)(declared), own)

    def first(self: object, *args: Any, **given: Any) -> None:
        finish()
        made.__init__(self, *args, **given)  # type: ignore[misc]  # a class with slots of its own has no other

    made = type(declared.__name__, (), {**body, "__slots__": names, "__init__": first, _FIELDS: _Fields(finish)})
    return made


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
