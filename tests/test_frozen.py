"""Reading declared values: every fault with its place, and nothing taken for what it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest

from providers.frozen import EMPTY, Frozen, Misfit, plain


class Colour(StrEnum):
    RED = "red"


class Part(Frozen):
    name: str
    size: float = 1.0
    kind: Literal["a", "b"] = "a"

    def _whole(self) -> None:
        if self.size < 0:
            raise ValueError("is smaller than nothing")


class Whole(Frozen):
    parts: tuple[Part, ...]
    price: Decimal | None = None
    day: date = date(2026, 1, 1)
    span: tuple[int, int] = (0, 1)
    colour: Colour = Colour.RED
    table: Mapping[str, str | int | float | bool] = EMPTY


def test_what_fits_is_read_with_its_kinds() -> None:
    found = Whole.read(
        {
            "parts": [{"name": "x", "size": 2}, {"name": "y"}],
            "price": 0.1,
            "day": "2026-02-03",
            "colour": "red",
            "table": {"loop": True, "count": 1, "part": 0.5},
        }
    )
    assert found.parts == (Part(name="x", size=2.0), Part(name="y"))
    assert (found.price, found.day, found.colour) == (Decimal("0.1"), date(2026, 2, 3), Colour.RED)
    assert [type(each) for each in found.table.values()] == [bool, int, float]
    assert plain(found, without={"parts"})["price"] == "0.1"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"parts": [{"name": "x"}, {"name": 5}]}, "parts.1.name must be text"),
        ({"parts": [{"nmae": "x"}]}, "parts.0.nmae is not known; parts.0.name is missing"),
        ({"parts": [{"name": "x", "size": -1}]}, "parts.0 is smaller than nothing"),
        ({"parts": [{"name": "x", "kind": "c"}]}, "parts.0.kind must be one of a, b"),
        ({"parts": {"name": "x"}}, "parts must be a list"),
        ({"parts": ["x"]}, "parts.0 must be a table"),
        ({"price": "much"}, "price must be an amount, or must be nothing"),
        ({"price": True}, "price must be an amount, or must be nothing"),
        ({"day": "soon"}, "day Invalid isoformat string: 'soon'"),
        ({"span": [1]}, "span must have 2 entries"),
        ({"span": [1, 2.5]}, "span.1 must be a whole number"),
        ({"colour": "blue"}, "colour 'blue' is not a valid Colour"),
        ({"table": {"x": []}}, "table.x must be text"),
    ],
)
def test_each_fault_is_named_with_its_place(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(Misfit) as caught:
        Whole.read({"parts": [], **change})
    assert fault in str(caught.value)


def test_a_value_is_frozen_and_a_copy_differs_only_where_asked() -> None:
    part = Part(name="x")
    with pytest.raises(AttributeError):
        part.name = "y"  # type: ignore[misc]  # that is what must not be possible
    assert part.but(size=3.0) == Part(name="x", size=3.0)
    with pytest.raises(TypeError):
        part.but(sise=3.0)
