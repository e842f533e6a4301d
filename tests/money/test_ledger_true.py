"""Whatever is pressed, polled, refunded, cancelled or killed, in any order: the ledger equals the vendors' own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from providers.errors import ProviderError
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.shot import Shot
from rushes.engine import Engine
from rushes.library.library import Library
from rushes.lifecycle import NotAllowed
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from tests.clock import START, Process, drive
from tests.money.house import House, dream, ray3, runway

MAKERS: dict[str, tuple[Callable[[str], Shot], tuple[str, ...]]] = {
    "dream": (dream, ("", "[fail:job failed]", "[refuse:400]")),
    "ray3": (ray3, ("", "[fail:generation_failed]", "[refuse:402]")),
    "runway": (runway, ("", "[fail:INTERNAL]", "[fail:SAFETY.INPUT.TEXT]", "[run:400]")),
}


CREATES = ("/dream-machine/v1/generations/video", "/agents/v1/generations", "/runway/v1/*_to_video")


@dataclass(frozen=True)
class Press:
    """A shot of one vendor, and how it ends."""

    vendor: str
    end: int


@dataclass(frozen=True)
class Act:
    """Something that a person does to the newest task but `back`."""

    what: str
    back: int


Step = Press | Act | float


@dataclass(frozen=True)
class Life:
    """What one process does, and at which of its effects it dies (None: it leaves in order)."""

    steps: tuple[Step, ...]
    dies_at: int | None
    delivered: bool


PRESSES = st.builds(Press, st.sampled_from(sorted(MAKERS)), st.integers(0, 3))
ACTS = st.builds(Act, st.sampled_from(["cancel", "forget", "watch_again", "fetch"]), st.integers(0, 3))
WAITS = st.sampled_from([0.0, 1.0, 5.0, 20.0, 90.0])
LIVES = st.builds(
    Life,
    st.lists(st.one_of(PRESSES, PRESSES, ACTS, WAITS), min_size=1, max_size=6).map(tuple),
    st.one_of(st.none(), st.integers(1, 120)),
    st.booleans(),
)


async def live(house: House, life: Life, number: int) -> None:
    """Runs one process to its end, or to its death."""
    engine = await house.open()
    for step_number, step in enumerate(life.steps):
        if isinstance(step, float):
            await house.clock.sleep(step)
        elif isinstance(step, Press):
            make, ends = MAKERS[step.vendor]
            await engine.submit(make(f"life {number} step {step_number} {ends[step.end % len(ends)]}".strip()))
        else:
            with suppress(WrongState, NotAllowed, ProviderError):
                await act(engine, step)
    await engine.close()


async def act(engine: Engine, step: Act) -> None:
    """Does it, where there is such a task."""
    tasks = (await engine.history(limit=10)).tasks
    if step.back >= len(tasks):
        return
    deeds: dict[str, Callable[[str], Awaitable[Task]]] = {
        "cancel": engine.cancel,
        "forget": engine.forget,
        "watch_again": engine.watch_again,
        "fetch": engine.fetch,
    }
    await deeds[step.what](tasks[step.back].id)


async def lives(house: House, all_lives: list[Life]) -> list[Task]:
    """One process after the other, then one that settles everything."""
    for number, life in enumerate(all_lives):
        process = Process(f"life {number}", life.dies_at, life.delivered)
        with process.running():
            job = asyncio.create_task(live(house, life, number))
        await asyncio.wait([job])
        if not process.dead:
            job.result()
        process.kill()
    return await house.settle()


def check(house: House, tasks: list[Task]) -> None:
    """Task by task and in all, to the cent and beyond."""
    library = Library(house.home.library, now=lambda: START)
    assert library.books.check() == []
    jobs = house.jobs()
    for task in tasks:
        booked = sum(
            (each.usd or Decimal(0) for each in library.books.story(task.id) if each.kind in CHARGES), Decimal(0)
        )
        theirs = house.charged(jobs.get(task.shot.prompt))
        assert booked == theirs, (task.status, task.cost, task.error, library.books.story(task.id))
        assert task.ended or task.status is Status.DOWNLOADING, task
    total = sum((house.charged(job) for job in jobs.values()), Decimal(0))
    today = START.date()
    assert library.books.total(today, today).charged == total
    library.close()


CHARGES = ("charged", "refund", "correction")


def losing(calls: set[int]) -> list[Rule]:
    """The answers to these creates, counted for each vendor, are lost after the vendor has taken them."""
    lost = Fault(Kind.DROP, Point.AFTER)
    return [Rule(lost, method="POST", path=path, calls=tuple(calls)) for path in CREATES if calls]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a failure is told at once; making it small takes minutes
)
@given(st.lists(LIVES, min_size=1, max_size=3), st.sets(st.integers(1, 4), max_size=2), st.integers(0, 2**16))
def test_the_ledger_equals_the_vendors_own(all_lives: list[Life], lost: set[int], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), rules=losing(lost))
        tasks = drive(lives(house, all_lives), seed)
        check(house, tasks)
        house.world.close()
