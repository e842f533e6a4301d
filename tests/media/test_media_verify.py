"""What a report says of good clips, odd clips, and clips that are not what was asked for."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.sandbox.renderer import ClipSpec, render_clip
from rushes.media import Expect, digest, verify
from tests.media.conftest import Studio


def test_a_good_clip_is_reported_with_its_facts(clip: Path) -> None:
    report = verify(clip, Expect(640, 360, 4.0))
    assert (report.ok, report.whole, report.reason, report.warnings) == (True, True, "", ())
    assert (report.width, report.height, report.frames, report.codec) == (640, 360, 96, "h264")
    assert report.duration_s == pytest.approx(4.0)
    assert report.fps == pytest.approx(24.0)
    assert report.has_audio is False
    data = clip.read_bytes()
    assert (report.bytes, report.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert digest(clip) == report.sha256
    assert report.poster is None
    assert report.filmstrip is None


def test_poster_and_filmstrip_come_out_of_the_same_pass(clip: Path, tmp_path: Path) -> None:
    report = verify(clip, poster=tmp_path / "poster.jpg", filmstrip=tmp_path / "strip.jpg")
    assert (report.poster, report.filmstrip) == (tmp_path / "poster.jpg", tmp_path / "strip.jpg")
    with Image.open(tmp_path / "poster.jpg") as poster, Image.open(tmp_path / "strip.jpg") as strip:
        assert (poster.format, poster.size) == ("JPEG", (640, 360))
        assert strip.size == (8 * 160, 90)
        thumbs = np.asarray(strip.convert("RGB"), np.float32).reshape(90, 8, 160, 3)
    for one in range(8):
        for other in range(one + 1, 8):
            assert np.abs(thumbs[:, one] - thumbs[:, other]).mean() > 1.0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["poster.jpg", "strip.jpg"]


def test_the_filmstrip_is_even_by_time_and_the_poster_a_quarter_in(studio: Studio, tmp_path: Path) -> None:
    times = (*range(6), 6, 12, 18, 23)
    verify(studio.clip(times=times), poster=tmp_path / "p.jpg", filmstrip=tmp_path / "s.jpg")
    with Image.open(tmp_path / "s.jpg") as strip, Image.open(tmp_path / "p.jpg") as poster:
        loudest = [int(np.argmax(strip.convert("RGB").getpixel((80 + 160 * each, 60)) or 0)) for each in range(8)]
        assert loudest == [0, 0, 1, 1, 2, 2, 0, 0]
        assert int(np.argmax(poster.getpixel((80, 60)) or 0)) == 1


def test_a_broken_clip_still_gives_the_pictures_seen_before_the_break(clip: Path, tmp_path: Path) -> None:
    data = clip.read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    report = verify(broken, filmstrip=tmp_path / "strip.jpg")
    assert not report.ok
    assert report.filmstrip
    with Image.open(report.filmstrip) as strip:
        assert strip.size == (1280, 90)


@pytest.mark.parametrize(
    ("expect", "ok", "warned"),
    [
        (Expect(), True, False),
        (Expect(640, 360, 4.04), True, False),
        (Expect(640, 360, 4.4), True, False),
        (Expect(640, 360, 5.0), True, True),
        (Expect(640, 368, 4.0), True, True),
        (Expect(960, 540, 4.0), True, True),
        (Expect(640, 360, 7.0), True, True),
        (Expect(640, 360, 2.0), True, True),
        (Expect(1280, 720, 4.0), False, False),
        (Expect(640, 360, 8.0), False, False),
        (Expect(640, 360, 7.9), False, False),
        (Expect(640, 360, 10.0), False, False),
        (Expect(640, 360, 1.5), False, False),
        (Expect(360, 640, 4.0), False, False),
        (Expect(1920, 1080, 4.0), False, False),
    ],
)
def test_small_differences_are_warnings_and_wild_ones_mean_that_it_is_another_clip(
    clip: Path, expect: Expect, ok: bool, warned: bool
) -> None:
    report = verify(clip, expect)
    assert (report.ok, bool(report.warnings), report.whole) == (ok, warned, True)
    assert ("not what was asked for" in report.reason) == (not ok)


def test_a_file_that_is_not_there_is_a_verdict_and_no_exception(tmp_path: Path) -> None:
    assert verify(tmp_path / "gone.mp4").reason == "the file is not there"
    assert not verify(tmp_path).ok


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_verdict_too(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(clip.read_bytes())
    path.chmod(0)
    assert "cannot be read" in verify(path).reason


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not on this machine")
def test_frames_hidden_by_an_edit_list_are_not_missed(clip: Path, tmp_path: Path) -> None:
    trimmed = tmp_path / "trimmed.mp4"
    command = ["ffmpeg", "-v", "error", "-ss", "1.3", "-i", str(clip), "-c", "copy", str(trimmed)]
    subprocess.run(command, check=True, timeout=30)
    report = verify(trimmed)
    assert (report.ok, report.warnings) == (True, ())
    assert report.duration_s == pytest.approx(2.7, abs=0.05)


def test_sound_without_picture_is_no_clip(studio: Studio) -> None:
    assert verify(studio.clip(picture=False, sound=True)).reason == "there is sound but no picture in it"


def test_a_sound_track_is_noticed(studio: Studio) -> None:
    report = verify(studio.clip(sound=True))
    assert (report.ok, report.has_audio, report.frames) == (True, True, 24)


def test_one_frame_is_a_clip(studio: Studio, tmp_path: Path) -> None:
    report = verify(studio.clip(times=(0,)), poster=tmp_path / "p.jpg", filmstrip=tmp_path / "s.jpg")
    assert (report.ok, report.frames, report.warnings) == (True, 1, ())
    assert 0 < report.duration_s < 0.1
    assert (tmp_path / "p.jpg").exists()
    assert (tmp_path / "s.jpg").exists()


def test_portrait_and_4k_are_clips(studio: Studio, tmp_path: Path) -> None:
    render_clip(ClipSpec("portrait", 90, 160, 0.3), tmp_path / "tall.mp4")
    report = verify(tmp_path / "tall.mp4", Expect(90, 160, 0.3), poster=tmp_path / "p.jpg")
    assert (report.ok, report.warnings) == (True, ())
    large = verify(studio.clip(size=(3840, 2160), times=(0, 1, 2)), poster=tmp_path / "p.jpg")
    assert (large.ok, large.width, large.height) == (True, 3840, 2160)
    with Image.open(tmp_path / "p.jpg") as poster:
        assert poster.size == (640, 360)


def test_a_variable_frame_rate_is_measured_by_its_frames(studio: Studio) -> None:
    report = verify(studio.clip(times=(0, 1, 2, 12, 13, 40, 47)))
    assert (report.ok, report.frames) == (True, 7)
    assert report.duration_s == pytest.approx(2.0, abs=0.05)
    assert report.fps == pytest.approx(3.5, abs=0.1)


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_a_rotated_clip_is_reported_as_it_is_seen(studio: Studio, tmp_path: Path, rotation: int) -> None:
    report = verify(studio.clip(rotation=rotation), poster=tmp_path / "p.jpg")
    assert report.ok
    assert (report.width, report.height) == ((160, 90) if rotation == 180 else (90, 160))
    with Image.open(tmp_path / "p.jpg") as poster:
        assert poster.size == (report.width, report.height)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "seen"),
    [
        ("ten.mp4", "libx264", "yuv420p10le", "h264"),
        ("full.mp4", "libx264", "yuv444p", "h264"),
        ("odd.webm", "libvpx-vp9", "yuv420p", "vp9"),
        ("apple.mov", "prores_ks", "yuv422p10le", "prores"),
        ("old.mp4", "mpeg4", "yuv420p", "mpeg4"),
    ],
)
def test_other_depths_and_codecs_are_clips(
    studio: Studio, tmp_path: Path, name: str, codec: str, pix_fmt: str, seen: str
) -> None:
    report = verify(studio.clip(name, codec=codec, pix_fmt=pix_fmt), poster=tmp_path / "p.jpg")
    assert (report.ok, report.codec, report.frames) == (True, seen, 24)
    with Image.open(tmp_path / "p.jpg") as poster:
        assert np.argmax(poster.getpixel((80, 60)) or 0) == 1


def test_a_path_that_looks_like_an_address_is_only_a_path(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "concat:a|b %d ümlaut 🦊.mp4"
    odd.write_bytes(clip.read_bytes())
    assert verify(Path(odd.name)).ok
    assert verify(odd).ok


def test_an_unwritable_poster_is_an_os_error_and_not_a_verdict(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        verify(clip, poster=tmp_path / "nowhere" / "poster.jpg")


def test_nothing_is_printed_and_nothing_heavy_is_loaded_early(clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    data = clip.read_bytes()
    broken.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    code = (
        "import sys; from pathlib import Path; from rushes.media import verify;"
        "assert not {'av', 'numpy', 'PIL'} & set(sys.modules), 'loaded too early';"
        "assert [verify(Path(each)).ok for each in sys.argv[1:]] == [True, False]"
    )
    run = subprocess.run([sys.executable, "-c", code, str(clip), str(broken)], capture_output=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
