"""One storm: processes that press, die, stop and come back over vendors that misbehave; then calm, and the reckoning.

Everything is in one event loop on driven time, so that a seed gives the same storm every time. Afterwards a last
process comes, sends nothing, and brings in what can be brought in.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import random
import sqlite3
import struct
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from providers.base import Access
from providers.errors import ProviderError
from providers.sandbox.faults import FaultScript
from providers.sandbox.options import DREAM_MACHINE, NATIVE, RUNWAY
from providers.sandbox.practice import base_urls, practice_base_urls, practice_keys
from providers.sandbox.renderer import ClipSpec
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.wire import Reply, Request
from providers.sandbox.world import World
from rushes.context import Patience
from rushes.engine import Engine
from rushes.library.opening import LibraryError
from rushes.money.budgets import EVERYTHING
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from rushes.tasks.submitting import NotReady
from tests.clock import FakeClock, Process, beside, drive
from tests.house import CREATES, ORIGIN, OTHER_KEYS, House, small_clip
from tests.storms.plan import Act, Life, Plan, Press, draw

__all__ = ["Books", "Storm", "run"]

CALM_S = 4 * 3600.0
LEASES_RUN_OUT_S = 30.0
"""The longest that a dead process's tasks may lie; what lies longer is found by the reckoning."""
SETTINGS = "[spending]\nallow_without_asking = true\n"
ROUTED = '[options.runway]\n"router.gen4.5" = "only-gen4-5"\n'
NO_KEY_S, HELD_S, FORGOTTEN_S = 30.0, 20.0, 300.0
_SENDER: ContextVar[str | None] = ContextVar("sender", default=None)


@dataclass(frozen=True, slots=True)
class Posted:
    """One billable request: by which process for which task, and what came of it."""

    process: str
    task_id: str
    outcome: str
    status: int = 0

    @property
    def may_have_cost(self) -> bool:
        """It left, and was not clearly refused."""
        refused = 300 <= self.status < 500 and self.status not in {408, 409, 423, 424, 425, 499}
        return self.outcome != "not sent" and not refused


@dataclass
class Books:
    """What really happened, as an observer outside of every process saw it."""

    posted: list[Posted] = field(default_factory=list)
    made_by: dict[str, str] = field(default_factory=dict)
    allowed: dict[str, set[str]] = field(default_factory=dict)
    presses: dict[str, int] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    mistaken: set[tuple[str, str]] = field(default_factory=set)

    def press(self, process: str, tasks: list[Task]) -> None:
        """A person pressed; this process may send these, each once more than before."""
        for task in tasks:
            self.presses[task.id] = self.presses.get(task.id, 0) + 1
            self.allowed.setdefault(task.id, set()).add(process)


class _Watched(World):
    """A world that knows for whose request each job was made."""

    books: Books

    def handle(self, request: Request) -> Reply:
        before = self._newest() if _SENDER.get() else 0
        reply = super().handle(request)
        if (sender := _SENDER.get()) is not None:
            with self.store.read() as db:
                for (job,) in db.execute("SELECT id FROM job WHERE seq > ?", (before,)):
                    self.books.made_by[job] = sender
        return reply

    def _newest(self) -> int:
        with self.store.read() as db:
            return int(db.execute("SELECT coalesce(max(seq), 0) FROM job").fetchone()[0])


class _Line(httpx.AsyncBaseTransport):
    """The line of one process, with somebody listening."""

    def __init__(self, inner: httpx.AsyncBaseTransport, process: str, books: Books) -> None:
        self._inner, self._process, self._books = inner, process, books

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or not request.url.path.startswith(CREATES) or request.url.path.endswith("cancel"):
            return await self._inner.handle_async_request(request)
        task = asyncio.current_task()
        task_id = task.get_name().removeprefix("carry ") if task else ""
        token = _SENDER.set(task_id)
        slot = len(self._books.posted)
        self._books.posted.append(Posted(self._process, task_id, "in the air"))
        try:
            response = await self._inner.handle_async_request(request)
        except httpx.ConnectError:
            self._books.posted[slot] = Posted(self._process, task_id, "not sent")
            raise
        except httpx.HTTPError:
            self._books.posted[slot] = Posted(self._process, task_id, "lost")
            raise
        finally:
            _SENDER.reset(token)
        self._books.posted[slot] = Posted(self._process, task_id, "answered", response.status_code)
        return response


def _own_clip(spec: ClipSpec, path: Path) -> None:
    """A small clip that is no other one's: behind it stands whose it is, in a box that players pass over."""
    small_clip(spec, path)
    mark = f"{spec.seed} {spec.prompt}".encode()
    path.write_bytes(path.read_bytes() + struct.pack(">I4s", 8 + len(mark), b"free") + mark)


class Faults(logging.Handler):
    """What the engine logs with a traceback: a fault of the program, which ends well for the task, and is one still."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the last words of the traceback."""
        if record.exc_info:
            self.found.append(f"{record.getMessage()}: {record.exc_info[1]!r}")

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Listens."""
        logger = logging.getLogger("rushes")
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)


class Storm:
    """One run of a plan in a folder."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.books = Books()
        self.house = House(
            folder,
            *plan.rules,
            practice=plan.practice,
            settings=SETTINGS + (ROUTED if plan.routed else ""),
            renderer=_own_clip,
            seed=plan.seed,
            link_life_s={RUNWAY: plan.link_life_s, NATIVE: plan.link_life_s},
            concurrent={DREAM_MACHINE: plan.slots, RUNWAY: plan.slots, NATIVE: plan.slots},
            creates_per_minute={DREAM_MACHINE: 20},
        )
        world = self.house.world
        self.house.world = _Watched(
            folder / "vendors", clock=world.clock, options=world.options, renderer=world.clips._renderer, seed=plan.seed
        )
        self.house.world.books = self.books
        self.owners: dict[str, str] = {}
        self.full = 0
        self._engines: list[Engine] = []
        self.restless: list[str] = []
        self.faults = Faults()

    async def blow(self) -> None:
        """All lives at once, then the calm."""
        around = asyncio.create_task(self._let_go())
        await asyncio.gather(*(self._live(number, life) for number, life in enumerate(self.plan.lives)))
        around.cancel()
        world = self.house.world
        world.options = replace(world.options, faults=FaultScript())
        for other_key in (False, True) if self.plan.keys else (False,):
            await self._bring_in(other_key=other_key)

    async def _bring_in(self, *, other_key: bool) -> None:
        """The last process, or the last of each key, which leaves alone what the other one's made."""
        last = Process(f"last{' of the other key' * other_key}")
        patience = Patience.of_command() if self.plan.keys else None
        engine = await self._open(last, FakeClock(), other_key=other_key, patience=patience)
        with last.running():
            await asyncio.sleep(LEASES_RUN_OUT_S)
            try:
                await asyncio.wait_for(engine.idle(), CALM_S)
            except TimeoutError:
                carried = [each for each in self.house.tasks() if engine._runner.carries(each.id)]
                self.restless = [f"{each.id} is {each.status} and never rests ({each.error})" for each in carried]
            await engine.close()

    async def _open(self, process: Process, clock: FakeClock, **more: Any) -> Engine:
        books, name = self.books, process.name
        engine = await self.house.open(
            process, start=False, clock=clock, transport=lambda line: _Line(line, name, books), **more
        )
        self.owners[engine._context.owner] = name
        self._engines.append(engine)
        # There is one thread here: waiting for a lock would be waiting for oneself.
        await engine._store.run(lambda library: library.connection.execute("PRAGMA busy_timeout = 0"))
        with process.running():
            await engine.start()
        return engine

    async def _live(self, number: int, life: Life) -> None:
        await asyncio.sleep(life.starts_s)
        process, clock = Process(f"life {number}", life.dies_at, life.delivered), FakeClock()
        with process.running():
            living = asyncio.create_task(self._inside(process, clock, life))
        around = asyncio.gather(*self._weather(process, clock, life))
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([living], timeout=CALM_S)
        if not living.done():
            self.restless += [f"{process.name} never rests: {[str(each) for each in self.house.tasks()][:3]}"]
        around.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await around
        if not living.done():
            process.kill()

    async def _inside(self, process: Process, clock: FakeClock, life: Life) -> None:
        try:
            engine = await self._open(process, clock, other_key=life.other_key)
        except (sqlite3.Error, LibraryError, OSError):
            return
        if life.calls_back:
            engine.pool.call_back(lambda name: f"https://studio.example/{name}")
        people = [self._presses(engine, press) for press in life.presses]
        people += [self._act(engine, process, act) for act in life.acts]
        await asyncio.gather(*people)
        if life.leaves_s is not None:
            await asyncio.sleep(life.leaves_s)
        else:
            await engine.idle()
        await engine.close()

    async def _presses(self, engine: Engine, press: Press) -> None:
        await asyncio.sleep(press.at_s)
        try:
            with contextlib.suppress(sqlite3.Error, NotReady):
                await engine.submit(press.shot, count=press.count, consent_usd=EVERYTHING)
        finally:
            self._write_down(engine._context.owner)

    def _write_down(self, owner: str) -> None:
        """Which presses a process has made, also one that died in the middle of making them."""
        library = self.house.library()
        try:
            tasks = library.page(limit=1000).tasks
            new = [each for each in tasks if each.id not in self.books.presses]
            mine = [each for each in new if library.events(each.id)[0].who == owner]
            self.books.press(self.owners[owner], mine)
        finally:
            library.close()

    async def _act(self, engine: Engine, process: Process, act: Act) -> None:
        await asyncio.sleep(act.at_s)
        tasks = self.house.tasks()
        if not tasks:
            return
        task = tasks[act.which % len(tasks)]
        with contextlib.suppress(WrongState, ProviderError, sqlite3.Error, ValueError, LookupError):
            await self._do(engine, process, act.what, task)

    async def _do(self, engine: Engine, process: Process, what: str, task: Task) -> None:
        match what:
            case "cancel":
                self.books.cancelled.add(task.id)
                await engine.cancel(task.id)
            case "forget":
                self.books.given_up.add(task.id)
                await engine.forget(task.id)
            case "undo":
                await engine.undo(task.id)
            case "watch again":
                await engine.watch_again(task.id)
            case "fetch":
                await engine.fetch(task.id)
            case "rate":
                await engine.rate(task.id, 4)
            case "resend" | "settle" | "mistake" if task.status is Status.UNCERTAIN:
                await self._settle(engine, process, what, task)
            case "news" | "no key" | "hold" | "other key":
                await self._disturb(engine, what, task)

    async def _settle(self, engine: Engine, process: Process, what: str, task: Task) -> None:
        if what == "resend":
            self.books.press(process.name, [task])
            await engine.resend(task.id, consent_usd=EVERYTHING)
            return
        mine = [job for job, made_by in self.books.made_by.items() if made_by == task.id]
        if what == "settle":
            await engine.adopt(task.id, mine[0] if mine else "nothing")
        else:
            job = await self._elsewhere(engine, task)
            self.books.mistaken.add((task.id, job))
            await engine.adopt(task.id, job)

    async def _elsewhere(self, engine: Engine, task: Task) -> str:
        """Another program has the vendor make something with the same key; its id."""
        keys, urls = practice_keys(), practice_base_urls() if self.plan.practice else base_urls(ORIGIN)
        line = SandboxTransport(self.house.world, in_thread=beside)
        provider = engine.pool.spec(task.shot.provider).build(Access(keys, urls, line))
        try:
            return (await provider.submit(replace(task.shot, prompt="of another program"))).vendor_id
        finally:
            await provider.aclose()

    @staticmethod
    async def _disturb(engine: Engine, what: str, task: Task) -> None:
        """What happens around tasks: a vendor calls, keys are taken away and brought back, the queue is held."""
        if what == "news":
            engine.look(task)
        elif what == "hold":
            await engine.pause()
            await asyncio.sleep(HELD_S)
            await engine.pause(paused=False)
        elif keys := dict(engine.environ):  # else they are away already
            for engine.environ in (keys | OTHER_KEYS if what == "other key" else {}, keys):
                engine.renew_keys()
                await asyncio.sleep(NO_KEY_S)

    async def _let_go(self) -> None:
        """A queue that was held by a process that died then is let go by a person, some time later."""
        while True:
            await asyncio.sleep(FORGOTTEN_S)
            with contextlib.suppress(sqlite3.Error), contextlib.closing(self.house.library()) as library:
                library.pause(paused=False)

    # ── around a process ─────────────────────────────────────────────────────────────────────────────────────────

    def _weather(self, process: Process, clock: FakeClock, life: Life) -> Iterator[asyncio.Task[None]]:
        for at_s, for_s in life.stops:
            yield asyncio.create_task(self._stop(process, at_s, for_s))
        for at_s, by_s in life.jumps:
            yield asyncio.create_task(self._jump(clock, at_s, by_s))
        for at_s, for_s in life.locked:
            yield asyncio.create_task(self._lock(at_s, for_s))
        for at_s, for_s in life.full:
            yield asyncio.create_task(self._fill(at_s, for_s))

    async def _stop(self, process: Process, at_s: float, for_s: float) -> None:
        await asyncio.sleep(at_s)
        process.stop()
        try:
            await asyncio.sleep(for_s)
        finally:
            process.go_on()

    async def _jump(self, clock: FakeClock, at_s: float, by_s: float) -> None:
        await asyncio.sleep(at_s)
        clock.jump(by_s)

    async def _fill(self, at_s: float, for_s: float) -> None:
        """The disk is full for everybody: nothing is flushed, and the library cannot grow."""
        await asyncio.sleep(at_s)
        self.full += 1
        self._pages(1)
        try:
            await asyncio.sleep(for_s)
        finally:
            self.full -= 1
            if not self.full:
                self._pages(2**30)

    def _pages(self, most: int) -> None:
        """How large the library may become, in every process that has it open."""
        for engine in self._engines:
            with contextlib.suppress(sqlite3.Error):
                engine._store._library.connection.execute(f"PRAGMA max_page_count = {most}")

    async def _lock(self, at_s: float, for_s: float) -> None:
        """Somebody else holds the library."""
        await asyncio.sleep(at_s)
        if not self.house.home.library.exists():
            return
        db = sqlite3.connect(self.house.home.library, timeout=0, isolation_level=None)
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                return
            with contextlib.suppress(sqlite3.Error):
                db.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(for_s)
        finally:
            db.close()


def run(seed: int, folder: Path) -> Storm:
    """Blows the storm of a seed in an empty folder."""
    with _one_chance(seed):
        storm = Storm(draw(seed), folder)
        try:
            with _one_disk(storm), storm.faults.heard():
                drive(storm.blow(), seed)
        finally:
            storm.house.close()
    return storm


@contextlib.contextmanager
def _one_disk(storm: Storm) -> Iterator[None]:
    """What a process flushes while the disk is full fails; the vendors have disks of their own, and flush nothing."""
    plain = os.fsync

    def flush(handle: Any) -> None:
        if storm.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(handle)

    with mock.patch.object(os, "fsync", flush):
        yield


@contextlib.contextmanager
def _one_chance(seed: int) -> Iterator[None]:
    """Ids, nonces and jitter are drawn from the seed as well, so that a storm can be replayed."""
    source, urandom = random.Random(f"chance {seed}"), random._urandom  # type: ignore[attr-defined]  # what `secrets` draws from
    random.seed(seed)
    random._urandom = source.randbytes  # type: ignore[attr-defined]  # as above
    try:
        yield
    finally:
        random._urandom = urandom  # type: ignore[attr-defined]  # as above
