"""Verify: are the clips of the library where it says, and are they what they were? Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from providers.values import dataclass
from rushes.library.extras import Extra, extras_of
from rushes.library.reading import Reading
from rushes.media import digest
from rushes.task import Task

__all__ = ["Finding", "Verified", "as_json", "verify"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a take's clip: `missing`, `changed` (another content than was downloaded), `unreadable`."""

    task: Task
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`doubles` are takes with the same content, oldest first."""

    looked: int
    findings: tuple[Finding, ...]
    doubles: tuple[tuple[Task, ...], ...]

    @property
    def sound(self) -> bool:
        """Nothing is missing or changed; doubles are no damage."""
        return not self.findings


def verify(library: Reading, *, quick: bool = False, tell: Callable[[int], None] = lambda _count: None) -> Verified:
    """Looks at every clip: its size, and unless `quick` its SHA-256. `tell` hears how many are done. Blocks."""
    found: list[Finding] = []
    looked = 0
    for looked, task in enumerate(library.with_clips(), start=1):
        if (finding := _look(task, quick=quick)) is not None:
            found.append(finding)
        tell(looked)
    return Verified(looked, tuple(found), tuple(library.doubles()))


def as_json(result: Verified) -> dict[str, Any]:
    """The form of `verify --json`."""
    return {
        "looked": result.looked,
        "sound": result.sound,
        "findings": [
            {"id": each.task.id, "kind": each.kind, "message": each.words, "file": _file(each.task)}
            for each in result.findings
        ],
        "doubles": [[each.id for each in group] for group in result.doubles],
    }


def _file(task: Task) -> str | None:
    return str(task.take.file) if task.take else None


def _look(task: Task, *, quick: bool) -> Finding | None:
    if task.take is None:
        return None
    path = task.take.file
    try:
        size = path.stat().st_size
        if size != task.take.bytes:
            return Finding(task, "changed", f"it has {size} bytes, and had {task.take.bytes}")
        if not quick and digest(path) != task.take.sha256:
            return Finding(task, "changed", "its content is another than what was downloaded")
        for each in extras_of(path):
            if (finding := _look_beside(task, each, quick=quick)) is not None:
                return finding
    except FileNotFoundError:
        return Finding(task, "missing", _where(path))
    except OSError as error:
        return Finding(task, "unreadable", error.strerror or str(error))
    return None


def _look_beside(task: Task, extra: Extra, *, quick: bool) -> Finding | None:
    """A further file of the take."""
    name = extra.file.name
    if not extra.file.exists():
        return Finding(task, "missing", f"{name}, which belongs to it, is not there")
    same = extra.file.stat().st_size == extra.bytes and (quick or digest(extra.file) == extra.sha256)
    return None if same else Finding(task, "changed", f"{name}, which belongs to it, is another than was downloaded")


def _where(path: Path) -> str:
    return "the clip is not there" if path.parent.is_dir() else f"its folder {path.parent} is not there"
