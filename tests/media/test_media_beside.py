"""The pictures beside a clip: made in one pass, true to the clip, and there again when they were lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from rushes.media import frames, verify
from rushes.media.beside import beside, discard, move, rebuild
from tests.media.conftest import Studio


@pytest.fixture
def copy(clip: Path, tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip.read_bytes())
    return path


def test_the_proxy_shows_every_frame_at_its_own_time(copy: Path) -> None:
    found = rebuild(copy)
    with frames(copy, width=100, height=56) as clip, frames(found.scrub, width=100, height=56) as proxy:
        assert proxy.facts.frames == clip.facts.frames == 96
        for (time, picture), (small_time, small) in zip(clip, proxy, strict=True):
            assert small_time == pytest.approx(time, abs=1e-4)
            assert np.abs(picture.astype(int) - small).mean() < 6


def test_any_moment_of_the_proxy_is_exact(copy: Path) -> None:
    found = rebuild(copy)
    with frames(found.scrub, width=16, height=9) as proxy:
        for wanted in (70, 3, 95, 40, 0):
            proxy.seek(wanted / 24 + 0.01)
            assert round(next(proxy)[0] * 24) == wanted


@pytest.mark.parametrize("lost", ["poster", "strip", "scrub"])
def test_what_is_missing_is_made_again(copy: Path, lost: str) -> None:
    found = rebuild(copy)
    assert not found.missing
    path: Path = getattr(found, lost)
    path.unlink()
    assert beside(copy).missing
    assert not rebuild(copy).missing


def test_what_is_there_is_not_made_again(copy: Path) -> None:
    found = rebuild(copy)
    before = found.scrub.stat().st_mtime_ns, found.strip.stat().st_mtime_ns
    rebuild(copy)
    assert (found.scrub.stat().st_mtime_ns, found.strip.stat().st_mtime_ns) == before


def test_another_clip_under_the_same_name_gets_pictures_of_its_own(copy: Path, studio: Studio) -> None:
    found = rebuild(copy)
    studio.clip(size=(90, 160)).replace(copy)
    later = found.scrub.stat().st_mtime_ns + 10**9
    os.utime(copy, ns=(later, later))
    assert not found.scrub_fits
    rebuild(copy)
    with frames(found.scrub, width=1000, height=1000) as proxy:
        assert proxy.facts.height > proxy.facts.width
    assert not found.missing


def test_two_who_ask_at_once_get_one_pass(copy: Path) -> None:
    threads = [threading.Thread(target=rebuild, args=(copy,)) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not beside(copy).missing
    assert not list(copy.parent.glob("*.part"))


def test_a_damaged_clip_has_no_proxy_and_leaves_no_part(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: 3 * copy.stat().st_size // 4])
    report = verify(copy, scrub=beside(copy).scrub)
    assert not report.ok
    assert report.scrub is None
    assert sorted(each.suffix for each in copy.parent.iterdir()) == [".mp4"]


def test_a_clip_that_is_gone_is_no_reason_to_fail(tmp_path: Path) -> None:
    assert not rebuild(tmp_path / "nothing.mp4").missing


def test_pictures_move_with_their_clip_or_go(copy: Path) -> None:
    found = rebuild(copy)
    (copy.parent / "there").mkdir()
    target = copy.parent / "there" / "take.mp4"
    move(found, target)
    assert sorted(each.name for each in target.parent.iterdir()) == ["take.jpg", "take.scrub", "take.strip.jpg"]
    discard(beside(target))
    assert not list(target.parent.iterdir())


@pytest.mark.parametrize("odd", [{"rotation": 90}, {"size": (90, 160)}, {"pix_fmt": "yuv420p10le"}, {"times": (0,)}])
def test_odd_clips_have_proxies_that_look_like_them(studio: Studio, odd: dict[str, object]) -> None:
    clip = studio.clip(**odd)  # type: ignore[arg-type]  # the cases are keywords of `clip`
    found = rebuild(clip)
    with frames(clip, width=40, height=40) as one, frames(found.scrub, width=40, height=40) as other:
        assert one.size == other.size
        (_, picture), (_, small) = next(one), next(other)
        assert np.abs(picture.astype(int) - small).mean() < 8
