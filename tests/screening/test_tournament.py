"""A tournament finds the order in a person's head, in as few answers as sorting allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.tournament import Tournament

orders = st.integers(1, 12).flatmap(lambda count: st.permutations(range(count)))


@given(orders)
def test_the_ranking_is_the_order_that_the_answers_follow(worth: list[int]) -> None:
    cup = Tournament.of(worth)
    bound = cup.left
    while not cup.over:
        newcomer, other = cup.pair
        assert newcomer != other
        before = cup.left
        cup = cup.decided(newcomer > other)
        assert cup.left < before
    assert list(cup.ranked) == sorted(worth, reverse=True)
    assert cup.answers <= bound
    assert cup.left == 0


@pytest.mark.parametrize(("takes", "most"), [(1, 0), (2, 1), (4, 5), (5, 8), (10, 25)])
def test_it_says_beforehand_how_many_answers_it_needs_at_the_most(takes: int, most: int) -> None:
    assert Tournament.of(list(range(takes))).left == most


def test_there_is_none_without_takes_and_no_pair_at_the_end() -> None:
    with pytest.raises(ValueError, match="needs takes"):
        Tournament.of([])
    with pytest.raises(ValueError, match="over"):
        _ = Tournament.of(["one"]).pair
