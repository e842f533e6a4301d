"""Rebuilding the library from the files beside the clips, and from the receipts of what was in flight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rushes.library.library import Library
from rushes.library.sidecar import UNREADABLE, Receipts, read_sidecar
from rushes.task import Task

__all__ = ["Rebuilt", "read_sidecar", "rebuild"]

AT_ONCE = 500
"""Tasks of one transaction: many enough to be quick, few enough that another window's write waits for a moment only."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it. `broken` sidecars are left out (`why`) and left alone; `in_flight` of the added are at a vendor.

    `anew`: the library had been begun without them, so that what left no file behind is known to nobody here. `doubles`
    say that they are of a vendor's task which another take here is of already.
    """

    added: int
    known: int
    broken: tuple[Path, ...]
    in_flight: int = 0
    anew: bool = False
    doubles: tuple[str, ...] = ()
    why: Mapping[Path, str] = field(default_factory=dict)


def rebuild(library: Library, folders: Iterable[Path], receipts: Receipts | None = None) -> Rebuilt:
    """Adds every take, and every task at a vendor, that the library does not have, oldest first.

    With their prices: from then on budgets count them, and a library that was begun anew may be spent with again.
    """
    tasks: dict[str, Task] = {}
    broken: dict[Path, str] = {}
    for path in sorted(path for folder in folders for path in folder.glob("*/*.json")):
        try:
            task = read_sidecar(path)
        except UNREADABLE as error:
            broken[path] = str(error) if isinstance(error, ValueError) else "cannot be read"
            continue
        tasks.setdefault(task.id, task)
    for each in receipts.all() if receipts is not None else ():
        tasks.setdefault(each.task.id, each.task)
    ordered = sorted(tasks.values(), key=lambda each: each.id)
    added, flying, doubles = 0, 0, list[str]()
    for start in range(0, len(ordered), AT_ONCE):
        chunk = [task for task in ordered[start : start + AT_ONCE] if not library.knows(task.id)]
        added += library.add_all(chunk)
        flying += sum(not task.ended and library.knows(task.id) for task in chunk)
        doubles += [task.id for task in chunk if not library.knows(task.id)]
    anew = library.begun_anew()
    if anew:
        library.rebuilt()
    known = len(tasks) - added - len(doubles)
    return Rebuilt(added, known, tuple(broken), flying, anew, tuple(doubles), broken)
