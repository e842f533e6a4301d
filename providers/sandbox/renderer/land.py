"""The land of a scene: ridges behind ridges, a skyline, conifers, dunes, a sea. One height per column and layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from providers.sandbox.renderer.mood import Colour, Mood
from providers.sandbox.renderer.tempo import TAU, Tempo

__all__ = ["Land"]

Floats = npt.NDArray[np.float32]
Profile = Callable[[Floats], Floats]

LAYERS = {"hills": 4, "mountains": 4, "forest": 4, "dunes": 3, "city": 4, "reef": 3, "sea": 2, "none": 0}
HOUSES = 64
WINDOW_ROWS = 400


class Land:
    """Everything that stands below the sky. Nearer layers are darker and drift faster, which is the camera's motion."""

    def __init__(
        self, mood: Mood, x: Floats, y: Floats, horizon: float, rng: np.random.Generator, tempo: Tempo
    ) -> None:
        self._mood, self._x, self._y, self._horizon, self._tempo = mood, x, y, horizon, tempo
        self._direction = float(rng.choice((-1.0, 1.0)))
        count = LAYERS[mood.land]
        self._layers = [self._layer(index, count, rng) for index in range(count)]
        self._sea = _Sea(mood, x, y, horizon, rng, tempo) if mood.land == "sea" else None

    def _layer(self, index: int, count: int, rng: np.random.Generator) -> _Layer:
        depth = (index + 1) / count
        palette = self._mood.palette
        if self._mood.land == "sea":
            base, rise, shade = self._horizon, 0.035 + 0.05 * rng.uniform(), 0.25 + 0.3 * index
            return _Layer(_hills(rng, 0.9), base, rise, _mix(palette.haze, palette.near, shade), palette.haze, 0.006)
        base = self._horizon - 0.16 + 0.30 * depth
        rise = {"mountains": 0.30, "forest": 0.16, "city": 0.34, "dunes": 0.1}.get(self._mood.land, 0.13)
        colour = _mix(palette.haze, palette.near, depth**1.2)
        profile = _PROFILES[self._mood.land](rng, 1.7 - 0.9 * depth)
        lights = _Windows(rng, palette.accent, palette.light) if self._mood.land == "city" else None
        return _Layer(
            profile, base, rise * (1.15 - 0.45 * depth), colour, palette.haze, 0.008 + 0.05 * depth**2, lights, depth
        )

    def paint(self, picture: Floats, sun: tuple[float, float], t: float) -> None:
        """Paints over `picture`, shape (3, height, width)."""
        for layer in self._layers:
            layer.paint(picture, self._x + self._direction * self._tempo.drift(layer.speed, t), self._y)
        if self._sea:
            self._sea.paint(picture, sun, t)


class _Layer:
    def __init__(
        self,
        profile: Profile,
        base: float,
        rise: float,
        colour: Floats,
        haze: Colour,
        speed: float,
        lights: _Windows | None = None,
        depth: float = 1.0,
    ) -> None:
        self.speed = speed
        self._profile, self._base, self._rise, self._lights, self._depth = profile, base, rise, lights, depth
        self._colour, self._haze = colour, np.array(haze, np.float32)

    def paint(self, picture: Floats, x: Floats, y: Floats) -> None:
        top = self._base - self._rise * self._profile(x)
        first = max(0, int(float(top.min()) * y.size) - 1)
        part, rows = picture[:, first:], y[first:]
        cover = np.clip((rows[:, None] - top) * y.size + 0.5, 0.0, 1.0)
        # Haze gathers at the foot of each layer, so that the next one stands out against it.
        fog = np.clip((rows - self._base + self._rise) / (self._rise + 0.35), 0.0, 1.0) * 0.45 * (1.0 - self._depth)
        shade = self._colour[:, None] + fog * (self._haze - self._colour)[:, None]
        paint = shade[:, :, None]
        part += cover * (paint - part)
        if self._lights:
            self._lights.paint(part, x, rows, top, self._depth)


class _Windows:
    """Lit windows of a skyline, on a grid that travels with its houses."""

    def __init__(self, rng: np.random.Generator, accent: Colour, light: Colour) -> None:
        self._lit = (rng.uniform(size=(WINDOW_ROWS, HOUSES * 6)) > 0.62).astype(np.float32)
        self._lit *= rng.uniform(0.25, 1.0, self._lit.shape).astype(np.float32)
        tint = rng.uniform(size=HOUSES * 6).astype(np.float32)[:, None] > 0.5
        self._tint = np.where(tint, np.array(accent, np.float32), np.array(light, np.float32))

    def paint(self, part: Floats, x: Floats, rows: Floats, top: Floats, depth: float) -> None:
        size = 34.0 / (0.6 + 0.5 * depth)
        column, row = x * size, rows * size * 1.1
        inside = np.outer(_pane(row), _pane(column)) * (rows[:, None] > top + 0.02)
        which = column.astype(np.intp) % self._lit.shape[1]
        lit = self._lit.take(row.astype(np.intp) % WINDOW_ROWS, axis=0).take(which, axis=1) * inside
        tint = self._tint[which] * np.float32(0.25 + 0.35 * depth)
        for channel in range(3):
            part[channel] += lit * tint[:, channel]


def _pane(place: Floats) -> Floats:
    """1 within a window, 0 on the wall, soft between; `place` counts windows."""
    return np.asarray(np.clip(1.6 - np.abs((place % 1.0) - 0.5) * 5.0, 0.0, 1.0), np.float32)


class _Sea:
    """Water that mirrors the sky and carries the sun's road. Waves crowd towards the horizon."""

    def __init__(
        self, mood: Mood, x: Floats, y: Floats, horizon: float, rng: np.random.Generator, tempo: Tempo
    ) -> None:
        self._tempo, self._x = tempo, x
        self._first = int(horizon * y.size)
        self._depth = depth = ((y[self._first :] - horizon) / (1.0 - horizon)).astype(np.float32)
        self._colour = _water(mood, depth)
        self._light = np.array(mood.palette.light, np.float32)[:, None, None]
        near = 1.0 / (depth + 0.10)
        # Each set of waves: pitch along x, phase by row, turns a second. The uneven phases keep rows from lining up.
        self._waves = [
            (pitch * (0.5 + 0.28 * near), near * crowd + _uneven(rng, near), rate)
            for pitch, crowd, rate in ((1.1, 1.3, 0.21), (-1.7, 2.1, -0.27), (3.1, 3.3, 0.33), (-4.7, 1.7, 0.41))
        ]

    def paint(self, picture: Floats, sun: tuple[float, float], t: float) -> None:
        """Fills everything below the horizon; `sun` is where it stands, in heights of the picture."""
        water = picture[:, self._first :]
        waves = np.zeros(water.shape[1:], np.float32)
        for pitch, phase, rate in self._waves:
            turns = np.outer(pitch, self._x) + (phase + self._tempo.turns(rate, t))[:, None]
            waves += np.sin(turns * TAU, dtype=np.float32)
        water[:] = self._colour[:, :, None]
        water += waves * (3.0 + 4.5 * self._depth[:, None])
        road = np.exp(-(((self._x - sun[0]) / (0.05 + 0.20 * self._depth[:, None])) ** 2))
        glitter = road * np.clip(0.20 + waves * 0.55, 0.0, 1.0) * (0.95 - 0.55 * self._depth[:, None])
        water += glitter * (self._light - water)


def _uneven(rng: np.random.Generator, near: Floats) -> Floats:
    pace = rng.uniform(0.7, 1.6, 3)
    return np.asarray(sum(0.45 * np.sin(near * p * 2.3 + rng.uniform(0.0, TAU)) for p in pace), np.float32)


def _water(mood: Mood, depth: Floats) -> Floats:
    """The colour of each row of water: the sky's above it, darker towards the camera. Shape (3, rows)."""
    far, close = np.array(mood.palette.horizon, np.float32), np.array(mood.palette.near, np.float32)
    middle = (np.array(mood.palette.sky, np.float32) + far) * 0.42
    stops = np.array((far * 0.86, middle, (close + middle) * 0.5))
    return np.array([np.interp(depth, (0.0, 0.25, 1.0), stops[:, channel]) for channel in range(3)], np.float32)


def _hills(rng: np.random.Generator, scale: float) -> Profile:
    pitch = scale * np.array([0.6, 1.3, 2.9, 6.1], np.float32) * rng.uniform(0.8, 1.2, 4).astype(np.float32)
    phase, weight = rng.uniform(0.0, TAU, 4).astype(np.float32), np.array([0.5, 0.3, 0.13, 0.05], np.float32)
    return lambda x: np.asarray(
        weight @ np.sin(np.outer(pitch, x) * TAU * 0.6 + phase[:, None]) * 0.6 + 0.5, np.float32
    )


def _mountains(rng: np.random.Generator, scale: float) -> Profile:
    pitch = scale * np.array([0.7, 1.7, 3.7, 8.3, 17.0], np.float32) * rng.uniform(0.85, 1.15, 5).astype(np.float32)
    phase = rng.uniform(0.0, TAU, 5).astype(np.float32)
    weight = np.array([0.5, 0.27, 0.13, 0.06, 0.03], np.float32)

    def profile(x: Floats) -> Floats:
        folds = np.abs(np.sin(np.outer(pitch, x) * TAU * 0.35 + phase[:, None]))
        return np.asarray(weight @ (1.0 - folds * 1.35), np.float32)

    return profile


def _forest(rng: np.random.Generator, scale: float) -> Profile:
    ground, tall = _hills(rng, scale * 0.8), rng.uniform(0.25, 1.0, HOUSES).astype(np.float32)
    pitch, lean = 13.0 * scale, rng.uniform(-0.12, 0.12, HOUSES).astype(np.float32)

    def profile(x: Floats) -> Floats:
        place = x * pitch
        tree = place.astype(np.intp) % HOUSES
        slope = 1.0 - np.abs((place % 1.0) - 0.5 - lean[tree]) * 2.1
        branches = 0.10 * (1.0 - (np.abs(slope) * 4.0 % 1.0))
        return np.asarray(ground(x) * 0.8 + np.clip(slope + branches, 0.0, 1.2) * tall[tree] * 0.85, np.float32)

    return profile


def _city(rng: np.random.Generator, scale: float) -> Profile:
    height = rng.uniform(0.08, 1.0, HOUSES).astype(np.float32) ** 1.5
    spire = (rng.uniform(size=HOUSES) > 0.78).astype(np.float32) * 0.16
    pitch = 5.0 * scale

    def profile(x: Floats) -> Floats:
        place = x * pitch
        house, within = place.astype(np.intp) % HOUSES, np.abs((place % 1.0) - 0.5)
        step = np.where(within < 0.3, 0.09, 0.0) * (house % 3 == 0)
        return np.asarray(height[house] + step + np.where(within < 0.035, spire[house], 0.0), np.float32)

    return profile


def _dunes(rng: np.random.Generator, scale: float) -> Profile:
    phase = rng.uniform(0.0, TAU, 2).astype(np.float32)

    def profile(x: Floats) -> Floats:
        crest = (x * 0.55 * scale + phase[0]) % 1.0
        slope = np.where(crest < 0.7, crest / 0.7, (1.0 - crest) / 0.3)
        smooth = slope * slope * (3.0 - 2.0 * slope)
        return np.asarray(smooth + 0.3 * np.sin(x * TAU * 0.3 * scale + phase[1]), np.float32)

    return profile


_PROFILES: dict[str, Callable[[np.random.Generator, float], Profile]] = {
    "hills": _hills,
    "mountains": _mountains,
    "forest": _forest,
    "city": _city,
    "dunes": _dunes,
    "reef": _hills,
}


def _mix(one: Colour, other: Colour, share: float) -> Floats:
    return np.array(one, np.float32) * (1.0 - share) + np.array(other, np.float32) * share
