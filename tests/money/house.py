"""A home with paid vendors behind an in-process line, on driven time: presses, crashes, and the vendors' own ledger."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import httpx

from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import Options
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Shot
from rushes.context import Patience
from rushes.engine import Engine
from rushes.home import Home
from rushes.lifecycle import AT_VENDOR
from rushes.money.books import Entry
from rushes.task import Status, Task
from tests.clock import START, FakeClock, beside, seconds

__all__ = ["House", "dream", "ray3", "runway"]

NO_CLIPS = Rule(Fault(Kind.STATUS, Point.BEFORE, status=500), method="GET", path="/assets/*")
"""Clips cannot be fetched: what a task costs is settled before, and drawing clips takes long."""
_MOVING = AT_VENDOR | {Status.SUBMITTING}
UNIT = Decimal("0.01")
ENVIRON = (
    ("LUMAAI_API_KEY", "LUMA_AGENTS_API_KEY", "RUNWAYML_API_SECRET"),
    (
        "LUMAAI_BASE_URL",
        "LUMA_BASE_URL",
        "RUNWAYML_BASE_URL",
    ),
)


def dream(prompt: str, **params: str | bool) -> Shot:
    """540p for 5 s: $0.40."""
    return Shot("luma", "ray-2", "text_to_video", prompt, {"resolution": "540p", **params})


def ray3(prompt: str) -> Shot:
    """Draft for 5 s: $0.06."""
    return Shot("luma", "ray-3.2", "text_to_video", prompt, {"resolution": "360p"})


def runway(prompt: str, duration: int = 2) -> Shot:
    """12 credits a second: $0.24 for 2 s."""
    return Shot("runway", "gen4.5", "text_to_video", prompt, {"duration": duration})


class House:
    """One home and its vendors. Engines come and go; the vendors stay."""

    def __init__(
        self, root: Path, settings: str = "", rules: Iterable[Rule] = (), options: Options | None = None
    ) -> None:
        self.home = Home.find(str(root / "home"))
        self.home.make()
        self.home.settings.write_text(settings or "[spending]\nallow_without_asking = true\n")
        script = FaultScript((NO_CLIPS, *rules))
        chosen = replace(options or Options(prerender=False), faults=script)
        self.clock = FakeClock()
        self.line: Callable[[SandboxTransport], httpx.AsyncBaseTransport] = lambda line: line
        """What lies between the program and the vendors."""
        self._latest = START.timestamp()
        self.world = World(root / "vendors", clock=self._time, options=chosen)

    def _time(self) -> float:
        """Outside of the loop, the moment of the last word."""
        with suppress(RuntimeError):
            self._latest = START.timestamp() + seconds()
        return self._latest

    async def open(self) -> Engine:
        """A started engine, as another process would open it."""
        line = self.line(SandboxTransport(self.world, sleep=self.clock.sleep, in_thread=beside))
        names, urls = ENVIRON
        environ = {**dict(zip(names, _ordered(practice_keys()), strict=True))}
        environ |= dict(zip(urls, _ordered(practice_base_urls()), strict=True))
        engine = await Engine.open(
            self.home,
            environ=environ,
            clock=self.clock,
            patience=Patience(fetches=1),
            network=line,
            sandbox=lambda: line,
        )
        await engine.start()
        return engine

    async def settle(self) -> list[Task]:
        """A last engine that watches everything to its end, and settles what nobody could know, as a person would."""
        engine = await self.open()
        # Until the leases of dead processes have run out.
        await self.clock.sleep(60)
        await self._quiet(engine)
        for task in await _all(engine):
            if task.forgotten:
                await engine.watch_again(task.id)
            elif task.status is Status.UNCERTAIN:
                job = self.jobs().get(task.shot.prompt)
                await (engine.adopt(task.id, job) if job else engine.forget(task.id))
        await engine.release()
        await self._quiet(engine)
        tasks = await _all(engine)
        await engine.close()
        return tasks

    async def _quiet(self, engine: Engine) -> None:
        """Returns when nothing is under way any more: what is left waits for a person, or for a clip."""
        for _ in range(200):
            await self.clock.sleep(10)
            if not any(task.status in _MOVING for task in await _all(engine)):
                return
        raise AssertionError("something goes on and on")

    def jobs(self) -> dict[str, str]:
        """The vendors' ids by prompt."""
        with self.world.store.read() as db:
            rows = db.execute("SELECT id, details FROM job").fetchall()
        return {json.loads(details)["clip"]["prompt"]: job for job, details in rows}

    def charged(self, job: str | None) -> Decimal:
        """What the vendors' own ledger says of one job, in USD, after refunds."""
        signs = {"charge": 1, "refund": -1}
        return sum(
            (signs[each.kind] * each.amount * UNIT for each in self.world.ledger() if each.job == job), Decimal(0)
        )


def _ordered(by_api: MappingProxyType[str, str] | dict[str, str]) -> list[str]:
    return [by_api[name] for name in ("dream_machine", "agents", "runway")]


async def _all(engine: Engine) -> list[Task]:
    return list((await engine.history(limit=500)).tasks)


async def story(engine: Engine, task: Task) -> list[Entry]:
    """What was booked for a task."""
    return await engine.accounts.story(task.id)


async def until(engine: Engine, task: Task, *statuses: Status) -> Task:
    """Waits until a task is in one of these states."""
    for _ in range(10_000):
        now = await engine.need(task.id)
        if now.status in statuses:
            return now
        await asyncio.sleep(1)
    raise AssertionError(f"it is still {now.status}")
