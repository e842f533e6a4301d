"""Names that are not taken, and copies."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rushes.files import copy_into, free_name, made_new


def test_a_taken_name_gets_a_number_before_its_ending(tmp_path: Path) -> None:
    wanted = tmp_path / "fox_3.208s.png"
    assert free_name(wanted) == wanted
    for name in ("fox_3.208s.png", "fox_3.208s-2.png"):
        (tmp_path / name).touch()
    assert free_name(wanted).name == "fox_3.208s-3.png"


def test_names_come_to_an_end() -> None:
    with pytest.raises(FileExistsError, match=r"fox\.mp4 exists ten thousand times"):
        free_name(Path("fox.mp4"), lambda _path: True)


def test_what_comes_to_lie_there_in_the_meantime_keeps_its_name(tmp_path: Path) -> None:
    def make(path: Path) -> str:
        path.open("x").close()
        return path.name

    assert [made_new(tmp_path / "fox.csv", make) for _ in range(3)] == ["fox.csv", "fox-2.csv", "fox-3.csv"]


def test_a_copy_is_what_was_read(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"frames" * 500_000)
    with (tmp_path / "copy.mp4").open("xb") as out:
        sha = copy_into(out, source)
    assert (tmp_path / "copy.mp4").read_bytes() == source.read_bytes()
    assert sha == hashlib.sha256(source.read_bytes()).hexdigest()
