"""The whole way, from a prompt to a poster and a search, on the sandbox: free, offline, and in a home that is thrown
away afterwards. Six checks; each names the step at which the way ends.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from providers.errors import Problem
from providers.shot import Shot
from rushes.context import Patience
from rushes.doctor.check import Check, Level, fail, ok, warn
from rushes.doctor.patient import Patient
from rushes.engine import Engine
from rushes.home import Home
from rushes.pool import SANDBOX
from rushes.shots.composing import Wish, build, complete
from rushes.task import Status, Task
from rushes.text import show

if TYPE_CHECKING:
    import httpx

__all__ = ["STEPS", "path"]

STEPS = ("path.prompt", "path.submit", "path.polling", "path.clip", "path.poster", "path.library")
PROMPT = "a paper boat for the doctor"
SPEED = 1000.0
PATIENCE = Patience(sends=2, unreachable_s=5.0, fetches=2)
UNSENT = frozenset({Status.QUEUED, Status.SUBMITTING})
REPORT = "make a report with rushes doctor --bundle FILE and open an issue with it"


class _Broken(Exception):
    """A step that went wrong, with what to do."""

    def __init__(self, detail: str, fix: str = REPORT) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


async def path(patient: Patient) -> AsyncIterator[Check]:
    """The six steps in order; after one that failed the others are not tried."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="rushes-doctor-")
    except OSError as error:
        fix = "set TMPDIR to a folder with room that can be written to"
        yield fail(STEPS[0], f"there is no folder for the attempt: {error.strerror or error}", fix)
        return
    with folder as name:
        walk = _Walk(patient, Path(name))
        async for check in walk.steps():
            yield check


class _Walk:
    """One attempt."""

    def __init__(self, patient: Patient, root: Path) -> None:
        self._patient = patient
        self._root = root
        self._task_id = ""

    async def steps(self) -> AsyncIterator[Check]:
        home = Home.find(str(self._root / "home"), {})
        engine = await Engine.open(
            home, environ={}, clock=self._patient.clock, patience=PATIENCE, sandbox=self._transport
        )
        steps = dict(
            zip(STEPS, (self._prompt, self._submit, self._poll, self._clip, self._poster, self._library), strict=True)
        )
        try:
            await engine.start(everything=False)
            failed = ""
            for name, step in steps.items():
                check = await self._try(name, step, engine, failed)
                failed = failed or (name if check.status is Level.FAIL else "")
                yield check
        finally:
            await engine.close()

    def _transport(self) -> httpx.AsyncBaseTransport:
        folder = self._root / "sandbox"
        if self._patient.sandbox is not None:
            return self._patient.sandbox(folder)
        from providers.sandbox.options import Options
        from providers.sandbox.transport import SandboxTransport
        from providers.sandbox.world import World

        return SandboxTransport(World(folder, options=Options(speed=SPEED)))

    async def _try(self, name: str, step: Callable[[Engine], Awaitable[str]], engine: Engine, failed: str) -> Check:
        if failed:
            return warn(name, f"not tried, since {failed} failed", f"mend {failed} first")
        try:
            async with asyncio.timeout(self._patient.limit_s):
                return ok(name, await step(engine))
        except TimeoutError:
            return fail(name, f"not done within {self._patient.limit_s:g} s{await self._where(engine)}", REPORT)
        except _Broken as broken:
            return fail(name, show(broken.detail, 300), broken.fix)
        except Exception as error:  # noqa: BLE001 - the outermost edge of one step: whatever it is becomes its finding
            return fail(name, show(f"{type(error).__name__}: {error}", 300), REPORT)

    async def _where(self, engine: Engine) -> str:
        task = await engine.get(self._task_id) if self._task_id else None
        return f": the task is {task.status.value} ({task.vendor_status})" if task else ""

    async def _prompt(self, engine: Engine) -> str:
        shot, problems = _shot(engine)
        problems = problems or engine.check(shot)
        if problems:
            raise _Broken("; ".join(f"{each.param} {each.message}" for each in problems))
        return f"valid for {shot.model}, {engine.quote(shot).words()}"

    async def _submit(self, engine: Engine) -> str:
        shot, _ = _shot(engine)
        self._task_id = (await engine.submit(shot))[0].id
        task = await self._until(engine, lambda task: task.status not in UNSENT)
        if task.charges_sent != 1 or task.vendor_id is None:
            raise _Broken(task.error.message if task.error else f"the task is {task.status}")
        return "sent once, and answered"

    async def _poll(self, engine: Engine) -> str:
        over = frozenset({Status.DOWNLOADING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.UNCERTAIN})
        task = await self._until(engine, lambda task: task.status in over)
        if task.status not in {Status.DOWNLOADING, Status.SUCCEEDED}:
            raise _Broken(task.error.message if task.error else f"the task is {task.status}")
        states = [each.now for each in await engine.events(task.id)]
        return " → ".join(dict.fromkeys(states[: states.index("DOWNLOADING") + 1]))

    async def _clip(self, engine: Engine) -> str:
        await engine.idle()
        task = await engine.need(self._task_id)
        if task.status is not Status.SUCCEEDED or task.take is None:
            raise _Broken(task.error.message if task.error else f"the task is {task.status}")
        take = task.take
        return f"{take.width}×{take.height}, {take.duration_s:g} s, decoded to its end, {take.bytes // 1000} kB"

    async def _poster(self, engine: Engine) -> str:
        task = await engine.need(self._task_id)
        poster = await engine.poster(task)
        if poster is None:
            raise _Broken("the clip is there, its poster is not")
        from rushes.media import read_image

        facts = read_image(await asyncio.to_thread(poster.read_bytes))
        return f"{facts.width}×{facts.height} {facts.format}"

    async def _library(self, engine: Engine) -> str:
        from rushes.library.reindex import read_sidecar

        found = (await engine.history("paper boat doctor")).tasks
        if not found or found[0].take is None:
            raise _Broken("the take is not found by its words")
        beside = await asyncio.to_thread(read_sidecar, found[0].take.file.with_suffix(".json"))
        if beside.id != found[0].id:
            raise _Broken("the file beside the clip is of another task")
        return "found by its words, and the file beside it is whole"

    async def _until(self, engine: Engine, wanted: Callable[[Task], bool]) -> Task:
        """Follows the engine's news; the first look is at the library, so that nothing is missed."""
        changed = asyncio.Event()
        unsubscribe = engine.subscribe(lambda _task: changed.set())
        try:
            while not wanted(task := await engine.need(self._task_id)):
                await changed.wait()
                changed.clear()
            return task
        finally:
            unsubscribe()


def _shot(engine: Engine) -> tuple[Shot, list[Problem]]:
    """The smallest clip there is."""
    catalogue = engine.catalogue(SANDBOX)
    wish = Wish(SANDBOX, PROMPT, params=(("duration", "1s"), ("resolution", "360p")))
    shot, problems, _ = build(catalogue, wish)
    return complete(catalogue, shot), problems
