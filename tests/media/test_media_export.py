"""Frames and pieces taken out of clips: exactly what was seen, and bit for bit where that can be."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.media import MediaError, export_frame, export_piece, frames, still, verify
from tests.media.conftest import Studio


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def keyed(folder: Path, name: str = "keyed.mp4") -> Path:
    """48 frames, a key frame every 12."""
    path = folder / name
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"g": "12", "keyint_min": "12", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(48):
            pixels = np.full((90, 160, 3), number * 5, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        out.mux(stream.encode(None))
    return path


def greys(path: Path) -> list[int]:
    """Which frame of `keyed` each one is."""
    with frames(path, width=16, height=9) as source:
        return [round(float(picture.mean()) / 5) for _, picture in source]


def test_a_piece_between_key_frames_is_copied_bit_for_bit(tmp_path: Path) -> None:
    clip = keyed(tmp_path)
    made = export_piece(clip, 12 / 24, 35 / 24, tmp_path / "piece.mp4")
    assert made.copied
    assert packets(made.path) == packets(clip)[12:36]
    assert greys(made.path) == list(range(12, 36))
    assert verify(made.path).ok


@pytest.mark.parametrize(("first", "last"), [(0, 20), (5, 20), (13, 47), (30, 30)])
def test_any_other_piece_is_encoded_again_frame_by_frame(tmp_path: Path, first: int, last: int) -> None:
    clip = keyed(tmp_path)
    made = export_piece(clip, first / 24, last / 24, tmp_path / "piece.mp4")
    assert not made.copied
    assert greys(made.path) == list(range(first, last + 1))
    assert [made.start_s, made.end_s] == pytest.approx([first / 24, last / 24])
    report = verify(made.path)
    assert report.ok
    assert report.fps == pytest.approx(24, abs=0.1)


def test_the_whole_clip_as_a_piece_is_the_clip(tmp_path: Path) -> None:
    clip = keyed(tmp_path)
    assert export_piece(clip, -3.0, 99.0, tmp_path / "piece.mp4").copied
    assert packets(tmp_path / "piece.mp4") == packets(clip)


@pytest.mark.parametrize("start", [0.0, 0.3])
def test_sound_comes_along(studio: Studio, tmp_path: Path, start: float) -> None:
    clip = studio.clip(sound=True)
    made = export_piece(clip, start, 0.8, tmp_path / "piece.mp4")
    report = verify(made.path)
    assert report.ok
    assert report.has_audio
    assert not report.warnings


def test_a_turned_clip_gives_a_turned_piece(studio: Studio, tmp_path: Path) -> None:
    clip = studio.clip(rotation=90)
    for start in (0.0, 0.3):
        report = verify(export_piece(clip, start, 0.8, tmp_path / f"{start}.mp4").path)
        assert (report.width, report.height) == (90, 160)


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv444p"])
def test_ten_bits_stay_ten_bits(studio: Studio, tmp_path: Path, pix_fmt: str) -> None:
    made = export_piece(studio.clip(pix_fmt=pix_fmt), 0.2, 0.6, tmp_path / "piece.mp4")
    with av.open(str(made.path)) as container:
        assert container.streams.video[0].pix_fmt == pix_fmt


def test_uneven_times_stay_as_they_are(studio: Studio, tmp_path: Path) -> None:
    clip = studio.clip(times=(0, 1, 4, 10, 11, 20))
    made = export_piece(clip, 4 / 24, 11 / 24, tmp_path / "piece.mp4")
    with frames(made.path, width=16, height=9) as source:
        times = [round(time * 24) for time, _ in source]
    assert times == [0, 6, 7]


def test_a_frame_is_the_one_that_is_seen(tmp_path: Path) -> None:
    clip = keyed(tmp_path)
    export_frame(clip, 17 / 24 + 0.01, tmp_path / "frame.png")
    with Image.open(tmp_path / "frame.png") as image:
        assert image.size == (160, 90)
        assert np.array_equal(np.asarray(image), still(clip, 17 / 24 + 0.01))


def test_what_is_no_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    clip.write_text("<html>")
    for attempt in (
        lambda: export_frame(clip, 0, tmp_path / "out.png"),
        lambda: export_piece(clip, 0, 1, tmp_path / "out.mp4"),
    ):
        with pytest.raises(MediaError):
            attempt()
    assert [each.name for each in tmp_path.iterdir()] == ["x.mp4"]
