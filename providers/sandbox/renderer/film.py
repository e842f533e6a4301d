"""Puts a clip together: the scene, scaled up, with pictures at its ends and its caption, frame by frame."""

from __future__ import annotations

from pathlib import Path

from providers.sandbox.renderer import ClipSpec
from providers.sandbox.renderer.caption import Caption
from providers.sandbox.renderer.encode import Encoder
from providers.sandbox.renderer.mood import read_mood
from providers.sandbox.renderer.picture import Ends
from providers.sandbox.renderer.planes import Enlarger
from providers.sandbox.renderer.scene import Scene, drawing_size
from providers.sandbox.renderer.tempo import Tempo

__all__ = ["shoot"]


def shoot(spec: ClipSpec, path: Path) -> None:
    """Renders the whole clip. See `render_clip` for what it promises."""
    mood, tempo = read_mood(spec.prompt, spec.seed), Tempo(spec.frames / spec.fps, spec.loop)
    scene = Scene(mood, *drawing_size(spec.width, spec.height), tempo)
    enlarger = Enlarger(spec.width, spec.height)
    ends = Ends(spec, enlarger)
    caption = Caption(spec.prompt, spec.width, spec.height)
    with Encoder(path, spec.width, spec.height, spec.fps) as encoder:
        for number in range(spec.frames):
            frame = enlarger.frame(scene.draw(number / spec.fps))
            ends.blend(frame, number)
            caption.paint(frame)
            encoder.add(frame)
