"""The Settings screen: every setting of the declaration, checked before it counts; keys that nobody sees."""

from __future__ import annotations

import stat
from pathlib import Path

from rushes.home import Home
from rushes.settings import SettingsStore
from rushes.settings.model import Settings
from rushes.settings.schema import ANY, options
from tests.app.stage import Stage, stage
from tui.screens.dialogue import Choose
from tui.screens.line_dialogue import LineDialogue
from tui.screens.settings import SettingsScreen
from tui.setting_rows import rows, searched

RUNWAY_KEY = "key_" + "0" * 128


async def opened(there: Stage) -> SettingsScreen:
    await there.press("f12")
    await there.until(lambda: isinstance(there.app.screen, SettingsScreen) and there.app.screen.has_engine)
    assert isinstance(there.app.screen, SettingsScreen)
    return there.app.screen


async def find(there: Stage, words: str) -> SettingsScreen:
    """Searches, and goes to the first row found."""
    screen = await opened(there)
    await there.press("slash", *("full_stop" if each == "." else each for each in words), "enter")
    await there.until(lambda: screen.list.has_focus)
    return screen


def test_every_setting_that_is_not_remembered_elsewhere_has_a_row() -> None:
    names = {each.id for each in rows(Settings(), {}, {})}
    assert names == {each.key for each in options() if ANY not in each.path and each.path[0] != "provider"}


def test_a_search_wants_every_word_somewhere() -> None:
    found = [each.id for each in searched(rows(Settings(), {}, {}), "day USD")]
    assert "budget.per_day_usd" in found
    assert "ui.theme" not in found


async def test_a_choice_changes_by_arrow_and_counts_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        screen = await find(there, "ui.theme")
        before = there.app.theme
        await there.press("right")
        await there.until(lambda: there.app.theme != before, "another theme")
        assert screen.current is not None
        assert screen.current.id == "ui.theme"
        assert screen.current.changed
        await there.press("backspace")
        await there.until(lambda: there.app.theme == before, "the theme of before")


async def test_a_value_is_checked_while_it_is_typed_and_a_wrong_one_is_not_taken(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        screen = await find(there, "per_day_usd")
        screen.list.move_to(screen.list.index_of("budget.per_day_usd") or 0)
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, LineDialogue))
        await there.press(*"abc")
        await there.see("✗ must be an amount in USD")
        await there.press("enter")
        await there.pilot.pause()
        assert isinstance(there.app.screen, LineDialogue)
        await there.press("backspace", "backspace", "backspace", "2", "0", "enter")
        await there.until(lambda: there.engine.settings.value.budget.per_day_usd == 20, "the budget")


async def test_a_choice_of_many_opens_its_list(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await find(there, "ui.theme")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, Choose))
        await there.press("end", "enter")
        await there.until(lambda: there.engine.settings.value.ui.theme == "ansi")


async def test_a_change_from_elsewhere_shows_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await find(there, "ui.undo_seconds")
        SettingsStore(Home.find(str(tmp_path / "home")).settings).update("ui.undo_seconds", "17")
        await there.see("17")


async def test_a_file_broken_by_hand_is_named_and_left_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await opened(there)
        path = Home.find(str(tmp_path / "home")).settings
        path.write_text("[ui\ntheme = ", encoding="utf-8")
        await there.until(lambda: there.engine.settings.problem, "the problem")
        await there.press("j")
        await there.see("line 1")
        assert path.read_text(encoding="utf-8") == "[ui\ntheme = "


async def test_a_key_is_typed_without_being_seen_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await find(there, "runwayml_api_secret")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, LineDialogue))
        await there.press(*"a1b2c3")
        assert "a1b2c3" not in there.text
        await there.press("enter")
        env = Home.find(str(tmp_path / "home")).env
        await there.until(env.exists, "the file")
        assert "RUNWAYML_API_SECRET" in env.read_text(encoding="utf-8")
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        await there.see("it cannot be used")
        assert "a1b2c3" not in there.text


async def test_a_key_that_fits_makes_its_provider_ready_without_a_restart(tmp_path: Path) -> None:
    environ = {"RUNWAYML_BASE_URL": "http://127.0.0.1:9"}
    async with stage(tmp_path, environ=environ) as there:
        before = {each.name: each.ready for each in there.engine.providers()}
        await find(there, "runwayml_api_secret")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, LineDialogue))
        await there.press(*RUNWAY_KEY[:20], "enter")
        await there.until(lambda: {e.name: e.ready for e in there.engine.providers()} != before, "runway ready")
        await there.see("runway ●")


async def test_a_file_broken_by_hand_is_told_wherever_one_is_and_mended_it_counts(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        path = Home.find(str(tmp_path / "home")).settings
        path.write_text("[ui\ntheme = ", encoding="utf-8")
        await there.see("line 1, column 4")
        assert there.studio.desk.value("duration") == "1s", "what was set before counts"
        path.write_text('[ui]\ntheme = "pink"\n"[bold]" = 1\n', encoding="utf-8")
        await there.see("line 2: ui.theme must be one of")
        await there.see("[bold]")
        path.write_text('[ui]\ntheme = "light"\n', encoding="utf-8")
        await there.until(lambda: there.app.theme == "rushes-light", "the theme")


async def test_what_does_not_count_is_told_at_the_start(tmp_path: Path) -> None:
    async with stage(tmp_path, budget={"per_day_usd": "much"}) as there:
        await there.see("line")
        assert "budget.per_day_usd" in there.text


async def test_what_of_the_file_does_not_count_is_listed_keys_and_unknown_names_too(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("f12")
        await there.until(lambda: isinstance(there.app.screen, SettingsScreen) and there.app.screen.has_engine)
        screen = there.app.screen
        assert isinstance(screen, SettingsScreen)
        there.engine.settings.path.write_text(
            "[ui]\ntheme = 'pink'\nfoo = 1\n[keymap]\ngenerate = 'f6'\nnope = 'x'\n", encoding="utf-8"
        )
        await there.until(lambda: screen.nowhere, "what has no line")
        wrong = {each.id for each in screen.rows if each.problem}
        assert wrong == {"ui.theme", "keymap.generate"}
        await there.see("ui.foo: is not known")
        await there.see("there is no action nope")
