"""Driven time: an event loop whose clock stands still while there is work, and jumps to the next timer when idle.

What would run in threads runs inside the loop, some turns later, in an order that a seed decides. Nothing depends on
how fast the machine is: a run is the same every time, and an hour of waiting costs nothing. A `Process` marks the work
that belongs to one simulated process, so that it can be killed or stopped in the middle, between any two effects.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

__all__ = ["START", "DrivenLoop", "FakeClock", "Process", "beside", "drive", "driven", "seconds"]

T = TypeVar("T")

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOST_TURNS = 4
_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


@dataclass(eq=False)
class Process:
    """One simulated process. Every effect (a library call, a file, a request) is counted; it dies at `dies_at`.

    `delivered` False: the last effect happens, but its result is never seen; that is a kill between the two.
    """

    name: str
    dies_at: int | None = None
    delivered: bool = False
    effects: int = 0
    dead: bool = False
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _going: asyncio.Event | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """What is started inside belongs to this process."""
        token = _PROCESS.set(self)
        try:
            yield
        finally:
            _PROCESS.reset(token)

    def kill(self) -> None:
        """Ends it as SIGKILL does: nothing that it began has any further effect."""
        self.dead = True
        for task in tuple(self.tasks):
            task.cancel()

    def stop(self) -> None:
        """Holds it still, as SIGSTOP or a closed lid does."""
        self._going = asyncio.Event()

    def go_on(self) -> None:
        """Lets it go on."""
        if self._going is not None:
            self._going.set()
            self._going = None

    async def awake(self) -> None:
        """Waits while it is stopped."""
        while self._going is not None:
            await self._going.wait()

    def may_begin(self) -> bool:
        """Counts an effect; False when it died before it."""
        if self.dead:
            return False
        self.effects += 1
        if self.effects == self.dies_at and not self.delivered:
            return not self._die()
        return True

    def may_end(self) -> bool:
        """False when it died before it could see what came of the effect."""
        if self.effects == self.dies_at and self.delivered and not self.dead:
            self._die()
        return not self.dead

    def _die(self) -> bool:
        self.dead = True
        asyncio.get_running_loop().call_soon(self.kill)
        return True


class FakeClock:
    """`rushes.clock.Clock` on driven time. `jump` moves the wall clock alone, as a person or NTP does."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=seconds() + self.offset)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
        if (process := _PROCESS.get()) is not None:
            await process.awake()

    def jump(self, seconds: float) -> None:
        """The wall clock is set by this much."""
        self.offset += seconds


def seconds() -> float:
    """Driven seconds since the run began."""
    return asyncio.get_running_loop().time()


async def beside(work: Callable[[], T], /) -> T:
    """Work beside the loop, for a sandbox transport."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def drive(main: Coroutine[Any, Any, T], seed: int | None = None) -> T:
    """Runs a coroutine on driven time."""
    with asyncio.Runner(loop_factory=lambda: DrivenLoop(seed)) as runner:
        return runner.run(main)


def driven(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Makes a coroutine a test on driven time."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        drive(test(*args, **kwargs))

    return run


class _Work:
    """One piece of what would be a thread's work."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], future: asyncio.Future[Any]) -> None:
        self.call = functools.partial(func, *args)
        self.future = future
        self.process = _PROCESS.get()

    def run(self) -> None:
        """Does it now, unless its process has died."""
        if self.process is not None and not self.process.may_begin():
            return
        try:
            result, error = self.call(), None
        except Exception as raised:  # noqa: BLE001 - handed to whoever waits for it, whatever it is
            result, error = None, raised
        if (self.process is not None and not self.process.may_end()) or self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class DrivenLoop(asyncio.SelectorEventLoop):
    """See the module."""

    def __init__(self, seed: int | None = None) -> None:
        self._seconds = 0.0
        self._random = random.Random(seed) if seed is not None else None
        self._lanes: dict[Executor, deque[_Work]] = {}
        super().__init__(_Jumping(self))
        self.set_task_factory(_task)

    def time(self) -> float:
        """Driven seconds."""
        return self._seconds

    def jump(self, by: float) -> None:
        """Nothing is left to do until then."""
        self._seconds += by

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]  # typeshed's TypeVarTuple form of the same
        """Does the work in the loop, some turns later; work of one executor in its order."""
        process = _PROCESS.get()
        if process is not None and process.dead:
            raise asyncio.CancelledError
        future: asyncio.Future[T] = self.create_future()
        lane = deque[_Work]() if executor is None else self._lanes.setdefault(executor, deque())
        lane.append(_Work(func, args, future))
        if len(lane) == 1:
            self._later(lane)
        return future

    def _later(self, lane: deque[_Work]) -> None:
        self._turn(lane, self._random.randrange(MOST_TURNS) if self._random else 0)

    def _turn(self, lane: deque[_Work], turns: int) -> None:
        if turns:
            self.call_soon(self._turn, lane, turns - 1)
        else:
            self.call_soon(self._work, lane)

    def _work(self, lane: deque[_Work]) -> None:
        process = lane[0].process
        if process is not None and process._going is not None:
            self.create_task(self._after(process, lane))
            return
        lane.popleft().run()
        if lane:
            self._later(lane)

    async def _after(self, process: Process, lane: deque[_Work]) -> None:
        await process.awake()
        self._later(lane)


class _Jumping(selectors.DefaultSelector):
    """Where the loop would wait, it jumps. Waiting for nothing at all is a deadlock, and said so."""

    def __init__(self, loop: DrivenLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            raise RuntimeError("a deadlock: nothing is left that could happen")
        self._loop.jump(timeout)
        return []


def _task(loop: asyncio.AbstractEventLoop, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
    if (process := _PROCESS.get()) is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
    return task
