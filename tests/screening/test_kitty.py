"""Pictures by the kitty protocol: every byte is understood by a reader of the protocol, and shows the right part."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.screening.protocol import EXCLUDED, FIRST_MARKS, KittyScreen
from tui.graphics import Graphics
from tui.kitty import MARKS, KittyCanvas, forget_picture, transmit

Pixels = npt.NDArray[np.uint8]
PLAIN = Graphics("kitty", (9, 18))
SIZE = (24, 9)


def colourful(seed: int = 0, graphics: Graphics = PLAIN, size: tuple[int, int] = SIZE) -> Pixels:
    width, height = graphics.pixels(*size)
    ramp = np.linspace(0, 255, width)[None, :, None] * np.array([1.0, 0.5, 0.2])
    picture: Pixels = ramp.repeat(height, axis=0).astype(np.uint8)
    picture[height // 2 :, :, 2] = (seed * 53) % 256
    return picture


def noise(seed: int) -> Pixels:
    width, height = PLAIN.pixels(*SIZE)
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def draw(canvas: KittyCanvas, screen: KittyScreen, rows: list[int]) -> int:
    """Writes the rows as the compositor does; the bytes that were written."""
    before = canvas.bytes
    for row in rows:
        screen.row, screen.column = row, 0
        screen.feed(canvas.write(row, 0, canvas.columns))
        assert screen.column == canvas.columns
    return canvas.bytes - before


@pytest.mark.parametrize("tmux", [False, True], ids=["plain", "tmux"])
def test_every_cell_shows_its_own_part_of_the_picture(tmux: bool) -> None:
    graphics = Graphics("kitty", (9, 18), tmux)
    canvas, screen = KittyCanvas(*SIZE, graphics), KittyScreen(MARKS, tmux)
    picture = colourful(1)
    draw(canvas, screen, canvas.put(picture))
    stored = screen.pictures[canvas.number]
    assert (stored.columns, stored.rows) == SIZE
    assert stored.image.size == graphics.pixels(*SIZE)
    assert np.abs(np.asarray(stored.image.convert("RGB")).astype(int) - picture).mean() < 6
    columns, rows = SIZE
    assert screen.shown == {(y, x): (canvas.number, y, x) for y in range(rows) for x in range(columns)}
    assert screen.answers == 0
    assert canvas.exact


def test_a_second_picture_costs_no_second_layout() -> None:
    canvas, screen = KittyCanvas(*SIZE, PLAIN), KittyScreen(MARKS)
    draw(canvas, screen, canvas.put(colourful(1)))
    rows = canvas.put(colourful(2), threshold=16)
    assert rows == [0]
    draw(canvas, screen, rows)
    assert np.abs(np.asarray(screen.pictures[canvas.number].image.convert("RGB")).astype(int) - colourful(2)).mean() < 6
    assert canvas.plan() == []


@given(st.lists(st.tuples(st.integers(0, SIZE[1] - 1), st.integers(0, SIZE[0] - 1), st.integers(1, SIZE[0]))))
@settings(max_examples=40, deadline=None)
def test_whatever_lay_over_it_the_right_part_comes_back(holes: list[tuple[int, int, int]]) -> None:
    canvas, screen = KittyCanvas(*SIZE, PLAIN), KittyScreen(MARKS)
    draw(canvas, screen, canvas.put(colourful(1)))
    for row, start, length in holes:
        stop = min(start + length, SIZE[0])
        for column in range(start, stop):
            screen.shown.pop((row, column), None)
        canvas.forget(row)
        screen.row, screen.column = row, start
        screen.feed(canvas.write(row, start, stop))
    draw(canvas, screen, canvas.plan())
    assert screen.shown == {(y, x): (canvas.number, y, x) for y in range(SIZE[1]) for x in range(SIZE[0])}


def test_within_a_budget_pictures_are_left_out_and_never_queued() -> None:
    canvas, screen = KittyCanvas(*SIZE, PLAIN), KittyScreen(MARKS)
    draw(canvas, screen, canvas.put(noise(0), threshold=16))
    whole = canvas.bytes
    budget, shown, spent = whole // 4, 0, 0
    for number in range(1, 41):
        if rows := canvas.put(noise(number), threshold=16, budget=budget):
            shown += 1
            spent += draw(canvas, screen, rows)
    assert 4 <= shown < 40
    assert spent <= 42 * budget


def test_a_picture_that_was_left_out_comes_when_it_stands() -> None:
    canvas, screen = KittyCanvas(*SIZE, PLAIN), KittyScreen(MARKS)
    draw(canvas, screen, canvas.put(noise(0)))
    assert canvas.put(noise(1), threshold=16, budget=10) == []
    assert not canvas.exact
    for _ in range(2000):
        if rows := canvas.plan(budget=100):
            draw(canvas, screen, rows)
            break
    assert canvas.exact
    shown = np.asarray(screen.pictures[canvas.number].image.convert("RGB")).astype(int)
    assert np.abs(shown - noise(1)).mean() < np.abs(shown - noise(0)).mean() / 2


def test_a_picture_is_freed_again() -> None:
    canvas, screen = KittyCanvas(*SIZE, PLAIN), KittyScreen(MARKS)
    draw(canvas, screen, canvas.put(colourful(1)))
    screen.feed(canvas.farewell)
    assert not screen.pictures
    KittyScreen(MARKS, tmux=True).feed(forget_picture(5, tmux=True))


def test_two_pictures_have_two_numbers_which_are_colours_of_the_256() -> None:
    numbers = [KittyCanvas(2, 2, PLAIN).number for _ in range(20)]
    assert len(set(numbers)) == 20
    assert all(0 < each < 256 for each in numbers)


@given(st.binary(min_size=1, max_size=13_000))
@settings(max_examples=20, deadline=None)
def test_data_of_any_length_arrives_whole(data: bytes) -> None:
    screen = KittyScreen(MARKS)
    kept: list[str] = []
    screen._store = lambda keys: kept.append(screen._data)  # type: ignore[method-assign]  # it need be no PNG here
    screen.feed(transmit(data, 40, 3, 2))
    import base64

    assert base64.b64decode(kept[0]) == data


def test_the_marks_are_those_of_the_protocol_in_its_order() -> None:
    assert [ord(mark) for mark in MARKS[: len(FIRST_MARKS)]] == FIRST_MARKS
    assert len(MARKS) == len(set(MARKS)) >= 250
    assert sorted(MARKS) == list(MARKS)
    for mark in MARKS:
        assert unicodedata.combining(mark) == 230
        assert not unicodedata.decomposition(mark)
        assert ord(mark) not in EXCLUDED


@pytest.mark.parametrize("rough", [0, 40, 255], ids=["smooth", "leaves", "noise"])
def test_a_still_of_80_by_22_cells_takes_at_most_20_kilobytes(rough: int) -> None:
    graphics = Graphics("kitty", (8, 16))
    canvas, screen = KittyCanvas(80, 22, graphics), KittyScreen(MARKS)
    width, height = graphics.pixels(80, 22)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([128 + 90 * np.sin(x / 9) * np.cos(y / 7), 128 + 80 * np.sin(y / 11), 255 - x], axis=2)
    picture += np.random.default_rng(1).integers(-rough, rough + 1, picture.shape)
    rows = canvas.put(np.clip(picture, 0, 255).astype(np.uint8))
    written = "".join(canvas.write(row, 0, 80) for row in rows)
    assert len(written.encode()) <= 20_000
    screen.feed(written)
    assert {number for number, _, _ in screen.shown.values()} == {canvas.number}


def test_under_a_dialog_it_is_half_blocks_of_the_same_colours() -> None:
    canvas = KittyCanvas(*SIZE, PLAIN)
    canvas.put(colourful(1))
    cells = canvas.row(0, 0, SIZE[0])
    reds = [fore >> 16 for _, fore, _ in cells]
    assert len(cells) == SIZE[0]
    assert reds == sorted(reds)
    assert reds[-1] > 200
