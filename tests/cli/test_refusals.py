"""What a person may type wrongly: named with what would be right, by the code of its kind; nothing is lost by it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from rushes.cli import main
from rushes.doctor import Check
from tests.cli.conftest import SMALL, Run, Rushes
from tests.gateway.conftest import TOKEN, served
from tests.library.shelf import home_in, library_of, task, with_clip


class Desk:
    """`rushes ARGS` on a home with two takes; `ID` is the first one's, `ID3` the three letters it begins with."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home_in(folder)
        self.capsys = capsys
        library = library_of(self.home)
        self.fox, self.boat = (with_clip(self.home, task(each, words)) for each, words in ((1, "a fox"), (2, "a boat")))
        library.add_all([self.fox, self.boat])
        library.close()

    def __call__(self, *args: str) -> Run:
        self.capsys.readouterr()
        code = main(["--home", str(self.home.data), *map(self.meant, args)])
        out, err = self.capsys.readouterr()
        return Run(code, out, err)

    def meant(self, word: str) -> str:
        return {"ID": self.fox.id, "ID3": self.fox.id[:3], "ID4": self.fox.id[:4]}.get(word, word)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path / "own", capsys)


ODD = [
    (("tag", "ID", ""), 2, "a tag needs at least one letter"),
    (("tag", "ID", "good", "\u0007 ", "--remove"), 2, "a tag needs at least one letter"),
    (("rate", "ID", "many"), 2, "must be 0 to 5"),
    (("rate", "ID", "6"), 2, "must be 0 to 5"),
    (("spend", "--days", "many"), 2, "must be 1 to 36600"),
    (("spend", "--provider", "lumma"), 2, "there is no provider 'lumma'; did you mean luma?"),
    (("tasks", "--provider", "lumma"), 2, "there is no provider 'lumma'; did you mean luma?"),
    (("serve", "--port", "many"), 2, "must be 0 to 65535"),
    (("serve", "--port", "99999"), 2, "must be 0 to 65535"),
    (("sandbox", "--port", "-1"), 2, "must be 0 to 65535"),
    (("export", "ID", "--to", ""), 2, "--to: must not be empty"),
    (("export", "ID", "--to", "out", "--name", ""), 2, "--name: must not be empty"),
    (("import", ""), 2, "must not be empty"),
    (("import", "nope"), 2, "nope is neither a folder nor a provider"),
    (("import", "lumma"), 2, "did you mean luma?"),
    (("import", "/etc/passwd"), 2, "/etc/passwd is neither a folder nor a provider"),
    (("relocate", ""), 2, "must not be empty"),
    (("verify", "--find", ""), 2, "--find: must not be empty"),
    (("backup", ""), 2, "must not be empty"),
    (("backup", "nope/x.sqlite3"), 2, "is not a file name in a folder that exists"),
    (("note", "ID", "-"), 2, "nothing came on standard input"),
    (("show", "ID3"), 2, "fits several tasks"),
    (("show", ""), 2, "there is no task"),
    (("settings", "edit"), 2, "needs a terminal"),
    (("settings", "set", "provider", "lumma"), 2, "there is no provider lumma; did you mean luma?"),
    (("settings", "set", "providers.lumma.model", "x"), 2, "there is no provider lumma; did you mean luma?"),
    (("settings", "set", "budget.providers.runwai.per_day_usd", "1"), 2, "did you mean runway?"),
    (("settings", "set", "keymap.editr", "f6"), 2, "there is no action editr; did you mean editor?"),
    (("generate", "x", "--modle", "gen4.5"), 2, "no option --modle here; did you mean --model?"),
    (("generate", "x", "-o", ""), 2, "must not be empty"),
    (("generate", "x", "-o", "-"), 2, "--output takes a file"),
    (("generate", "x", "-p", "seed=1", "-p", "seed=2"), 3, "seed: is given twice, as 1 and as 2"),
    (("generate", "x", "-p", "ratio=9:16", "-p", "Ratio=1:1"), 3, "is given twice, as 9:16 and as 1:1"),
    (("generate", "x", "-p", "negative_prompt=a\x01b"), 3, "negative_prompt: has a control character (U+0001)"),
    (("generate", "x", "-p", "negative_prompt=a\udcffb"), 3, "negative_prompt: is not valid text"),
    (("generate", "x", "--start-image", "a.png", "--start-image", "b.png"), 2, "--start-image: is given twice"),
    (("tag", "ID", "x" * 65), 2, "a tag has at most 64 characters, and this one 65"),
    (("tag", "ID", "\x1b[31m"), 2, "a tag has no control characters"),
    (("settings", "path", "x"), 2, "settings path does not take 'x'"),
    (("settings", "list", "x"), 2, "settings list does not take 'x'"),
    (("settings", "get", "budget.per_day_usd", "7"), 2, "did you mean `rushes settings set budget.per_day_usd 7`?"),
    (("settings", "set", "budget.per_day_usd", ""), 2, "would lift this limit; nothing was changed"),
    (("settings", "set", "media.folder", "/etc/passwd"), 2, "/etc/passwd is not a folder; nothing was changed"),
    (("show", "\udcff\udcff\udcff\udcff"), 2, "a word is not valid text"),
    (("tag", "\udcff\udcff\udcff\udcff", "keeper"), 2, "a word is not valid text"),
    (("history", "rating:"), 2, "rating: needs a value"),
    (("history", "cost:", "fox"), 2, "cost: needs a value"),
    (("history", "tag:\udcff"), 2, "a word is not valid text"),
    (("note", "ID", "\udcff"), 2, "a word is not valid text"),
    (("generate", "x", "--start-image", "https://example.com/\udcff.png"), 2, "is not valid text"),
    (("keys", "list", "luma"), 2, "keys list does not take 'luma'"),
    (("generate", "x", "--start-image", "01KNOSUCH"), 3, "there is no file '01KNOSUCH', and no task of that id"),
    (("generate", "x", "--start-image", "ID4"), 2, "fits several tasks"),
    (("retry", "ID", "--model", "gen4.6"), 3, "there is no model gen4.6; did you mean gen4.5 (runway)?"),
    (("retry", "ID", "--provider", "lumma"), 3, "no provider 'lumma'"),
]


@pytest.mark.parametrize(("args", "code", "words"), ODD, ids=lambda each: " ".join(each) if type(each) is tuple else "")
def test_odd_words_are_refused_with_what_would_be_right(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    ran = desk(*args)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert "fault" not in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("generate", "x", "--model", "\udcff"),
        ("settings", "get", "\udcff"),
        ("plan", "\udcff.toml"),
        ("show", "\udcff"),
    ],
)
def test_json_is_valid_also_where_it_names_a_word_that_is_no_text(desk: Desk, args: tuple[str, ...]) -> None:
    ran = desk(*args, "--json")
    assert json.loads(ran.out.encode("utf-8"))["error"]["message"]


def test_a_folder_that_cannot_keep_clips_is_found_out_before_anything_is_sent(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    desk.home.settings.write_text(f'media.folder = "{tmp_path / "file" / "clips"}"\n', encoding="utf-8")
    ran = desk("generate", "a kite", *SMALL)
    assert ran.code == 1
    assert f"clips cannot be kept in {tmp_path / 'file' / 'clips'}" in ran.err
    assert "nothing was sent" in ran.err
    assert "a kite" not in desk("tasks", "--all").out


@pytest.mark.parametrize("amount", ["1e400", "inf", "nan", "-1", "1000000.01"])
def test_a_limit_that_is_no_amount_is_refused(desk: Desk, amount: str) -> None:
    ran = desk("retry", "ID", "--model", "ray-2", "--max-cost", amount)
    assert (ran.code, "--max-cost takes an amount in USD" in ran.err) == (2, True)


def test_a_gateway_refuses_the_same_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [each for each in ODD if each[0][0] in {"tag", "show", "retry", "note", "tasks"} or "ID4" in each[0]]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("RUSHES_TOKEN", TOKEN)
    with served(desk.home.data) as url:
        for args, code, words in cases:
            ran = desk(*args, "--connect", url)
            assert (args, ran.code, words in ran.err) == (args, code, True), ran.err


# ── files that a verb writes ─────────────────────────────────────────────────────────────────────────────────────────


WRITES = {
    "history": ("history", "--csv"),
    "spend": ("spend", "--all", "--csv"),
    "doctor": ("doctor", "--bundle"),
    "backup": ("backup",),
}


@pytest.mark.parametrize("verb", WRITES)
def test_a_verb_replaces_what_it_wrote_before_and_nothing_else(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    async def no_checks(*_: object) -> list[Check]:
        return []

    monkeypatch.setattr("rushes.cli.doctor._run", no_checks)  # they take seconds, and are not what this is about
    first = tmp_path / "first"
    first.touch()
    for _ in range(2):
        assert desk(*WRITES[verb], str(first)).code == 0
        assert first.stat().st_size
    precious = {each: tmp_path / each for each in ("clip.mp4", "other.csv", "link")}
    precious["clip.mp4"].write_bytes(b"\0\0\0\x18ftypmp42")
    precious["other.csv"].write_text("id,name\n")
    precious["link"].symlink_to(precious["clip.mp4"])
    for path in (*precious.values(), tmp_path / "no" / "x", *([] if verb == "backup" else [tmp_path])):
        before = path.read_bytes() if path.is_file() else b""
        ran = desk(*WRITES[verb], str(path))
        assert (ran.code, ran.out) == (2, "")
        assert str(path) in ran.err
        assert (path.read_bytes() if path.is_file() else b"") == before
    assert not (tmp_path / "no").exists()


def test_a_table_that_was_written_says_where_it_lies(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "fox.csv"
    assert f"1 take written to {path}" in desk("history", "fox", "--csv", str(path)).err
    assert desk("history", "--csv", str(path), "--json").json == {"file": str(path), "takes": 2}
    assert desk("history", "--csv", "-", "--json").code == desk("spend", "--csv", "-", "--json").code == 2


def test_an_exported_clip_has_its_ending_once_and_a_search_that_finds_nothing_says_so(desk: Desk) -> None:
    assert desk("export", "ID", "--to", "out", "--name", "same.mp4").out.endswith("/out/same.mp4\n")
    for more in ((), ("--sheet",)):
        ran = desk("export", "--query", "whale", "--to", "out", *more)
        assert (ran.code, ran.out, "nothing found; nothing was exported" in ran.err) == (0, "", True)


# ── what was meant ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_notes_are_taken_away_by_an_empty_text_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"good light\n")))
    assert desk("note", "ID", "-", "--json").json["tasks"][0]["notes"] == "good light"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert desk("note", "ID", "-").code == 2
    assert desk("show", "ID", "--json").json["notes"] == "good light"
    assert desk("note", "ID", "", "--json").json["tasks"][0]["notes"] == ""


def test_tasks_of_a_provider_that_is_not_here_any_more_are_listed(desk: Desk) -> None:
    library = library_of(desk.home)
    library.add_all([task(3, "a whale", provider="gone")])
    library.close()
    assert "a whale" in desk("tasks", "--all", "--provider", "gone").out
    assert desk("tasks", "--provider", "gone").out.startswith("no task is waiting")


def test_one_take_is_one_take(desk: Desk) -> None:
    desk("trash", "ID")
    assert desk("trash", "--empty", "--yes").out.startswith("1 take deleted")


def test_names_that_are_none_here_may_be_set_back_and_good_ones_are_taken(desk: Desk) -> None:
    for name, value in (("provider", "luma"), ("provider", ""), ("keymap.editor", "f6"), ("providers.luma.model", "x")):
        assert (name, desk("settings", "set", name, value).code) == (name, 0)
    assert desk("settings", "set", "keymap.editr", "f6").code == 2
    assert "editr" not in desk.home.settings.read_text()


def test_a_take_is_made_again_by_whoever_has_the_model(rushes: Rushes, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rushes("generate", "a boat", "--json", *SMALL).lines[-1]
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_" + "ab" * 64)
    for more in ((), ("--provider", "runway")):
        refused = rushes("retry", made["id"], "--model", "gen4.5", *more)
        assert (refused.code, "a new press with gen4.5: $" in refused.err) == (6, True)
    invalid = rushes("retry", made["id"], "--model", "gen4_turbo", "--yes", "--json")
    assert (invalid.code, invalid.json["problems"][0]["param"]) == (3, "start_image")


def test_a_part_of_an_id_names_a_take_as_a_source_unless_a_file_is_called_so(
    rushes: Rushes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = rushes("generate", "a boat", "--json", *SMALL).lines[-1]["id"]
    dry = ("generate", "a boat", "--dry-run", "--json", "--start-image", made[-8:])
    assert rushes(*dry).code == 0
    (tmp_path / made[-8:]).write_text("no picture")
    assert "start_image" in str(rushes(*dry).json["problems"])
