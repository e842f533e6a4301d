"""Frames for the eye: a source for the player, exact stills, and a quick glance. Decodes no more than it must."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.video.frame import VideoFrame

from rushes.media.clip import Clip, Picture, fit, open_clip, opened, picture, said, seen_size
from rushes.media.facts import Facts, MediaError

__all__ = ["FALLBACK_FPS", "SLACK_S", "Frames", "Picture", "frame_at", "glance"]

FALLBACK_FPS = 24.0
SLACK_S = 1e-4


class Frames(Iterator[tuple[float, Picture]]):
    """Iterates over (seconds, RGB picture), scaled to fit a box of pixels; the shape is kept, margins are not drawn.

    For one thread at a time. Seconds count from the clip's first frame. MediaError when it cannot be opened or
    decoded, or when the file shrank or went away under it. After the last frame `seek` makes it go on.
    """

    def __init__(self, path: Path, width: int, height: int, start_s: float = 0.0) -> None:
        self._path = path
        self._room = (max(1, width), max(1, height))
        self._clip = open_clip(path)
        self._bytes = path.stat().st_size
        self._closed = False
        self._last_s = 0.0
        self._decoder = self._decode(0.0)
        self.size = (0, 0)
        """Width and height of the pictures."""
        self.facts = self._first()
        """The clip at a glance."""
        self.seek(start_s)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[float, Picture]:
        frame, time = next(self._decoder)
        return time, picture(frame, self.size)

    def resize(self, width: int, height: int) -> None:
        """From the next picture on, fits them into another box."""
        self._room = (max(1, width), max(1, height))
        self.size = fit((self.facts.width, self.facts.height), self._room)

    def seek(self, at_s: float) -> None:
        """The next picture is the one seen at `at_s` seconds; before the start the first, past the end the last."""
        if self._closed:
            raise MediaError("the clip is closed")
        at_s = max(0.0, at_s)
        self._rewind(at_s)
        self._decoder = self._decode(at_s)

    def close(self) -> None:
        """Lets go of the file. May be called twice."""
        if not self._closed:
            self._closed = True
            self._decoder.close()
            self._clip.container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _first(self) -> Facts:
        try:
            frame, _ = next(self._decoder)
        except StopIteration:
            self._clip.container.close()
            raise MediaError("there is not one frame in it") from None
        except MediaError:
            self._clip.container.close()
            raise
        facts = _facts(self._clip, frame)
        self.size = fit((facts.width, facts.height), self._room)
        return facts

    def _rewind(self, at_s: float) -> None:
        """To the key frame at or before `at_s`."""
        video = self._clip.video
        base = video.time_base
        if base is None:
            raise MediaError("the clip has no clock")
        try:
            self._clip.container.seek(int(at_s / base) + (video.start_time or 0), stream=video, backward=True)
        except (av.FFmpegError, OSError) as error:
            raise self._gone(error) from error

    def _decode(self, from_s: float) -> Generator[tuple[VideoFrame, float], None, None]:
        """Frames from the one seen at `from_s` on, each with its time.

        Which one that is shows only when the next has come: how long a frame stands is not reliably written down.
        """
        video = self._clip.video
        start = float((video.start_time or 0) * video.time_base) if video.time_base else 0.0
        held: tuple[VideoFrame, float] | None = None
        try:
            for frame in self._clip.container.decode(video):
                self._last_s = time = (frame.time or 0.0) - start
                if held and time > from_s + SLACK_S:
                    yield held
                held = (frame, time)
        except (av.FFmpegError, OSError) as error:
            raise self._gone(error) from error
        self._check_end()
        if held:
            yield held

    def _check_end(self) -> None:
        """The end came: was it the clip's?"""
        try:
            now = self._path.stat().st_size
        except OSError:
            now = 0
        if now < self._bytes and self._clip.claimed_s - self._last_s > 0.5:
            raise MediaError("the clip's file went away or was cut while it played")

    def _gone(self, error: Exception) -> MediaError:
        if not self._path.exists():
            return MediaError("the clip's file went away while it played")
        return MediaError(f"the clip is damaged: {said(error)}")


def glance(path: Path) -> Facts:
    """See `rushes.media.probe`."""
    with opened(path) as clip:
        for frame in clip.container.decode(clip.video):
            return _facts(clip, frame)
    raise MediaError("there is not one frame in it")


def frame_at(path: Path, at_s: float) -> Picture:
    """See `rushes.media.still`."""
    with Frames(path, 1, 1) as source:
        source.resize(source.facts.width, source.facts.height)
        source.seek(at_s)
        for _, found in source:
            return found
    raise MediaError(f"there is no frame at {at_s:g} s")


def _facts(clip: Clip, frame: VideoFrame) -> Facts:
    width, height = seen_size(frame, clip.video)
    fps = float(clip.video.average_rate or FALLBACK_FPS)
    return Facts(
        width=width,
        height=height,
        duration_s=clip.claimed_s or 1.0 / fps,
        fps=fps,
        frames=1 if clip.outside.is_still else clip.video.frames or None,
        codec=clip.codec,
        has_audio=clip.has_audio,
    )
