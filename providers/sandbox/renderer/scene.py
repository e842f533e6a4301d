"""Draws one moment of a scene, small and soft: sky, light, land, air. The scaling up is somebody else's work.

Everything is cheap by construction: the sky is a sum of products of one-dimensional waves (one matrix product), land
is a height per column, particles are stamped. The drawing is about 200 pixels high whatever the clip's size.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from providers.sandbox.renderer.air import Air
from providers.sandbox.renderer.guest import Guest
from providers.sandbox.renderer.land import Land
from providers.sandbox.renderer.mood import Colour, Mood
from providers.sandbox.renderer.tempo import TAU, Tempo

__all__ = ["Scene", "drawing_size"]

Floats = npt.NDArray[np.float32]

SHORT_SIDE = 200
WAVES = 7
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16.0


def drawing_size(width: int, height: int) -> tuple[int, int]:
    """How large the drawing is for a clip of this size, in pixels."""
    factor = max(1.0, min(width, height) / SHORT_SIDE)
    return max(4, round(width / factor)), max(4, round(height / factor))


class Scene:
    """One prompt's world at one size. `draw(t)` is pure: the same second gives the same picture."""

    def __init__(self, mood: Mood, width: int, height: int, tempo: Tempo) -> None:
        rng = np.random.default_rng(mood.seed)
        self._tempo = tempo
        self._x = np.linspace(0.0, width / height, width, dtype=np.float32)
        self._y = np.linspace(0.0, 1.0, height, dtype=np.float32)
        self._horizon = 0.6 if mood.land == "sea" else 0.78
        self._palette = mood.palette
        self._sky = _gradient(self._y / self._horizon, mood.palette.zenith, mood.palette.sky, mood.palette.horizon)
        self._stars = _stars(rng, width, height) if mood.palette.stars else None
        self._bands = _Bands(rng, self._x, self._y)
        self._sun = (float(rng.uniform(0.3, 0.7)) * width / height, float(rng.uniform(0.3, 0.46)) * self._horizon / 0.7)
        self._land = Land(mood, self._x, self._y, self._horizon, rng, tempo)
        self._guest = Guest(mood, self._x, self._y, self._horizon, rng, tempo)
        self._air = Air(mood, width, height, rng, tempo)
        self._vignette = _vignette(width, height)
        self._dither = np.tile(BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width]

    def draw(self, t: float) -> npt.NDArray[np.uint8]:
        """The picture at `t` seconds, RGB, shape (height, width, 3)."""
        sun = self._sun_at(t)
        picture = np.repeat(self._sky[:, :, None], self._x.size, axis=2)
        self._shine(picture, sun, t)
        self._land.paint(picture, sun, t)
        self._guest.paint(picture, t)
        self._air.paint(picture, t)
        picture *= self._vignette
        picture += self._dither
        np.clip(picture, 0.0, 255.0, out=picture)
        return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))

    def _sun_at(self, t: float) -> tuple[float, float]:
        x, y = self._sun
        return x + self._tempo.drift(0.008, t), y + self._tempo.drift(-0.006, t)

    def _shine(self, picture: Floats, sun: tuple[float, float], t: float) -> None:
        """Light in the sky: drifting bands, stars, the sun with its glow."""
        light = _column(self._palette.light)
        bands = self._bands.at(self._tempo, t)
        _tint(picture, bands * np.float32(0.30), light)
        if self._stars is not None:
            glimmer = 0.8 + 0.2 * np.sin(TAU * (self._tempo.turns(0.4, t) + 7.0 * self._x))
            picture += self._stars * glimmer
        if self._palette.sun:
            self._glow(picture, light, sun, t)

    def _glow(self, picture: Floats, light: Floats, sun: tuple[float, float], t: float) -> None:
        radius = self._palette.sun
        breath = 1.0 + 0.05 * self._tempo.sway(0.2, t)
        dx, dy = self._x - sun[0], self._y - sun[1]
        halo = np.zeros((self._y.size, self._x.size), np.float32)
        for reach, strength in ((2.2, 0.50), (5.0, 0.32), (11.0, 0.22)):
            spread = 2.0 * (reach * radius) ** 2
            halo += np.outer(np.exp(-dy * dy / spread), np.exp(-dx * dx / spread) * (strength * breath))
        _tint(picture, halo * np.float32(0.9 * self._palette.halo), light)
        self._disc(picture, dx / radius, dy / radius)

    def _disc(self, picture: Floats, dx: Floats, dy: Floats) -> None:
        """The sun itself, a little warmer towards its foot; `dx` and `dy` in its radii."""
        rows, columns = _within(dy), _within(dx)
        across, down = dx[columns], dy[rows]
        distance = np.sqrt(down[:, None] ** 2 + across[None, :] ** 2)
        disc = np.clip((1.0 - distance) * self._y.size * self._palette.sun * 0.6 + 0.5, 0.0, 1.0)
        if self._palette.stripes:
            gap = 0.10 + 0.30 * np.clip(down, 0.0, 1.0)
            disc *= np.clip((np.abs((down * 4.0) % 1.0 - 0.5) - gap * (down > 0)) * 9.0, 0.0, 1.0)[:, None]
        warm = np.clip(down * 0.5 + 0.5, 0.0, 1.0)[:, None] * (0.6 if self._palette.halo < 1.0 else 0.12)
        colour = _column(self._palette.light) * (1.0 - warm) + _column(self._palette.accent) * warm
        part = picture[:, rows, columns]
        part += disc * (colour - part)


class _Bands:
    """Veils in the sky: a sum of products of waves, drifting slowly."""

    def __init__(self, rng: np.random.Generator, x: Floats, y: Floats) -> None:
        self._x, self._y = x, y
        self._across = rng.uniform(0.25, 1.3, WAVES).astype(np.float32)
        self._down = rng.uniform(1.2, 4.5, WAVES).astype(np.float32)
        self._phase = rng.uniform(0.0, 1.0, (2, WAVES)).astype(np.float32)
        self._rate = rng.uniform(0.02, 0.08, WAVES) * rng.choice((-1.0, 1.0), WAVES)

    def at(self, tempo: Tempo, t: float) -> Floats:
        """Strength from 0 to 1, shape (height, width)."""
        moved = np.array([tempo.drift(float(rate), t) for rate in self._rate], np.float32) + self._phase[0]
        across = np.sin(TAU * (np.outer(self._across, self._x) + moved[:, None]))
        down = np.sin(TAU * (np.outer(self._y, self._down) + self._phase[1] + 0.3 * moved))
        field = down @ across
        field *= 1.0 / WAVES**0.5
        np.clip(field, 0.0, 1.0, out=field)
        return np.asarray(field * (1.0 - self._y)[:, None], np.float32)


def _tint(picture: Floats, share: Floats, colour: Floats) -> None:
    """Moves each pixel towards `colour` by its share; by channel, so that scratch space stays in the cache."""
    for channel in range(3):
        picture[channel] += share * (colour[channel] - picture[channel])


def _within(place: Floats) -> slice:
    """Where `place` is near the disc, as a slice."""
    near = np.flatnonzero(np.abs(place) < 1.2)
    return slice(int(near[0]), int(near[-1]) + 1) if near.size else slice(0, 0)


def _column(colour: Colour) -> Floats:
    return np.array(colour, np.float32)[:, None, None]


def _gradient(place: Floats, *colours: Colour) -> Floats:
    """A vertical gradient over `place` from 0 to 1, shape (3, height)."""
    stops = np.linspace(0.0, 1.0, len(colours))
    rows = [np.interp(place, stops, [colour[channel] for colour in colours]) for channel in range(3)]
    return np.array(rows, np.float32)


def _stars(rng: np.random.Generator, width: int, height: int) -> Floats:
    field = np.zeros((height, width), np.float32)
    count = width * height // 260
    rows = (rng.uniform(0.0, 1.0, count) ** 1.4 * height * 0.8).astype(np.intp)
    field[rows, rng.integers(0, width, count)] = 30.0 + 210.0 * rng.uniform(0.0, 1.0, count) ** 4
    return field


def _vignette(width: int, height: int) -> Floats:
    x, y = np.linspace(-1.0, 1.0, width, dtype=np.float32), np.linspace(-1.0, 1.0, height, dtype=np.float32)
    edge = x[None, :] ** 2 * 0.55 + y[:, None] ** 2 * 0.45
    return np.asarray(1.0 - 0.38 * edge**1.5, np.float32)
