"""Pictures and sounds on the screen: a picture as it is, a sound as its drawing, neither with the figures of a clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult

from providers.sandbox.stills import write_sound
from rushes.media.beside import rebuild
from tui.reel import open_frames
from tui.widgets.player import Player
from tui.widgets.preview import facts_line
from tui.widgets.together import Together


def _picture(path: Path) -> Path:
    Image.new("RGB", (64, 36)).save(path.with_suffix(".png"))
    return path.with_suffix(".png")


def _sound(path: Path) -> Path:
    made = path.with_suffix(".mp3")
    write_sound(made, 1.0, seed=1)
    rebuild(made)
    return made


def test_a_picture_has_a_size_and_no_rate(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    Image.new("RGB", (64, 36)).save(path)
    frames, facts = open_frames(path, (32, 32))
    with frames:
        assert len(list(frames)) == 1
    assert facts_line(facts, 1000) == "64×36 · 1.0 kB"


def test_a_sound_is_shown_as_its_drawing(tmp_path: Path) -> None:
    path = tmp_path / "rain.mp3"
    write_sound(path, 1.0, seed=1)
    rebuild(path)
    frames, facts = open_frames(path, (64, 64))
    with frames:
        assert [pixels.shape for _, pixels in frames] == [(18, 64, 3)]
    assert facts_line(facts, 2000) == "2.0 kB"


class Shell(App[None]):
    """One player alone."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self.player = player

    def compose(self) -> ComposeResult:
        yield self.player


@pytest.mark.parametrize("kind", [Player, Together])
@pytest.mark.parametrize(("make", "said"), [(_picture, "picture"), (_sound, "sound, drawn by its loudness")])
async def test_the_player_tells_no_rate_and_no_frame_of_what_has_none(
    tmp_path: Path, make: Callable[[Path], Path], said: str, kind: type[Player]
) -> None:
    path, player = make(tmp_path / "fox"), kind()
    async with Shell(player).run_test(size=(80, 20)) as pilot:
        await (player.load_all([path, path]) if isinstance(player, Together) else player.load(path))
        await pilot.pause()
        words = player.render_line(player.size.height - 1).text
    assert said in words
    assert ("64×36" in words) == (make is _picture and kind is Player)
    assert ("2 in step" in words) == (kind is Together)
    assert not any(each in words for each in ("fps", "frame", "0:00", "0×0"))
