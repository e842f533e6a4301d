"""What the sandbox makes besides clips: a picture out of a clip's only frame, a sound, a packed sequence.

The same input gives the same file. Sounds are a soft chord whose notes follow from the seed; nobody will call it music.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

__all__ = ["ONE_FRAME_S", "SOUNDS", "add_sound", "write_sound", "write_still"]

ONE_FRAME_S = 1 / 24
RATE = 48_000
SOUNDS = {"wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac", "ogg": "libopus"}
_NOTES = (220.0, 246.94, 277.18, 329.63, 369.99)
_LOUD = 6000.0
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKED = 3


def write_still(film: Path, path: Path, size: tuple[int, int]) -> None:
    """The first frame of a clip as a picture of exactly `size`, in the format that the ending of `path` says.

    `zip` packs it a few times as a sequence of pictures would be; `svg` is a small drawing in its colour.
    """
    image = _frame(film).resize(size)
    if path.suffix == ".zip":
        _pack(image, path)
    elif path.suffix == ".svg":
        colour = "#{:02x}{:02x}{:02x}".format(*image.resize((1, 1)).getpixel((0, 0)))
        box = f'viewBox="0 0 {size[0]} {size[1]}"'
        text = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><rect width="100%" height="100%" fill="{colour}"/></svg>'
        path.write_text(text, encoding="utf-8")
    else:
        image.save(path, {".jpg": "JPEG", ".webp": "WEBP"}.get(path.suffix, "PNG"))


def write_sound(path: Path, seconds: float, seed: int) -> None:
    """A sound of that length; the ending of `path` says the format."""
    import av

    with av.open(str(path), "w") as out:
        _play(out, out.add_stream(SOUNDS[path.suffix.lstrip(".")], rate=RATE), seconds, seed)


def add_sound(film: Path, path: Path, seed: int) -> None:
    """The clip, bit for bit, with a track as long as it is."""
    import av

    with av.open(str(film)) as given, av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        video = given.streams.video[0]
        copy = out.add_stream_from_template(video)
        sound = out.add_stream("aac", rate=RATE)
        length = float((video.duration or 0) * (video.time_base or 0))
        for packet in given.demux(video):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
        _play(out, sound, length, seed)


def _frame(film: Path) -> Any:
    import av
    from PIL import Image

    with av.open(str(film)) as given:
        return Image.fromarray(next(given.decode(video=0)).to_ndarray(format="rgb24"))


def _pack(image: Any, path: Path) -> None:
    picture = io.BytesIO()
    image.save(picture, "PNG")
    with zipfile.ZipFile(path, "w") as out:
        for number in range(_PACKED):
            out.writestr(zipfile.ZipInfo(f"frame_{number:04d}.png", _EPOCH), picture.getvalue())


def _play(out: Any, stream: Any, seconds: float, seed: int) -> None:
    for frame in _frames(seconds, seed):
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _frames(seconds: float, seed: int) -> Iterator[Any]:
    import av
    import numpy as np

    time = np.arange(round(seconds * RATE)) / RATE
    notes = (_NOTES[(seed >> shift) % len(_NOTES)] for shift in (0, 3, 6))
    wave = sum(np.sin(2 * np.pi * note * time) for note in notes) / 3
    swell = np.sin(np.pi * np.minimum(1.0, time / max(seconds, 0.1))) ** 0.5
    samples = np.asarray(wave * swell * _LOUD, np.int16)[None, :]
    for start in range(0, samples.shape[1], 960):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, start : start + 960]), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield frame
