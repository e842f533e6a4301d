"""The pictures beside a clip: where they lie, and how they come back when they are missing. Blocks; use a thread.

clip.mp4   clip.jpg (poster)   clip.strip.jpg (eight frames)   clip.scrub (every frame, small)
still.png  still.poster.jpg (small); a sound has a poster too, drawn from its loudness; an archive has nothing.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from providers.values import dataclass
from rushes.media.kinds import kind_of

__all__ = ["Beside", "beside", "discard", "move", "rebuild"]

_LOCKS = threading.Lock()
_busy: dict[Path, threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class Beside:
    """Paths; whether a file is there, `missing` says."""

    clip: Path
    poster: Path
    strip: Path
    scrub: Path

    @property
    def missing(self) -> bool:
        """Whether any of them is not there, or is older than the clip."""
        try:
            made = self.clip.stat().st_mtime_ns
        except OSError:
            return False  # without a clip nothing can be made
        kind = kind_of(self.clip)
        if kind != "video":
            return kind != "archive" and self.clip.suffix != ".svg" and _age(self.poster) < made
        return any(_age(path) < made for path in (self.strip, self.scrub)) or _age(self.poster) < 0

    @property
    def scrub_fits(self) -> bool:
        """Whether there is a proxy, and the clip has not changed since."""
        return -1 < _age(self.clip) <= _age(self.scrub)


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


def beside(clip: Path) -> Beside:
    """The pictures' places."""
    if kind_of(clip) == "image":
        small = clip.with_suffix(".poster.jpg")
        return Beside(clip, small, clip.with_suffix(".strip.jpg"), clip.with_suffix(".scrub"))
    return Beside(clip, clip.with_suffix(".jpg"), clip.with_suffix(".strip.jpg"), clip.with_suffix(".scrub"))


def rebuild(clip: Path) -> Beside:
    """Makes what is missing, in one pass over the clip; a second caller waits for the first. OSError.

    A damaged clip gets what its good frames give, and no scrub proxy.
    """
    from rushes.media import verify

    found = beside(clip)
    with _LOCKS:
        lock = _busy.setdefault(clip, threading.Lock())
    with lock:
        if found.missing:
            verify(clip, poster=found.poster, filmstrip=found.strip, scrub=found.scrub)
            _stamp(found)
    return found


def _stamp(found: Beside) -> None:
    """A clip dated in the future would have its pictures made anew each time."""
    made = found.clip.stat().st_mtime_ns
    for path in (found.poster, found.strip, found.scrub):
        if -1 < _age(path) < made:
            os.utime(path, ns=(made, made))


def move(pictures: Beside, clip: Path) -> None:
    """Puts pictures beside the clip that they are of, as far as they were made. OSError."""
    target = beside(clip)
    for source, place in _pairs(pictures, target):
        if source.exists():
            source.replace(place)


def discard(pictures: Beside) -> None:
    """Removes pictures of a clip that did not pass."""
    for source, _ in _pairs(pictures, pictures):
        source.unlink(missing_ok=True)


def _pairs(some: Beside, others: Beside) -> list[tuple[Path, Path]]:
    return [(some.poster, others.poster), (some.strip, others.strip), (some.scrub, others.scrub)]
