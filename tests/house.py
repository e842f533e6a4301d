"""A house for tests of the engine: one home, one sandbox behind it, and as many processes as wanted, on driven time.

The vendors keep the true time; each process may have its own idea of it. What a client did is read from the sandbox's
own ledger and list of requests, never from the client.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from providers.sandbox.faults import FaultScript, Rule
from providers.sandbox.options import DREAM_MACHINE, NATIVE, RUNWAY, Options, Pace
from providers.sandbox.practice import base_urls, practice_keys
from providers.sandbox.renderer import ClipSpec
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import Logged, World
from providers.shot import Shot
from rushes.context import Patience
from rushes.engine import Engine
from rushes.home import Home
from rushes.library.library import Library
from rushes.task import Status, Task
from tests.clock import START, FakeClock, Process, beside, seconds

__all__ = [
    "AGENTS",
    "BOAT",
    "DIRECT",
    "LUMA",
    "ORIGIN",
    "OTHER_KEYS",
    "RUNWAY_SHOT",
    "SANDBOX",
    "House",
    "flat_clip",
    "is_create",
    "small_clip",
]

ORIGIN = "http://127.0.0.1:9"
"""Where the vendors are said to be when they are not practised with; nothing ever goes there."""
OTHER_KEYS = {
    "LUMAAI_API_KEY": "luma-another-0000-0000-0000",
    "RUNWAYML_API_SECRET": f"key_{hashlib.sha512(b'another').hexdigest()}",
}
TEXT = "text_to_video"
SANDBOX = Shot("sandbox", "sandbox-fast", TEXT, "a paper boat", {"resolution": "360p", "duration": "1s"})
LUMA = Shot("luma", "ray-2", TEXT, "a paper boat", {"resolution": "540p", "duration": "5s"})
AGENTS = Shot("luma", "ray-3.2", TEXT, "a paper boat", {"resolution": "540p", "duration": "5s"})
RUNWAY_SHOT = Shot("runway", "gen4.5", TEXT, "a paper boat", {"duration": 2, "ratio": "1280:720"})
BOAT = {"sandbox": SANDBOX, "luma": LUMA, "runway": RUNWAY_SHOT}
VENDOR = {"sandbox": NATIVE, "luma": DREAM_MACHINE, "runway": RUNWAY}
DIRECT = (
    *("/sandbox/v1/clips", "/dream-machine/v1/generations", "/agents/v1/generations"),
    *(f"/runway/v1/{mode}" for mode in ("text_to_video", "image_to_video", "text_to_image", "sound_effect")),
)
CREATES = (*DIRECT, "/runway/v1/generate/")
"""Those through a router as well."""


def is_create(each: Logged) -> bool:
    """Whether a request was billable."""
    return each.method == "POST" and each.path.startswith(CREATES) and not each.path.endswith("/cancel")


@functools.cache
def _flat(width: int, height: int, seconds: float, fps: int) -> bytes:
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
            _encode(out, width, height, round(seconds * fps), fps)
        return path.read_bytes()


def _encode(out: Any, width: int, height: int, frames: int, fps: int) -> None:
    import av
    import numpy as np

    stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "40"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    picture = av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="rgb24")
    for number in range(frames):
        picture.pts = number
        out.mux(stream.encode(picture))
    out.mux(stream.encode(None))


def flat_clip(spec: ClipSpec, path: Path) -> None:
    """A real clip of the right size and length, of one grey: made once, decoded quickly."""
    path.write_bytes(_flat(spec.width, spec.height, spec.seconds, spec.fps))


def small_clip(spec: ClipSpec, path: Path) -> None:
    """The same with little more than half of the size, length and rate: still no doubt about what was meant."""
    width, height = round(spec.width * 0.3) * 2, round(spec.height * 0.3) * 2
    path.write_bytes(_flat(width, height, spec.seconds * 0.6, 6))


class House:
    """See the module. `practice`: the vendors run on the sandbox without keys; else with keys, over a false network."""

    def __init__(
        self,
        folder: Path,
        *rules: Rule,
        practice: bool = True,
        settings: str = "",
        renderer: Callable[[ClipSpec, Path], None] = flat_clip,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.folder = folder
        self.home = Home.find(str(folder / "home"))
        self.practice = practice
        self.home.make()
        if settings:
            self.home.settings.write_text(settings, encoding="utf-8")
        chosen = {"pace": {"*": Pace(5.0, 40.0, 0.0)}, "prerender": False, **options}
        self.world = World(
            folder / "vendors",
            clock=self.true_time,
            options=Options(**{**chosen, "faults": FaultScript(tuple(rules), seed)}),
            renderer=renderer,
            seed=seed,
        )
        self.processes: list[Process] = []
        self.clock = FakeClock()

    @staticmethod
    def true_time() -> float:
        """The vendors' clock."""
        try:
            return START.timestamp() + seconds()
        except RuntimeError:
            return START.timestamp() + 10**6

    # ── processes ────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(
        self,
        process: Process | None = None,
        *,
        start: bool = True,
        everything: bool = True,
        patience: Patience | None = None,
        clock: FakeClock | None = None,
        other_key: bool = False,
        transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda same: same,
    ) -> Engine:
        """An engine on this home, in a process of its own; `other_key`: its working folder names keys of its own."""
        process = process or Process(f"process {len(self.processes) + 1}")
        self.processes.append(process)
        line = transport(SandboxTransport(self.world, in_thread=beside))
        with process.running():
            engine = await Engine.open(
                self.home,
                environ=self._environ() | (OTHER_KEYS if other_key else {}),
                cwd=self.folder,
                clock=clock or self.clock,
                patience=patience,
                sandbox=lambda: line,
                network=line,
            )
            if start:
                await engine.start(everything=everything)
        return engine

    def _environ(self) -> dict[str, str]:
        if self.practice:
            return {"RUSHES_SANDBOX": "1"}
        keys, urls = practice_keys(), base_urls(ORIGIN)
        return {
            "LUMAAI_API_KEY": keys["dream_machine"],
            "LUMAAI_BASE_URL": urls["dream_machine"],
            "RUNWAYML_API_SECRET": keys["runway"],
            "RUNWAYML_BASE_URL": urls["runway"],
        }

    def calm(self) -> None:
        """No more faults."""
        self.world.options = replace(self.world.options, faults=FaultScript())

    def close(self) -> None:
        """Closes the vendors' books."""
        self.world.close()

    # ── what the vendors saw ─────────────────────────────────────────────────────────────────────────────────────

    def creates(self) -> int:
        """How many billable requests reached the vendors, or were lost on the way to them."""
        return sum(map(is_create, self.world.requests()))

    def jobs(self, provider: str) -> list[str]:
        """Every job that a vendor has taken."""
        with self.world.store.read() as db:
            return [row[0] for row in db.execute("SELECT id FROM job WHERE vendor = ?", (VENDOR[provider],))]

    def asked(self, part: str, method: str = "GET") -> int:
        """How many requests had this in their path."""
        return sum(each.method == method and part in each.path for each in self.world.requests())

    # ── what the library says ────────────────────────────────────────────────────────────────────────────────────

    def library(self) -> Library:
        """The library by a connection of its own."""
        return Library(self.home.library, now=self.clock.now)

    def tasks(self) -> list[Task]:
        """All tasks, oldest first."""
        library = self.library()
        try:
            return list(reversed(library.page(limit=1000).tasks))
        finally:
            library.close()

    def story(self, task_id: str) -> list[str]:
        """The states that a task went through."""
        library = self.library()
        try:
            return [each.now for each in library.events(task_id) if each.was != each.now]
        finally:
            library.close()

    async def until(self, task_id: str, *wanted: Status, within_s: float = 3600.0) -> Task:
        """Waits, on driven time, until a task is in one of these states (ended, without any)."""
        limit = seconds() + within_s
        library = self.library()
        try:
            while True:
                task = library.get(task_id)
                assert task is not None
                if task.status in wanted or (not wanted and task.ended):
                    return task
                assert seconds() < limit, f"still {task.status} after {within_s} s: {self.story(task_id)} {task.error}"
                await asyncio.sleep(0.25 if limit - seconds() > within_s - 120 else 5.0)
        finally:
            library.close()

    def statuses(self) -> Counter[Status]:
        """How many tasks are in each state."""
        return Counter(task.status for task in self.tasks())
