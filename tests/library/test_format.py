"""A library of an earlier format keeps everything when this version opens it, and is searched as a new one is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rushes.library.migrations import MIGRATIONS
from rushes.library.rows import columns
from tests.library.shelf import home_in, library_of, task

BEFORE = 3
"""The format before notes, trash and kin."""
NEW = {"notes", "trashed", "parent", "kinship", "wanted", "wanted_as"}


def test_an_older_library_is_brought_over_with_its_words_and_tags(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    old = [
        task(1, "a red fox", tags=("keeper", "night"), params={"negative_prompt": "blurry", "loop": True}),
        task(2, "a boat", rating=4),
    ]
    db = sqlite3.connect(home.library)
    for step in MIGRATIONS[:BEFORE]:
        step(db)
    db.execute(f"PRAGMA user_version = {BEFORE}")
    for each in old:
        row = {name: value for name, value in columns(each, home.data).items() if name not in NEW} | {"rev": 1}
        db.execute(f"INSERT INTO tasks ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    db.commit()
    db.close()

    library = library_of(home)
    for query, number in {"fox": 0, "blurry": 0, "tag:NIGHT": 0, "has:loop": 0, "rating:4": 1, "boat": 1}.items():
        assert [each.id for each in library.page(query).tasks] == [old[number].id], query
    assert [each.shot for each in library.page("sort:oldest").tasks] == [each.shot for each in old]
    assert [row[0] for row in library.connection.execute("PRAGMA integrity_check")] == ["ok"]
    library.connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    library.close()
