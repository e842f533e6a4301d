"""The library's verbs as scripts see them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from rushes.cli import main
from rushes.task import Task
from tests.library.shelf import home_in, library_of, task, with_clip


class Verbs:
    """`rushes ARGS` on a home with three takes, two of them with clips."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home_in(folder)
        self.capsys = capsys
        self.takes: list[Task] = [
            with_clip(self.home, task(1, "a red fox")),
            with_clip(self.home, task(2, "a boat\u202e\nat dawn")),
            task(3, "never made"),
        ]
        library = library_of(self.home)
        library.add_all(self.takes)
        library.close()

    def __call__(self, *args: str) -> tuple[int, str, str]:
        code = main(["--home", str(self.home.data), *args])
        out, err = self.capsys.readouterr()
        return code, out, err


@pytest.fixture
def verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verbs:
    return Verbs(tmp_path, capsys)


def test_export_names_each_file_and_ends_with_10_where_one_is_missing(verbs: Verbs, tmp_path: Path) -> None:
    fox, boat, _ = verbs.takes
    assert boat.take
    code, out, _err = verbs("export", fox.id, "--to", str(tmp_path / "out"), "--sidecars")
    assert (code, out.strip()) == (0, str(tmp_path / "out" / "2026-10-01_luma_a-red-fox_001.mp4"))
    boat.take.file.unlink()
    code, _out, err = verbs("export", "--query", "boat", "--to", str(tmp_path / "out"))
    assert code == 10
    assert "missing" in err


@pytest.mark.parametrize(
    "args", [(), ("--query", "x", "01AAAA"), ("--query", "raitng:3"), ("--query", "fox", "--name", "{x}")]
)
def test_export_says_what_is_wrong_with_the_call(verbs: Verbs, tmp_path: Path, args: tuple[str, ...]) -> None:
    code, out, err = verbs("export", *args, "--to", str(tmp_path / "out"))
    assert (code, out) == (2, "")
    assert err
    assert not (tmp_path / "out").exists()


def test_a_contact_sheet_can_be_made_alone(verbs: Verbs, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, told, _err = verbs("export", verbs.takes[0].id, "--to", str(out), "--how", "none", "--sheet")
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["contact-sheet.html", "contact-sheet.png"]
    assert told.count("contact-sheet") == 2
    assert verbs("export", verbs.takes[0].id, "--to", str(out), "--how", "none")[0] == 2


def test_verify_is_silent_when_all_is_well_and_ends_with_10_when_not(verbs: Verbs) -> None:
    assert verbs("verify")[0] == 0
    fox = verbs.takes[0]
    assert fox.take
    fox.take.file.write_bytes(b"other")
    code, out, _err = verbs("verify", "--json")
    assert code == 10
    assert f'"id": "{fox.id}", "kind": "changed"' in out


def test_the_trash_is_emptied_only_when_told_to(verbs: Verbs) -> None:
    fox = verbs.takes[0]
    assert fox.take
    assert verbs("trash", fox.id)[0] == 0
    assert fox.id in verbs("trash")[1]
    assert fox.id not in verbs("history")[1]
    assert verbs("trash", "--empty")[0] == 2
    assert fox.take.file.exists()
    assert verbs("trash", fox.id, "--restore")[0] == 0
    assert fox.id in verbs("history")[1]
    verbs("trash", fox.id)
    assert verbs("trash", "--empty", "--yes")[0] == 0
    assert not fox.take.file.exists()


def test_a_search_becomes_a_table_of_all_that_it_finds(verbs: Verbs) -> None:
    _code, out, _err = verbs("history", "sort:oldest", "--csv", "-", "--limit", "1")
    assert [row["prompt"] for row in csv.DictReader(io.StringIO(out))] == [each.shot.prompt for each in verbs.takes]


def test_notes_are_found_again_and_nothing_reorders_the_terminal(verbs: Verbs) -> None:
    assert verbs("note", verbs.takes[1].id, "titles \u202e")[0] == 0
    code, out, _err = verbs("history", "notes:titles")
    assert code == 0
    assert "boat" in out
    assert "\u202e" not in out


def test_import_of_what_is_no_folder_is_a_line(verbs: Verbs, tmp_path: Path) -> None:
    code, out, err = verbs("import", str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "nowhere" in err


def test_import_of_a_vendors_list_says_what_there_is_and_who_keeps_none(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSHES_SANDBOX", "1")
    code, out, _err = verbs("import", "luma", "--list")
    assert (code, out.splitlines()[0].startswith("0 not here yet, 0 known already")) == (0, True)
    code, out, _err = verbs("import", "luma", "--json")
    assert (code, '"added": []' in out) == (0, True)
    code, _out, err = verbs("import", "runway")
    assert (code, "keeps no list" in err) == (2, True)
    assert verbs("import", "./luma", "--limit", "3")[0] == 2
