"""What the details say of a task, without an app around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.geometry import Size

from rushes.task import Status, Take, Task
from tests.tui_widgets.tasks import NOON, running, task
from tui.screens.details import facts
from tui.widgets.facts import Facts

SENT = replace(task(0, Status.SUCCEEDED), submitted_at=NOON, finished_at=NOON + timedelta(seconds=62))


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (SENT, "62 s after sending"),
        (replace(SENT, started_at=NOON + timedelta(seconds=0.4)), "62 s after sending"),
        (
            replace(SENT, started_at=NOON + timedelta(seconds=20)),
            "62 s after sending, 20 s of it in the vendor's queue",
        ),
        (
            replace(running(0), finished_at=None, time_left="slower than 96 % of 23 earlier jobs"),
            "slower than 96 % of 23",
        ),
    ],
)
def test_the_time_says_what_it_is_counted_from_and_what_was_waiting(shown: Task, words: str) -> None:
    assert dict(facts(shown))["time"].startswith(words)


def test_a_task_that_was_never_sent_has_no_time() -> None:
    assert "time" not in dict(facts(replace(task(0, Status.QUEUED), submitted_at=None, finished_at=None)))


def test_stars_have_a_line_of_their_own_so_that_rating_moves_nothing() -> None:
    clip = Take(Path("a.mp4"), "0" * 64, 1, 640, 360, 1.0, 24.0)
    rated, bare = (dict(facts(replace(SENT, take=clip, rating=each))) for each in (4, None))
    assert (rated["stars"], bare["stars"]) == ("★★★★·", "–")
    assert list(rated) == list(bare)
    assert "stars" not in dict(facts(replace(task(0, Status.FAILED), take=None)))


def test_a_name_that_fills_its_column_never_touches_its_value() -> None:
    area = Size(40, 9)
    heights = [
        Facts(((name, "fox.png"),)).get_content_height(area, area, 40) for name in ("start image", "start images")
    ]
    assert heights == [1, 2]
