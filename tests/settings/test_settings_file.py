"""Changing single keys in any file: two parsers agree on the result, and no comment of a person is lost."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from tomlkit.exceptions import TOMLKitError

from rushes.settings.file import NotMerged, Snapshot, line_of, merge, overlay

PIECES = [
    'provider = "a" # c1\n',
    'ui.theme = "dark" # c2\n',
    'ui = { theme = "dark", mouse = true } # c3\n',
    '[ui] # c4\ntheme = "dark"\n# c5\n\n',
    "[budget]\nper_day_usd = 20.50 # c6\n",
    '[providers.a]\nmodel = "x" # c7\n',
    "[providers.a.params]\nk = 1\n# c8\n",
    '[providers.b]\nmodel = """two\nlines""" # c9\n',
    "[zoo]\nx = [1,\n  2, # c10\n]\n",
    "[[zoos]]\na = 1\n[[zoos]]\na = 2 # c11\n",
    '[keymap]\ntask.open = "o"\n"task.close" = "c" # c12\n',
    "# c13\n\n",
    "[ui.later]\nx = nan\n",
    'providers.c.model = "z"\n',
    '[providers]\na.model = "q"\n',
    "[providers.a.params.deep]\nx = 1\n",
    "[limits]\n[limits.concurrency]\nq = 1\n",
]
PATHS: list[tuple[str, ...]] = [
    ("provider",),
    ("ui", "theme"),
    ("ui", "mouse"),
    ("budget", "per_day_usd"),
    ("providers", "a", "model"),
    ("providers", "a", "params", "k"),
    ("providers", "c", "params", "z"),
    ("keymap", "task.open"),
    ("keymap", "task.close"),
    ("keymap", "new.one"),
]
VALUES = st.sampled_from([None, "text", 'q"u\\o\nte', True, 3, 0.5, Decimal("0.25"), ["a", "b"]])


@given(
    st.lists(st.sampled_from(PIECES), unique=True),
    st.lists(st.dictionaries(st.sampled_from(PATHS), VALUES), max_size=3),
)
def test_only_the_keys_that_were_changed_differ_and_comments_stay(
    pieces: list[str], rounds: list[dict[tuple[str, ...], Any]]
) -> None:
    text = "".join(pieces)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for changes in rounds:
        try:
            result = merge(Snapshot(None, text, table), changes, lambda _path: "help")
        except NotMerged:
            assert not keeps(text), "refused is only what the library that keeps comments cannot read itself"
            return
        assert plain(tomllib.loads(result)) == plain(overlay(table, changes))
        kept = [f"# c{number}" for number in range(4, 14) if f"# c{number}\n" in text]
        own_line = {"# c6", "# c7", "# c12"} if None in changes.values() else set()
        assert not [comment for comment in kept if comment not in result and comment not in own_line]
        text, table = result, tomllib.loads(result)


def test_a_table_in_two_places_keeps_its_comments_when_its_last_key_goes() -> None:
    text = '[ui.later]\nx = 1\n[ui] # mine\ntheme = "dark"\n# and mine\n'
    result = merge(Snapshot(None, text, tomllib.loads(text)), {("ui", "theme"): None}, lambda _path: "")
    assert "# mine" in result
    assert "# and mine" in result
    assert tomllib.loads(result) == {"ui": {"later": {"x": 1}}}


def test_a_table_behind_its_own_inner_table_keeps_its_comments_when_its_last_key_goes() -> None:
    text = "[providers.a.params.deep]\nx = 1\n[providers.a.params] # mine\nk = [1, # goes\n  2]\n# and mine\n"
    result = merge(Snapshot(None, text, tomllib.loads(text)), {("providers", "a", "params", "k"): None}, lambda _: "")
    assert result == "[providers.a.params.deep]\nx = 1\n[providers.a.params] # mine\n# and mine\n"


def keeps(text: str) -> bool:
    """Whether tomlkit writes a text as it has read it, and reads in it what the standard reader does."""
    try:
        document = tomlkit.parse(text)
        return tomlkit.dumps(document) == text and plain(document.unwrap()) == plain(tomllib.loads(text))
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return False


def plain(table: Any) -> Any:
    """Without empty tables, and with values that compare."""
    if not isinstance(table, dict):
        return str(table) if table != table else float(table) if isinstance(table, Decimal) else table
    inner = {name: plain(each) for name, each in table.items()}
    return {name: each for name, each in inner.items() if each != {}}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('providers.c.model = "z"\n', ("providers", "a", "params", "k")),
        ('[providers]\na.model = "q"\n', ("providers", "a", "params", "k")),
    ],
)
def test_a_table_below_a_dotted_name_is_written_in_braces(text: str, path: tuple[str, ...]) -> None:
    table = tomllib.loads(text)
    changes: dict[tuple[str, ...], Any] = {("provider",): "b", path: 3}
    result = merge(Snapshot(None, text, table), changes, lambda _path: "")
    assert tomllib.loads(result) == overlay(table, changes)


def test_what_cannot_be_changed_without_harm_is_not_changed() -> None:
    text = 'keymap = { "task.open" = "x", task.close = "y" }\n'
    with pytest.raises(NotMerged):
        merge(Snapshot(None, text, tomllib.loads(text)), {("keymap", "task.close"): None}, lambda _path: "")


def test_a_file_that_we_began_explains_new_keys_and_one_of_a_person_is_not_commented_on() -> None:
    new = merge(Snapshot(None), {("ui", "theme"): "light"}, lambda _path: "colours")
    assert new.endswith('[ui]\ntheme = "light" # colours\n')
    theirs = merge(Snapshot(None, "# mine\n"), {("ui", "theme"): "light"}, lambda _path: "colours")
    assert "colours" not in theirs


def test_amounts_are_written_as_people_write_them() -> None:
    budget = ("budget", "per_day_usd"), ("budget", "per_press_usd")
    result = merge(Snapshot(None, "#\n"), {budget[0]: Decimal("20.00"), budget[1]: Decimal("0.10")}, lambda _path: "")
    assert result == "#\n\n[budget]\nper_day_usd = 20\nper_press_usd = 0.1\n"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('a = 1\n[ui]\ntheme = "x"\n', ("ui", "theme"), 3),
        ('ui.theme = "x"\n', ("ui", "theme"), 1),
        ('#\nui = { theme = "x" }\n', ("ui", "theme"), 2),
        ('[ "ui" ]\n"theme" = "x"\n', ("ui", "theme"), 2),
        ("[ui]\n[keymap]\n'task.open' = 3\n", ("keymap", "task.open"), 3),
        ("[ui]\nx = 1\n", ("ui",), 1),
        ("theme = 1\n[ui]\n", ("ui", "theme"), None),
    ],
)
def test_the_line_of_a_key_is_found(text: str, path: tuple[str, ...], line: int | None) -> None:
    assert line_of(text, path) == line


def test_the_page_on_settings_is_up_to_date() -> None:
    from rushes.settings.docs import markdown

    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == markdown(), "python -m rushes.settings.docs > docs/settings.md"
