"""The settings store: what counts, what is written, and what happens to a file that others write as well."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rushes.atomic import Busy, locked
from rushes.settings import Settings, SettingsProblem, SettingsStore
from tests.disk import files_no_larger_than


class Timer:
    """Keeps what is to be called later, until `ring`."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, delay: float, callback: Callable[[], None]) -> None:
        assert delay > 0
        self.waiting.append(callback)

    def ring(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(path: Path, text: str) -> None:
    """As an editor does: another file under the same name."""
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8", newline="")
    new.replace(path)


def read(path: Path) -> str:
    return path.read_bytes().decode()


def test_without_a_file_every_default_counts_and_nothing_is_created(path: Path) -> None:
    store = SettingsStore(path)
    assert store.value == Settings()
    assert (store.problem, store.faults) == (None, ())
    assert not path.parent.exists()


def test_a_change_counts_at_once_and_in_the_next_process(path: Path) -> None:
    store = SettingsStore(path)
    store.update("budget.per_day_usd", "20")
    assert store.value.budget.per_day_usd == Decimal(20)
    assert SettingsStore(path).value.budget.per_day_usd == Decimal(20)


def test_the_file_and_a_new_folder_are_for_their_owner_alone(path: Path) -> None:
    SettingsStore(path).update("ui.theme", "light")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in path.parent.iterdir()) == [".settings.toml.lock", "settings.toml"]


def test_a_new_file_says_what_it_is_and_what_each_key_means(path: Path) -> None:
    SettingsStore(path).update({"ui.theme": "light", "budget.per_press_usd": "0.5"})
    assert read(path).startswith("# Settings of rushes.")
    assert 'theme = "light" # colours' in read(path)
    assert "per_press_usd = 0.5 # " in read(path)


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("ui.mouse", "no", False),
        ("ui.mouse", True, True),
        ("ui.theme", "LIGHT", "light"),
        ("ui.undo_seconds", "2.5", 2.5),
        ("ui.undo_seconds", 0, 0.0),
        ("limits.downloads", "8", 8),
        ("budget.per_day_usd", "$12.50", Decimal("12.5")),
        ("budget.per_day_usd", 0.1, Decimal("0.1")),
        ("budget.per_day_usd", Decimal("0.0001"), Decimal("0.0001")),
        ("budget.per_day_usd", "none", None),
        ("media.folder", "  ~/clips ", "  ~/clips "),
        ("keymap.task.open", "o, enter", ("o", "enter")),
        ("keymap.task.open", ["o"], ("o",)),
        ("keymap.task.open", "", ()),
        ("limits.concurrency.acme", "3", 3),
        ("providers.acme.model", "m-1", "m-1"),
        ("providers.acme.params.loop", True, True),
        ("providers.acme.params.duration", "5", "5"),
    ],
)
def test_a_value_is_taken_as_people_and_programs_give_it(path: Path, key: str, given: object, value: object) -> None:
    store = SettingsStore(path)
    store.update(key, given)
    assert store.get(key) == value
    assert SettingsStore(path).get(key) == value
    assert type(SettingsStore(path).get(key)) is type(value)


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("ui.theme", "pink", "one of auto, dark"),
        ("ui.mouse", "perhaps", "yes or no"),
        ("ui.mouse", 1, "yes or no"),
        ("limits.downloads", "1.5", "whole number from 1 to 16"),
        ("limits.downloads", 17, "whole number from 1 to 16"),
        ("ui.undo_seconds", "nan", "a number from 0 to 60"),
        ("ui.undo_seconds", float("inf"), "a number from 0 to 60"),
        ("ui.undo_seconds", "9" * 400, "a number from 0 to 60"),
        ("budget.per_day_usd", "-1", "an amount in USD"),
        ("budget.per_day_usd", "1e999999999", "an amount in USD"),
        ("budget.per_day_usd", "NaN", "an amount in USD"),
        ("budget.per_day_usd", "0.00001", "at most 4 decimals"),
        ("budget.per_day_usd", True, "an amount in USD"),
        ("spending.ask_above_usd", "none", "an amount in USD"),
        ("media.name_pattern", "{date}", "{id}"),
        ("media.name_pattern", "{id}{x}", "{x}"),
        ("media.name_pattern", "{id!r}", "known are"),
        ("media.name_pattern", "{id", "braces"),
        ("media.name_pattern", "../{id}", "plain file name"),
        ("keymap.task.open", 3, "names of keys"),
        ("limits.concurrency.acme", "-1", "whole number"),
        ("providers.acme.params.size", ["a"], "text, a number"),
        ("ui", 3, "table"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words_and_nothing_changes(
    path: Path, key: str, given: object, words: str
) -> None:
    store = SettingsStore(path)
    store.update("provider", "acme")
    before = store.value, read(path)
    with pytest.raises(SettingsProblem) as problem:
        store.update({"provider": "other", key: given})
    assert words in str(problem.value)
    assert problem.value.key == key
    assert (store.value, read(path)) == before


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("budgt.per_day_usd", "budget.per_day_usd"),
        ("per_day_usd", "budget.per_day_usd"),
        ("UI.Theme", "ui.theme"),
        ("ui.themes", "ui.theme"),
        ("zzz", None),
        ("", None),
        ("ui.", None),
        ("keymap.", None),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(path: Path, key: str, nearest: str | None) -> None:
    store = SettingsStore(path)
    for attempt in (lambda: store.update(key, "x"), lambda: store.get(key), lambda: store.reset(key)):
        with pytest.raises(SettingsProblem) as problem:
            attempt()
        if nearest:
            assert problem.value.nearest == nearest


def test_a_reset_takes_the_key_out_of_the_file(path: Path) -> None:
    store = SettingsStore(path)
    store.update({"ui.theme": "light", "ui.mouse": False, "media.folder": "/x"})
    store.reset("ui.theme")
    assert store.value.ui.theme == "dark"
    assert "theme" not in read(path)
    store.reset("ui")
    assert store.value.ui == Settings().ui
    assert store.value.media.folder == "/x"


def test_a_table_becomes_exactly_what_was_given(path: Path) -> None:
    store = SettingsStore(path)
    store.update("providers.acme.params", {"duration": "5s", "loop": True})
    store.update("providers.acme.params", {"ratio": "16:9"})
    assert SettingsStore(path).get("providers.acme.params") == {"ratio": "16:9"}
    store.update("providers.acme.params", {})
    assert SettingsStore(path).get("providers.acme.params") == {}


def test_a_name_that_was_never_set_has_its_default(path: Path) -> None:
    store = SettingsStore(path)
    assert store.get("providers.nobody.model") == ""
    assert store.get("keymap.nothing") is None
    assert store.get("providers.nobody.params") == {}


def test_what_was_handed_out_cannot_be_altered(path: Path) -> None:
    store = SettingsStore(path)
    store.update("providers.acme.params.loop", True)
    value: Any = store.value
    with pytest.raises(TypeError):
        value.providers["acme"].params["loop"] = False
    with pytest.raises(AttributeError, match="frozen"):
        value.ui.theme = "light"


def test_subscribers_are_told_of_every_change_until_they_leave(path: Path) -> None:
    store = SettingsStore(path)
    heard: list[tuple[str, str]] = []
    leave = store.subscribe(lambda old, new: heard.append((old.ui.theme, new.ui.theme)))
    store.update("ui.theme", "light")
    store.update("ui.theme", "light")
    SettingsStore(path).update("ui.theme", "ansi")
    assert store.reload_if_changed()
    leave()
    leave()
    store.update("ui.theme", "dark")
    assert heard == [("dark", "light"), ("light", "ansi")]


def test_with_a_timer_changes_are_written_together(path: Path) -> None:
    timer = Timer()
    store = SettingsStore(path, schedule=timer)
    for theme in ("light", "ansi", "auto"):
        store.update("ui.theme", theme)
    assert not path.exists()
    assert len(timer.waiting) == 1
    assert store.unsaved
    timer.ring()
    assert SettingsStore(path).value.ui.theme == "auto"
    assert not store.unsaved


def test_flush_writes_what_the_timer_has_not(path: Path) -> None:
    store = SettingsStore(path, schedule=Timer())
    store.update("ui.theme", "light")
    assert store.flush()
    assert SettingsStore(path).value.ui.theme == "light"


def test_comments_order_and_unknown_keys_survive(path: Path) -> None:
    text = (
        "# my settings\n\nfuture = 1 # from a newer version\n\n[ui] # looks\n"
        'mouse = false   # no mouse here\n# before the theme\ntheme = "dark"\n\n'
        "[future_table]\nlist = [1, # one\n  2]\n\n# the end"
    )
    write(path, text)
    store = SettingsStore(path)
    store.update("ui.theme", "light")
    assert read(path) == text.replace('theme = "dark"', 'theme = "light"')
    store.update("budget.per_day_usd", 5)
    assert read(path).startswith(text.replace('theme = "dark"', 'theme = "light"'))


def test_windows_line_ends_and_a_byte_order_mark_are_read(path: Path) -> None:
    write(path, '\ufeff[ui]\r\ntheme = "light"\r\n')
    store = SettingsStore(path)
    assert store.value.ui.theme == "light"
    store.update("ui.mouse", False)
    assert 'theme = "light"\r\n' in read(path)
    assert store.problem is None


@pytest.mark.parametrize(
    "text", ['[keymap]\ntask.open = "o"\n', '[keymap.task]\nopen = "o"\n', 'keymap.task.open = "o"\n']
)
def test_the_dots_of_an_action_s_name_may_be_written_either_way(path: Path, text: str) -> None:
    write(path, text)
    store = SettingsStore(path)
    assert store.value.keymap == {"task.open": ("o",)}
    store.update("keymap.task.open", "x")
    assert SettingsStore(path).value.keymap == {"task.open": ("x",)}
    store.reset("keymap.task.open")
    assert SettingsStore(path).value.keymap == {}


def test_a_linked_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    write(path, "")
    target = tmp_path / "dotfiles" / "settings.toml"
    target.parent.mkdir()
    path.unlink()
    target.write_text("# dots\n", encoding="utf-8")
    path.symlink_to(target)
    SettingsStore(path).update("ui.theme", "light")
    assert path.is_symlink()
    assert "# dots\n" in read(target)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[ui]\ntheme = "light\n', "line 2, column 15"),
        ("[ui]\nmouse = yes\n", "line 2, column 9"),
        ("[ui]\n[ui]\n", "line 2"),
        ("a = [1,", "line 1, column 8"),
        ("a = " + "[" * 100_000, "nested"),
        ("a = " + "9" * 5000, ""),
        ("# " + "x" * 1_000_001, "larger"),
    ],
)
def test_a_broken_file_is_reported_with_its_place_and_never_overwritten(path: Path, text: str, place: str) -> None:
    write(path, text)
    store = SettingsStore(path)
    assert place in str(store.problem)
    assert store.value.ui == Settings().ui
    store.update("ui.theme", "ansi")
    assert store.value.ui.theme == "ansi"
    assert store.unsaved
    assert not store.flush()
    assert read(path) == text


def test_a_file_that_is_not_utf_8_is_reported_with_its_place(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'[ui]\ntheme = "\xff"\n')
    store = SettingsStore(path)
    assert "line 2, column 10" in str(store.problem)
    store.update("ui.mouse", False)
    assert path.read_bytes() == b'[ui]\ntheme = "\xff"\n'


def test_when_a_running_program_s_file_breaks_the_last_good_settings_count(path: Path) -> None:
    store = SettingsStore(path)
    store.update("budget.per_day_usd", "20")
    write(path, "[budget\n")
    assert store.reload_if_changed()
    assert store.problem is not None
    assert store.value.budget.per_day_usd == 20


def test_changes_made_meanwhile_are_written_once_the_file_is_mended(path: Path) -> None:
    write(path, "[ui\n")
    store = SettingsStore(path)
    store.update("ui.theme", "light")
    write(path, "# mended\n[ui]\nmouse = false\n")
    assert store.reload_if_changed()
    assert store.problem is None
    other = SettingsStore(path).value.ui
    assert (other.theme, other.mouse) == ("light", False)
    assert "# mended" in read(path)


@pytest.mark.parametrize("text", ["[budget]\nper_day_usd = 20\n[ui\n", "budget.per_day_usd = \n"])
def test_a_broken_file_that_speaks_of_a_budget_lets_nothing_be_spent(path: Path, text: str) -> None:
    write(path, text)
    budget = SettingsStore(path).value.budget
    assert {budget.per_press_usd, budget.per_day_usd, budget.per_month_usd} == {Decimal(0)}
    write(path, "[ui\n")
    assert SettingsStore(path).value.budget == Settings().budget


@pytest.mark.parametrize("value", ['"twenty"', "-5", "nan", "true", "[1]", "1e400", "{a = 1}"])
def test_a_limit_that_cannot_be_read_counts_as_zero(path: Path, value: str) -> None:
    write(path, f"[budget]\nper_month_usd = 7\nper_day_usd = {value}\n")
    store = SettingsStore(path)
    assert store.value.budget.per_day_usd == 0
    assert store.value.budget.per_month_usd == 7
    assert (store.faults[0].key, store.faults[0].line) == ("budget.per_day_usd", 3)


def test_a_budget_that_is_no_table_counts_as_zero_throughout(path: Path) -> None:
    write(path, "budget = 20\n")
    assert SettingsStore(path).value.budget.per_month_usd == 0


def test_wrong_values_are_named_with_their_line_and_the_others_count(path: Path) -> None:
    text = (
        'provider = 3\n[ui]\nmouse = "off"\ntheme = "light"\n'
        "[limits]\ndownloads = 99\nconcurrency = { acme = -1, b = 2 }\n"
        '[keymap]\ntask.open = 3\nquit = "q"\n'
        '[providers.acme]\nmodel = "m"\n[providers.acme.params]\nsize = [1]\nloop = true\n'
    )
    write(path, text)
    store = SettingsStore(path)
    places = {fault.key: fault.line for fault in store.faults}
    assert places == {
        "provider": 1,
        "ui.mouse": 3,
        "limits.downloads": 6,
        "limits.concurrency.acme": 7,
        "keymap.task.open": 9,
        "providers.acme.params.size": 14,
    }
    value = store.value
    assert (value.provider, value.ui.mouse, value.ui.theme) == ("", True, "light")
    assert (value.limits.downloads, value.limits.concurrency, value.keymap) == (3, {"b": 2}, {"quit": ("q",)})
    assert value.providers["acme"].params == {"loop": True}
    assert store.problem is None
    assert read(path) == text


def test_mending_a_wrong_value_by_update_takes_the_fault_away(path: Path) -> None:
    write(path, '[ui]\nmouse = "off" # mine\n')
    store = SettingsStore(path)
    store.update("ui.mouse", False)
    assert store.faults == ()
    assert read(path) == "[ui]\nmouse = false # mine\n"


def test_unknown_names_are_reported_with_line_and_nearest_and_harm_nothing(path: Path) -> None:
    write(path, '[ui]\nteme = "light"\n\n[bugdet]\nper_day_usd = 1\n')
    store = SettingsStore(path)
    assert [(fault.key, fault.line) for fault in store.faults] == [("ui.teme", 2), ("bugdet", 4)]
    assert "ui.theme" in store.faults[0].reason
    assert "budget" in store.faults[1].reason
    assert store.value == Settings()


def test_reading_again_costs_a_stat_where_nothing_changed(path: Path) -> None:
    store = SettingsStore(path)
    assert not store.reload_if_changed()
    store.update("ui.theme", "light")
    assert not store.reload_if_changed()


def test_a_file_that_appears_or_goes_is_noticed(path: Path) -> None:
    store = SettingsStore(path)
    write(path, '[ui]\ntheme = "light"\n')
    assert store.reload_if_changed()
    assert store.get("ui.theme") == "light"
    path.unlink()
    assert store.reload_if_changed()
    assert store.get("ui.theme") == "dark"


def test_where_nothing_can_be_written_changes_count_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = SettingsStore(tmp_path / "file" / "settings.toml")
    store.update("ui.theme", "light")
    assert store.value.ui.theme == "light"
    assert "cannot be" in str(store.problem)
    assert not store.flush()


def test_a_key_that_cannot_be_changed_in_the_file_counts_in_memory_and_the_file_stays(path: Path) -> None:
    text = 'keymap = { "task.open" = "x", task.close = "y" }\n'
    write(path, text)
    store = SettingsStore(path)
    store.reset("keymap.task.close")
    assert store.value.keymap == {"task.open": ("x",)}
    assert "by hand" in str(store.problem)
    assert read(path) == text


def test_on_a_full_disk_changes_count_in_memory_until_there_is_room(path: Path) -> None:
    write(path, "")
    store = SettingsStore(path)
    with files_no_larger_than(0):
        store.update("ui.theme", "light")
    assert (store.value.ui.theme, store.unsaved) == ("light", True)
    assert read(path) == ""
    assert store.flush()
    assert "light" in read(path)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_reported_and_does_not_hang(path: Path, make: Callable[[Path], None]) -> None:
    path.parent.mkdir()
    make(path)
    store = SettingsStore(path)
    assert store.problem is not None
    assert store.value == Settings()
    store.update("ui.theme", "light")
    assert (store.value.ui.theme, store.unsaved) == ("light", True)


def test_a_lock_that_is_never_let_go_is_not_waited_for_for_ever(path: Path) -> None:
    pauses: list[int] = []
    with locked(path), pytest.raises(Busy), locked(path, tries=3, pause=lambda: pauses.append(1)):
        pass
    assert len(pauses) == 2


def test_threads_that_change_different_keys_lose_none(path: Path) -> None:
    store = SettingsStore(path)

    def change(name: str) -> None:
        for number in range(10):
            store.update(f"providers.{name}.params.p{number}", number)

    threads = [threading.Thread(target=change, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = SettingsStore(path).value.providers
    assert {name: len(each.params) for name, each in found.items()} == {"a": 10, "b": 10, "c": 10}


WRITER = """
import sys
from pathlib import Path
from rushes.settings import SettingsStore
store = SettingsStore(Path(sys.argv[1]))
for number in range(25):
    store.update(f"providers.{sys.argv[2]}.params.p{number}", number)
sys.exit(0 if store.problem is None else store.problem)
"""


def test_two_processes_merge_instead_of_overwriting(path: Path) -> None:
    write(path, "# mine\n")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b", "c")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    found = SettingsStore(path).value.providers
    assert {name: len(each.params) for name, each in found.items()} == {"a": 25, "b": 25, "c": 25}
    assert read(path).startswith("# mine\n")


def test_a_stale_process_does_not_bring_back_what_another_changed(path: Path) -> None:
    stale, other = SettingsStore(path), SettingsStore(path)
    stale.update("ui.theme", "light")
    other.reload_if_changed()
    other.update({"ui.theme": "ansi", "ui.mouse": False})
    stale.update("media.folder", "/x")
    assert stale.value == SettingsStore(path).value
    assert (stale.value.ui.theme, stale.value.ui.mouse) == ("ansi", False)
