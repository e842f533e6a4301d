"""A library that was lost: until it is rebuilt nothing paid is sent and every verb says so; then its budgets hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Rushes, Vendors

Start = Callable[..., Vendors]
LUMA = ("generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--yes", "--json")
PRACTICE = ("generate", "a boat", "--provider", "sandbox", *SMALL, "--json")
REMEDY = "rushes reindex"
OVER = "[budget]\nper_day_usd = 0.5\n[sandbox]\nspeed = 1000.0\n"


def lose(home: Path, how: str) -> None:
    """Junk over the file, nothing left in it, or no file any more; what SQLite keeps beside it goes as well."""
    for path in home.glob("library.sqlite3*"):
        path.unlink()
    if how != "gone":
        (home / "library.sqlite3").write_bytes(b"what is this" * 5000 if how == "junk" else b"")


def tear(path: Path) -> None:
    """One page of the tasks is unreadable; the file opens all the same."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tasks'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\x07" * size
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["junk", "empty", "gone"])
def test_a_budget_outlives_the_library(rushes: Rushes, vendors: Start, home: Path, how: str) -> None:
    them = vendors()
    (home / "settings.toml").write_text(OVER)
    assert rushes(*LUMA).code == 0
    lose(home, how)
    if how == "junk":
        assert rushes(*LUMA).code == 1
        assert not (home / "library.sqlite3").exists()
    for _ in range(2):
        refused = rushes(*LUMA)
        assert (refused.code, refused.json["error"]["kind"]) == (6, "budget")
        assert REMEDY in refused.json["error"]["message"]
    assert rushes(*PRACTICE).code == 0
    again = rushes("reindex")
    assert "1 added" in again.out
    assert "cannot come back" in again.err
    over = rushes(*LUMA)
    assert over.code == 6
    assert "$0.40 of it is used" in over.json["error"]["message"]
    (home / "settings.toml").write_text(OVER.replace("0.5", "5"))
    assert rushes(*LUMA).code == 0
    assert them.creates() == 2


def test_every_verb_says_it_in_one_line_until_it_is_rebuilt(rushes: Rushes, vendors: Start, home: Path) -> None:
    vendors()
    assert rushes(*LUMA).code == 0
    lose(home, "junk")
    assert rushes("tasks").code == 1
    verbs = [("watch",), ("tasks",), ("history",), ("spend",)]
    for verb in verbs:
        run = rushes(*verb, "--json")
        assert run.code == 0, verb
        assert REMEDY not in run.out
        assert run.err.count(REMEDY) == 1, verb
    (found,) = [each for each in rushes("doctor", "--json").json["checks"] if each["status"] == "fail"]
    assert (found["name"], REMEDY in found["fix"]) == ("library.books", True)
    assert rushes("reindex").code == 0
    assert [rushes(*verb).err.count(REMEDY) for verb in verbs] == [0] * len(verbs)
    assert all(each["status"] != "fail" for each in rushes("doctor", "--json").json["checks"])


@pytest.mark.parametrize("how", ["junk", "torn"])
def test_reindex_takes_a_damaged_library_aside_and_rebuilds_it_in_one_go(
    rushes: Rushes, vendors: Start, home: Path, how: str
) -> None:
    vendors()
    assert rushes(*LUMA).code == 0
    if how == "junk":
        lose(home, how)
    else:
        tear(home / "library.sqlite3")
    run = rushes("reindex", "--json")
    assert (run.code, run.json["added"]) == (0, 1)
    assert "damaged" in run.err
    assert len(list(home.glob("library.sqlite3.damaged-*"))) == 1
    assert rushes("spend", "--json").json["total"]["charged_usd"] == 0.40


def test_the_doctor_misses_a_library_that_is_gone(rushes: Rushes, home: Path) -> None:
    assert rushes(*PRACTICE).code == 0
    lose(home, "gone")
    failed = [each["name"] for each in rushes("doctor", "--json").json["checks"] if each["status"] == "fail"]
    assert failed == ["library.file"]
    assert not (home / "library.sqlite3").exists()


def test_a_fresh_home_is_no_loss(rushes: Rushes, vendors: Start) -> None:
    vendors()
    run = rushes(*LUMA)
    assert (run.code, REMEDY in run.err) == (0, False)
