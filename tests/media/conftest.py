"""Clips to judge: one good one rendered once for each worker, and a small studio for odd ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from providers.sandbox.renderer import ClipSpec, render_clip

COLOURS = ((220, 40, 40), (40, 200, 60), (50, 70, 220), (220, 200, 50))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s of 640×360 at 24 frames a second, H.264, index first."""
    path = tmp_path_factory.mktemp("clips") / "good.mp4"
    render_clip(ClipSpec("a fox in neon rain", 640, 360, 4.0), path)
    return path


class Studio:
    """Makes clips that the sandbox does not: other formats, rates, rotations, sound."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clip(
        self,
        name: str = "odd.mp4",
        *,
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        size: tuple[int, int] = (160, 90),
        times: tuple[int, ...] = tuple(range(24)),
        rotation: int = 0,
        sound: bool = False,
        picture: bool = True,
        movflags: str = "",
    ) -> Path:
        """Frame number n is shown from `times[n]` 24ths of a second on, in one of four colours by quarter second."""
        path = self.folder / name
        with av.open(str(path), "w", options={"movflags": movflags} if movflags else {}) as out:
            video = self._video(out, codec, pix_fmt, size, rotation) if picture else None
            audio = out.add_stream("aac", rate=44100) if sound else None
            if video:
                for time in times:
                    out.mux(video.encode(self._frame(size, time)))
                out.mux(video.encode(None))
            if isinstance(audio, AudioStream):
                self._hum(out, audio)
        return path

    @staticmethod
    def _video(
        out: av.container.OutputContainer, codec: str, pix_fmt: str, size: tuple[int, int], rotation: int
    ) -> VideoStream:
        stream = out.add_stream(codec, rate=24)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        # Reordered frames would make the muxer write wrong lengths for uneven times.
        stream.codec_context.max_b_frames = 0
        stream.codec_context.time_base = Fraction(1, 24)
        if rotation:
            stream.set_display_rotation(rotation)
        return stream

    @staticmethod
    def _frame(size: tuple[int, int], time: int) -> av.VideoFrame:
        pixels = np.empty((size[1], size[0], 3), np.uint8)
        pixels[:] = COLOURS[time // 6 % 4]
        pixels[: size[1] // 4] = 255
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
        frame.pts, frame.time_base = time, Fraction(1, 24)
        return frame

    @staticmethod
    def _hum(out: av.container.OutputContainer, audio: AudioStream) -> None:
        wave = (np.sin(np.arange(44100) * 0.05) * 8000).astype(np.int16)[None, :]
        for start in range(0, 44100 - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(wave[:, start : start + 1024], "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 44100, start, Fraction(1, 44100)
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)
