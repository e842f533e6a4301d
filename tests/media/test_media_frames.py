"""Frames for the player, exact stills, quick facts."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.media import MediaError, frames, probe, still, still_jpeg
from tests.media.conftest import COLOURS, Studio


def test_a_glance_gives_the_facts_without_decoding_all(clip: Path) -> None:
    facts = probe(clip)
    assert (facts.width, facts.height, facts.duration_s, facts.fps) == (640, 360, 4.0, 24.0)
    assert (facts.frames, facts.codec, facts.has_audio) == (96, "h264", False)


def test_frames_come_in_order_with_their_times_fitted_into_the_box(clip: Path) -> None:
    with frames(clip, width=100, height=100) as source:
        seen = list(source)
    assert source.size == (100, 56)
    assert [time for time, _ in seen] == pytest.approx([number / 24 for number in range(96)])
    assert {picture.shape for _, picture in seen} == {(56, 100, 3)}
    assert {picture.dtype for _, picture in seen} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("at_s", [0.0, 0.02, 1.0, 1.01, 2.49, 3.97])
def test_seeking_is_exact_whatever_the_key_frames(clip: Path, at_s: float) -> None:
    with frames(clip, width=160, height=90) as source:
        every = list(source)
        source.seek(at_s)
        time, picture = next(source)
    assert time == pytest.approx(int(at_s * 24 + 1e-6) / 24)
    assert np.array_equal(picture, every[int(at_s * 24 + 1e-6)][1])


def test_a_start_in_the_middle_and_seeks_out_of_bounds(clip: Path) -> None:
    with frames(clip, width=160, height=90, start_s=3.0) as source:
        assert len(list(source)) == 24
        source.seek(99.0)
        assert [time for time, _ in source] == pytest.approx([95 / 24])
        source.seek(-1.0)
        assert next(source)[0] == 0.0


def test_the_box_can_change_while_playing(clip: Path) -> None:
    with frames(clip, width=160, height=90) as source:
        assert next(source)[1].shape == (90, 160, 3)
        source.resize(64, 200)
        assert next(source)[1].shape == (36, 64, 3)
        source.resize(0, 0)
        assert next(source)[1].shape == (1, 1, 3)


def test_colours_are_right_at_every_quarter_second(studio: Studio) -> None:
    path = studio.clip()
    for quarter, colour in enumerate(COLOURS):
        seen = still(path, quarter / 4)[60, 80]
        assert np.abs(seen.astype(int) - colour).max() < 12


def test_untagged_hd_is_shown_in_the_colours_of_hd(studio: Studio) -> None:
    source = still(studio.clip(size=(320, 180)), 0.3)[120, 160].astype(int)
    assert np.abs(source - COLOURS[1]).max() < 12


def test_with_a_variable_rate_the_frame_that_stands_on_screen_is_the_one_seen(studio: Studio) -> None:
    path = studio.clip(times=(0, 6, 12, 42, 47))
    for at_s, colour in ((0.1, 0), (0.3, 1), (0.6, 2), (1.5, 2), (1.8, 3), (5.0, 3)):
        assert np.abs(still(path, at_s)[60, 80].astype(int) - COLOURS[colour]).max() < 12, at_s


def test_a_rotated_clip_is_played_upright(studio: Studio) -> None:
    upright = still(studio.clip(), 0.0)
    assert upright[5, 80].min() > 240
    for rotation, (row, column) in {90: (80, 5), -90: (80, 84), 180: (85, 80)}.items():
        turned = still(studio.clip(f"{rotation}.mp4", rotation=rotation), 0.0)
        assert turned.shape == (90, 160, 3) if rotation == 180 else (160, 90, 3)
        assert turned[row, column].min() > 240, rotation


def test_a_still_is_the_full_size_exact_frame_also_as_jpeg(clip: Path) -> None:
    with av.open(str(clip)) as container:
        wanted = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for at_s in (0.0, 1.3, 3.99, 10.0):
        exact = wanted[min(95, int(at_s * 24 + 1e-6))].astype(int)
        assert np.abs(still(clip, at_s).astype(int) - exact).mean() < 1.5
    assert still_jpeg(clip, 1.3).startswith(b"\xff\xd8\xff")


def test_frames_of_other_formats_play_too(studio: Studio) -> None:
    for name, codec, pix_fmt in (("a.webm", "libvpx-vp9", "yuv420p"), ("b.mp4", "libx264", "yuv420p10le")):
        with frames(studio.clip(name, codec=codec, pix_fmt=pix_fmt), width=80, height=80) as source:
            assert len(list(source)) == 24
            source.seek(0.5)
            assert next(source)[0] == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\0\0\0\x18ftypmp42" + bytes(12)])
def test_what_is_no_clip_is_a_media_error_everywhere(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    for call in (probe, lambda each: still(each, 0.0), lambda each: frames(each, width=8, height=8)):
        with pytest.raises(MediaError):
            call(path)
    with pytest.raises(MediaError, match="not there"):
        frames(tmp_path / "gone.mp4", width=8, height=8)


def test_a_clip_that_vanishes_is_played_on_or_ends_in_a_clear_error(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "here.mp4"
    path.write_bytes(clip.read_bytes())
    with frames(path, width=80, height=45) as source:
        next(source)
        path.unlink()
        assert len(list(source)) == 95
        source.seek(0.0)
        assert next(source)[0] == 0.0


def test_a_clip_that_is_cut_while_it_plays_ends_in_a_clear_error(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "here.mp4"
    path.write_bytes(clip.read_bytes())
    with frames(path, width=80, height=45) as source:
        next(source)
        os.truncate(path, 60_000)
        with pytest.raises(MediaError, match=r"cut|damaged|went away"):
            list(source)


def test_closing_twice_is_fine_and_a_closed_source_says_so(clip: Path) -> None:
    source = frames(clip, width=80, height=45)
    source.close()
    source.close()
    assert list(source) == []
    with pytest.raises(MediaError, match="closed"):
        source.seek(0.0)


def test_a_thousand_opens_leave_no_file_open(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(clip.read_bytes()[:5000])
    handles = Path("/proc/self/fd")
    if not handles.exists():
        pytest.skip("needs /proc")
    before = len(list(handles.iterdir()))
    for _ in range(40):
        with frames(clip, width=8, height=8) as source:
            next(source)
        with pytest.raises(MediaError):
            frames(tmp_path / "bad.mp4", width=8, height=8)
        probe(clip)
    assert len(list(handles.iterdir())) <= before + 1


def test_several_threads_each_play_their_own(clip: Path) -> None:
    counts: list[int] = []

    def play() -> None:
        with frames(clip, width=80, height=45) as source:
            counts.append(len(list(source)))

    threads = [threading.Thread(target=play) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert counts == [96] * 4
