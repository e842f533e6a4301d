"""What pacing learns, and what it must not learn."""

from __future__ import annotations

import math
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.pacing import Key, Observation, Pacing

from .jobs import EPOCH, KEY, MEDIAN, OTHER, RANGE, STRANGER, draws, fresh, seen, taught, walk


def median(pacing: Pacing, key: Key = KEY) -> float:
    left = pacing.eta(key, 0.0).left_s
    assert left is not None
    return left


def test_it_starts_from_the_catalogue() -> None:
    assert math.isclose(median(fresh()), MEDIAN, rel_tol=0.1)


def test_it_learns_the_running_time_of_a_kind_of_job() -> None:
    assert math.isclose(median(taught([40.0] * 12)), 40, rel_tol=0.1)


def test_one_job_already_counts_for_more_than_the_catalogue() -> None:
    assert median(taught([200.0])) > 130


def test_the_newest_job_counts_most_whatever_the_order_of_telling() -> None:
    jobs = [seen(t, number) for number, t in enumerate([60.0] * 10 + [150.0] * 10)]
    there, back = fresh(), fresh()
    there.learn_many(jobs)
    back.learn_many(reversed(jobs))
    assert median(there) == median(back)
    assert math.isclose(median(there), 150, rel_tol=0.1)


def test_it_learns_no_lag_from_its_own_late_looks() -> None:
    rng = random.Random(8)
    pacing = fresh()
    for number, t in enumerate(draws(rng, 60)):
        schedule = walk(pacing, t)
        before = schedule[-2] if len(schedule) > 1 else 0.0
        pacing.learn(Observation(KEY, before, schedule[-1], EPOCH + timedelta(minutes=number)))
    assert math.isclose(median(pacing), MEDIAN, rel_tol=0.12)


def test_a_laptop_that_slept_through_the_end_teaches_next_to_nothing() -> None:
    pacing = taught([80.0] * 10)
    before = median(pacing)
    for number in range(5):
        pacing.learn(Observation(KEY, 20.0, 30_000.0, EPOCH + timedelta(hours=number)))
    assert math.isclose(median(pacing), before, rel_tol=0.05)


def test_a_kind_that_is_done_at_every_first_look_is_looked_at_sooner_and_sooner() -> None:
    pacing = fresh()
    first = pacing.plan(KEY, floor_s=2.0, running_for=0.0)
    for number in range(15):
        gap = pacing.plan(KEY, floor_s=2.0, running_for=0.0)
        pacing.learn(Observation(KEY, 0.0, gap, EPOCH + timedelta(minutes=number)))
    assert pacing.plan(KEY, floor_s=2.0, running_for=0.0) < first / 2
    assert median(pacing) < 15


def test_failures_teach_nothing_about_the_time() -> None:
    pacing = taught([80.0] * 10)
    before = pacing.usual(KEY)
    for _ in range(5):
        pacing.fail(KEY)
    after = pacing.usual(KEY)
    assert before is not None
    assert after is not None
    assert math.isclose(before.high_s, after.high_s, rel_tol=1e-6)
    assert before.count == after.count == 10


def test_a_kind_that_often_fails_early_is_looked_at_early() -> None:
    steady, failing = taught([80.0] * 20), taught([80.0] * 20)
    for _ in range(8):
        failing.fail(KEY)
    early = [sum(t < 20 for t in walk(each, 200)) for each in (steady, failing)]
    assert early[1] > early[0]


def test_a_new_kind_leans_on_the_other_kinds_of_its_model() -> None:
    pacing = taught([170.0] * 10)
    assert 125 < median(pacing, OTHER) < 170
    assert math.isclose(median(pacing, STRANGER), 80, rel_tol=0.1), "another model is none of its business"


def test_its_own_jobs_soon_outweigh_those_of_other_kinds() -> None:
    pacing = taught([170.0] * 20)
    pacing.learn_many(seen(60.0, number, key=OTHER) for number in range(6))
    assert median(pacing, OTHER) < 75
    assert median(pacing) > 150


def test_a_model_that_nobody_has_described_is_paced_too() -> None:
    pacing = Pacing({}, rng=random.Random(1))
    assert pacing.usual(KEY) is None
    assert 2 <= pacing.plan(KEY, floor_s=2.0, running_for=0.0) <= 45


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(lambda pair: (min(pair), max(pair))),
        max_size=30,
    ),
    st.floats(0, 1e5),
)
def test_whatever_it_was_told_it_gives_sane_answers(intervals: list[tuple[float, float]], t: float) -> None:
    pacing = Pacing({KEY.coarse: RANGE}, rng=random.Random(1))
    pacing.learn_many(
        Observation(KEY, low, high, EPOCH + timedelta(seconds=number)) for number, (low, high) in enumerate(intervals)
    )
    gap = pacing.plan(KEY, floor_s=2.0, running_for=t, waited=t)
    assert 2.0 <= gap <= 300 * 1.05
    eta = pacing.eta(KEY, t)
    assert 0 <= eta.fraction <= 0.97
    if eta.left_s is not None and eta.low_s is not None and eta.high_s is not None:
        assert 0 <= eta.low_s <= eta.left_s <= eta.high_s < math.inf
    assert eta.words
