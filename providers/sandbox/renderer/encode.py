"""Writes frames as H.264 MP4 that starts playing at its first byte. Knows nothing of what is on them."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.video.frame import VideoFrame

__all__ = ["BT709", "VIDEO_RANGE", "Encoder"]

BT709 = 1
"""H.264's number for HD colour: primaries, transfer and matrix alike."""

VIDEO_RANGE = 1
OPTIONS = {"preset": "ultrafast", "crf": "21", "tune": "animation"}
THREADS = 2
"""Fixed, because x264's output depends on it and the same spec must give the same file everywhere."""


class Encoder:
    """A context manager: frames in, `path` out. Until it closes well there is only `path` with `.part` behind it."""

    def __init__(self, path: Path, width: int, height: int, fps: int) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._base = Fraction(1, fps)
        self._count = 0
        # The suffix no longer says what it is, so the format must.
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps, options=OPTIONS)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.thread_count = THREADS
        context = self._stream.codec_context
        context.time_base = self._base
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = VIDEO_RANGE

    def add(self, frame: VideoFrame) -> None:
        """The next frame, yuv420p of the clip's size."""
        frame.pts = self._count
        frame.time_base = self._base
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
            if kind is None:
                os.replace(self._part, self._path)  # noqa: PTH105 - says that an older clip is replaced
        finally:
            self._part.unlink(missing_ok=True)
