"""Who passes by: a paper boat, a balloon, a flock of birds. Convex shapes with soft edges."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from providers.sandbox.renderer.mood import Mood
from providers.sandbox.renderer.tempo import Tempo

__all__ = ["Guest"]

Floats = npt.NDArray[np.float32]
Point = tuple[float, float]

# Paper boat: corners clockwise on screen, x to the right and y down, in units of its half length; and its shades.
BOAT: tuple[tuple[tuple[Point, ...], Point], ...] = (
    (((-0.02, -0.95), (0.42, -0.05), (-0.46, -0.05)), (0.80, 0.0)),
    (((-0.02, -0.95), (0.42, -0.05), (0.05, -0.05)), (0.94, 0.0)),
    (((-1.0, -0.34), (-0.42, -0.02), (-0.56, 0.30)), (0.86, 0.0)),
    (((1.0, -0.34), (0.56, 0.30), (0.42, -0.02)), (0.98, 0.0)),
    (((-0.62, -0.12), (0.62, -0.12), (0.56, 0.30), (-0.56, 0.30)), (0.92, 0.0)),
)


class Guest:
    """The visitor of a scene, or nobody."""

    def __init__(
        self, mood: Mood, x: Floats, y: Floats, horizon: float, rng: np.random.Generator, tempo: Tempo
    ) -> None:
        self._x, self._y, self._tempo = x, y, tempo
        self._kind, self._mood = mood.guest, mood
        self._horizon = horizon
        self._place = float(rng.uniform(0.34, 0.52)) * float(x[-1])
        self._flock = [(float(a), float(b), float(c)) for a, b, c in rng.uniform(0.0, 1.0, (7, 3))]

    def paint(self, picture: Floats, t: float) -> None:
        """Paints over `picture`, shape (3, height, width)."""
        if self._kind == "boat":
            self._boat(picture, t)
        elif self._kind == "balloon":
            self._balloon(picture, t)
        elif self._kind == "birds":
            self._birds(picture, t)

    def _boat(self, picture: Floats, t: float) -> None:
        size = 0.135
        heel = 0.07 * self._tempo.sway(0.22, t)
        centre = (self._place + self._tempo.drift(0.018, t), self._horizon + 0.13 + 0.012 * self._tempo.sway(0.3, t))
        paper = np.array(self._mood.palette.light, np.float32) * 0.5 + 122.0
        for shape, (shade, _) in BOAT:
            self._polygon(picture, _placed(shape, centre, size, heel), paper * shade, 1.0)
        mirror = tuple((px, 0.62 - 0.5 * py) for px, py in ((-0.62, 0.62), (0.62, 0.62), (0.3, -0.2), (-0.3, -0.2)))
        self._polygon(picture, _placed(mirror, centre, size, -heel), paper * 0.9, 0.22)

    def _balloon(self, picture: Floats, t: float) -> None:
        x, y = self._place + self._tempo.drift(0.02, t), 0.36 + self._tempo.drift(-0.012, t)
        accent = np.array(self._mood.palette.accent, np.float32)
        light = np.array(self._mood.palette.light, np.float32)
        for share in (1.0, 0.66, 0.3):
            ring = [(math.cos(a) * share, math.sin(a) * (1.0 if math.sin(a) < 0 else 1.25)) for a in _angles(26)]
            colour = accent * 0.82 if share in (1.0, 0.3) else light * 0.92
            self._polygon(picture, _placed(tuple(ring), (x, y), 0.13, 0.0), colour, 1.0)
        basket = ((-0.2, 1.5), (0.2, 1.5), (0.16, 1.75), (-0.16, 1.75))
        self._polygon(picture, _placed(basket, (x, y), 0.13, 0.0), np.array((66, 44, 36), np.float32), 1.0)

    def _birds(self, picture: Floats, t: float) -> None:
        colour = np.array(self._mood.palette.near, np.float32)
        for a, b, c in self._flock:
            centre = (self._place + (a - 0.5) * 0.5 + self._tempo.drift(0.05, t), 0.2 + 0.25 * b)
            flap = 0.55 * self._tempo.sway(1.2 + 0.5 * c, t, c)
            size = 0.022 + 0.016 * c
            for side in (-1.0, 1.0):
                wing = ((0.0, 0.0), (side, -flap), (side * 0.35, 0.22))
                self._polygon(picture, _placed(wing if side > 0 else wing[::-1], centre, size, 0.0), colour, 0.85)

    def _polygon(self, picture: Floats, corners: tuple[Point, ...], colour: Floats, opacity: float) -> None:
        """Fills a convex shape given clockwise on screen; its edge is one pixel soft."""
        unit = self._y.size
        left, right = _span([corner[0] for corner in corners], unit, self._x.size)
        top, bottom = _span([corner[1] for corner in corners], unit, self._y.size)
        if left >= right or top >= bottom:
            return
        x, y = self._x[left:right], self._y[top:bottom, None]
        inside = np.full((bottom - top, right - left), opacity, np.float32)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            length = math.hypot(bx - ax, by - ay) or 1.0
            depth = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) * (unit / length)
            np.minimum(inside, np.clip(depth + 0.5, 0.0, 1.0) * opacity, out=inside)
        part = picture[:, top:bottom, left:right]
        part += inside * (colour[:, None, None] - part)


def _placed(shape: tuple[Point, ...], centre: Point, size: float, turn: float) -> tuple[Point, ...]:
    cos, sin = math.cos(turn) * size, math.sin(turn) * size
    return tuple((centre[0] + px * cos - py * sin, centre[1] + px * sin + py * cos) for px, py in shape)


def _span(values: list[float], unit: int, limit: int) -> tuple[int, int]:
    return max(0, int(min(values) * unit) - 1), min(limit, int(max(values) * unit) + 2)


def _angles(count: int) -> list[float]:
    return [math.tau * index / count for index in range(count)]
