"""Pictures and sounds on the screen: a picture as it is, a sound as its drawing, neither with the figures of a clip."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from providers.sandbox.stills import write_sound
from rushes.media.beside import rebuild
from tui.reel import open_frames
from tui.widgets.preview import facts_line


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
