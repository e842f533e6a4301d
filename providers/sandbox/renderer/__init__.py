"""The sandbox's own film studio: draws a clip from a prompt and writes it as H.264 MP4, with no network and no ffmpeg.

It is for practice and for tests, so it promises what a vendor would: exactly the size, the length and the frame rate
asked for, and the same picture every time for the same spec. It is not a model of anything: the prompt's words choose
palette, place, weather and light, nothing more. The heavy libraries are loaded with the first clip, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["ClipSpec", "render_clip"]

LARGEST = 4096
LONGEST_S = 120.0


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What to draw. Sizes in pixels (even, as 4:2:0 needs), `seconds` of film, `fps` frames a second.

    `start_image` and `end_image` are the bytes of a picture file; they are cut to cover the frame. ValueError where
    the figures cannot make a clip.
    """

    prompt: str
    width: int
    height: int
    seconds: float
    fps: int = 24
    seed: int = 0
    loop: bool = False
    start_image: bytes | None = None
    end_image: bytes | None = None

    def __post_init__(self) -> None:
        if not (16 <= self.width <= LARGEST and 16 <= self.height <= LARGEST):
            raise ValueError(f"a clip is 16 to {LARGEST} pixels a side, not {self.width}×{self.height}")
        if self.width % 2 or self.height % 2:
            raise ValueError(f"width and height must be even, not {self.width}×{self.height}")
        if not 1 <= self.fps <= 120:
            raise ValueError(f"a clip has 1 to 120 frames a second, not {self.fps}")
        if not (0 < self.seconds <= LONGEST_S and self.frames):
            raise ValueError(f"a clip lasts up to {LONGEST_S:.0f} s and one frame at least, not {self.seconds} s")

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return round(self.seconds * self.fps)


def render_clip(spec: ClipSpec, path: Path) -> None:
    """Draws `spec` and writes it to `path`, whole or not at all. Blocks for about a third of the clip's length.

    Safe to call from any thread. ValueError where a start or end picture cannot be read, OSError for the disk.
    """
    from providers.sandbox.renderer.film import shoot

    shoot(spec, path)
