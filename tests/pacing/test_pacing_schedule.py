"""When the next poll is."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.pacing import Pacing, Watch, back_off, list_call
from rushes.pacing.curve import Curve, Shape
from rushes.pacing.schedule import POLL_COST, Limits, Schedule

from .jobs import EPOCH, KEY, MEDIAN, draws, fresh, seen, taught, walk

SHAPES = st.builds(
    Shape, st.floats(math.log(2), math.log(400)), st.floats(0.1, 0.9), st.floats(0.02, 0.12), st.floats(0.005, 0.3)
)


def expected_cost(curve: Curve, following: list[int], poll_cost: float) -> float:
    """Expected price of a schedule that starts at 0, by the same sum but forwards."""
    total, i = 0.0, 0
    areas = [0.0]
    for k in range(1, len(curve.times)):
        areas.append(areas[-1] + (curve.times[k] - curve.times[k - 1]) * (curve.ended[k] + curve.ended[k - 1]) / 2)
    while i < len(curve.times) - 1:
        j = following[i]
        waiting = areas[j] - areas[i] - (curve.times[j] - curve.times[i]) * curve.ended[i]
        total += poll_cost * (1 - curve.ended[i]) + waiting
        i = j
    return total


def searched_in_full(curve: Curve, limits: Limits, poll_cost: float) -> float:
    """The least expected price, by trying every next point from every point."""
    last = len(curve.times) - 1
    longest = limits.longest(curve.shape)
    areas = [0.0]
    for k in range(1, last + 1):
        areas.append(areas[-1] + (curve.times[k] - curve.times[k - 1]) * (curve.ended[k] + curve.ended[k - 1]) / 2)
    rest = [0.0] * (last + 1)
    for i in range(last - 1, -1, -1):
        t = curve.times[i]
        late_enough = [j for j in range(i + 1, last + 1) if curve.times[j] >= t + limits.floor_s - 1e-9] or [last]
        allowed = [j for j in late_enough if curve.times[j] <= t + longest(t) + 1e-9] or late_enough[:1]
        rest[i] = poll_cost * (1 - curve.ended[i]) + min(
            areas[j] - areas[i] - (curve.times[j] - t) * curve.ended[i] + rest[j] for j in allowed
        )
    return rest[0]


@settings(max_examples=12, deadline=None)
@given(SHAPES, st.sampled_from([0.2, 2.0, 5.0]))
def test_no_other_schedule_within_the_limits_is_cheaper(shape: Shape, floor_s: float) -> None:
    curve = Curve.of(shape)
    schedule = Schedule.best(curve, Limits(floor_s), POLL_COST)
    place = {t: i for i, t in enumerate(curve.times)}
    ours = expected_cost(curve, [place[t] for t in schedule.following], POLL_COST)
    assert ours == pytest.approx(searched_in_full(curve, Limits(floor_s), POLL_COST), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([0.2, 2.0, 5.0]), st.floats(3, 400), st.integers(0, 30), st.integers(0, 1000))
def test_the_vendors_floor_and_the_caps_hold(floor_s: float, median: float, jobs: int, seed: int) -> None:
    pacing = Pacing({KEY.coarse: (median / 1.4, median * 1.4)}, rng=random.Random(seed))
    pacing.learn_many(seen(t, n) for n, t in enumerate(draws(random.Random(seed), jobs, median)))
    for before, after in pairwise([0.0, *walk(pacing, 2 * median, floor_s=floor_s)]):
        assert after - before >= floor_s - 1e-9
        assert after - before <= (90 if before < median else 30) * 1.05 + 1e-9


def test_it_asks_rarely_before_the_job_can_be_done_and_often_when_it_should_be() -> None:
    gaps = pairwise(walk(taught([80.0, 90.0, 85.0, 82.0, 95.0, 75.0] * 4), 200))
    usual = {before: after - before for before, after in gaps}
    assert max(gap for t, gap in usual.items() if t < 50) > 3 * min(gap for t, gap in usual.items() if 75 < t < 95)


def test_jobs_sent_together_are_not_asked_in_step() -> None:
    pacing = fresh()
    assert len({pacing.plan(KEY, floor_s=5.0, running_for=80.0) for _ in range(20)}) > 15


def test_a_process_that_takes_over_asks_at_once() -> None:
    assert fresh().plan(KEY, floor_s=2.0, running_for=40.0, waited=50.0, since_last=None) == 0


def test_after_a_sleep_longer_than_the_gap_it_asks_at_once() -> None:
    assert fresh().plan(KEY, floor_s=2.0, running_for=4000.0, waited=4000.0, since_last=3970.0) == 0


def test_a_plan_made_late_counts_from_the_last_poll() -> None:
    early = fresh(seed=4).plan(KEY, floor_s=2.0, running_for=30.0, waited=30.0)
    late = fresh(seed=4).plan(KEY, floor_s=2.0, running_for=33.0, waited=33.0, since_last=3.0)
    assert late == pytest.approx(early - 3.0)


def test_a_waiting_job_is_asked_every_ten_seconds_and_later_more_rarely() -> None:
    pacing = fresh()
    gaps = [pacing.plan(KEY, floor_s=2.0, waited=waited) for waited in (0.0, 60.0, 200.0, 3600.0)]
    assert gaps == pytest.approx([10, 10, 16, 30], rel=0.06)


def test_a_kind_that_is_done_in_seconds_is_not_left_waiting_for_ten() -> None:
    pacing = fresh(usual=(2.0, 4.0))
    assert pacing.plan(KEY, floor_s=0.2) < 1.5


def test_the_first_jobs_of_an_edited_prompt_are_looked_at_after_three_and_eight_seconds() -> None:
    pacing, t, looks = taught(draws(random.Random(2), 20)), 0.0, []
    while t < 12:
        t += pacing.plan(KEY, floor_s=2.0, running_for=t, waited=t, new_prompt=True)
        looks.append(t)
    assert looks[0] == pytest.approx(3, rel=0.06)
    assert looks[1] == pytest.approx(8, rel=0.06)


def test_an_overdue_job_is_asked_every_half_minute_then_ever_more_rarely_and_never_given_up() -> None:
    pacing = taught(draws(random.Random(2), 20))
    assert pacing.eta(KEY, 600.0).overdue
    gaps = [pacing.plan(KEY, floor_s=2.0, running_for=t) for t in (350.0, 1200.0, 7200.0, 86_400.0)]
    assert gaps == pytest.approx([30, 96, 300, 300], rel=0.06)


def test_one_poll_for_many_tasks_is_worth_asking_for_sooner() -> None:
    pacing = taught(draws(random.Random(2), 20))
    single = pacing.plan(KEY, floor_s=2.0, running_for=MEDIAN)
    shared = pacing.plan(KEY, floor_s=2.0, running_for=MEDIAN, together=8)
    assert shared < single


def test_one_list_call_serves_three_tasks_or_more_a_second_apart() -> None:
    assert list_call([5.0, 9.0], None) is None
    assert list_call([9.0, 5.0, 7.0], None) == 5.0
    assert list_call([9.0, 5.0, 7.0], 4.5) == 5.5


def test_failed_polls_back_off_to_half_a_minute() -> None:
    rng = random.Random(1)
    pauses = [back_off(errors, rng, floor_s=1.0) for errors in (1, 2, 3, 4, 5, 6, 60)]
    assert pauses == pytest.approx([2.2, 4.4, 8.8, 17.6, 33, 33, 33], rel=0.11)


@given(st.integers(1, 99), st.floats(0, 600), st.sampled_from([0.2, 2.0, 5.0]), st.integers())
def test_a_try_never_comes_before_the_vendor_allows_it(errors: int, wait: float, floor_s: float, seed: int) -> None:
    assert back_off(errors, random.Random(seed), floor_s=floor_s, retry_after_s=wait) >= max(wait, floor_s)


def test_backing_off_without_an_error_is_a_fault() -> None:
    with pytest.raises(ValueError, match="at least one"):
        back_off(0, random.Random(1), floor_s=2.0)


def test_time_in_the_vendors_queue_is_no_running_time() -> None:
    watch = Watch.begin(100.0).saw_waiting(400.0)
    assert watch.running_for(500.0) is None
    watch = watch.saw_running(410.0)
    assert watch.running_for(445.0) == pytest.approx(40.0)
    assert watch.waited(445.0) == pytest.approx(345.0)
    told = watch.saw_running(480.0).completed(KEY, 484.0, EPOCH)
    assert 65 < told.low_s <= 75
    assert 79 <= told.high_s < 89


def test_a_job_that_the_vendor_puts_back_into_its_queue_starts_its_running_time_afresh() -> None:
    watch = Watch.begin(0.0).saw_running(10.0).saw_waiting(60.0)
    assert watch.running_for(70.0) is None
    assert watch.saw_running(80.0).running_for(90.0) == pytest.approx(20.0)


def test_a_job_that_is_done_at_the_first_look_took_at_most_that_long() -> None:
    told = Watch.begin(50.0).completed(KEY, 58.0, EPOCH)
    assert (told.low_s, told.high_s) == (0.0, 8.0)


def test_a_clock_that_is_set_back_gives_no_negative_times() -> None:
    watch = Watch.begin(100.0).saw_running(110.0)
    assert watch.running_for(90.0) == 0.0
    assert watch.waited(90.0) == 0.0
    assert watch.since_last(90.0) == 0.0
