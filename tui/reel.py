"""Reel: a clip's frames for the loop of the app, decoded on a thread of their own, one request at a time. No widget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rushes.media import Facts
    from rushes.media.decode import Frames, Picture

__all__ = ["Frame", "Reel", "open_frames", "read_poster", "read_small"]

Frame = tuple[float, "Picture"]
"""Seconds from the clip's first frame, and the pixels."""
_Result = TypeVar("_Result")
SPARE = 1.25
"""A proxy may be this much smaller than the picture: in cells no eye finds the difference."""


class Reel:
    """One open clip. Every method but `close` may raise `rushes.media.MediaError`.

    Where the clip's scrub proxy lies beside it and is large enough for `size`, frames come from there: at the same
    times, and at once, wherever one seeks.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path = path
        self._size = size
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reel")
        self._frames: Frames | None = None

    async def open(self) -> tuple[Facts, int]:
        """Opens the clip, frames scaled to fit into `size` pixels: its facts and the file's length. OSError, too."""
        return await self._do(self._open)

    async def until(self, at_s: float) -> Frame | None:
        """The next frame that is due at `at_s` or later; the ones before are left out. None: the clip is over."""
        return await self._do(lambda: self._until(at_s))

    async def seek(self, at_s: float) -> Frame | None:
        """The frame seen at that time."""
        return await self._do(lambda: self._seek(at_s))

    def resize(self, size: tuple[int, int]) -> None:
        """From the next frame on, another size."""
        self._size = size
        self._thread.submit(lambda: self._frames.resize(*size) if self._frames else None)

    def close(self) -> None:
        """Lets go of the file as soon as the thread is done with it. Nothing may be asked afterwards."""
        self._thread.submit(lambda: self._frames.close() if self._frames else None)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> tuple[Facts, int]:
        from rushes.media import MediaError

        try:
            length = self.path.stat().st_size  # first: for a clip that is not there, no decoder is loaded
        except FileNotFoundError as error:
            raise MediaError("it is not where the library says") from error
        frames, facts = open_frames(self.path, self._size)
        self._frames = frames
        return facts, length

    def _until(self, at_s: float) -> Frame | None:
        """The last frame is shown even where it comes early, so that a clip always ends on it."""
        found: Frame | None = None
        for frame in self._opened():
            found = frame
            if frame[0] >= at_s:
                break
        return found

    def _seek(self, at_s: float) -> Frame | None:
        frames = self._opened()
        frames.seek(at_s)
        return next(frames, None)

    def _opened(self) -> Frames:
        if self._frames is None:
            raise RuntimeError("the clip has not been opened")
        return self._frames


def open_frames(path: Path, size: tuple[int, int]) -> tuple[Frames, Facts]:
    """Frames to show, from the proxy if it will do, and the facts of the clip itself. MediaError, OSError."""
    from rushes.media import MediaError
    from rushes.media.beside import beside
    from rushes.media.decode import Frames
    from rushes.media.kinds import kind_of

    made = beside(path)
    if kind_of(path) == "audio" and made.poster.exists():
        frames = Frames(made.poster, *size)
        # What is seen is a drawing of the sound: its size is nobody's business.
        return frames, replace(frames.facts, width=0, height=0)
    frames = Frames(path, *size)
    facts = frames.facts
    try:
        proxy = Frames(made.scrub, *size) if made.scrub_fits else None
    except MediaError:
        return frames, facts
    if proxy is None or not _does(proxy, facts, frames.size):
        return frames, facts
    frames.close()
    return proxy, facts


def _does(proxy: Frames, facts: Facts, wanted: tuple[int, int]) -> bool:
    """Whether the proxy is this clip's, and no smaller than what is drawn."""
    small = proxy.facts
    same = facts.frames in (None, small.frames) and abs(small.duration_s - facts.duration_s) < 0.5
    if same and small.width * SPARE >= wanted[0] and small.height * SPARE >= wanted[1]:
        return True
    proxy.close()
    return False


async def read_poster(path: Path) -> Picture | None:
    """The pixels of a picture file; None where it is none."""
    return await asyncio.to_thread(_read_poster, path)


def _read_poster(path: Path) -> Picture | None:
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def read_small(path: Path, box: tuple[int, int]) -> Picture | None:
    """A picture file's pixels, scaled to fit into `box` while it is decoded; None where it is none. Blocks."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.draft("RGB", box)
            small = image.convert("RGB")
            small.thumbnail(box)
            return np.asarray(small)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
