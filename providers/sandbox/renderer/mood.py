"""Reads a mood out of a prompt: which colours, which land, what is in the air, what passes by. Words only, no pixels.

Each known word speaks for some of these; the first word to speak for one decides it. What no word speaks for follows
from the palette, and a prompt without any known word gets a palette by chance, the same one each time.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["PALETTES", "Colour", "Mood", "Palette", "read_mood"]

Colour = tuple[int, int, int]

READ_LIMIT = 4000
"""Characters of a prompt that are looked at: what sets the mood of a novel stands on its first pages."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours from the top of the sky down, and what goes with them. `sun` is the size of sun or moon, 0 for none;
    `halo` is how far its light reaches, `stripes` cuts it into the bars of a synthesiser's record sleeve."""

    zenith: Colour
    sky: Colour
    horizon: Colour
    haze: Colour
    near: Colour
    light: Colour
    accent: Colour
    sun: float = 0.05
    land: str = "hills"
    air: str = "dust"
    stars: bool = False
    halo: float = 1.0
    stripes: bool = False


@dataclass(frozen=True, slots=True)
class Mood:
    """Everything that the prompt decides. `seed` also mixes in the spec's seed; it feeds every random choice."""

    palette: Palette
    land: str
    air: str
    guest: str | None
    seed: int


PALETTES: dict[str, Palette] = {
    "sunset": Palette(
        (38, 24, 74), (142, 52, 108), (255, 148, 84), (190, 84, 104), (30, 16, 42), (255, 226, 160), (255, 120, 92),
        sun=0.085,
    ),
    "dawn": Palette(
        (74, 110, 170), (170, 172, 208), (255, 214, 186), (190, 166, 188), (56, 56, 92), (255, 244, 214),
        (255, 176, 150), sun=0.06,
    ),
    "day": Palette(
        (40, 112, 196), (110, 176, 226), (222, 240, 244), (150, 184, 202), (34, 74, 70), (255, 252, 226),
        (250, 216, 110), sun=0.05,
    ),
    "night": Palette(
        (5, 8, 26), (16, 28, 66), (50, 78, 122), (34, 52, 92), (5, 9, 22), (226, 236, 255), (120, 170, 255),
        sun=0.055, stars=True, air="fireflies",
    ),
    "neon": Palette(
        (10, 6, 32), (46, 14, 84), (224, 44, 150), (84, 26, 118), (9, 6, 24), (255, 96, 196), (44, 232, 255),
        sun=0.15, land="city", air="bokeh", halo=0.55, stripes=True,
    ),
    "snow": Palette(
        (96, 124, 164), (158, 182, 208), (232, 238, 246), (186, 202, 222), (62, 82, 112), (255, 255, 255),
        (206, 226, 255), sun=0.04, land="mountains", air="snow",
    ),
    "forest": Palette(
        (18, 54, 56), (62, 116, 92), (206, 220, 148), (110, 152, 112), (9, 30, 26), (255, 250, 196), (214, 244, 120),
        sun=0.05, land="forest", air="fireflies",
    ),
    "fire": Palette(
        (14, 4, 8), (72, 12, 12), (255, 110, 26), (140, 36, 16), (16, 4, 6), (255, 212, 110), (255, 140, 40),
        sun=0.0, land="mountains", air="embers",
    ),
    "storm": Palette(
        (22, 30, 42), (58, 74, 92), (142, 156, 166), (84, 100, 114), (14, 20, 28), (220, 230, 240), (160, 190, 220),
        sun=0.0, air="rain",
    ),
    "desert": Palette(
        (52, 104, 160), (150, 174, 186), (250, 214, 160), (226, 168, 116), (122, 66, 42), (255, 246, 214),
        (255, 206, 130), sun=0.06, land="dunes",
    ),
    "space": Palette(
        (4, 3, 16), (26, 12, 58), (66, 26, 106), (40, 20, 80), (6, 4, 16), (255, 220, 244), (110, 196, 255),
        sun=0.12, land="none", air="stardust", stars=True, halo=0.3,
    ),
    "deep": Palette(
        (64, 190, 206), (14, 106, 150), (5, 40, 84), (10, 64, 108), (2, 16, 40), (206, 255, 246), (130, 240, 230),
        sun=0.0, land="reef", air="bubbles",
    ),
    "spring": Palette(
        (104, 152, 214), (192, 200, 232), (255, 224, 230), (222, 178, 200), (88, 66, 96), (255, 250, 238),
        (255, 170, 196), sun=0.05, air="petals",
    ),
}  # fmt: skip

WITHOUT_WORDS = ("sunset", "dawn", "night", "forest", "neon", "day", "spring")

_VOCABULARY = {
    "palette:sunset": "sunset dusk evening golden amber gold orange autumn sundown twilight warm romantic",
    "palette:dawn": "dawn sunrise morning pastel early mist misty fog foggy soft calm dream dreamy",
    "palette:day": "day noon sunny blue sky summer bright cloud clouds cartoon",
    "palette:night": "night midnight moon moonlight moonlit dark star stars starry aurora owl ghost lantern lanterns",
    "palette:neon": "neon cyber cyberpunk synthwave retro arcade hologram robot futuristic tokyo vaporwave disco",
    "palette:snow": "snow snowy winter ice icy glacier frost frozen arctic polar blizzard christmas",
    "palette:forest": "forest wood woods jungle green moss fern bamboo rainforest meadow garden",
    "palette:fire": "fire flame flames lava volcano ember embers dragon inferno burning explosion magma phoenix",
    "palette:storm": "storm stormy rain rainy thunder lightning grey gray gloomy noir rainfall",
    "palette:desert": "desert dune dunes sand sahara camel canyon savanna western",
    "palette:space": "space galaxy nebula planet planets cosmos cosmic astronaut spaceship rocket orbit comet universe",
    "palette:deep": "underwater coral reef fish whale jellyfish diver dive diving submarine octopus turtle",
    "palette:spring": "spring cherry blossom blossoms petal petals flower flowers pink sakura",
    "land:sea": "sea ocean boat ship sail sailing harbour harbor lake river water wave beach coast island bay",
    "land:city": "city street skyline tower building skyscraper town alley downtown rooftop metropolis",
    "land:mountains": "mountain mountains peak peaks alps ridge cliff cliffs volcano glacier valley",
    "land:forest": "forest wood woods tree trees pine pines jungle cabin",
    "land:dunes": "desert dune dunes sand sahara camel",
    "land:hills": "hill hills field fields meadow countryside farm garden horse grass train",
    "land:none": "space galaxy nebula cosmos abstract astronaut",
    "air:snow": "snow snowy blizzard snowfall snowflakes christmas",
    "air:rain": "rain rainy storm stormy drizzle downpour",
    "air:embers": "fire flame flames ember embers lava spark sparks candle dragon campfire fireworks",
    "air:fireflies": "firefly fireflies lantern lanterns glow magic magical fairy enchanted glowing",
    "air:petals": "petal petals blossom blossoms cherry sakura leaf leaves autumn flower flowers confetti",
    "air:bubbles": "bubble bubbles underwater",
    "air:bokeh": "bokeh party light disco",
    "guest:boat": "boat boats ship sail sailing harbour harbor origami",
    "guest:balloon": "balloon balloons airship float floating",
    "guest:birds": "bird birds seagull gull gulls crow eagle swallow geese flock harbour flying fly",
}


def _meanings() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for meaning, words in _VOCABULARY.items():
        axis, _, value = meaning.partition(":")
        for word in words.split():
            found.setdefault(word, []).append((axis, value))
    return {word: tuple(axes) for word, axes in found.items()}


_MEANINGS = _meanings()


def read_mood(prompt: str, seed: int) -> Mood:
    """The mood of `prompt`. The same words and seed give the same mood on every machine."""
    number = int.from_bytes(hashlib.sha256(f"{seed}\0{prompt}".encode("utf-8", "replace")).digest()[:8], "big")
    chosen: dict[str, str] = {}
    for word in _words(prompt):
        for axis, value in _MEANINGS.get(word, ()):
            chosen.setdefault(axis, value)
    palette = PALETTES[chosen.get("palette") or random.Random(number).choice(WITHOUT_WORDS)]
    return Mood(
        palette=palette,
        land=chosen.get("land", palette.land),
        air=chosen.get("air", palette.air),
        guest=chosen.get("guest"),
        seed=number,
    )


def _words(prompt: str) -> Iterator[str]:
    """Lower-case words in order, each also without a plural's s."""
    for match in re.finditer(r"[a-z]+", prompt[:READ_LIMIT].lower()):
        yield match[0]
        if match[0].endswith("s"):
            yield match[0][:-1]
