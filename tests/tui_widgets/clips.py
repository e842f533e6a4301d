"""Small real clips for these tests: H.264 in MP4, each frame of one colour that tells its number."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

FPS = 24


def make_clip(path: Path, frames: int, *, width: int = 128, height: int = 72) -> Path:
    """Frame n is n × 8 grey with a bright square that moves."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            pixels = np.full((height, width, 3), min(250, number * 8), np.uint8)
            left = (number * 6) % (width - 24)
            pixels[20:44, left : left + 24] = (250, 60, 60)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path
