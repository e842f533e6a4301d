"""A vendor's own progress is believed as far as the log shows it honest, and no further."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from rushes.pacing import Key, Pacing, ProgressSample, ProgressTrust, Reading

from .jobs import KEY, MEDIAN, OTHER, draws, taught

Teller = Callable[[float], float]


def honest(noise: float, bias: float = 0.0) -> Callable[[random.Random, float], Teller]:
    def begin(rng: random.Random, total: float) -> Teller:
        claimed = total * math.exp(noise * rng.gauss(0, 1) - bias)
        return lambda t: min(t / claimed, 0.99)

    return begin


def timer(_rng: random.Random, _total: float) -> Teller:
    return lambda t: min(t / 90, 0.99)


def stuck(rng: random.Random, _total: float) -> Teller:
    place = rng.uniform(0.1, 0.9)
    return lambda _t: place


def silent(_rng: random.Random, _total: float) -> Teller:
    return lambda _t: 0.0


def log(teller: Callable[[random.Random, float], Teller], jobs: int = 40, key: Key = KEY) -> list[ProgressSample]:
    rng = random.Random(4)
    samples = []
    for number, total in enumerate(draws(rng, jobs)):
        tell = teller(rng, total)
        samples += [ProgressSample(key, str(number), tell(t), float(t), total) for t in range(6, int(total), 7)]
    return samples


def error_with(pacing: Pacing, teller: Callable[[random.Random, float], Teller]) -> float:
    """The mean error of the time left, in seconds, half way through."""
    rng = random.Random(12)
    errors = []
    for total in draws(rng, 200):
        t = total / 2
        left = pacing.eta(KEY, t, Reading(teller(rng, total)(t), t)).left_s
        if left is not None:
            errors.append(abs(left - total / 2))
    return sum(errors) / len(errors)


def watched(teller: Callable[[random.Random, float], Teller]) -> Pacing:
    pacing = taught(draws(random.Random(1), 30))
    pacing.learn_progress(log(teller))
    return pacing


@pytest.mark.parametrize("teller", [honest(0.05), honest(0.05, bias=0.3)], ids=["honest", "honest but always early"])
def test_honest_progress_makes_the_time_left_much_surer(teller: Callable[[random.Random, float], Teller]) -> None:
    assert error_with(watched(teller), teller) < 0.6 * error_with(taught(draws(random.Random(1), 30)), teller)


@pytest.mark.parametrize("teller", [timer, stuck, silent], ids=["a timer", "a bar that sticks", "no progress"])
def test_progress_that_says_nothing_changes_nothing(teller: Callable[[random.Random, float], Teller]) -> None:
    without = error_with(taught(draws(random.Random(1), 30)), teller)
    assert error_with(watched(teller), teller) == pytest.approx(without, rel=0.03)


def test_noisier_progress_is_believed_less() -> None:
    honesty = [ProgressTrust.fit(log(honest(noise))).honesty(Reading(0.5, 40.0)) for noise in (0.05, 0.2, 0.4, 1.0)]
    assert honesty == sorted(honesty, reverse=True)
    assert honesty[0] > 0.7
    assert honesty[-1] < 0.2


def test_the_age_of_a_bar_that_sticks_is_not_taken_for_honesty() -> None:
    """Its last reading comes shortly before the end, whatever it says: only the first may be fitted."""
    trust = ProgressTrust.fit(log(stuck, jobs=200))
    assert max(trust.honesty(Reading(progress, 40.0)) for progress in (0.2, 0.5, 0.8)) < 0.15


def test_a_few_jobs_are_not_enough_to_be_believed() -> None:
    assert ProgressTrust.fit(log(honest(0.01), jobs=5)).honesty(Reading(0.5, 40.0)) == 0
    few, many = (ProgressTrust.fit(log(honest(0.01), jobs)).honesty(Reading(0.5, 40.0)) for jobs in (8, 80))
    assert few < many


def test_the_order_of_the_log_does_not_matter() -> None:
    samples = log(honest(0.1))
    mixed = random.Random(1).sample(samples, len(samples))
    reading = Reading(0.4, 40.0)
    assert ProgressTrust.fit(mixed).honesty(reading) == pytest.approx(ProgressTrust.fit(samples).honesty(reading))


def test_kinds_of_different_length_are_not_mistaken_for_honesty() -> None:
    """A timer set by kind would look honest if long and short kinds were thrown together."""
    rng = random.Random(3)
    samples = []
    for key, median in ((KEY, 40.0), (OTHER, 200.0)):
        for number, total in enumerate(draws(rng, 20, median)):
            samples += [ProgressSample(key, str(number), t / median, float(t), total) for t in range(5, int(median), 9)]
    assert ProgressTrust.fit(samples).honesty(Reading(0.5, 40.0)) < 0.15


def test_a_claim_far_from_all_earlier_ones_is_not_listened_to() -> None:
    pacing = watched(honest(0.05))
    strange = Reading(0.1, 300.0)
    assert pacing.eta(KEY, 60.0, strange) == pacing.eta(KEY, 60.0)


def test_a_job_that_outlives_what_its_progress_claimed_is_judged_without_it() -> None:
    pacing = watched(honest(0.05))
    claimed = Reading(0.5, MEDIAN / 4)
    assert pacing.eta(KEY, 0.3 * MEDIAN, claimed) != pacing.eta(KEY, 0.3 * MEDIAN)
    assert pacing.eta(KEY, 0.9 * MEDIAN, claimed) == pacing.eta(KEY, 0.9 * MEDIAN)


def test_honest_progress_moves_the_polls_to_the_end() -> None:
    pacing = watched(honest(0.05))
    slow = Reading(0.3, 45.0)
    assert pacing.plan(KEY, floor_s=2.0, running_for=60.0, reading=slow) > 2 * pacing.plan(
        KEY, floor_s=2.0, running_for=60.0
    )


@pytest.mark.parametrize("reading", [Reading(0.0, 10.0), Reading(1.0, 10.0), Reading(0.5, 0.0), Reading(-3.0, 5.0)])
def test_readings_without_meaning_are_passed_over(reading: Reading) -> None:
    assert reading.band is None
    assert watched(honest(0.05)).eta(KEY, 30.0, reading).left_s is not None
