"""Relocating: the folder of the clips to another place, and clips that were moved by hand found again by their content.

A move is copy, verify, switch, delete: until every clip is whole at its new place, library and settings know the old
one, and nothing there is touched. A note in the home says what was begun, so that the same command carries on after an
interruption. On one disk clips are linked instead of copied: that is the same file, at once.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.atomic import write_atomically
from rushes.files import copy_into
from rushes.library.extras import sides_of
from rushes.library.importing import ENDINGS
from rushes.library.library import Library
from rushes.library.sidecar import write_sidecar
from rushes.media import digest
from rushes.media.kinds import OTHER_ENDINGS
from rushes.task import Task

__all__ = ["Found", "Journal", "Moved", "NotWhole", "copy_over", "find_again", "forget_old", "switch", "takes_below"]

ALL_ENDINGS = ENDINGS | OTHER_ENDINGS
SPARE_BYTES = 64 * 2**20
"""Room that is left on the new disk."""
Tell = Callable[[int, int], None]
"""Hears how many of how many are done."""


class NotWhole(Exception):
    """A clip could not be brought over as it is: says which and why. Nothing was switched and nothing deleted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did; `missing` are takes whose clip is not where the library says, and were left out."""

    moved: int
    bytes: int
    missing: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Takes whose clips were found elsewhere, and those that are still missing."""

    found: tuple[Task, ...]
    missing: tuple[Task, ...]


class Journal:
    """The note that a move was begun: from where, to where."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, old: Sequence[Path], new: Path) -> None:
        """Writes it. Raises OSError."""
        told = {"from": [str(each) for each in old], "to": str(new)}
        write_atomically(self._path, json.dumps(told).encode())

    def read(self) -> tuple[list[Path], Path] | None:
        """An unfinished move; None where there is none that can be read."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            return [Path(each) for each in told["from"]], Path(told["to"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def end(self) -> None:
        """It is done."""
        self._path.unlink(missing_ok=True)


def takes_below(library: Library, folders: Iterable[Path]) -> list[Task]:
    """Every take whose clip lies in one of the folders, thrown away or not, oldest first."""
    roots = tuple(folders)
    return [
        each
        for each in library.with_clips()
        if each.take and any(each.take.file.is_relative_to(root) for root in roots)
    ]


def copy_over(tasks: Sequence[Task], old: Sequence[Path], new: Path, *, tell: Tell = lambda _done, _all: None) -> Moved:
    """Brings every clip, and what lies beside it, to the new folder; what is there and whole is not brought again.

    Raises NotWhole, and OSError where there is no room. Blocks for as long as reading all of them takes.
    """
    new.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_room(tasks, new)
    missing: list[Task] = []
    size = 0
    for number, task in enumerate(tasks, start=1):
        for source in _sides(task):
            if not source.exists():
                continue
            size += _bring(source, _place(source, old, new))
        if task.take is None or not task.take.file.exists():
            missing.append(task)
        tell(number, len(tasks))
    return Moved(len(tasks) - len(missing), size, tuple(missing))


def switch(library: Library, tasks: Sequence[Task], old: Sequence[Path], new: Path) -> None:
    """From now on the library knows the clips at their new place. Each is a transaction: any part may be repeated."""
    for task in tasks:
        if task.take is not None and (target := _place(task.take.file, old, new)).exists():
            library.change(task.id, {"file": target})


def forget_old(library: Library, old: Sequence[Path], new: Path) -> int:
    """Deletes, in the old folders, files that have a twin of the same content in the new one and that no take needs.

    How many went. Anything else that lies there is left: it is not ours, or it has not been brought over.
    """
    needed = {each.take.file for each in takes_below(library, old) if each.take}
    gone = 0
    for root in old:
        for path in [each for each in root.rglob("*") if each.is_file()]:
            twin = new / path.relative_to(root)
            if path in needed or not twin.is_file() or not _same_file(path, twin):
                continue
            path.unlink()
            gone += 1
        for folder in sorted((each for each in root.rglob("*") if each.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
    return gone


def find_again(library: Library, folders: Iterable[Path]) -> Found:
    """Looks in the folders, and below, for clips that are not where the library says, by length and SHA-256."""
    lost = {each.id: each for each in library.with_clips() if each.take is not None and not each.take.file.is_file()}
    lengths = {each.take.bytes for each in lost.values() if each.take}
    found: list[Task] = []
    for path in _clips(folders) if lost else ():
        if path.stat().st_size not in lengths:
            continue
        sha = digest(path)
        for task in [each for each in lost.values() if each.take and each.take.sha256 == sha]:
            changed = library.change(task.id, {"file": path.absolute()})
            if changed is not None and changed.take is not None:
                found.append(changed)
                del lost[task.id]
                with contextlib.suppress(OSError):
                    write_sidecar(changed, changed.take)
    return Found(tuple(found), tuple(lost.values()))


def _clips(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.suffix.lower() in ALL_ENDINGS and path.is_file())


def _sides(task: Task) -> tuple[Path, ...]:
    """What lies beside a clip, and the clip last: where there is a clip, all that belongs to it is there."""
    if task.take is None:
        return ()
    return (*sides_of(task.take.file), task.take.file)


def _place(source: Path, old: Sequence[Path], new: Path) -> Path:
    root = next(each for each in old if source.is_relative_to(each))
    return new / source.relative_to(root)


def _check_room(tasks: Sequence[Task], new: Path) -> None:
    needed = sum(each.take.bytes for each in tasks if each.take and not _same_disk(each.take.file, new))
    if needed and needed + SPARE_BYTES > shutil.disk_usage(new).free:
        raise OSError(errno.ENOSPC, f"the clips need {needed / 1e6:.0f} MB", str(new))


def _same_disk(path: Path, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.stat().st_dev == folder.stat().st_dev
    return False


def _bring(source: Path, target: Path) -> int:
    """A link, or a copy that was read back and is the same. Bytes that were written."""
    if target.exists():
        if _same_file(source, target):
            return 0
        raise NotWhole(f"{target} exists, and is another file than {source}")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(OSError):  # another disk, or one without links
        os.link(source, target)
        return 0
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as out:
            sha = copy_into(out, source)
        if digest(part) != sha:
            raise NotWhole(f"{source} is not the same after copying; is the disk below {target.parent} sound?")
        shutil.copystat(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _same_file(source: Path, target: Path) -> bool:
    if source.samefile(target):
        return True
    return source.stat().st_size == target.stat().st_size and digest(source) == digest(target)
