"""The folder of the clips moves whole or not at all, also in two attempts; clips moved by hand are found by content."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rushes.cli import main
from rushes.cli import relocate as verb
from rushes.home import Home
from rushes.library.library import Library
from rushes.library.verifying import verify
from rushes.settings import SettingsStore
from tests.library.shelf import home_in, library_of, task, with_clip


class Place:
    """A home with three takes; one of them is in the trash, and each has a poster."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home: Home = home_in(folder)
        self.new = folder / "other" / "clips"
        self.capsys = capsys
        library = library_of(self.home)
        self.takes = [with_clip(self.home, task(number, f"fox {number}")) for number in range(3)]
        for each in self.takes:
            assert each.take
            each.take.file.with_suffix(".jpg").write_bytes(b"poster")
        library.add_all(self.takes)
        library.change(self.takes[2].id, {"trashed": datetime.now(UTC)})
        library.close()

    def __call__(self, *args: str) -> tuple[int, str, str]:
        code = main(["--home", str(self.home.data), *args])
        out, err = self.capsys.readouterr()
        return code, out, err

    def library(self) -> Library:
        return library_of(self.home)

    def sound(self) -> bool:
        """Whether every clip is where the library says, and is what it was."""
        library = self.library()
        try:
            result = verify(library)
            return result.sound and result.looked == 3
        finally:
            library.close()

    def files(self) -> list[Path]:
        library = self.library()
        tasks = [library.get(each.id) for each in self.takes]
        library.close()
        return [each.take.file for each in tasks if each and each.take]


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, capsys)


@pytest.fixture(params=["one disk", "two disks"])
def disks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    if request.param == "two disks":
        monkeypatch.setattr(os, "link", refuse)
    return str(request.param)


def test_all_clips_and_what_lies_beside_them_are_in_the_new_folder_and_the_old_one_is_empty(
    place: Place, disks: str
) -> None:
    code, out, _err = place("relocate", str(place.new))
    assert (code, out.startswith("3 clips are in")) == (0, True)
    assert place.sound()
    assert all(each.is_relative_to(place.new) for each in place.files())
    assert all(each.with_suffix(end).exists() for each in place.files() for end in (".jpg", ".json"))
    assert [each for each in place.home.media.rglob("*") if each.is_file()] == []
    assert SettingsStore(place.home.settings).value.media.folder == str(place.new)
    assert place("relocate", str(place.new))[0] == 0
    assert place.sound()


@pytest.mark.parametrize("step", ["copy_over", "switch", "forget_old"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_move_that_was_interrupted_anywhere_loses_nothing_and_the_same_command_ends_it(
    place: Place, disks: str, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    real: Callable[..., Any] = getattr(verb, step)

    def killed(*args: Any, **more: Any) -> None:
        if when == "after":
            real(*args, **more)
        raise SystemExit(137)

    monkeypatch.setattr(verb, step, killed)
    with pytest.raises(SystemExit):
        place("relocate", str(place.new))
    place.capsys.readouterr()
    assert place.sound()
    monkeypatch.setattr(verb, step, real)
    assert place("relocate", str(place.new.with_name("elsewhere")))[0] == 2
    assert place("relocate", str(place.new))[0] == 0
    assert place.sound()
    assert [each for each in place.home.media.rglob("*") if each.is_file()] == []


def test_a_copy_that_is_not_the_same_stops_the_move_and_deletes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "fsync", lambda handle: os.ftruncate(handle, 4))  # a disk that keeps half of it
    code, _out, err = place("relocate", str(place.new))
    assert (code, "nothing deleted" in err) == (10, True)
    assert place.sound()
    assert SettingsStore(place.home.settings).value.media.folder == ""


def test_what_lies_there_already_is_never_overwritten(place: Place) -> None:
    first = place.files()[0]
    taken = place.new / first.relative_to(place.home.media)
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"another's")
    code, _out, err = place("relocate", str(place.new))
    assert (code, "is another file" in err) == (10, True)
    assert taken.read_bytes() == b"another's"
    assert place.sound()


def test_a_move_begins_only_where_nobody_is_at_work_and_the_place_makes_sense(place: Place) -> None:
    inside = place.home.media / "inside"
    code, _out, err = place("relocate", str(inside))
    assert (code, "choose one apart" in err) == (2, True)
    library = Library(place.home.library, now=lambda: datetime.now(UTC))
    library.heartbeat("elsewhere:1:x")
    library.close()
    code, _out, err = place("relocate", str(place.new))
    assert (code, "at work" in err) == (2, True)
    assert place.sound()


def test_clips_that_were_moved_by_hand_are_found_by_their_content(place: Place, tmp_path: Path) -> None:
    first, second, _third = place.files()
    drawer = tmp_path / "drawer" / "deep"
    drawer.mkdir(parents=True)
    first.rename(drawer / "renamed.mp4")
    (drawer / "like it.mp4").write_bytes(second.read_bytes()[::-1])
    second.unlink()
    code, out, err = place("verify", "--find", str(tmp_path / "drawer"))
    assert code == 10
    assert f"found again: {place.takes[0].id}" in err
    assert f"{place.takes[1].id}  missing" in out
    assert place.files()[0] == drawer / "renamed.mp4"
    assert (drawer / "renamed.json").exists()
    assert place("verify", "--find", str(tmp_path / "nowhere"))[0] == 2
