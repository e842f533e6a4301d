"""The other verbs: lists, story, models, keys, settings, and homes that are not as they should be."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from rushes import __version__
from rushes.cli.verbs import VERBS
from tests.cli.conftest import SMALL, Rushes


def test_version(rushes: Rushes) -> None:
    assert rushes("--version").out == f"rushes {__version__}\n"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_shows_examples_first(rushes: Rushes, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rushes(verb, "--help")
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert out.index(f"rushes {verb}", out.index("examples:")) < out.index("options:")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("generat", "a boat"), "there is no verb generat; did you mean generate?"),
        (("xyzzy",), "there is no verb xyzzy; there are generate, plan,"),
        (("generate", "a boat", "--provder", "luma"), "no option --provder here; did you mean --provider?"),
        (("generate", "a boat", "--max", "1"), "no option --max here"),
        (("generate", "a", "boat"), "'boat' is one word too many"),
        (("keys", "sett", "luma"), "there is no sett; did you mean set?"),
        (("show", "01NOPE"), "there is no task 01NOPE"),
        (("history", "nope:"), "there is no filter nope:"),
        (("models", "ray-9"), "there is no model 'ray-9'"),
        (("models", "--provider", "lumma"), "there is no provider 'lumma'; did you mean luma?"),
        (("tasks", "--status", "DONE"), "there is no state 'DONE'"),
        (("tasks", "--provider", "xyzzy"), "there is no provider 'xyzzy'; there are sandbox, luma, runway"),
    ],
)
def test_what_there_is_not_is_exit_2_and_named_with_the_nearest(
    rushes: Rushes, args: tuple[str, ...], words: str
) -> None:
    run = rushes(*args)
    assert (run.code, run.out, words in run.err) == (2, "", True)
    as_json = rushes(*args, "--json")
    assert (as_json.code, as_json.err, as_json.json["error"]["kind"], as_json.json["problems"]) == (2, "", "usage", [])
    assert words in as_json.json["error"]["message"]


def test_an_id_that_fits_several_tasks_is_refused(rushes: Rushes) -> None:
    ids = [rushes("generate", "a boat", "--json", *SMALL).lines[-1]["id"] for _ in range(2)]
    run = rushes("show", ids[0][:4])
    assert (run.code, "fits several tasks; give more of the id" in run.err) == (2, True)
    assert rushes("show", ids[0][-10:], "--json").json["id"] == ids[0]


def test_history_finds_by_words_and_filters_and_pages(rushes: Rushes) -> None:
    for prompt in ("a red fox", "a paper boat", "a fox in snow"):
        assert rushes("generate", prompt, *SMALL).code == 0
    found = rushes("history", "fox", "--json").json["tasks"]
    assert [each["prompt"] for each in found] == ["a fox in snow", "a red fox"]
    assert rushes("rate", found[0]["id"], "4").code == 0
    assert rushes("tag", found[0]["id"], "keeper").code == 0
    assert [t["rating"] for t in rushes("history", "fo", "rating:>=4", "tag:keeper", "--json").json["tasks"]] == [4]
    first = rushes("history", "--limit", "2", "--json").json
    rest = rushes("history", "--limit", "2", "--cursor", first["next"], "--json").json
    assert [each["prompt"] for each in rest["tasks"]] == ["a red fox"]
    assert rest["next"] is None


@pytest.mark.parametrize("query", ['"', "*", "(", "NEAR(", "a OR", "^", "rating", "x" * 10_000, "a\x00b", "-", "'"])
def test_no_search_is_a_syntax_error(rushes: Rushes, query: str) -> None:
    run = rushes("history", "--json", "--", query)
    assert (run.code, run.json) == (0, {"tasks": [], "next": None})


def test_a_wrong_filter_is_explained(rushes: Rushes) -> None:
    assert "did you mean rating:?" in rushes("history", "ratng:3").err
    assert "takes a number" in rushes("history", "cost:cheap").err
    assert "takes a day" in rushes("history", "after:yesterday").err


def test_tasks_lists_what_is_not_finished(rushes: Rushes) -> None:
    rushes("generate", "a boat", *SMALL)
    assert rushes("tasks", "--json").json == {"tasks": [], "next": None}
    assert len(rushes("tasks", "--all", "--json").json["tasks"]) == 1
    assert len(rushes("tasks", "--status", "succeeded", "--json").json["tasks"]) == 1
    assert rushes("tasks", "--status", "DONE").code == 2


def test_show_tells_the_whole_story(rushes: Rushes) -> None:
    task = rushes("generate", "a boat", "--json", *SMALL).lines[-1]
    shown = rushes("show", task["id"][-8:], "--json").json
    assert [each["now"] for each in shown["events"]][:2] == ["QUEUED", "SUBMITTING"]
    assert shown["request"]["prompt"] == "a boat"
    assert "SUCCEEDED" in rushes("show", task["id"]).out


def test_models_are_listed_with_limits_and_prices(rushes: Rushes) -> None:
    models = {each["model"]: each for each in rushes("models", "--json").json["models"]}
    assert {"sandbox-fast", "sandbox-hd", "ray-2", "gen4.5"} <= set(models)
    assert {"min": 1, "max": 1000, "unit": "utf16"}.items() <= models["gen4.5"]["prompt"].items()
    assert models["sandbox-fast"]["ready"] is True
    assert models["ray-2"]["ready"] is False
    assert "ray-2" in rushes("models", "ray-2").out
    told = rushes("models", "sandbox-fast").out.splitlines()
    columns = {
        line.index(words) for line in told for words in ("The short side", "Shape of", "References,") if words in line
    }
    assert len(columns) == 1, "what each parameter means stands in one column"
    assert rushes("models", "ray2").code == 2


def test_a_model_says_what_its_jobs_usually_take(rushes: Rushes) -> None:
    assert "usually 3–6 s, no earlier jobs" in rushes("models", "sandbox-fast").out
    assert rushes("generate", "a boat").code == 0
    assert "1 earlier job" in rushes("models", "sandbox-fast").out


def test_a_key_is_read_from_standard_input_kept_private_and_shown_by_its_end(
    rushes: Rushes, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "key_" + "ab" * 64
    given = tmp_path / "key"
    given.write_text(key + "\n")
    with given.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        run = rushes("keys", "set", "runway")
    assert run.code == 0
    assert key not in run.out + run.err
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    row = next(each for each in rushes("keys", "--json").json["keys"] if each["provider"] == "runway")
    assert (row["usable"], row["tail"]) == (True, "abab")
    assert rushes("keys", "forget", "runway").code == 0
    assert key not in (home / ".env").read_text()


def test_the_list_of_settings_writes_values_as_the_file_does(rushes: Rushes) -> None:
    rushes("settings", "set", "budget.per_day_usd", "20")
    listed = dict(line.split(maxsplit=1) for line in rushes("settings").out.splitlines())
    named = ("ui.mouse", "ui.theme", "notify.command", "budget.per_day_usd", "budget.per_month_usd", "keymap")
    assert [listed[each] for each in named] == ["true", '"dark"', '""', "20.0", "not set", "{}"]


def test_settings_are_read_and_written_by_name(rushes: Rushes) -> None:
    assert rushes("settings", "set", "budget.per_day_usd", "20").code == 0
    assert rushes("settings", "get", "budget.per_day_usd", "--json").json == 20
    run = rushes("settings", "set", "budget.per_dya_usd", "20")
    assert run.code == 2
    assert "per_day_usd" in run.err
    assert rushes("settings", "set", "ui.theme", "pink").code == 2
    assert rushes("settings", "path").out.strip().endswith("settings.toml")


def test_a_home_that_is_a_file_is_named(rushes: Rushes, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    run = rushes("tasks", "--home", str(blocked / "home"))
    assert run.code == 2
    assert str(blocked) in run.err


def test_a_home_that_cannot_be_made_is_named(rushes: Rushes, tmp_path: Path) -> None:
    run = rushes("tasks", "--home", str(tmp_path / ("x" * 300)))
    assert run.code == 2
    assert "--home" in run.err


def test_a_library_of_a_newer_version_is_refused_and_left_alone(rushes: Rushes, home: Path) -> None:
    rushes("tasks")
    with sqlite3.connect(home / "library.sqlite3") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    run = rushes("generate", "a boat", "--json")
    assert run.code == 1
    assert "format 99" in run.json["error"]["message"]


def test_a_damaged_library_is_kept_aside_and_reindex_brings_the_takes_back(rushes: Rushes, home: Path) -> None:
    before = rushes("generate", "a boat", "--json", *SMALL).lines[-1]
    for side in home.glob("library.sqlite3-*"):
        side.unlink()
    (home / "library.sqlite3").write_bytes(b"this is not a database" * 500)
    run = rushes("history")
    assert run.code == 1
    assert "reindex" in run.err
    assert len(list(home.glob("library.sqlite3.damaged-*"))) == 1
    assert rushes("reindex", "--json").json == {"added": 1, "known": 0, "broken": [], "doubles": []}
    after = rushes("history", "--json").json["tasks"][0]
    assert {name: after[name] for name in after if name != "finished_at"} == {
        name: before[name] for name in before if name != "finished_at"
    }


def test_without_a_terminal_the_app_says_which_verb_to_use(rushes: Rushes) -> None:
    run = rushes()
    assert run.code == 2
    assert "rushes generate" in run.err
