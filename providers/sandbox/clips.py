"""Clips: draws each clip once and keeps it, by the hash of what it shows; keeps the pictures that were sent in too.

A clip is drawn when it is first asked for, or ahead of that by one background thread. A drawing is done in a file of
its own and moved into place: a process that dies leaves nothing half done, and two processes cannot disturb each other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from providers.sandbox.jobs import Job

if TYPE_CHECKING:
    from providers.sandbox.renderer import ClipSpec

    Renderer = Callable[[ClipSpec, Path], None]

__all__ = ["Clips", "Renderer", "fit", "frame_size"]

KEEP_BYTES = 2 * 2**30
LONGEST_SIDE = 4096
"""The renderer's limit; larger sizes are drawn smaller, in the same shape."""

_SHORT_SIDE = {"360p": 360, "480p": 480, "540p": 540, "720p": 720, "768p": 768, "1080p": 1080, "2k": 1440, "4k": 2160}


class Clips:
    """The folder of clips. `renderer` None is the sandbox's own, which is loaded with the first drawing."""

    def __init__(self, root: Path, renderer: Renderer | None = None) -> None:
        self._clips = root / "clips"
        self._pictures = root / "pictures"
        self._renderer = renderer
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._ahead: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None

    def ready(self, job: Job, number: int = 0) -> Path:
        """A finished file of a job; draws it if need be, which takes seconds for a clip."""
        name = _name(job, number)
        path = self._clips / f"{name}.{job.clip.files[number]}"
        with self._lock_for(name):
            if not path.exists():
                self._clips.mkdir(parents=True, exist_ok=True)
                self._draw(job, path, number)
        return path

    def ahead(self, job: Job) -> None:
        """Draws the clip in the background, one after another."""
        self._ahead.put(job)
        with self._guard:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="sandbox-clips", daemon=True)
                self._worker.start()

    def keep_picture(self, data: bytes) -> str:
        """Stores a picture that came with a request; its name is the hash."""
        name = hashlib.sha256(data).hexdigest()
        path = self._pictures / name
        if not path.exists():
            self._pictures.mkdir(parents=True, exist_ok=True)
            _write(path, data)
            _prune(self._pictures, path)
        return name

    def picture(self, name: str | None) -> bytes | None:
        """A stored picture, None where there is none (any more)."""
        if name is None:
            return None
        try:
            return (self._pictures / name).read_bytes()
        except OSError:
            return None

    def _work(self) -> None:
        while True:
            with contextlib.suppress(OSError, ValueError):
                # A drawing that fails here is tried again, and reported, when the clip is asked for.
                self.ready(self._ahead.get())

    def _lock_for(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def _draw(self, job: Job, path: Path, number: int) -> None:
        if job.clip.broken:
            _write(path, b"this is not a clip\n" * 512)
            return
        part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
        try:
            self._make(job, part, number)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _prune(self._clips, path)

    def _make(self, job: Job, path: Path, number: int) -> None:
        """The file by its ending: a clip is drawn, a picture is a clip's only frame, a sound is made."""
        from providers.sandbox import stills

        clip, ending = job.clip, path.suffix.lstrip(".")
        if ending in stills.SOUNDS:
            stills.write_sound(path, clip.seconds, _seed(job, number))
            return
        film = path.with_name(f"{path.name}.mp4")
        try:
            self._render(job, film, number, clip.seconds if ending == "mp4" else stills.ONE_FRAME_S)
            if ending == "mp4" and clip.sound:
                stills.add_sound(film, path, _seed(job, number))
            elif ending == "mp4":
                film.replace(path)
            else:
                stills.write_still(film, path, (clip.width, clip.height))
        finally:
            film.unlink(missing_ok=True)

    def _render(self, job: Job, path: Path, number: int, seconds: float) -> None:
        from providers.sandbox.renderer import ClipSpec, render_clip

        clip = job.clip
        width, height = fit(clip.width, clip.height)
        spec = ClipSpec(
            prompt=clip.prompt,
            width=width,
            height=height,
            seconds=seconds,
            seed=_seed(job, number),
            loop=clip.loop,
            start_image=self.picture(clip.start_image),
            end_image=self.picture(clip.end_image),
        )
        render = self._renderer or render_clip
        try:
            render(spec, path)
        except ValueError:
            # A picture that cannot be read: the clip is drawn without it. Vendors would fail the job; that is what
            # the trigger words are for.
            render(ClipSpec(spec.prompt, spec.width, spec.height, spec.seconds, spec.fps, spec.seed, spec.loop), path)


def frame_size(resolution: str, ratio: str) -> tuple[int, int]:
    """Pixels of a tier (`720p`) and a shape (`16:9`): the tier is the short side; both sides are even."""
    across, _, down = ratio.partition(":")
    wide, high = (int(across), int(down)) if across.isdigit() and down.isdigit() else (16, 9)
    if not (0 < wide <= 10_000 and 0 < high <= 10_000):
        wide, high = 16, 9
    short = _SHORT_SIDE.get(resolution.casefold(), 720)
    scale = short / min(wide, high)
    return round(wide * scale / 2) * 2, round(high * scale / 2) * 2


def fit(width: float, height: float) -> tuple[int, int]:
    """A size as the renderer can draw it: even, at most 4096 a side, in the same shape."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def _seed(job: Job, number: int = 0) -> int:
    """The asked seed, else one of the job's own: two presses give two different takes, and so do files of one."""
    own = int(hashlib.sha256(job.id.encode()).hexdigest()[:8], 16)
    return (job.clip.seed if job.clip.seed is not None else own) + number


def _name(job: Job, number: int) -> str:
    spec = {**asdict(job.clip), "seed": _seed(job, number), "file": number}
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:32]


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _prune(folder: Path, newest: Path) -> None:
    """The oldest files go when the folder outgrows its bound; a clip that is asked for again is drawn again."""
    found: list[tuple[float, int, Path]] = []
    for entry in os.scandir(folder):
        with contextlib.suppress(OSError):
            stat = entry.stat()
            found.append((stat.st_mtime, stat.st_size, Path(entry.path)))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= KEEP_BYTES or path == newest:
            return
        path.unlink(missing_ok=True)
        total -= size
