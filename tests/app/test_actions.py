"""The registry of actions: what the footer, the help, the palette, the keymap and docs/keys.md are made of."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding
from textual.command import CommandList, CommandPalette
from textual.containers import VerticalScroll

from rushes.home import Home
from rushes.settings import SettingsStore
from tests.app.stage import Stage, queued, stage
from tui import actions
from tui.keymap import with_keymap
from tui.screens.help import HelpScreen
from tui.screens.settings import SettingsScreen
from tui.screens.studio import StudioScreen
from tui.widgets.history_list import HistoryList
from tui.widgets.line_list import LineList
from tui.widgets.preview import Preview

DOC = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_document_of_the_keys_is_what_the_registry_says() -> None:
    assert DOC.read_text(encoding="utf-8") == actions.keys_doc(), "write it anew: python -m tui.actions"


def test_ids_are_unique_and_no_two_actions_share_a_key_where_both_apply() -> None:
    assert len({each.id for each in actions.ACTIONS}) == len(actions.ACTIONS)
    for each in actions.ACTIONS:
        good, problems = with_keymap({each.id: each.keys})
        assert not problems, problems
        assert good


def test_keys_that_terminals_cannot_tell_apart_are_not_used() -> None:
    used = {key for each in actions.ACTIONS for key in each.keys}
    assert not used & {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+[", "ctrl+left_square_bracket"}
    assert not [key for key in used if key.startswith("alt+")]


def test_generate_is_on_three_keys() -> None:
    assert actions.find("generate").keys == ("ctrl+enter", "ctrl+j", "f5")


def test_what_a_widget_carries_out_itself_is_really_bound_there() -> None:
    bound = {
        key
        for widget in (LineList, HistoryList, Preview)
        for each in widget.BINDINGS
        if isinstance(each, Binding)
        for key in each.key.split(",")
    }
    for action_id in ("move", "take-move", "task-details", "seek"):
        assert set(actions.find(action_id).keys) <= bound, action_id


def test_a_keymap_with_faults_is_used_as_far_as_it_goes() -> None:
    keymap = {"generate": ("f9",), "play": ("z",), "gnerate": ("x",), "cancel": ("r",)}
    good, problems = with_keymap(keymap)
    assert good == {"play": "z"}
    assert problems == [
        "keymap: generate cannot have F9: it belongs to undo",
        "keymap: there is no action gnerate; did you mean generate?",
        "keymap: cancel cannot have r: it belongs to again",
    ]


def test_a_key_that_no_keyboard_has_is_named_with_the_one_that_was_meant_and_its_line() -> None:
    good, problems = with_keymap({"play": ("pagedwn",), "write": ("ctrl+shift+w",)}, lambda _key: 7)
    assert good == {"write": "ctrl+shift+w"}
    assert problems == ["line 7: play: there is no key pagedwn; did you mean pagedown?"]


def test_the_footer_names_no_letter_while_one_types() -> None:
    typing = actions.footer(actions.STUDIO, actions.SHOT)
    assert not [each.id for each in typing if len(each.keys[0]) == 1]
    assert "cancel" in [each.id for each in actions.footer(actions.STUDIO, actions.TASKS)]


def test_help_names_no_key_that_something_nearer_has() -> None:
    comparing = {each.id: each.keys for each in actions.listed(actions.COMPARE, "")}
    assert comparing["library"] == ("f8",), "2 rates the take there"
    assert comparing["quit"] == ("ctrl+q",), "q goes back"
    assert {each.id: each.keys for each in actions.listed(actions.STUDIO, actions.TASKS)}["library"] == ("f8", "2")


async def test_help_is_about_where_one_is(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox")
    async with stage(tmp_path) as there:
        await there.press("f1")
        await there.until(lambda: isinstance(there.app.screen, HelpScreen))
        await there.see("while writing the shot")
        await there.press("escape")
        await there.press("escape", "question_mark")
        await there.until(lambda: isinstance(there.app.screen, HelpScreen))
        await there.see("Cancel the task, after saying what happens to the money")


async def choose(there: Stage, words: str, best: str) -> None:
    """Types a few words into the palette, and takes what it finds first once that is the `best`."""
    await there.press("ctrl+p", *words)
    palette = there.app.screen
    assert isinstance(palette, CommandPalette)
    found = palette.query_one(CommandList)
    await there.until(lambda: found.highlighted == 0 and best in str(found.get_option_at_index(0).prompt), best)
    await there.press("enter")


async def test_the_palette_finds_every_action_of_the_screen(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        found = {each.title for each in there.app.get_system_commands(there.app.screen)}
        wanted = {each.label for each in actions.ACTIONS if each.where == actions.STUDIO and each.run}
        assert wanted <= found
        await choose(there, "library", "Search and play earlier takes")
        await there.until(lambda: not isinstance(there.app.screen, StudioScreen), "the Library")


async def test_the_palette_finds_a_setting_by_its_name_and_opens_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        for name in ("theme", "bell"):
            await choose(there, name, f".{name}")
            await there.until(lambda: isinstance(there.app.screen, SettingsScreen) and there.app.screen.has_engine)
            await there.pilot.pause()
            screen = there.app.screen
            assert isinstance(screen, SettingsScreen)
            assert (screen.list.cursor_id or "").endswith(name)


async def test_a_key_can_be_moved_while_the_app_runs(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        store = SettingsStore(Home.find(str(tmp_path / "home")).settings)
        store.update("keymap.keys", "ctrl+t")
        store.update("keymap.nonsense", "f11")
        await there.see("there is no action nonsense")
        await there.press("ctrl+t")
        await there.until(lambda: isinstance(there.app.screen, HelpScreen), "the help")


async def test_the_first_line_names_the_keys_that_work_from_where_the_focus_is(tmp_path: Path) -> None:
    async with stage(tmp_path, keymap={"spend": "f6,9", "next-pane": "ctrl+t"}) as there:
        there.prompt.focus()
        await there.see("F7 Studio  F8 Library  F6 Spend")
        await there.press("escape")
        await there.see("1 Studio  2 Library  9 Spend")
        await there.press("9")
        await there.until(lambda: not isinstance(there.app.screen, StudioScreen), "the other screen")
        await there.see("1 Studio  2 Library  9 Spend")
        await there.press("2")
        await there.see("F7 Studio  F8 Library  F6 Spend")


async def test_the_last_line_and_the_help_name_the_persons_own_keys(tmp_path: Path) -> None:
    async with stage(tmp_path, keymap={"generate": "ctrl+t", "keys": "f9", "undo": "u"}) as there:
        await there.see("ctrl+t Generate")
        await there.press("f9")
        await there.see("ctrl+t")
        assert "ctrl+j" not in there.text


async def test_what_is_read_in_a_dialogue_scrolls_by_letters_and_arrows_alike(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(80, 20)) as there:
        await there.press("f1")
        await there.until(lambda: isinstance(there.app.screen, HelpScreen), "the help")
        text = there.app.screen.query_one(VerticalScroll)
        await there.until(lambda: text.has_focus and text.max_scroll_y > 2, "the keys")
        await there.press("j", "j")
        await there.until(lambda: text.scroll_y == 2, "two lines down")
        await there.press("k")
        await there.until(lambda: text.scroll_y == 1, "one line up")
        await there.press("down")
        await there.until(lambda: text.scroll_y == 2, "a line down")
