"""A healthy patient on a fresh home, and ways to make it ill, one illness at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.registry import load
from providers.sandbox.faults import FaultScript, Rule
from providers.sandbox.options import Options
from providers.sandbox.practice import practice_keys
from providers.sandbox.server import Server, serve
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Shot
from rushes.doctor import Check, Level, Machine, Patient, Screen
from rushes.home import Home
from rushes.library.library import Library
from rushes.task import Status, Take, Task

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GIB = 2**30


class QuickClock:
    """Time that runs ten times as fast as the machine's."""

    def __init__(self, speed: float = 10.0) -> None:
        self._speed = speed
        self._wall, self._began = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._speed)


@pytest.fixture
def patient(home: Path) -> Patient:
    """In good health: a machine with everything, a good terminal, no keys."""
    machine = Machine(
        python=(3, 12, 1),
        system="Linux 6.1 x86_64",
        sqlite=(3, 45, 0),
        full_text=True,
        encoding="UTF-8",
        packages={"textual": "8.2.8", "httpx": "0.28.1", "av": "18.1.0"},
        now=lambda: NOW,
        free_bytes=lambda _folder: 100 * GIB,
    )
    screen = Screen(120, 40, answered=True, name="kitty", true_colour=True, kitty_graphics=True, key_protocol=True)
    place = Home.find(str(home), {})
    place.make()
    return Patient(
        place, {"TERM": "xterm-kitty"}, home.parent / "work", machine, load(), screen, clock=QuickClock(), limit_s=20.0
    )


def with_machine(patient: Patient, **changes: Any) -> Patient:
    """The same patient on another machine."""
    return replace(patient, machine=replace(patient.machine, **changes))


def with_environ(patient: Patient, **values: str) -> Patient:
    """The same patient with more variables."""
    return replace(patient, environ={**patient.environ, **values})


def ill(checks: Iterable[Check]) -> list[Check]:
    """What did not pass."""
    return [each for each in checks if each.status is not Level.PASS]


async def gather(checks: AsyncIterator[Check]) -> list[Check]:
    """All of them."""
    return [each async for each in checks]


def run(checks: AsyncIterator[Check]) -> list[Check]:
    """All of them, from a test that is not asynchronous."""
    return asyncio.run(gather(checks))


def shelve(patient: Patient, *tasks: Task) -> None:
    """Writes tasks into the patient's library."""
    library = Library(patient.home.library, now=lambda: NOW)
    for each in tasks:
        library.add(each)
    library.close()


def task(number: int = 1, status: Status = Status.SUCCEEDED, **changes: Any) -> Task:
    """A task of the sandbox, with a clip where it succeeded."""
    made: dict[str, Any] = {
        "id": f"01KAX00000000000000000{number:04d}",
        "shot": Shot("sandbox", "sandbox-fast", "text_to_video", "a red fox"),
        "status": status,
        "created_at": NOW,
    }
    return Task(**{**made, **changes})


def clip(patient: Patient, name: str = "fox.mp4", size: int = 1000) -> Take:
    """A file that passes for a clip."""
    path = patient.home.media / "2026-11" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return Take(path, "0" * 64, size, 640, 360, 1.0, 24.0)


def faulty(*rules: Rule) -> Callable[[Path], httpx.AsyncBaseTransport]:
    """A sandbox in which these things go wrong."""

    def make(folder: Path) -> httpx.AsyncBaseTransport:
        return SandboxTransport(World(folder, options=Options(speed=1000.0, faults=FaultScript(rules))))

    return make


@pytest.fixture
def vendors(tmp_path: Path, patient: Patient) -> Iterator[Callable[..., Patient]]:
    """Gives the patient keys, and vendors on a loopback port that answer as the options say."""
    running: list[tuple[Server, World]] = []

    def start(*rules: Rule, **options: Any) -> Patient:
        world = World(tmp_path / "vendors", options=Options(faults=FaultScript(rules), **options))
        server = serve(world)
        running.append((server, world))
        keys, urls = practice_keys(), server.base_urls
        found = with_environ(
            patient,
            RUNWAYML_API_SECRET=keys["runway"],
            RUNWAYML_BASE_URL=urls["runway"],
        )
        return replace(with_machine(found, now=lambda: datetime.now(UTC)), live=True)

    yield start
    for server, world in running:
        server.close()
        world.close()
