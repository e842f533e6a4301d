"""Whatever lies there in place of an ordinary clip: it is shown, or said in words, and the keys go on working."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from tests.media.conftest import Studio
from tui.joint_reel import Ensemble, grid
from tui.widgets.player import Player

SHOWN: dict[str, Callable[[Studio], Path]] = {
    "portrait": lambda studio: studio.clip(size=(90, 160)),
    "turned": lambda studio: studio.clip(rotation=90),
    "one frame": lambda studio: studio.clip(times=(0,)),
    "uneven times": lambda studio: studio.clip(times=(0, 1, 7, 8, 20)),
    "ten bits": lambda studio: studio.clip(pix_fmt="yuv420p10le"),
    "4K": lambda studio: studio.clip(size=(3840, 2160), times=(0, 1, 2)),
    "odd sides, WebM": lambda studio: studio.clip("odd.webm", codec="libvpx-vp9", size=(162, 90)),
    "with sound": lambda studio: studio.clip(sound=True),
}


def _cut(studio: Studio, share: float) -> Path:
    path = studio.clip(movflags="faststart")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def _text(studio: Studio, text: str) -> Path:
    path = studio.folder / "odd.mp4"
    path.write_text(text)
    return path


SAID: dict[str, Callable[[Studio], Path]] = {
    "nothing there": lambda studio: studio.folder / "nothing.mp4",
    "no byte": lambda studio: _text(studio, ""),
    "a web page": lambda studio: _text(studio, "<html>403</html>"),
    "sound alone": lambda studio: studio.clip(picture=False, sound=True),
    "cut within the index": lambda studio: _cut(studio, 0.05),
}


class Shell(App[None]):
    """The player alone."""

    def compose(self) -> ComposeResult:
        yield Player("nothing")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # nothing in the widget tells a test that it came to rest
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("kind", SHOWN)
async def test_odd_clips_are_shown_played_and_stepped_through(studio: Studio, kind: str) -> None:
    clip = SHOWN[kind](studio)
    async with Shell().run_test(size=(60, 20)) as pilot:
        player = pilot.app.query_one(Player)
        await player.load(clip)
        await until(lambda: player.image is not None)
        assert player.facts is not None
        player.play()
        await until(lambda: not player.playing)
        player.action_step(-1)
        player.action_faster(1)
        player.action_mark(end=True)
        player.action_start_over()
        await until(lambda: player.position == 0 and not player._conducting)
        assert player.image is not None
        words = player.render_line(player.size.height - 1).text
        assert ("sound" in words) == (kind == "with sound")


@pytest.mark.parametrize("kind", SAID)
async def test_what_is_no_clip_is_said_and_every_key_is_harmless(studio: Studio, kind: str) -> None:
    clip = SAID[kind](studio)
    async with Shell().run_test(size=(90, 20)) as pilot:
        player = pilot.app.query_one(Player)
        await player.load(clip)
        assert "cannot be shown" in player.message
        player.play()
        player.action_step(1)
        player.action_seek(-1)
        player.action_mark(end=False)
        player.action_to_end()
        player.action_faster(-1)
        player.action_loop()
        await pilot.pause()
        assert not player.playing


async def test_a_damaged_clip_plays_to_the_damage_and_says_so(damaged: Path) -> None:
    async with Shell().run_test(size=(90, 20)) as pilot:
        player = pilot.app.query_one(Player)
        await player.load(damaged)
        player.play()
        await until(lambda: "cannot be shown" in player.message or not player.playing)
        assert "cannot be shown" in player.message


# -- several -----------------------------------------------------------------------------------------------------------


async def test_clips_of_other_length_and_shape_stay_in_step(studio: Studio) -> None:
    short = studio.clip("short.mp4", times=tuple(range(6)))
    tall = studio.clip("tall.mp4", size=(90, 160))
    reel = Ensemble([short, tall], (64, 40), (9, 9, 9))
    facts, _ = await reel.open()
    assert facts.duration_s == pytest.approx(1.0, abs=0.05)
    shown = []
    for at in (0.0, 0.2, 0.6, 0.9):
        frame = await reel.until(at)
        assert frame is not None
        shown.append(frame[1])
        assert frame[0] == pytest.approx(at)
        assert frame[1].shape == (40, 64, 3)
    # A quarter second has one colour; the short clip stands on its first, the other is in its fourth.
    above, below = shown[-1][12, 32], shown[-1][34, 32]
    assert above.argmax() == 0
    assert below[0] > 150
    assert below[1] > 150
    again = await reel.seek(0.0)
    assert again is not None
    assert again[1][34, 32].argmax() == 0
    reel.show_alone(1)
    alone = await reel.seek(0.3)
    assert alone is not None
    assert alone[1][25, 32].argmax() == 1
    assert await reel.until(5.0) is not None
    assert await reel.until(5.1) is None
    reel.close()


async def test_one_of_several_that_cannot_be_read_fails_all_and_lets_go(studio: Studio) -> None:
    from rushes.media import MediaError

    reel = Ensemble([studio.clip(), studio.folder / "nothing.mp4"], (64, 40))
    with pytest.raises(MediaError):
        await reel.open()
    reel.close()


@pytest.mark.parametrize(
    ("count", "box", "shape", "columns"),
    [(2, (120, 60), 16 / 9, 2), (2, (60, 120), 16 / 9, 1), (4, (120, 68), 16 / 9, 2), (3, (120, 60), 9 / 16, 3)],
)
def test_pictures_are_laid_out_as_large_as_they_can_be(
    count: int, box: tuple[int, int], shape: float, columns: int
) -> None:
    places = grid(count, box, shape)
    assert places.columns == columns
    assert places.height % 2 == 0
    left, top = places.corner(count - 1)
    assert left + places.width <= box[0]
    assert top + places.height <= box[1]
