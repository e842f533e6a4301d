"""The arithmetic of pictures, against an emulator that knows nothing of it."""

from __future__ import annotations

import numpy as np
import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.cells import Canvas, Depth, Pixels, encode, fit, grey, quantise

BLACK = (0, 0, 0)


def noise(seed: int, columns: int, rows: int) -> Pixels:
    """Random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (2 * rows, columns, 3), np.uint8)


class Emulator:
    """A terminal of the canvas's size, drawn on row by row."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.Stream(self.screen)

    def draw(self, canvas: Canvas, rows: list[int]) -> int:
        """Draws rows; returns the bytes."""
        sent = 0
        for row in rows:
            text = canvas.write(row, 0, canvas.columns)
            sent += len(text)
            self.stream.feed(f"\x1b[{row + 1};1H{text}")
        return sent

    def wrong(self, pixels: Pixels) -> int:
        """Cells that do not show these pixels."""
        rows, columns = pixels.shape[0] // 2, pixels.shape[1]
        return sum(self._cell(x, y) != self._wanted(pixels, x, y) for y in range(rows) for x in range(columns))

    def _cell(self, x: int, y: int) -> tuple[str, str]:
        cell = self.screen.buffer[y][x]
        return {"▀": (cell.fg, cell.bg), "▄": (cell.bg, cell.fg), " ": (cell.bg, cell.bg)}[cell.data]

    def _wanted(self, pixels: Pixels, x: int, y: int) -> tuple[str, str]:
        upper, lower = (bytes(pixels[2 * y + half, x]).hex() for half in (0, 1))
        return upper, lower


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 40), st.integers(1, 8), st.sampled_from(["true", "256"]))
def test_what_is_written_is_what_stands_on_the_screen(seed: int, columns: int, rows: int, depth: Depth) -> None:
    canvas, emulator = Canvas(columns, rows, depth), Emulator(columns, rows)
    for step in range(3):
        pixels = noise(seed + step, columns, rows)
        pixels[:, : columns // 2] = noise(seed, columns, rows)[:, : columns // 2]
        emulator.draw(canvas, canvas.put(pixels))
        assert emulator.wrong(quantise(pixels, depth)) == 0
    assert canvas.exact


def test_cells_that_stay_the_same_are_not_written_again() -> None:
    canvas, emulator = Canvas(40, 10), Emulator(40, 10)
    pixels = noise(1, 40, 10)
    first = emulator.draw(canvas, canvas.put(pixels))
    assert canvas.put(pixels) == []
    pixels = pixels.copy()
    pixels[6:8, 30] = 255 - pixels[6:8, 30]
    rows = canvas.put(pixels)
    assert rows == [3]
    assert emulator.draw(canvas, rows) < first / 100


def test_small_changes_wait_until_the_picture_stands() -> None:
    canvas, emulator = Canvas(20, 5), Emulator(20, 5)
    pixels = np.full((10, 20, 3), 100, np.uint8)
    emulator.draw(canvas, canvas.put(pixels))
    assert canvas.put(pixels + np.uint8(12), threshold=16) == []
    assert not canvas.exact
    emulator.draw(canvas, canvas.plan())
    assert emulator.wrong(quantise(pixels + np.uint8(12), "true")) == 0
    assert canvas.exact


def test_within_a_budget_the_most_changed_cells_go_first_and_the_others_follow() -> None:
    canvas, emulator = Canvas(50, 20), Emulator(50, 20)
    emulator.draw(canvas, canvas.put(np.zeros((40, 50, 3), np.uint8)))
    pixels = np.full((40, 50, 3), 40, np.uint8)
    pixels[20:22, 10:20] = 250
    sent = emulator.draw(canvas, canvas.put(pixels, budget=200))
    assert sent < 1000
    assert emulator.screen.buffer[10][15].bg == bytes(quantise(pixels, "true")[20, 15]).hex()
    turns = 0
    while rows := canvas.plan(budget=4000):
        assert emulator.draw(canvas, rows) < 8000
        turns += 1
    assert turns > 1
    assert emulator.wrong(quantise(pixels, "true")) == 0


def test_a_row_that_somebody_else_asks_for_is_written_in_full() -> None:
    canvas, emulator = Canvas(20, 4), Emulator(20, 4)
    pixels = noise(3, 20, 4)
    emulator.draw(canvas, canvas.put(pixels))
    emulator.stream.feed("\x1b[2;1Hover the row")
    emulator.draw(canvas, [1])
    assert emulator.wrong(quantise(pixels, "true")) == 0


def test_when_something_comes_to_lie_over_a_row_its_cells_are_not_believed_any_more() -> None:
    canvas, emulator = Canvas(20, 4), Emulator(20, 4)
    canvas.recut(2, (0, 20))
    emulator.draw(canvas, canvas.put(noise(3, 20, 4)))
    canvas.recut(2, (0, 20))
    assert canvas.put(noise(3, 20, 4)) == []
    canvas.recut(2, (0, 5, 20))
    assert canvas.put(noise(3, 20, 4)) == [2]


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(160, 90, (160, 90)), (100, 90, (100, 56)), (160, 40, (71, 40)), (7, 3, (5, 3))]
)
def test_a_picture_keeps_its_proportions(width: int, height: int, expected: tuple[int, int]) -> None:
    fitted = fit(np.full((90, 160, 3), 200, np.uint8), width, height, BLACK)
    assert fitted.shape == (height, width, 3)
    lit = fitted.sum(axis=2) > 0
    assert (int(lit.any(axis=0).sum()), int(lit.any(axis=1).sum())) == expected
    assert set(np.unique(fitted)) <= {0, 200}


def test_making_a_picture_smaller_takes_means() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[::2] = 200
    assert set(np.unique(fit(pixels, 2, 2, BLACK))) == {100}


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 40), st.integers(0, 40))
def test_any_size_fits_any_other(width: int, height: int, columns: int, rows: int) -> None:
    assert fit(np.zeros((height, width, 3), np.uint8), columns, rows, BLACK).shape == (rows, columns, 3)


def test_six_bits_reach_black_and_white_and_are_never_far() -> None:
    ramp = np.arange(256, dtype=np.uint8)[:, None, None].repeat(3, axis=2)
    rounded = quantise(ramp, "true").astype(int)
    assert (rounded.min(), rounded.max()) == (0, 255)
    assert len(np.unique(rounded)) == 64
    assert abs(rounded - ramp).max() <= 2


def test_sixteen_colours_are_written_with_their_own_codes() -> None:
    text = encode([0xFF0000, 0x000000], [0x0000EE, 0x000000], [0, 1], "16")
    assert text == "\x1b[91;44m▀\x1b[40m \x1b[0m"


def test_256_colours_use_the_ramp_of_greys() -> None:
    pixels = np.array([[[128, 128, 128], [127, 130, 128]], [[255, 0, 0], [8, 8, 8]]], np.uint8)
    assert quantise(pixels, "256").tolist() == [[[128, 128, 128], [128, 128, 128]], [[255, 0, 0], [8, 8, 8]]]
    assert encode([0x808080], [0xFF0000], [0], "256") == "\x1b[38;5;244;48;5;196m▀\x1b[0m"


def test_the_cursor_ends_behind_the_row_whatever_was_written() -> None:
    for chosen in ([], [0], [3], [0, 9], list(range(10))):
        emulator = Emulator(30, 1)
        emulator.stream.feed(encode([255] * 10, [7] * 10, chosen, "true") + "X")
        assert emulator.screen.buffer[0][10].data == "X", chosen


def test_without_colours_a_picture_is_grey() -> None:
    found = grey(noise(1, 5, 5))
    assert (found[..., 0] == found[..., 1]).all()
    assert (found[..., 0] == found[..., 2]).all()
