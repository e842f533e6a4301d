"""Frames as their three planes: the way in and out of 4:2:0 for the parts that paint at full size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

__all__ = ["Bytes", "Enlarger", "planes"]

Bytes = npt.NDArray[np.uint8]


class Enlarger:
    """Scales RGB drawings up to HD-coloured 4:2:0 frames. One per clip: swscale's context is not for two threads."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._scaler = VideoReformatter()

    def frame(self, picture: Bytes) -> VideoFrame:
        """A fresh frame of the clip's size from RGB of any size, shape (height, width, 3)."""
        return self._scaler.reformat(
            VideoFrame.from_ndarray(picture, "rgb24"),
            self._width,
            self._height,
            "yuv420p",
            dst_colorspace=Colorspace.ITU709,
            interpolation=Interpolation.BICUBIC,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
        )


def planes(frame: VideoFrame) -> Iterator[Bytes]:
    """Y, U and V of a yuv420p frame as arrays onto its own memory, without the padding at the end of their rows."""
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        yield rows[: plane.height, : plane.width]
