"""How it looks for those who need it otherwise: no symbols, sixteen colours, light, high contrast."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Region

from tests.app.stage import queued, stage

SYMBOLS = "●○◐✓✗★▾▌▐━"


async def test_without_icons_no_symbol_is_on_the_screen_and_the_words_stay(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox")
    async with stage(tmp_path) as there:
        await there.see("○ unsent from")
        there.engine.settings.update("ui.icons", "no")
        await there.see("o unsent from")
        assert not [each for each in SYMBOLS if each in there.text]
        assert "Generate" in there.text
        there.engine.settings.update("ui.icons", "yes")
        await there.see("○ unsent from")


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "ansi"])
async def test_every_word_of_the_line_with_the_cursor_can_be_told_from_its_background(
    tmp_path: Path, theme: str
) -> None:
    await queued(tmp_path, "a fox")
    async with stage(tmp_path) as there:
        there.engine.settings.update("ui.theme", theme)
        await there.see("a fox")
        await there.press("escape")
        await there.until(lambda: there.studio.takes.list.has_focus, "the focus")
        for strip in there.studio.takes.list.render_lines(Region(0, 0, 40, 2)):
            for text, style, _ in strip:
                assert style is not None
                assert style.color is not None
                assert not text.strip() or style.color.is_default or style.color != style.bgcolor, text


@pytest.mark.parametrize("theme", ["light", "high-contrast", "ansi"])
async def test_every_theme_draws_every_screen(tmp_path: Path, theme: str) -> None:
    async with stage(tmp_path, ui={"theme": theme, "undo_seconds": 0.0}) as there:
        for key, words in (("f8", "Search"), ("f10", "Spend"), ("f11", "environment.python"), ("f12", "ui.theme")):
            await there.press(key)
            await there.see(words)
