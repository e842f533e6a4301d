"""Pictures in a real terminal: every cell is right after playing, dialogs, toasts and resizes, for few bytes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from textual.app import App, ComposeResult

from tests.pty_screen import Cell, PtyScreen
from tests.tui_widgets.demo_picture import Demo, frame
from tui.cells import Pixels, fit, quantise
from tui.widgets.picture import Picture

DEMO = [sys.executable, str(Path(__file__).with_name("demo_picture.py"))]
LEFT = 20
COLS, ROWS = 90, 24


@pytest.fixture
def screen() -> Iterator[PtyScreen]:
    """The demo, ready."""
    with PtyScreen(DEMO, cols=COLS, rows=ROWS) as screen:
        screen.wait_text("ready")
        screen.settle()
        yield screen


def two_pixels(cell: Cell) -> tuple[str, str] | None:
    """The colours of a half-block cell, upper and lower; None for any other character."""
    return {"▀": (cell.fg, cell.bg), "▄": (cell.bg, cell.fg), " ": (cell.bg, cell.bg)}.get(cell.text)


def wrong_cells(screen: PtyScreen, number: int, cols: int = COLS, rows: int = ROWS) -> int:
    """Cells in which the terminal does not show the frame exactly."""
    cells = screen.cells()
    upper, _ = two_pixels(cells[0][LEFT]) or ("", "")
    bars = (int(upper[:2], 16), int(upper[2:4], 16), int(upper[4:], 16))
    pixels = quantise(fit(frame(number), cols - LEFT, 2 * rows, bars), "true")
    return sum(two_pixels(cells[y][LEFT + x]) != wanted(pixels, x, y) for y in range(rows) for x in range(cols - LEFT))


def wanted(pixels: Pixels, x: int, y: int) -> tuple[str, str]:
    """The two pixels of a cell."""
    return bytes(pixels[2 * y, x]).hex(), bytes(pixels[2 * y + 1, x]).hex()


def type_and_settle(screen: PtyScreen, keys: str, text: str = "") -> None:
    """Types one key after the other, and waits until all is drawn."""
    for key in keys:
        screen.send(key)
        screen.settle(0.1)
    if text:
        screen.wait_text(text)
    screen.settle()


def test_after_playing_no_cell_is_wrong(screen: PtyScreen) -> None:
    type_and_settle(screen, "nnnnnx", "settled True")
    assert wrong_cells(screen, 5) == 0


def test_after_a_dialog_over_it_no_cell_is_wrong(screen: PtyScreen) -> None:
    type_and_settle(screen, "sm", "a dialog")
    type_and_settle(screen, "m")
    assert wrong_cells(screen, 0) == 0


def test_a_picture_that_plays_on_under_a_toast_comes_out_right(screen: PtyScreen) -> None:
    type_and_settle(screen, "nt", "a toast")
    type_and_settle(screen, "nnn", "frame 4")
    screen.wait(lambda: "a toast" not in screen.text(), what="end of the toast")
    type_and_settle(screen, "x")
    assert wrong_cells(screen, 4) == 0


def test_after_another_size_no_cell_is_wrong(screen: PtyScreen) -> None:
    type_and_settle(screen, "nn", "frame 2")
    screen.resize(70, 30)
    screen.settle()
    assert wrong_cells(screen, 2, 70, 30) == 0
    type_and_settle(screen, "nx")
    assert wrong_cells(screen, 3, 70, 30) == 0


def test_a_frame_costs_what_changed_and_the_same_frame_next_to_nothing(screen: PtyScreen) -> None:
    first = screen.bytes_of(lambda: screen.send("n"))
    second = screen.bytes_of(lambda: screen.send("n"))
    assert second < first / 10, (first, second)
    screen.bytes_of(lambda: screen.send("s"))
    again = screen.bytes_of(lambda: screen.send("s"))
    assert again < 150


def test_a_standing_picture_writes_nothing(screen: PtyScreen) -> None:
    type_and_settle(screen, "s", "still")
    assert screen.bytes_within(1.0) == 0


def test_a_message_takes_the_place_of_the_picture_and_is_never_markup(screen: PtyScreen) -> None:
    type_and_settle(screen, "sc", "nothing [b]now")
    assert "▀" not in screen.text()


@pytest.mark.parametrize(("system", "most"), [("256", 200_000), ("standard", 100_000)])
def test_fewer_colours_still_make_a_picture(system: str, most: int) -> None:
    with PtyScreen(DEMO, cols=COLS, rows=ROWS, env={"TEXTUAL_COLOR_SYSTEM": system}) as screen:
        screen.wait_text("ready")
        sent = screen.bytes_of(lambda: screen.send("s"))
        assert "▀" in screen.text()
        assert sent < most
        assert b"38;2;" not in screen.raw[-sent:]


async def test_it_gives_ordinary_segments_to_screenshots_and_is_right_afterwards() -> None:
    app = Demo()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert "▀" in app.export_screenshot()
        strips = app.screen._compositor.render_strips(app.size)
        assert "▀" in strips[6].text


async def test_before_it_has_a_place_it_keeps_the_image_for_later() -> None:
    class Late(App[None]):
        def compose(self) -> ComposeResult:
            picture = Picture()
            picture.display = False
            yield picture

    app = Late()
    async with app.run_test(size=(20, 6)) as pilot:
        picture = app.query_one(Picture)
        picture.show(np.full((12, 20, 3), 255, np.uint8))
        assert picture.pixel_size == (0, 0)
        picture.display = True
        await pilot.pause()
        assert picture.pixel_size == (20, 12)
        cells = [segment for segment in picture.render_line(2) if segment.text.strip() == ""]
        assert {str(segment.style.bgcolor.triplet) for segment in cells if segment.style and segment.style.bgcolor} == {
            "ColorTriplet(red=255, green=255, blue=255)"
        }


def test_numpy_is_not_imported_before_there_is_a_picture() -> None:
    code = "import sys, tui.widgets.preview; print(sorted({'numpy', 'av', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
