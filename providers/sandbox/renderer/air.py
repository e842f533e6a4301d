"""What is in the air: snow, rain, embers, petals, fireflies, bubbles, dust in the light. Stamped, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from providers.sandbox.renderer.mood import Mood
from providers.sandbox.renderer.tempo import TAU, Tempo

__all__ = ["Air"]

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
_Dots = tuple[Indices, npt.NDArray[np.floating]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`fall` and `wind` in screens a second, `size` in hundredths of the height, `wave` is the sideways swing.
    `warm` takes the palette's accent instead of its light; `solid` covers what is behind instead of lighting it up.
    """

    count: int
    fall: float
    wind: float
    size: float
    strength: float
    wave: float = 0.0
    twinkle: float = 0.0
    streak: int = 1
    warm: bool = False
    solid: bool = False


_KINDS = {
    "snow": _Kind(150, 0.14, 0.02, 0.75, 190.0, wave=0.02),
    "rain": _Kind(170, 1.5, -0.10, 0.33, 105.0, streak=7),
    "embers": _Kind(110, -0.20, 0.03, 0.55, 300.0, wave=0.025, twinkle=0.8, warm=True),
    "petals": _Kind(46, 0.09, 0.07, 1.0, 300.0, wave=0.05, twinkle=0.3, warm=True, solid=True),
    "fireflies": _Kind(44, -0.02, 0.012, 0.9, 230.0, wave=0.05, twinkle=1.0, warm=True),
    "bubbles": _Kind(60, -0.16, 0.0, 0.8, 120.0, wave=0.02),
    "bokeh": _Kind(34, -0.015, 0.02, 2.6, 60.0, wave=0.03, twinkle=0.5, warm=True),
    "dust": _Kind(54, -0.012, 0.02, 0.6, 85.0, wave=0.03, twinkle=0.7),
    "stardust": _Kind(90, 0.008, 0.03, 0.55, 170.0, wave=0.01, twinkle=0.6),
}


class Air:
    """The particles of one scene. Each has its own pace and depth; they leave on one side and return on the other."""

    def __init__(self, mood: Mood, width: int, height: int, rng: np.random.Generator, tempo: Tempo) -> None:
        self._kind = kind = _KINDS[mood.air]
        self._width, self._height, self._tempo = width, height, tempo
        count = max(8, round(kind.count * (width / height) / 1.78))
        self._at = rng.uniform(0.0, 1.0, (2, count)).astype(np.float32)
        self._depth = rng.uniform(0.35, 1.0, count).astype(np.float32)
        self._phase = rng.uniform(0.0, 1.0, count).astype(np.float32)
        self._twinkle_rate = rng.uniform(0.15, 0.6, count)
        self._colour = np.array(mood.palette.accent if kind.warm else mood.palette.light, np.float32)
        self._groups = [np.flatnonzero((self._depth * 3).astype(int) == group) for group in range(1, 4)]

    def paint(self, picture: Floats, t: float) -> None:
        """Lays the particles over `picture`, shape (3, height, width)."""
        x, y = self._places(t)
        light = self._strength(t)
        dots = [dot for group in self._groups if group.size for dot in self._group(group, x, y, light)]
        places, glow = np.concatenate([dot[0] for dot in dots]), np.concatenate([dot[1] for dot in dots])
        field = np.bincount(places, glow, minlength=self._width * self._height).astype(np.float32)
        self._lay(picture, field.reshape(self._height, self._width))

    def _lay(self, picture: Floats, field: Floats) -> None:
        colour = self._colour[:, None, None]
        if self._kind.solid:
            picture += np.minimum(field / 255.0, 0.9) * (colour - picture)
        else:
            picture += field * (colour / 255.0)

    def _places(self, t: float) -> tuple[Floats, Floats]:
        kind, tempo = self._kind, self._tempo
        fall = np.array([tempo.turns(kind.fall * float(d) / 1.2, t) if kind.fall else 0.0 for d in self._depth])
        wind = tempo.drift(kind.wind, t) * self._depth
        swing = kind.wave * np.sin(TAU * (tempo.turns(0.2, t) + self._phase))
        x = (self._at[0] + wind + swing) % 1.0
        y = (self._at[1] + fall) % 1.0
        margin = 0.06
        return (
            (x * (1 + 2 * margin) - margin).astype(np.float32) * self._width,
            (y * (1 + 2 * margin) - margin).astype(np.float32) * self._height,
        )

    def _strength(self, t: float) -> Floats:
        beat = np.array([self._tempo.turns(float(rate), t) for rate in self._twinkle_rate]) + self._phase
        glow = 1.0 - self._kind.twinkle * (0.5 + 0.5 * np.sin(TAU * beat))
        return np.asarray(glow * self._depth**2 * self._kind.strength, np.float32)

    def _group(self, which: Indices, x: Floats, y: Floats, light: Floats) -> Iterator[_Dots]:
        """Soft dots of about the same depth, drawn out downwards where they fall fast."""
        kind = self._kind
        size = max(0.55, kind.size * self._height / 100.0 * float(self._depth[which].mean()))
        slant = 2.0 * kind.wind / (abs(kind.fall) + 1e-6)
        for step in range(kind.streak):
            share = np.float32((step + 1) / kind.streak)
            yield self._dots(x[which] + step * slant * size, y[which] + step * size * 1.6, light[which] * share, size)

    def _dots(self, x: Floats, y: Floats, light: Floats, size: float) -> _Dots:
        """Where dots of radius `size` pixels fall, as flat places and their light; nothing outside the picture."""
        offsets = np.arange(-int(size * 1.8) - 1, int(size * 1.8) + 2)
        columns = np.floor(x).astype(np.intp)[:, None] + offsets
        rows = np.floor(y).astype(np.intp)[:, None] + offsets
        across = np.exp(-(((columns - x[:, None]) / size) ** 2)) * ((columns >= 0) & (columns < self._width))
        down = np.exp(-(((rows - y[:, None]) / size) ** 2)) * ((rows >= 0) & (rows < self._height))
        dots = (down * light[:, None])[:, :, None] * across[:, None, :]
        rows, columns = np.clip(rows, 0, self._height - 1), np.clip(columns, 0, self._width - 1)
        return (rows[:, :, None] * self._width + columns[:, None]).ravel(), dots.ravel()
