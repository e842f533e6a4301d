"""Import: clips that another program made, or another home kept, become takes of this library. Copies, never moves.

With a sidecar of ours a clip brings all that was known of it; without one, what its header and its name say. A clip
that the library has already, by its content, is passed over. A sidecar is believed only about words: the size, the
length and the hash are the clip's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from providers.shot import Shot
from rushes.files import copy_into
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.library.sidecar import UNREADABLE, read_sidecar, write_sidecar
from rushes.media import MediaError, digest, probe
from rushes.task import Status, Take, Task
from rushes.tasks.assets import clip_path

__all__ = ["ENDINGS", "Imported", "Skipped", "import_folder"]

ENDINGS = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv"})
PROVIDER = "imported"
"""Whose a clip is said to be where nobody knows."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left alone, and why."""

    file: Path
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it. `known` clips were in the library already."""

    added: tuple[Task, ...]
    known: int
    skipped: tuple[Skipped, ...]


def import_folder(
    library: Library, folder: Path, media: Path, *, tell: Callable[[int], None] = lambda _count: None
) -> Imported:
    """Every clip in `folder` and below, oldest first. Raises OSError where the folder cannot be read. Blocks."""
    if not folder.is_dir():
        raise NotADirectoryError(20, "is no folder", str(folder))
    added: list[Task] = []
    skipped: list[Skipped] = []
    known = 0
    for number, clip in enumerate(_clips(folder, media), start=1):
        try:
            task = _take_in(library, clip, media)
        except (MediaError, OSError) as error:
            skipped.append(Skipped(clip, str(error)))
            continue
        known += task is None
        added += [task] if task else []
        tell(number)
    return Imported(tuple(added), known, tuple(skipped))


def _clips(folder: Path, media: Path) -> Iterator[Path]:
    """Clips by age. Links are not followed out of the folder, and the library's own folder is not taken in."""
    own = media.resolve()
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not path.is_symlink()
        and not path.resolve().is_relative_to(own)
        and not path.name.startswith(".")
    ]
    yield from sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def _take_in(library: Library, clip: Path, media: Path) -> Task | None:
    """The new take; None where the library has this content."""
    sha = digest(clip)
    if library.has_content(sha):
        return None
    facts = probe(clip)
    task = _told(library, clip)
    name = f"{clip.stem[:60]}_{task.id[-6:].lower()}"
    target = clip_path(media, month=f"{task.created_at:%Y-%m}", name=name, suffix=clip.suffix.lower())
    size = clip.stat().st_size
    take = Take(target, sha, size, facts.width, facts.height, round(facts.duration_s, 3), round(facts.fps, 3))
    _copy(clip, target)
    done = replace(task, status=Status.SUCCEEDED, progress=1.0, error=None, take=take)
    try:
        added = library.add(done)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):
        write_sidecar(added, take)
    return added


def _told(library: Library, clip: Path) -> Task:
    """What a sidecar says; else a take of its own with the file's name as its words."""
    with contextlib.suppress(*UNREADABLE):
        task = read_sidecar(clip.with_suffix(".json"), clip=clip)
        if library.get(task.id) is None:
            return replace(task, vendor_id=None, trashed_at=None)
        return replace(task, id=new_id(task.created_at), vendor_id=None, trashed_at=None)
    made = datetime.fromtimestamp(clip.stat().st_mtime, UTC)
    words = " ".join(clip.stem.replace("_", " ").replace("-", " ").split())
    shot = Shot(PROVIDER, clip.suffix.lstrip(".").lower(), "text_to_video", words, {})
    return Task(new_id(made), shot, Status.SUCCEEDED, made, badge="IMPORTED", finished_at=made)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as out:
            copy_into(out, source)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
