"""The short form of the storms; `make storm` runs the long one. A broken promise names the seed that replays it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storms.kill import crowd, kill_at
from tests.storms.plan import KEYS_FROM, MORE_FROM, draw
from tests.storms.reckoning import reckon
from tests.storms.storm import run

A_PART = 6


@pytest.mark.parametrize("first", [*range(0, 36, A_PART), *range(MORE_FROM, MORE_FROM + 12, A_PART), KEYS_FROM])
def test_every_promise_is_kept_in_the_storms_of_these_seeds(first: int, tmp_path: Path) -> None:
    broken = {}
    for seed in range(first, first + A_PART):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if faults := reckon(run(seed, folder)):
            broken[seed] = faults
    assert not broken


def test_a_seed_gives_the_same_storm_every_time(tmp_path: Path) -> None:
    seed = MORE_FROM + 11
    assert draw(seed) == draw(seed)
    stories = []
    for turn in ("once", "again"):
        folder = tmp_path / turn
        folder.mkdir()
        storm = run(seed, folder)
        tasks = [(task.id, task.status, task.vendor_id, storm.house.story(task.id)) for task in storm.house.tasks()]
        stories.append((tasks, storm.books.posted, [(each.at, each.path) for each in storm.house.world.requests()]))
    assert stories[0] == stories[1]


@pytest.mark.parametrize(
    ("label", "provider"),
    [("after-intent", "runway"), ("answered", "luma"), ("answered", "runway"), ("part-whole", "runway")],
)
def test_a_real_process_that_is_killed_here_costs_one_request_and_loses_no_clip(
    label: str, provider: str, tmp_path: Path
) -> None:
    assert kill_at(label, provider, tmp_path).faults(label) == []


def test_processes_that_press_at_once_on_one_home_each_get_their_clip(tmp_path: Path) -> None:
    assert crowd(tmp_path) == []
