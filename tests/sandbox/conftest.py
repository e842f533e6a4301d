"""Fixtures of the sandbox's tests: every test has a world of its own, in its own folder, on its own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.options import Options, Pace
from providers.sandbox.world import World
from tests.sandbox.kit import Clock, scribble

MakeWorld = Callable[..., World]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_world(tmp_path: Path, clock: Clock) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(**options: Any) -> World:
        """Options by name; jobs queue 2 s and run 10 s exactly, unless said otherwise."""
        chosen = Options(**{"pace": {"*": Pace(2.0, 10.0, 0.0)}, "prerender": False, **options})
        world = World(tmp_path / "sandbox", clock=clock, options=chosen, renderer=scribble)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()
