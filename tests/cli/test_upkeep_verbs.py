"""`rushes backup` and `rushes vacuum`: whole copies that can be gone back to, and nothing else is overwritten."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Rushes
from tests.disk import files_no_larger_than


def test_a_copy_is_whole_private_and_can_be_gone_back_to(rushes: Rushes, home: Path, tmp_path: Path) -> None:
    assert rushes("generate", "a boat", *SMALL).code == 0
    told = rushes("backup", str(tmp_path / "copy.sqlite3"), "--json").json
    copy = Path(told["file"])
    assert (copy, told["takes"]) == (tmp_path / "copy.sqlite3", 1)
    assert told["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    library = home / "library.sqlite3"
    for each in (library, *home.glob("library.sqlite3-*")):
        each.unlink()
    shutil.copy(copy, library)
    assert [each["prompt"] for each in rushes("history", "--json").json["tasks"]] == ["a boat"]


def test_without_a_name_it_goes_among_the_backups_and_an_earlier_copy_may_be_replaced(
    rushes: Rushes, home: Path, tmp_path: Path
) -> None:
    first = Path(rushes("backup", "--json").json["file"])
    assert first.parent == home / "backups"
    assert rushes("backup", str(first)).code == 0
    inside = Path(rushes("backup", str(tmp_path), "--json").json["file"])
    assert inside.parent == tmp_path
    assert rushes("backup", "copy.sqlite3").out.startswith("copy.sqlite3\n")


@pytest.mark.parametrize("what", ["library", "text", "folder", "link"])
def test_nothing_but_an_earlier_copy_is_replaced(rushes: Rushes, home: Path, tmp_path: Path, what: str) -> None:
    assert rushes("generate", "a boat", *SMALL).code == 0
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "link").symlink_to(home / "library.sqlite3")
    targets = {"library": home / "library.sqlite3", "text": tmp_path / "notes.txt", "link": tmp_path / "link"}
    run = rushes("backup", str(targets.get(what, tmp_path / "no" / "where.sqlite3")))
    assert run.code == 2
    assert (tmp_path / "notes.txt").read_text() == "precious"
    assert len(rushes("history", "--json").json["tasks"]) == 1


def test_a_copy_that_cannot_be_written_is_said_and_leaves_nothing(rushes: Rushes, home: Path, tmp_path: Path) -> None:
    rushes("tasks")
    size = (home / "library.sqlite3").stat().st_size
    with files_no_larger_than(size // 2):
        run = rushes("backup", str(tmp_path / "copy.sqlite3"), "--json")
    assert (run.code, run.json["error"]["kind"]) == (1, "library")
    assert list(tmp_path.glob("*copy*")) == []


def test_the_file_is_made_small_again_and_keeps_every_take(rushes: Rushes, home: Path) -> None:
    assert rushes("generate", "a boat", *SMALL).code == 0
    db = sqlite3.connect(home / "library.sqlite3")
    db.execute("CREATE TABLE ballast (data BLOB)")
    db.executemany("INSERT INTO ballast VALUES (?)", [(os.urandom(4000),) for _ in range(500)])
    db.execute("DROP TABLE ballast")
    db.commit()
    db.close()
    told = rushes("vacuum", "--json").json
    assert told["bytes_before"] - told["bytes"] > 1_000_000
    assert told["bytes"] == (home / "library.sqlite3").stat().st_size
    assert len(rushes("history", "--json").json["tasks"]) == 1
