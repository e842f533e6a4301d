"""How a prompt is read and written: its mood, its phases, its caption."""

from __future__ import annotations

import math
import random

import av
import numpy as np
import pytest
from PIL import ImageFont

from providers.sandbox.renderer.caption import Caption, legible
from providers.sandbox.renderer.mood import PALETTES, read_mood
from providers.sandbox.renderer.planes import planes
from providers.sandbox.renderer.scene import Scene, drawing_size
from providers.sandbox.renderer.tempo import Tempo


@pytest.mark.parametrize(
    ("prompt", "palette", "land", "air", "guest"),
    [
        ("A fox runs through neon rain", "neon", "city", "rain", None),
        ("Harbour at dawn, slow dolly in", "dawn", "sea", "dust", "boat"),
        ("Fox cub asleep in SNOW.", "snow", "mountains", "snow", None),
        ("hot-air balloons over desert dunes", "desert", "dunes", "dust", "balloon"),
        ("Underwater!", "deep", "reef", "bubbles", None),
    ],
)
def test_words_choose_palette_land_air_and_guest(
    prompt: str, palette: str, land: str, air: str, guest: str | None
) -> None:
    mood = read_mood(prompt, 0)
    assert (mood.palette, mood.land, mood.air, mood.guest) == (PALETTES[palette], land, air, guest)


def test_the_first_word_that_speaks_for_something_decides_it() -> None:
    assert read_mood("night after sunset", 0).palette == PALETTES["night"]
    assert read_mood("sunset before night", 0).palette == PALETTES["sunset"]


def test_prompts_without_known_words_differ_by_chance_but_each_stays_the_same() -> None:
    prompts = [f"zxq {number}" for number in range(40)]
    assert len({read_mood(prompt, 0).palette for prompt in prompts}) > 3
    assert [read_mood(prompt, 0) for prompt in prompts] == [read_mood(prompt, 0) for prompt in prompts]


@pytest.mark.parametrize("palette", sorted(PALETTES))
@pytest.mark.parametrize("size", [(356, 200), (200, 356), (5, 4)])
def test_every_palette_can_be_drawn_at_any_shape(palette: str, size: tuple[int, int]) -> None:
    scene = Scene(read_mood(palette, 3), *size, Tempo(5.0, loop=False))
    picture = scene.draw(2.0)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert size == (5, 4) or picture.std() > 8


@pytest.mark.parametrize("guest", ["paper boat", "balloon", "birds"])
def test_a_guest_is_seen(guest: str) -> None:
    tempo, size = Tempo(5.0, loop=False), drawing_size(1280, 720)
    drawn = {words: Scene(read_mood(words, 0), *size, tempo).draw(1.0) for words in (f"{guest} at night", "night")}
    assert drawn[f"{guest} at night"].shape == drawn["night"].shape
    assert np.abs(drawn[f"{guest} at night"].astype(int) - drawn["night"]).max() > 60


def test_phases_of_a_loop_come_round_and_others_do_not_have_to() -> None:
    rng = random.Random(5)
    for _ in range(100):
        rate, seconds = rng.uniform(-2, 2), rng.uniform(0.5, 12)
        loop = Tempo(seconds, loop=True)
        assert loop.turns(rate, seconds) == pytest.approx(round(loop.turns(rate, seconds)), abs=1e-9)
        assert loop.drift(rate, seconds) == pytest.approx(loop.drift(rate, 0.0), abs=1e-9)
        assert loop.sway(rate, seconds, 0.3) == pytest.approx(loop.sway(rate, 0.0, 0.3), abs=1e-9)
        assert Tempo(seconds, loop=False).turns(rate, seconds) == rate * seconds
    assert math.isclose(Tempo(4.0, loop=True).drift(0.5, 0.01), 0.5 * 0.01, rel_tol=1e-3)


def test_a_caption_keeps_what_the_font_can_draw_and_drops_what_it_cannot() -> None:
    font = ImageFont.load_default(24)
    assert legible("foxes, “rain” & 24 fps!", font) == "foxes, “rain” & 24 fps!"
    assert legible("Füchse – Straße, café", font) == "Fuchse - Strasse, cafe"
    assert legible("fox 🦊 雨 runs", font) == "fox runs"
    assert legible("a\x1b[31mb\r\nc\x07\x9bd\u202ee", font) == "a [31mb c d e"
    assert len(legible("long " * 30_000, font)) <= 600


def ink(prompt: str, width: int = 640, height: int = 360) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in planes(frame):
        plane[:] = 90
    Caption(prompt, width, height).paint(frame)
    return next(planes(frame)).copy()


def test_the_caption_is_white_on_a_shadow_inside_the_safe_area() -> None:
    luma = ink("A fox runs through neon rain")
    rows, columns = np.nonzero(luma[200:] > 200)
    assert rows.size > 300
    assert columns.min() >= 0.05 * 640
    assert columns.max() <= 0.95 * 640
    assert rows.max() + 200 <= 0.95 * 360
    assert (luma[200:] < 70).sum() > 300


def test_a_long_prompt_takes_three_lines_at_most_and_leaves_the_picture_free() -> None:
    luma = ink("neverending " * 400)
    assert (luma[: 360 // 2, : 640 // 2] != 90).sum() == 0
    assert (luma[360 // 2 :] > 200).sum() > 1000


def test_without_a_prompt_only_the_mark_is_drawn() -> None:
    luma = ink("🦊")
    assert (luma[200:] != 90).sum() == 0
    assert (luma[:60, 400:] > 140).sum() > 50
