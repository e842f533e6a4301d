"""The figures that pacing promises, on seeded simulations; `bench.pacing` has the large ones."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from rushes.pacing import Pacing

from .jobs import KEY, MEDIAN, draws, fresh, quantile, score, seen, taught, walk


def _kinds(count: int) -> list[tuple[random.Random, float, float]]:
    """Kinds of job whose truth is 0.4 to 2.5 times the catalogue's, with a spread of 0.20 to 0.45."""
    found = []
    for number in range(count):
        rng = random.Random(number)
        median = MEDIAN * math.exp(rng.uniform(math.log(0.4), math.log(2.5)))
        found.append((rng, median, rng.uniform(0.20, 0.45)))
    return found


def test_after_twenty_jobs_few_polls_find_the_end_soon() -> None:
    polls, lags, p95s = [], [], []
    for rng, median, sigma in _kinds(150):
        schedule = walk(taught(draws(rng, 20, median, sigma)), 2500)
        asked, late = score(schedule, draws(rng, 200, median, sigma))
        polls.append(fmean(asked))
        lags.append(fmean(late))
        p95s.append(quantile(late, 0.95))
    assert fmean(polls) <= 11.5
    assert fmean(lags) <= 3.2
    assert fmean(p95s) <= 6.3
    assert fmean(polls) * fmean(lags) <= 32, "the fixed schedules are at 50 to 63, the best possible is at 26"


@pytest.mark.parametrize("factor", [0.33, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
def test_a_first_guess_that_is_wrong_by_up_to_three_times_costs_little_waiting(factor: float) -> None:
    times = draws(random.Random(5), 4000, MEDIAN * factor)
    assert fmean(score(walk(fresh(), 2500), times)[1]) <= 5.0


def test_a_new_kind_of_job_whose_guess_is_right_beats_doubling() -> None:
    polls, lags = score(walk(fresh(), 2500), draws(random.Random(5), 4000))
    assert fmean(polls) <= 11
    assert fmean(lags) <= 4.2


@pytest.mark.parametrize("jobs", [2, 5, 20])
def test_what_it_says_of_the_spread_is_true(jobs: int) -> None:
    below, inside = [], []
    for rng, median, sigma in _kinds(120):
        usual = taught(draws(rng, jobs, median, sigma)).usual(KEY)
        assert usual is not None
        times = draws(rng, 100, median, sigma)
        below.append(fmean(t < usual.high_s for t in times))
        inside.append(fmean(usual.low_s < t < usual.high_s for t in times))
    assert 0.78 <= fmean(inside) <= 0.88, "P10 to P90"
    assert 0.88 <= fmean(below) <= 0.96, "P90"


def _jobs_until_found(pacing: Pacing, factor: float) -> int:
    """How many jobs at a new speed it takes until the median is within a quarter of the truth."""
    rng = random.Random(3)
    for number, t in enumerate(draws(rng, 12, MEDIAN * factor)):
        pacing.learn(seen(t, 100 + number))
        left = pacing.eta(KEY, 0.0).left_s
        if left is not None and abs(left / (MEDIAN * factor) - 1) < 0.25:
            return number + 1
    return 99


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_vendor_that_changes_its_speed_is_followed_within_six_jobs(factor: float) -> None:
    assert _jobs_until_found(taught(draws(random.Random(1), 40)), factor) <= 6


def test_a_steady_vendor_is_not_taken_for_a_changing_one() -> None:
    for seed in range(30):
        left = taught(draws(random.Random(seed), 48)).eta(KEY, 0.0).left_s
        assert left is not None
        assert abs(left / MEDIAN - 1) < 0.25
