"""The scrub proxy: every frame of a clip as a small JPEG, in order, so that any moment is there at once.

Generated clips have a key frame every ten seconds: going back by one frame would mean decoding up to ten seconds again.
The proxy is an MP4 of Motion JPEG, so whatever plays clips plays it, at the clip's own times.
"""

from __future__ import annotations

import os
import queue
import threading
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from rushes.media.clip import colours, fit, picture, rotated

__all__ = ["ROOM", "ScrubWriter"]

ROOM = (320, 320)
QUALITY = 5
"""FFmpeg's scale, 2 best to 31: at 5 the eye finds no blocks at this size."""
WAITING = 6
"""Decoded frames that may wait for the thread: at 4K some 75 MB."""
TICK = Fraction(1, 90_000)


class ScrubWriter:
    """Takes frames in order; the file is there after `close`, whole or not at all. OSError, av.FFmpegError."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        width, height = fit(size, ROOM, enlarge=False)
        self.size = max(2, width // 2 * 2), max(2, height // 2 * 2)
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._out: OutputContainer = av.open(str(self._part), "w", format="mp4")
        rate = Fraction(fps).limit_denominator(1001)
        fixed = {"qmin": str(QUALITY), "qmax": str(QUALITY)}
        self._video: VideoStream = self._out.add_stream("mjpeg", rate=rate, options=fixed)
        self._video.width, self._video.height = self.size
        self._video.pix_fmt = "yuvj420p"
        self._video.codec_context.time_base = TICK
        self._error: Exception | None = None
        # The frames' own scalers belong to the thread that decodes: two threads on one hang sooner or later.
        self._scaler = VideoReformatter()
        self._waiting: queue.Queue[tuple[VideoFrame, float] | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="scrub", daemon=True)
        self._thread.start()

    def add(self, frame: VideoFrame, at_s: float) -> None:
        """The next frame of the clip, at its time. Waits while the thread is behind."""
        self._waiting.put((frame, at_s))

    def _work(self) -> None:
        """Scales and encodes beside the decoder's own threads; after an error it only empties the queue."""
        while (item := self._waiting.get()) is not None:
            try:
                if self._error is None:
                    self._write(*item)
            except (av.FFmpegError, OSError) as error:
                self._error = error

    def _write(self, frame: VideoFrame, at_s: float) -> None:
        small = self._turned(frame) if rotated(frame) else self._scaled(frame)
        small.pts, small.time_base = round(at_s / TICK), TICK
        self._out.mux(self._video.encode(small))

    def _scaled(self, frame: VideoFrame) -> VideoFrame:
        return self._scaler.reformat(
            frame,
            *self.size,
            "yuvj420p",
            src_colorspace=colours(frame),
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA,
        )

    def _turned(self, frame: VideoFrame) -> VideoFrame:
        upright = VideoFrame.from_ndarray(picture(frame, self.size), "rgb24")
        return upright.reformat(format="yuvj420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG)

    def close(self, *, keep: bool) -> None:
        """Ends the file, or throws it away."""
        self._waiting.put(None)
        self._thread.join()
        keep = keep and self._error is None
        try:
            if keep:
                self._out.mux(self._video.encode(None))
            self._out.close()
            if keep:
                os.replace(self._part, self._path)  # noqa: PTH105 - says that an older one is replaced
        finally:
            self._part.unlink(missing_ok=True)
        if isinstance(self._error, OSError):
            raise self._error
