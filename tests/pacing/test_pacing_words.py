"""What a person is told of the time left."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.pacing import Eta, Usual, bar, span

from .jobs import KEY, STRANGER, draws, fresh, taught


def test_the_time_left_comes_with_its_spread() -> None:
    assert Eta(40.0, 25.0, 70.0, 0.6, 24).words == "40 s left (25–70)"
    assert Eta(150.0, 100.0, 240.0, 0.1, 24).words == "2.5 min left (1.5–4)"


def test_without_experience_no_spread_is_shown() -> None:
    assert Eta(118.0, 60.0, 300.0, 0.1, 0).words == "about 2 min left"


def test_a_job_in_the_queue_is_told_by_what_it_takes_once_it_runs() -> None:
    assert fresh().eta(KEY, None).words == "about 90 s once it runs"


def test_what_is_left_shrinks_as_a_job_runs() -> None:
    pacing = taught(draws(random.Random(1), 24))
    left = [pacing.eta(KEY, t).left_s or 0.0 for t in (0.0, 20.0, 40.0, 60.0)]
    assert left == sorted(left, reverse=True)


def test_a_late_job_is_told_without_a_number_that_would_be_made_up() -> None:
    pacing = taught([60.0 + number for number in range(23)])
    eta = pacing.eta(KEY, 140.0)
    assert eta.late
    assert eta.left_s is None
    assert eta.words == "slower than all 23 earlier jobs"
    assert pacing.eta(KEY, 2000.0).words == "overdue: slower than all 23 earlier jobs"


def test_slower_than_so_many_means_just_that() -> None:
    times = [60.0] * 18 + [150.0, 60.0, 60.0, 60.0, 60.0]
    eta = taught(times).eta(KEY, 145.0)
    assert eta.late
    assert eta.words == "slower than 96 % of 23 earlier jobs"


def test_a_job_that_outran_what_was_called_usual_gives_no_figure_before_there_is_experience() -> None:
    new, taught_well = fresh(), taught([60.0 + number for number in range(23)])
    usual = new.usual(KEY)
    assert usual is not None
    assert "left" in new.eta(KEY, usual.high_s - 1).words
    assert new.eta(KEY, usual.high_s + 1).words == "slower than expected"
    learned = taught_well.usual(KEY)
    assert learned is not None
    assert "left" in taught_well.eta(KEY, learned.high_s + 1).words


def test_a_late_job_of_a_new_kind_claims_no_earlier_jobs() -> None:
    assert fresh().eta(KEY, 1000.0).words == "overdue: slower than expected"


def test_the_usual_time_is_told_with_what_stands_behind_it() -> None:
    assert Usual(60.0, 110.0, 24).words == "usually 60–110 s, 24 earlier jobs"
    assert Usual(60.0, 110.0, 1).words == "usually 60–110 s, 1 earlier job"
    assert Usual(95.0, 250.0, 3).words == "usually 1.5–4 min, 3 earlier jobs"


def test_the_catalogues_range_is_given_until_there_is_a_job() -> None:
    assert fresh().usual(KEY) == Usual(60.0, 120.0, 0)
    assert fresh().usual(STRANGER) is None
    learned = taught(draws(random.Random(1), 24)).usual(KEY)
    assert learned is not None
    assert 50 < learned.low_s < 70
    assert 100 < learned.high_s < 135
    assert learned.count == 24


@given(st.lists(st.floats(0, 1), min_size=1))
def test_the_bar_never_goes_back_and_is_never_full_before_the_end(fractions: list[float]) -> None:
    shown = 0.0
    for fraction in fractions:
        shown, before = bar(shown, fraction), shown
        assert before <= shown <= 0.97
    assert bar(shown, 0.2, done=True) == 1.0


def test_the_bar_is_hardly_ever_ahead_of_the_truth() -> None:
    rng = random.Random(6)
    pacing = taught(draws(rng, 24))
    ahead = [pacing.eta(KEY, total * part).fraction - part for total in draws(rng, 300) for part in (0.2, 0.5, 0.8)]
    assert sum(over > 0.02 for over in ahead) / len(ahead) < 0.05
    assert max(ahead) < 0.3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (8.4, "8 s"),
        (43.0, "45 s"),
        (88.0, "90 s"),
        (100.0, "1.5 min"),
        (610.0, "10 min"),
        (7000.0, "2 h"),
    ],
)
def test_lengths_of_time_are_rounded_as_a_person_would(seconds: float, words: str) -> None:
    assert span(seconds) == words
