"""Rebuilding the library from the files beside the clips, and from the receipts of what was in flight."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rushes.library import Library
from rushes.sidecar import UNREADABLE, Receipts, read_sidecar
from rushes.task import Task

__all__ = ["Rebuilt", "read_sidecar", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it. `broken` sidecars were left out and left alone; `in_flight` of the added are at a vendor."""

    added: int
    known: int
    broken: tuple[Path, ...]
    in_flight: int = 0


def rebuild(library: Library, folders: Iterable[Path], receipts: Receipts | None = None) -> Rebuilt:
    """Adds every take, and every task at a vendor, that the library does not have, oldest first."""
    tasks: dict[str, Task] = {}
    broken: list[Path] = []
    for path in sorted(path for folder in folders for path in folder.glob("*/*.json")):
        try:
            task = read_sidecar(path)
        except UNREADABLE:
            broken.append(path)
            continue
        tasks.setdefault(task.id, task)
    for each in receipts.all() if receipts is not None else ():
        tasks.setdefault(each.task.id, each.task)
    added = [task for task in sorted(tasks.values(), key=lambda each: each.id) if _add(library, task)]
    flying = sum(not task.ended for task in added)
    return Rebuilt(len(added), len(tasks) - len(added), tuple(broken), flying)


def _add(library: Library, task: Task) -> bool:
    if library.get(task.id) is not None:
        return False
    try:
        library.add(task)
    except sqlite3.IntegrityError:
        # Its vendor's id belongs to another task: a copied sidecar. One take is enough.
        return False
    return True
