"""A class that is finished late is, to whoever uses it, what the standard library makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from providers.values import FEW, dataclass


@dataclass(frozen=True, slots=True)
class Late:
    """Has every kind of field."""

    name: str
    parts: tuple[int, ...] = ()
    table: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    hidden: str = dataclasses.field(default="x", repr=False)
    kind: ClassVar[str] = "late"

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")

    @property
    def length(self) -> int:
        return len(self.parts)


@dataclass(slots=True)
class Open:
    count: int = 0

    def __repr__(self) -> str:
        return "my own"


def test_a_value_is_frozen_equal_hashable_and_shown_as_ever() -> None:
    value = Late("a", (1, 2))
    assert (value.length, value.kind, value.table) == (2, "late", {})
    assert value == Late("a", (1, 2), {"other": 1})
    assert value != Late("b")
    assert hash(value) == hash(Late("a", (1, 2)))
    assert repr(value) == "Late(name='a', parts=(1, 2), table={})"
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.name = "b"  # type: ignore[misc]  # that is what must not be possible
    with pytest.raises(AttributeError):
        object.__setattr__(value, "other", 1)
    with pytest.raises(ValueError, match="no name"):
        Late("")
    with pytest.raises(TypeError):
        Late()  # type: ignore[call-arg]  # that is what must not be possible


def test_the_standard_helpers_work_on_it() -> None:
    value = Late("a")
    assert dataclasses.replace(value, name="b") == Late("b")
    assert dataclasses.asdict(value)["hidden"] == "x"
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value
    match value:
        case Late(name, parts):
            assert (name, parts) == ("a", ())


def test_what_can_be_changed_stays_so_and_own_methods_win() -> None:
    value = Open()
    value.count += 1
    assert (value.count, repr(value)) == (1, "my own")


def fresh() -> type[Any]:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        a: int
        b: list[int] = dataclasses.field(default_factory=list)

    return Fresh


@pytest.mark.parametrize(
    "use",
    [
        lambda kind: [each.name for each in dataclasses.fields(kind)] == ["a", "b"],
        dataclasses.is_dataclass,
        lambda kind: kind(1) == kind(1, []),
    ],
)
def test_any_first_use_finishes_it(use: Callable[[type[Any]], bool]) -> None:
    assert use(fresh())


@pytest.mark.parametrize(
    "use",
    [
        hash,
        lambda value: value == type(value)(1),
        lambda value: repr(value).endswith("Fresh(a=1, b=[])"),
        lambda value: copy.copy(value) == value,
        lambda value: dataclasses.replace(value, a=2).a == 2,
        lambda value: [type(value)(each) for each in range(FEW + 1)][-1].a == FEW,
    ],
)
def test_what_the_first_value_is_used_for_works_as_ever(use: Callable[[Any], object]) -> None:
    kind = fresh()
    value = kind(1)
    if use is hash:
        with pytest.raises(TypeError, match="unhashable type: 'list'"):
            use(value)
    else:
        assert use(value)
    assert (value.a, value.b) == (1, [])


def test_a_value_with_which_nothing_was_done_yet_is_frozen_too() -> None:
    value = fresh()(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del fresh()(1).a


@pytest.mark.parametrize(("args", "given"), [((), {}), ((1, [], 2), {}), ((1,), {"a": 2}), ((1,), {"c": 2})])
def test_arguments_that_do_not_fit_are_refused_in_the_library_s_words(
    args: tuple[Any, ...], given: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        fresh()(*args, **given)


def test_a_class_of_which_a_few_values_are_only_held_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = fresh()
    monkeypatch.delattr(dataclasses, "dataclass")
    assert [kind(each, b=[each]).b for each in range(FEW)] == [[each] for each in range(FEW)]
    with pytest.raises(AttributeError):
        kind(0)  # one too many: now it would be


def test_what_can_be_changed_and_is_compared_has_no_hash_before_and_after() -> None:
    @dataclass(slots=True)
    class Changing:
        a: int = 0

    for _ in range(2):
        with pytest.raises(TypeError):
            hash(Changing())
        assert Changing(1) == Changing(1)


def test_threads_may_use_it_first_together() -> None:
    for _ in range(20):
        kind, ready = fresh(), threading.Barrier(4)
        found: list[Any] = []

        def make(kind: type[Any] = kind, ready: threading.Barrier = ready, found: list[Any] = found) -> None:
            ready.wait()
            found.append(kind(1))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert found == [kind(1)] * 4
