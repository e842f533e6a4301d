"""What a change costs: the same cells as Textual's own update, of fewer widgets; and text of one cell each is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from tui import repaint
from tui.text import is_narrow
from tui.widgets.field import PlainInput

WIDTH, HEIGHT = 60, 20


class Crowd(App[None]):
    """Panes in panes, one that scrolls, wide characters, and something that lies over them."""

    CSS = """
    #left { border: round red; padding: 1; width: 2fr; }
    #right { width: 1fr; height: 9; }
    #over { layer: above; offset: 20 6; width: 16; height: 3; background: blue; }
    Screen { layers: below above; }
    """

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="left"):
                yield Static("漢字 and words " * 9, markup=False)
                yield Input("typed")
            with VerticalScroll(id="right"):
                yield Static("\n".join(f"line {number}" for number in range(30)), markup=False)
        yield Static("above all", id="over", markup=False)


class Typed(App[None]):
    """One line of input."""

    def compose(self) -> ComposeResult:
        yield PlainInput()


def cells(chops: object, compositor: Compositor, spans: list[tuple[int, int, int]]) -> list[str]:
    """What the pieces that the spans touch hold, row by row."""
    assert isinstance(chops, list)
    return [
        "|".join(
            f"{start}:{'' if (piece := chops[y][start]) is None else [*piece]}"
            for start, end in zip(compositor.cuts[y], compositor.cuts[y][1:], strict=False)
            if start < x2 and end > x1
        )
        for y, x1, x2 in spans
    ]


@contextmanager
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Widget]]:
    """The widgets that are drawn in here."""
    found: list[Widget] = []
    draw = Widget.render_lines

    def counted(self: Widget, crop: Region) -> list[Strip]:
        found.append(self)
        return draw(self, crop)

    with monkeypatch.context() as patch:
        patch.setattr(Widget, "render_lines", counted)
        yield found


SPANS = st.lists(
    st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, 30)).map(
        lambda each: Region(each[1], each[0], min(each[2], WIDTH - each[1]), 1)
    ),
    min_size=1,
    max_size=6,
)


async def test_an_update_draws_the_same_cells_as_the_whole_screen_does() -> None:
    app = Crowd()
    async with app.run_test(size=(WIDTH, HEIGHT)):
        compositor = app.screen._compositor
        whole = compositor._render_chops(compositor.size.region, lambda _y: True)

        @given(SPANS)
        def same(regions: list[Region]) -> None:
            spans = list(compositor._regions_to_spans(regions))
            assert cells(repaint._chops(compositor, spans), compositor, spans) == cells(whole, compositor, spans)

        same()


async def test_only_widgets_in_sight_of_the_change_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Crowd()
    async with app.run_test(size=(WIDTH, HEIGHT)):
        compositor, over = app.screen._compositor, app.query_one("#over")
        with drawn(monkeypatch) as found:
            repaint._chops(compositor, [(7, 21, 25)])
        assert found == [over]
        with drawn(monkeypatch) as all_of_them:
            compositor._render_chops(Region(21, 7, 4, 1), lambda y: y == 7)
        assert len(all_of_them) > 5


async def test_what_is_painted_now_is_painted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Crowd()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        over = app.query_one("#over", Static)
        await pilot.pause()
        with drawn(monkeypatch) as found:
            over.update("other words", layout=False)
            repaint.paint_now(over)
            assert over in found
            found.clear()
            await pilot.pause()
        assert found == []


async def test_another_title_draws_its_line_and_not_the_panes_within(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Compositor, "render_partial_update", repaint._partial_update)
    app = Crowd()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        left = app.query_one("#left")
        await pilot.pause()
        with drawn(monkeypatch) as found:
            repaint.retitle(left, Content("Here"), Content("7 of 9"))
            await pilot.pause()
        assert set(found) == {left}
        assert (left.border_title, left.border_subtitle) == ("Here", "7 of 9")
        frame = [str(strip.text) for strip in app.screen._compositor.render_strips()]
        assert "Here" in frame[0]
        assert "7 of 9" in frame[-1]
        with drawn(monkeypatch) as again:
            repaint.retitle(left, Content("Here"))
            await pilot.pause()
        assert again == []


async def test_a_letter_in_a_line_of_input_lays_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[object] = []
    monkeypatch.setattr(Screen, "_refresh_layout", lambda self, *_args, **_more: laid_out.append(self))
    app = Typed()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        laid_out.clear()
        await pilot.press(*"fox")
        await pilot.pause()
        assert app.query_one(PlainInput).value == "fox"
        assert laid_out == []


async def test_a_line_of_input_shows_its_end_while_it_grows_beyond_the_room() -> None:
    app = Typed()
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.press(*"0123456789" * 3, "e", "n", "d")
        await pilot.pause()
        assert "789end" in app.screen._compositor.render_strips()[1].text


def test_narrow_is_said_of_characters_with_one_cell_only() -> None:
    narrow = [each for each in map(chr, range(sys.maxunicode + 1)) if is_narrow(each)]
    assert len(narrow) > 900
    assert {get_character_cell_size(each) for each in narrow} == {1}
    assert is_narrow("★★★·· A fox, 5 s ─ ✓")
    assert not is_narrow("漢字")
