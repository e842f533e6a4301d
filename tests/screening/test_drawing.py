"""Quadrants and sixel: what the terminal shows is the picture. And which terminal gets which way of drawing."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.cells import Canvas, fit
from tui.graphics import HALF, Graphics, choose, fitting, tmux_question
from tui.quads import GLYPHS, QuadCanvas
from tui.sixel import MOST_PIXELS, SixelCanvas, encode

Pixels = npt.NDArray[np.uint8]
COLUMNS, ROWS = 12, 5


def random_picture(seed: int, width: int, height: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def rgb(name: str) -> tuple[int, ...]:
    return (0, 0, 0) if name == "default" else tuple(bytes.fromhex(name))


def seen(screen: pyte.Screen) -> Pixels:
    """The pixels of a screen of quadrants: two across and two down a cell."""
    found = np.zeros((2 * ROWS, 2 * COLUMNS, 3), np.uint8)
    for y in range(ROWS):
        for x in range(COLUMNS):
            cell = screen.buffer[y][x]
            lit = GLYPHS.index(cell.data)
            for bit in range(4):
                found[2 * y + bit // 2, 2 * x + bit % 2] = rgb(cell.fg if lit >> bit & 1 else cell.bg)
    return found


def play(canvas: Canvas, pictures: list[Pixels], budget: int | None) -> pyte.Screen:
    """Draws pictures one after the other, then what was left out of the last, on a terminal."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)

    def draw(rows: list[int]) -> None:
        for row in rows:
            stream.feed(f"\x1b[{row + 1};1H{canvas.write(row, 0, COLUMNS)}")

    for picture in pictures:
        draw(canvas.put(picture, threshold=16, budget=budget))
    for _ in range(100):
        draw(canvas.plan(budget=budget))
    return screen


@given(st.lists(st.integers(0, 50), min_size=1, max_size=3), st.sampled_from([None, 300]))
@settings(max_examples=25, deadline=None)
def test_quadrants_on_the_screen_are_those_of_the_last_picture(seeds: list[int], budget: int | None) -> None:
    canvas = QuadCanvas(COLUMNS, ROWS)
    screen = play(canvas, [random_picture(seed, 2 * COLUMNS, 4 * ROWS) for seed in seeds], budget)
    assert canvas.exact
    fresh = QuadCanvas(COLUMNS, ROWS)
    expected = play(fresh, [random_picture(seeds[-1], 2 * COLUMNS, 4 * ROWS)], None)
    assert np.array_equal(seen(screen), seen(expected))


def test_a_picture_of_two_colours_a_cell_is_shown_as_it_is() -> None:
    rng = np.random.default_rng(5)
    lit = rng.integers(0, 2, (2 * ROWS, 2 * COLUMNS, 1)).astype(bool)
    small = np.where(lit, (255, 0, 0), (0, 0, 255)).astype(np.uint8)
    canvas = QuadCanvas(COLUMNS, ROWS)
    assert np.array_equal(seen(play(canvas, [small.repeat(2, axis=0)], None)), small)


def test_quadrants_show_an_edge_within_a_cell_where_half_blocks_cannot() -> None:
    fine = np.zeros((4 * ROWS, 2 * COLUMNS, 3), np.uint8)
    fine[:, 1::2] = 255
    quads = QuadCanvas(COLUMNS, ROWS)
    shown = seen(play(quads, [fine], None))
    assert shown[:, 1::2].min() == 255
    assert shown[:, 0::2].max() == 0


@pytest.mark.parametrize("depth", ["256", "16"])
def test_quadrants_use_only_colours_that_there_are(depth: str) -> None:
    canvas = QuadCanvas(COLUMNS, ROWS, depth)  # type: ignore[arg-type]  # a depth by its name
    written = "".join(canvas.write(row, 0, COLUMNS) for row in canvas.put(random_picture(1, 2 * COLUMNS, 4 * ROWS)))
    assert ";2;" not in written
    assert ("8;5;" in written) == (depth == "256")


# -- sixel -------------------------------------------------------------------------------------------------------------


def decoded(text: str) -> Pixels:
    """What a sixel terminal would draw; a colour must be selected, not only defined, before its data."""
    found = re.fullmatch(r"\x1bP0;1;0q\"1;1;(\d+);(\d+)(.*)\x1b\\", text, re.DOTALL)
    assert found
    width, height = int(found[1]), int(found[2])
    canvas = np.zeros((height + 6, width, 3), np.uint8)
    palette: dict[int, tuple[int, ...]] = {}
    selected: int | None = None
    x = y = 0
    for token in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)(.)|([?-~])|(\$)|(-)", found[3]):
        if token[2]:
            palette[int(token[1])] = tuple(round(int(each) * 255 / 100) for each in token.groups()[1:4])
            selected = None
        elif token[1]:
            selected = int(token[1])
        elif token[8]:
            x = 0
        elif token[9]:
            x, y = 0, y + 6
        else:
            assert selected is not None
            bits, count = ord(token[6] or token[7]) - 63, int(token[5] or 1)
            for bit in range(6):
                if bits >> bit & 1:
                    canvas[y + bit, x : x + count] = palette[selected]
            x += count
    assert not canvas[height:].any()
    return canvas[:height]


@pytest.mark.parametrize("size", [(40, 30), (41, 31), (7, 6), (1, 1), (64, 5)])
def test_sixel_says_the_picture(size: tuple[int, int]) -> None:
    width, height = size
    blocks = random_picture(2, -(-width // 8), -(-height // 8)).repeat(8, axis=0).repeat(8, axis=1)
    picture = np.ascontiguousarray(blocks[:height, :width])
    assert np.abs(decoded(encode(picture)).astype(int) - picture).max() <= 48


def test_pixels_come_when_the_picture_stands_and_go_when_it_moves() -> None:
    graphics = Graphics("sixel", (8, 16))
    canvas = SixelCanvas(COLUMNS, ROWS, "true", graphics)
    canvas.origin = (3, 2)
    one, other = (random_picture(seed, COLUMNS, 2 * ROWS) for seed in (1, 2))
    moving = "".join(canvas.write(row, 0, COLUMNS) for row in canvas.put(one, threshold=16))
    assert "\x1bP" not in moving
    canvas.stand(one, (0, 0, 0))
    standing = "".join(canvas.write(row, 0, COLUMNS) for row in canvas.plan())
    assert "\x1b7\x1b[3;4H\x1bP" in standing
    assert standing.endswith("\x1b8")
    assert canvas.exact
    assert canvas.plan() == []
    assert canvas.put(other, threshold=255) == list(range(ROWS)), "cells under the pixels must all be written"


def test_something_that_lay_over_the_pixels_brings_them_back_afterwards() -> None:
    canvas = SixelCanvas(COLUMNS, ROWS, "true", Graphics("sixel", (8, 16)))
    picture = random_picture(1, COLUMNS, 2 * ROWS)
    canvas.stand(picture, (0, 0, 0))
    for row in canvas.put(picture):
        canvas.write(row, 0, COLUMNS)
    assert canvas.exact
    canvas.recut(1, (0, 5, 12))
    canvas.recut(1, (0, 12))
    assert not canvas.exact
    assert canvas.plan() == [1, ROWS - 1]


def test_a_picture_larger_than_terminals_take_stays_in_cells() -> None:
    canvas = SixelCanvas(MOST_PIXELS // 8 + 1, 4, "true", Graphics("sixel", (8, 16)))
    picture = random_picture(1, canvas.columns, 8)
    canvas.stand(picture, (0, 0, 0))
    assert "\x1bP" not in "".join(canvas.write(row, 0, canvas.columns) for row in canvas.put(picture))


# -- choosing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("kitty(0.28.0)", True),
        ("kitty(0.48.2)", True),
        ("kitty 1.0", True),
        ("kitty(0.26.5)", False),
        ("ghostty 1.2.0", True),
        ("Rio 0.2.30", True),
        ("WezTerm 20240203", False),
        ("Konsole 24.02", False),
        ("xterm-kitty", False),
        ("XTerm(379)", False),
        ("", False),
    ],
)
def test_only_terminals_that_are_known_to_place_pictures_get_them(name: str, fits: bool) -> None:
    assert fitting(name) == fits
    assert (choose("auto", name=name, kitty=True).kind == "kitty") == fits


def test_what_is_not_known_is_half_blocks() -> None:
    assert choose("auto") == HALF
    assert choose("auto", name="kitty(0.48.2)", kitty=False) == HALF
    assert choose("auto", name="WezTerm", kitty=True, sixel=True) == HALF


def test_in_tmux_pictures_pass_only_where_tmux_lets_them() -> None:
    for allowed, kind in (("on", "kitty"), ("all", "kitty"), ("off", "half"), ("", "half")):
        assert choose("auto", tmux=f"kitty(0.48.2)|{allowed}").kind == kind
    assert choose("auto", tmux="kitty(0.48.2)|on").tmux
    assert choose("auto", name="kitty(0.48.2)", kitty=True, tmux="XTerm(379)|on") == HALF
    assert choose("auto", tmux="nonsense") == HALF


def test_a_setting_forces_any_of_them_or_none() -> None:
    for kind in ("half", "quadrant", "kitty", "sixel", "none"):
        assert choose(kind, name="anything").kind == kind
    assert choose("kitty", tmux="x|off").tmux


def test_sixel_needs_the_size_of_a_cell() -> None:
    assert choose("auto", name="XTerm(379)", sixel=True).kind == "half"
    assert choose("auto", name="XTerm(379)", sixel=True, cell=(9, 19)) == Graphics("sixel", (9, 19))


def test_tmux_is_asked_by_its_own_command_and_only_inside_it() -> None:
    assert tmux_question({}) is None
    assert (tmux_question({"TMUX": "/tmp/x,1,0"}) or [""])[0] == "tmux"


def test_half_blocks_are_as_they_were() -> None:
    canvas = Canvas(COLUMNS, ROWS)
    picture = fit(random_picture(3, 30, 30), COLUMNS, 2 * ROWS, (0, 0, 0))
    rows = canvas.put(picture)
    assert rows == list(range(ROWS))
    assert all(canvas.write(row, 0, COLUMNS) for row in rows)
    assert canvas.exact
