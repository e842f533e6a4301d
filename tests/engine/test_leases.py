"""Who lives, as one process sees it: silence counted in its own beats, clocks compared once."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.tasks.leases import FRESH_MS, SILENT_BEATS, Leases
from tests.clock import FakeClock, driven
from tests.house import LUMA, SANDBOX, House

OTHER = "elsewhere:1:x"
NOW = 1_000_000_000


@given(st.lists(st.integers(-7_200_000, 7_200_000), min_size=2, max_size=40))
def test_one_that_speaks_between_our_beats_lives_whatever_its_clock_says(words: list[int]) -> None:
    leases = Leases()
    leases.look({OTHER: NOW}, NOW)
    last = NOW
    for word in words:
        said = NOW + word if NOW + word != last else last + 1
        last = said
        assert leases.look({OTHER: said}, NOW, beat=True) == {}
    assert leases.living == {OTHER}


@given(st.integers(-7_200_000, 7_200_000))
def test_one_that_is_silent_through_four_of_our_beats_is_dead_and_a_word_brings_it_back(our_clock: int) -> None:
    leases = Leases()
    leases.look({OTHER: NOW}, NOW)
    silent = [leases.look({OTHER: NOW}, NOW + our_clock, beat=True) for _ in range(SILENT_BEATS)]
    assert silent == [{}] * (SILENT_BEATS - 1) + [{OTHER: NOW}]
    assert leases.look({OTHER: NOW + 1}, NOW + our_clock, beat=True) == {}


def test_looking_without_speaking_ages_nobody() -> None:
    leases = Leases()
    assert all(leases.look({OTHER: NOW}, NOW) == {} for _ in range(100))


@pytest.mark.parametrize(("said", "dead"), [(NOW, False), (NOW - FRESH_MS - 1, True), (NOW + 3_600_000, True)])
def test_at_first_sight_an_old_word_or_one_of_the_future_was_spoken_by_somebody_dead(said: int, dead: bool) -> None:
    assert bool(Leases().look({OTHER: said}, NOW)) is dead


@driven
async def test_two_machines_whose_clocks_disagree_for_good_leave_each_other_their_tasks(house: House) -> None:
    odd = FakeClock()
    first, second = await house.open(clock=odd), await house.open()
    (mine,), (yours,) = await first.submit(SANDBOX), await second.submit(LUMA)
    await asyncio.sleep(6)
    odd.jump(3600.0)
    owners = set()
    for _ in range(8):
        await asyncio.sleep(4)
        library = house.library()
        owners |= {(task.id, library.owner(task.id)) for task in house.tasks() if not task.ended}
        library.close()
    assert {owner for task_id, owner in owners if task_id == mine.id} <= {first._context.owner}
    assert {owner for task_id, owner in owners if task_id == yours.id} == {second._context.owner}
    await first.close()
    await second.close()
