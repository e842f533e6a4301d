"""Kinship of takes: what a take was made from, and what was made from it, as a small tree that can be walked.

A parent is named when a take is made from another (variation, re-run, extension); it is found by itself where an input
is an earlier take, or a frame that was taken out of one.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from providers.shot import Shot
from providers.sources import is_task_id
from providers.values import dataclass
from rushes.task import Task

if TYPE_CHECKING:
    from rushes.library.library import Library

__all__ = ["EXTENDED", "FRAME", "INPUT", "RERUN", "VARIATION", "Kin", "family", "parent_of"]

EXTENDED, FRAME, INPUT, RERUN, VARIATION = "extended", "frame", "input", "rerun", "variation"
WORDS = {
    EXTENDED: "extends",
    FRAME: "starts from a frame of",
    INPUT: "uses",
    RERUN: "the shot of",
    VARIATION: "a variation of",
}
_MOMENT = re.compile(r"_\d+\.\d{3}s(-\d+)?$")
HIGHEST, MOST = 12, 60
"""Generations that are looked back, and children that are named."""


@dataclass(frozen=True, slots=True)
class Kin:
    """`ancestors` from the oldest to the parent, and `children`, oldest first. A parent that is gone ends the line."""

    task: Task
    ancestors: tuple[Task, ...]
    children: tuple[Task, ...]

    def lines(self) -> list[tuple[int, Task, str]]:
        """The tree as lines: how far it is indented, the take, and in words what it is to the one above."""
        told = [
            (depth, task, WORDS.get(task.kinship or "", "")) for depth, task in enumerate((*self.ancestors, self.task))
        ]
        return told + [(len(told), each, WORDS.get(each.kinship or "", "")) for each in self.children]


def family(library: Library, task_id: str) -> Kin:
    """The kin of a take. Raises LookupError where there is no such take."""
    task = library.get(task_id)
    if task is None:
        raise LookupError(f"there is no task {task_id}")
    line: list[Task] = []
    seen = {task.id}
    above = task.parent
    while above and above not in seen and len(line) < HIGHEST:
        seen.add(above)
        parent = library.get(above)
        if parent is None:
            break
        line.insert(0, parent)
        above = parent.parent
    return Kin(task, tuple(line), tuple(library.children(task.id, MOST)))


def parent_of(library: Library, shot: Shot) -> tuple[str, str] | None:
    """The take that a shot's inputs come from, and how; None where they come from elsewhere."""
    for each in shot.inputs:
        if is_task_id(each.source):
            return each.source.upper(), INPUT
        if "://" not in each.source and (found := _by_file(library, PurePath(each.source))):
            return found, FRAME if _MOMENT.search(PurePath(each.source).stem) else INPUT
    return None


def _by_file(library: Library, path: PurePath) -> str | None:
    """A picture of the library itself, or a frame that bears the name of the clip it was taken from."""
    return library.with_file(path.name) or library.with_file(f"{_MOMENT.sub('', path.stem)}.mp4")
