"""The pictures that a clip starts from or ends on: read, cut to cover the frame, and dissolved into what is between."""

from __future__ import annotations

import io
import math
import warnings

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image, ImageOps

from providers.sandbox.renderer import ClipSpec
from providers.sandbox.renderer.planes import Bytes, Enlarger, planes

__all__ = ["Ends"]

FULL = 256
"""Weights are fixed point: 256 is one."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What is tried; Pillow's other readers include some that start programs."""

# Set once, not around each call: filters are the process's, and clips are drawn on several threads.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Ends:
    """Start and end picture of one clip, ready to be blended. Without pictures it does nothing."""

    def __init__(self, spec: ClipSpec, enlarger: Enlarger) -> None:
        start, end = spec.start_image, spec.end_image
        if spec.loop:
            start, end = start or end, end or start
        self._last = max(1, spec.frames - 1)
        self._start = None if start is None else _cover(start, spec, enlarger)
        self._end = None if end is None else _cover(end, spec, enlarger)

    def blend(self, frame: VideoFrame, number: int) -> None:
        """Lays the pictures over frame `number` as strongly as its place in the clip says."""
        start, end = self._weights(number / self._last)
        if start + end <= 0:
            return
        between = FULL - start - end
        for index, plane in enumerate(planes(frame)):
            mixed = plane.astype(np.uint16) * between + (FULL // 2)
            for pictures, weight in ((self._start, start), (self._end, end)):
                if pictures and weight:
                    mixed += pictures[index] * np.uint16(weight)
            plane[:] = mixed >> 8

    def _weights(self, place: float) -> tuple[int, int]:
        """How much of the start and of the end picture is seen at `place` from 0 to 1, of 256 together."""
        if self._start and self._end:
            share = _ease((place - 0.1) / 0.8)
            shown = 1.0 - 0.4 * math.sin(math.pi * place) ** 2
            return round(FULL * (1.0 - share) * shown), round(FULL * share * shown)
        if self._start:
            return round(FULL * (1.0 - _ease((place - 0.12) / 0.6))), 0
        if self._end:
            return 0, round(FULL * _ease((place - 0.28) / 0.6))
        return 0, 0


def _ease(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)


def _cover(data: bytes, spec: ClipSpec, enlarger: Enlarger) -> list[Bytes]:
    """The picture's planes, cut in the middle to fill the frame. ValueError where it is no picture."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"a start or end picture cannot be read: {error}") from error
    cut = ImageOps.fit(upright, (spec.width, spec.height), Image.Resampling.LANCZOS)
    return [plane.copy() for plane in planes(enlarger.frame(np.asarray(cut)))]
