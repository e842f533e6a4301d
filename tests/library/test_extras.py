"""Several files of one press stay together: exported, moved, checked, written on, and thrown away."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rushes.engine import Engine
from rushes.home import Home
from rushes.library.exporting import How, export
from rushes.library.extras import Extra, extra_path, extras_of
from rushes.library.sidecar import write_sidecar
from rushes.task import Task
from tests.library.shelf import home_in, library_of, task, with_clip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def four(home: Home) -> Task:
    """A take of four files."""
    made = with_clip(home, task())
    assert made.take is not None
    extras = []
    for number in (2, 3, 4):
        file, data = extra_path(made.take.file, number, ".png"), f"file {number}".encode()
        file.write_bytes(data)
        extras.append(Extra(file, hashlib.sha256(data).hexdigest(), len(data)))
    write_sidecar(made, made.take, extras)
    library = library_of(home)
    library.add_all([made])
    library.close()
    return made


NAMES = ["a.2.png", "a.3.png", "a.4.png"]


def test_a_copy_brings_all_files_and_says_so_beside_it(home: Home, tmp_path: Path) -> None:
    made = four(home)
    (done,) = export([made], tmp_path / "out", pattern="a", how=How.COPY, sidecars=True)
    assert done.file is not None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [*NAMES, "a.json", "a.mp4"]
    assert [each.file.name for each in extras_of(done.file)] == NAMES


async def test_a_moved_take_takes_its_files_along_and_leaves_none(home: Home, tmp_path: Path) -> None:
    made = four(home)
    assert made.take is not None
    engine = await Engine.open(home, environ={}, cwd=tmp_path)
    await engine.rate(made.id, 4)
    (done,) = await engine.shelf.export([made], tmp_path / "out", pattern="a", how=How.MOVE)
    assert done.file is not None
    assert [(each.file.name, each.file.exists()) for each in extras_of(done.file)] == [(name, True) for name in NAMES]
    assert list(made.take.file.parent.iterdir()) == []
    extras_of(done.file)[1].file.write_bytes(b"other")
    (finding,) = (await engine.shelf.verify(quick=True)).findings
    assert (finding.kind, "a.3.png" in finding.words) == ("changed", True)
    extras_of(done.file)[1].file.unlink()
    assert (await engine.shelf.verify(quick=True)).findings[0].kind == "missing"
    await engine.shelf.trash([made.id])
    assert (await engine.shelf.empty_trash()).kept == ()
    assert list((tmp_path / "out").iterdir()) == []
    await engine.close()


def test_a_word_on_a_take_keeps_what_goes_with_it(home: Home) -> None:
    made = four(home)
    assert made.take is not None
    write_sidecar(replace(made, rating=3), made.take)
    assert len(extras_of(made.take.file)) == 3


def test_a_forged_sidecar_names_no_file_of_another_folder(tmp_path: Path) -> None:
    clip = tmp_path / "a.png"
    names = ("../b.2.png", "/etc/passwd", "b.json", 3, "a.2.png", "..")
    rows = [{"file": name, "sha256": "0" * 64, "bytes": 1} for name in names]
    clip.with_suffix(".json").write_text(json.dumps({"more": [*rows, "x", {"file": "a.3.png", "bytes": True}]}))
    assert [each.file.name for each in extras_of(clip)] == ["a.2.png"]
    clip.with_suffix(".json").write_text("[" * 100_000)
    assert extras_of(clip) == ()
