"""Export: chosen takes into a folder, under readable names, as links, copies or moved; and a search as CSV.

Nothing that exists is overwritten. Names come from a pattern such as `{date}_{provider}_{slug}_{n}`; what a prompt, a
model or a tag brings into a name cannot lead out of the folder. Blocks for as long as copying takes.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import shutil
import string
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from providers.values import dataclass
from rushes.files import copy_into, made_new
from rushes.library.extras import Extra, extra_path, extras_of, pictures_of, write_extras
from rushes.task import Task
from rushes.tasks.assets import slug
from rushes.text import no_formula

__all__ = [
    "FIELDS",
    "HEADS",
    "PATTERN",
    "Exported",
    "How",
    "PatternProblem",
    "as_csv",
    "export",
    "name_of",
    "write_table",
]

PATTERN = "{date}_{provider}_{slug}_{n}"
LONGEST = 180
"""Bytes of a name; file systems take 255, and `.part` or a number may follow."""
_ACROSS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What linking says between disks, and on file systems without links."""


class PatternProblem(ValueError):
    """A name pattern that cannot be used: says which part, and what there is."""


class How(StrEnum):
    """What becomes of the clip. A link takes no room and is the same file; where there can be none, it is copied."""

    LINK = "link"
    COPY = "copy"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Exported:
    """One take: where its clip lies now, or why it does not."""

    task: Task
    file: Path | None
    how: How | None = None
    problem: str = ""


FIELDS: dict[str, Callable[[Task, int], str]] = {
    "date": lambda task, _n: f"{task.created_at:%Y-%m-%d}",
    "time": lambda task, _n: f"{task.created_at:%H%M%S}",
    "provider": lambda task, _n: task.shot.provider,
    "model": lambda task, _n: task.shot.model,
    "mode": lambda task, _n: task.shot.mode,
    "slug": lambda task, _n: slug(task.shot.prompt),
    "n": lambda _task, n: f"{n:03d}",
    "id": lambda task, _n: task.id,
    "rating": lambda task, _n: str(task.rating or 0),
    "seed": lambda task, _n: str(task.shot.params.get("seed", "")),
    "tags": lambda task, _n: "-".join(task.tags),
    "size": lambda task, _n: f"{task.take.width}x{task.take.height}" if task.take else "",
}
"""What a pattern may name."""


def name_of(task: Task, number: int, pattern: str = PATTERN) -> str:
    """The name without its ending. Raises PatternProblem."""
    parts = []
    if not pattern.strip():
        raise PatternProblem("the name pattern is empty")
    try:
        pieces = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise PatternProblem(f"the name pattern cannot be read: {error}") from None
    for text, field, form, conversion in pieces:
        parts.append(text)
        if field is None:
            continue
        if field not in FIELDS or form or conversion:
            raise PatternProblem(f"a name pattern knows no {{{field}}}; there are {', '.join(FIELDS)}")
        parts.append(FIELDS[field](task, number))
    ending = task.take.file.suffix if task.take else ""
    return _safe(re.sub(f"(?i:{re.escape(ending)})$", "", "".join(parts)))


def export(
    tasks: Sequence[Task],
    folder: Path,
    *,
    pattern: str = PATTERN,
    how: How = How.COPY,
    sidecars: bool = False,
    moved: Callable[[Task, Path], None] | None = None,
) -> list[Exported]:
    """Every take by itself: one whose clip is missing does not keep the others. Raises PatternProblem, OSError.

    `moved` is told where a clip lies after a move, before the next one goes.
    """
    names = [name_of(task, number, pattern) for number, task in enumerate(tasks, start=1)]
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return [_one(task, folder, name, how, sidecars, moved) for task, name in zip(tasks, names, strict=True)]


HEADS = (
    *("id", "created_at", "provider", "model", "mode", "prompt", "status", "rating", "tags", "notes"),
    *("quoted_usd", "estimated_usd", "charged_usd", "duration_s", "width", "height", "fps", "file", "sha256"),
)
"""The columns of a search's table."""


def as_csv(tasks: Iterable[Task]) -> str:
    """A search as a table for spreadsheets. No cell is read as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for task in tasks:
        data = task.to_json()
        data |= {**data["cost"], "tags": " ".join(task.tags)}
        writer.writerow([_cell(data[name]) for name in HEADS])
    return out.getvalue()


def write_table(tasks: Iterable[Task], target: Path) -> Path:
    """`as_csv` as a new file; one that is there keeps its name, and the new one gets a number. OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)

    def make(path: Path) -> Path:
        with path.open("x", encoding="utf-8", newline="") as out:
            out.write(as_csv(tasks))
        return path

    return made_new(target, make)


def _one(
    task: Task, folder: Path, name: str, how: How, sidecars: bool, moved: Callable[[Task, Path], None] | None
) -> Exported:
    if task.take is None or not task.take.file.is_file():
        return Exported(task, None, problem="it has no clip" if task.take is None else "its clip is missing")
    source = task.take.file
    try:
        target, done = _place(source, folder, name, how)
        extras = [_beside(each, number, target, how) for number, each in enumerate(extras_of(source), start=2)]
        if sidecars and (beside := source.with_suffix(".json")).is_file():
            shutil.copyfile(beside, target.with_suffix(".json"))
        if how is How.MOVE:
            _leave(task, target, moved)
        if extras and target.with_suffix(".json").exists():
            write_extras(target.with_suffix(".json"), extras)
    except OSError as error:
        return Exported(task, None, problem=error.strerror or str(error))
    return Exported(task, target, done)


def _place(source: Path, folder: Path, name: str, how: How) -> tuple[Path, How]:
    """A new name in the folder for the clip; linking and moving begin with a link, so that nothing is half there."""

    def make(target: Path) -> tuple[Path, How]:
        if how is not How.COPY:
            try:
                os.link(source, target)
                return target, how
            except OSError as error:
                if error.errno not in _ACROSS:
                    raise
        _copy(source, target)
        return target, How.MOVE if how is How.MOVE else How.COPY

    return made_new(folder / f"{name}{source.suffix}", make)


def _beside(extra: Extra, number: int, target: Path, how: How) -> Extra:
    """A further file of a take, under the take's new name."""
    wanted = extra_path(target, number, extra.file.suffix)
    file, _ = _place(extra.file, wanted.parent, wanted.stem, how)
    return replace(extra, file=file)


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all: the name is taken first, and given back where the disk is full."""
    with target.open("xb") as out:
        try:
            copy_into(out, source)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    shutil.copystat(source, target)


def _leave(task: Task, target: Path, moved: Callable[[Task, Path], None] | None) -> None:
    """The library first, then the old name goes: in between the clip has two names, never none."""
    if task.take is None or moved is None:
        return
    more = extras_of(task.take.file)
    moved(task, target)
    for source, place in zip(pictures_of(task.take.file), pictures_of(target), strict=True):
        if source.exists():
            shutil.move(source, place)
    sidecar = task.take.file.with_suffix(".json")
    if sidecar.exists() and not target.with_suffix(".json").exists():
        shutil.move(sidecar, target.with_suffix(".json"))
    sidecar.unlink(missing_ok=True)
    for path in (task.take.file, *(each.file for each in more)):
        path.unlink()


def _safe(text: str) -> str:
    """Printable, without separators and marks that change the reading direction, and short enough for any disk."""
    kept = "".join("-" if each in '/\\:*?"<>|' or unicodedata.category(each)[0] in "CZ" else each for each in text)
    name = re.sub(r"-{2,}", "-", kept).strip(".-_ ")
    return name.encode()[:LONGEST].decode(errors="ignore").rstrip(".-_ ") or "clip"


def _cell(value: object) -> str:
    return "" if value is None else no_formula(str(value))
