"""The library's grid: small pictures of the same takes, which come as they are read and keep nobody waiting."""

from __future__ import annotations

import io
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from rushes.library.library import Page
from rushes.task import Take, Task
from tests.tui_widgets.clips import make_clip
from tests.tui_widgets.tasks import take
from tui.graphics import Graphics
from tui.widgets import posters
from tui.widgets.history_list import HistoryList
from tui.widgets.posters import Layout, layout_for

RED, GREEN = (252, 0, 0), (0, 252, 0)


class Shell(App[None]):
    def __init__(self, takes: list[Task]) -> None:
        super().__init__()
        self.takes = takes
        self.graphics = Graphics()
        self.shown = HistoryList()

    def compose(self) -> ComposeResult:
        yield self.shown

    async def on_mount(self) -> None:
        async def fetch(cursor: str | None) -> Page:
            start = int(cursor or 0)
            more = start + 50 < len(self.takes)
            return Page(tuple(self.takes[start : start + 50]), str(start + 50) if more else None)

        self.shown.focus()
        await self.shown.load(fetch)


def with_poster(folder: Path, number: int, colour: tuple[int, int, int] | None = RED) -> Task:
    """A take whose clip is no clip; without a colour its poster is missing as well."""
    clip = folder / f"{number}.mp4"
    clip.write_bytes(b"no clip")
    if colour is not None:
        Image.new("RGB", (64, 36), colour).save(clip.with_suffix(".jpg"), quality=100)
    return replace(take(number), take=Take(clip, "0" * 64, 7, 64, 36, 5.0, 24.0))


@asynccontextmanager
async def grid_of(
    takes: list[Task], size: tuple[int, int] = (80, 30), *, pictures: Graphics | None = None, depth: str = "truecolor"
) -> AsyncIterator[tuple[Shell, Pilot[None]]]:
    app = Shell(takes)
    app.graphics = pictures or Graphics()
    app.console = Console(color_system=depth, force_terminal=True, file=io.StringIO())  # type: ignore[arg-type]  # a name of Rich's
    async with app.run_test(size=size) as pilot:
        app.shown.show_grid(True)
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], condition: object) -> None:
    assert callable(condition)
    for _ in range(300):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come")


def colours(shown: HistoryList) -> set[tuple[int, int, int]]:
    """The colours of every half block on the screen, and of blank cells with a ground of their own."""
    found = set()
    for y in range(shown.size.height):
        for text, style, _ in shown.render_line(y):
            if style and style.color and style.bgcolor and (set(text) <= {"▀"} or style.color == style.bgcolor):
                found |= {tuple(style.color.get_truecolor()), tuple(style.bgcolor.get_truecolor())}
    return found  # type: ignore[return-value]  # colour triplets are tuples of three


@pytest.mark.parametrize("size", [(200, 60), (118, 34), (78, 19), (58, 11), (40, 8), (20, 4), (1, 1)])
def test_cards_fit_the_width_and_more_than_one_row_of_them_is_seen_where_there_is_room(size: tuple[int, int]) -> None:
    found = layout_for(*size)
    assert found.across * (found.columns + 2) <= max(size[0], 6)
    assert found.columns >= 4
    if size[1] >= 11:
        assert found.tall * 1.2 <= size[1]


async def test_the_cursor_keeps_its_take_in_both_views_and_moves_by_rows_and_columns(tmp_path: Path) -> None:
    async with grid_of([with_poster(tmp_path, number) for number in range(70)]) as (app, pilot):
        shown = app.shown
        across = shown.across
        assert across > 1
        await pilot.press("down", "right")
        assert shown.cursor == across + 1
        await pilot.press("up", "up", "left")
        assert shown.cursor == 0
        await pilot.press("x", "right", "down")
        assert (shown.cursor, len(shown.marked)) == (across + 2, 1)
        await pilot.press("G")
        await until(pilot, lambda: shown.cursor == 69)
        kept = shown.cursor_id
        shown.show_grid(False)
        await pilot.pause()
        assert (shown.cursor_id, shown.tall, shown.across) == (kept, 1, 1)
        assert shown.scroll_offset.y <= shown.cursor < shown.scroll_offset.y + shown.size.height


async def test_posters_come_one_by_one_and_what_has_none_keeps_a_plain_card(tmp_path: Path) -> None:
    takes = [with_poster(tmp_path, 1, RED), with_poster(tmp_path, 2, GREEN), with_poster(tmp_path, 3, None), take(4)]
    clip = make_clip(tmp_path / "real.mp4", 12)
    takes.append(replace(take(5), take=Take(clip, "0" * 64, 7, 128, 72, 0.5, 24.0)))
    async with grid_of(takes) as (app, pilot):
        await until(pilot, lambda: clip.with_suffix(".jpg").exists())
        await until(pilot, lambda: len(colours(app.shown)) > 4)
        near = {tuple(round(each / 32) for each in colour) for colour in colours(app.shown)}
        assert {(8, 0, 0), (0, 8, 0)} <= near
        words = "".join(app.shown.render_line(y).text for y in range(30))
        assert "succeeded" in words  # it has ended, and has no clip
        assert "▶" in words  # it has a clip, of which nothing can be drawn


async def test_keys_are_answered_while_a_poster_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, asked = threading.Event(), []

    def slow(clip: Path, layout: Layout, *, anew: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        asked.append(clip.name)
        gate.wait(20.0)
        return np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(posters, "_read", slow)
    async with grid_of([with_poster(tmp_path, number) for number in range(300)]) as (app, pilot):
        try:
            await until(pilot, lambda: asked)
            await pilot.press("G")
            await until(pilot, lambda: app.shown.cursor > 40)
            await pilot.press("up")
            assert len(asked) == 1  # one at a time, and the screen that was left is not read to its end
        finally:
            gate.set()
        await until(pilot, lambda: len(asked) > 1)
        assert int(asked[1].removesuffix(".mp4")) > 20


@pytest.mark.parametrize(("depth", "most"), [("256", 60), ("standard", 16)])
async def test_posters_keep_to_the_colours_that_there_are(tmp_path: Path, depth: str, most: int) -> None:
    clip = tmp_path / "1.mp4"
    ramp = np.linspace(0, 255, 64 * 36 * 3).reshape(36, 64, 3).astype(np.uint8)
    Image.fromarray(ramp).save(clip.with_suffix(".jpg"))
    clip.write_bytes(b"no clip")
    shown = replace(take(1), take=Take(clip, "0" * 64, 7, 64, 36, 5.0, 24.0))
    async with grid_of([shown], depth=depth) as (app, pilot):
        await until(pilot, lambda: len(colours(app.shown)) > 1)
        assert len(colours(app.shown)) <= most


async def test_who_wants_no_pictures_gets_cards_of_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_more: object) -> None:
        raise AssertionError("nothing is to be read")

    monkeypatch.setattr(posters, "_read", never)
    takes = [with_poster(tmp_path, number) for number in range(3)]
    async with grid_of(takes, pictures=Graphics("none")) as (app, pilot):
        await pilot.pause(0.05)
        assert colours(app.shown) == set()
        assert "fox" in "".join(app.shown.render_line(y).text for y in range(30))
