"""Nearby: the pictures, clips and sounds under a few folders, and which of them a few typed letters mean.

A home folder may hold a million files: the walk goes breadth first, in portions, and ends at its limits; whoever asks
for the next portion decides whether there is one. Blocks; use a thread. Reads names and dates, opens no file.
"""

from __future__ import annotations

import mimetypes
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Found", "Limits", "rank", "walk"]

UNWANTED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
"""Folders in which no person keeps pictures; those with a dot in front are left out as well."""
BESIDE = (".jpg", ".strip.jpg")
"""Endings of the pictures that rushes itself lays beside a clip: they are the clip's, not the person's."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a walk ends: entries looked at, files found, folders deep, seconds. A portion ends with a piece of each."""

    entries: int = 200_000
    found: int = 5_000
    depth: int = 10
    seconds: float = 20.0
    portion_entries: int = 2_000
    portion_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """One file: where it lies, its name below the folder that was searched, when it was changed (seconds)."""

    path: Path
    shown: str
    changed: float


@dataclass(slots=True)
class _Count:
    """What a walk has used of its limits, and what it has seen: no folder is walked twice."""

    entries: int = 0
    found: int = 0
    seen: set[str] = field(default_factory=set)


def walk(
    folders: Sequence[Path], media: str, limits: Limits | None = None, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[Found]]:
    """Portions of files of one kind (`image`, `video`, `audio`), near ones first. What cannot be read is passed over.

    Links to folders are not followed: they may lead in circles.
    """
    within, count = limits or Limits(), _Count()
    begun = last = clock()
    portion: list[Found] = []
    looked = 0
    for found in _files(folders, media, within, count):
        portion += found
        now = clock()
        if now - begun > within.seconds or count.entries >= within.entries or count.found >= within.found:
            break
        if now - last > within.portion_s or count.entries - looked > within.portion_entries:
            yield portion
            portion, last, looked = [], clock(), count.entries
    yield portion[: within.found]


def _files(folders: Sequence[Path], media: str, limits: Limits, count: _Count) -> Iterator[list[Found]]:
    """What each folder holds, breadth first."""
    waiting = deque((str(each), str(each), 0) for each in folders)
    while waiting:
        folder, root, depth = waiting.popleft()
        if (real := os.path.realpath(folder)) in count.seen:
            continue
        count.seen.add(real)
        entries = _entries(folder, limits.entries - count.entries)
        count.entries += len(entries) + 1
        if depth < limits.depth:
            waiting.extend((each.path, root, depth + 1) for each in entries if _is_folder(each))
        found = _fitting(entries, root, media)[: limits.found - count.found]
        count.found += len(found)
        yield found


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((each for _, each in zip(range(most), entries, strict=False)), key=lambda each: each.name)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.name not in UNWANTED and entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _fitting(entries: Sequence[os.DirEntry[str]], root: str, media: str) -> list[Found]:
    clips = {each.name.rpartition(".")[0] for each in entries if each.name.endswith((".mp4", ".mov"))}
    found: list[Found] = []
    for each in entries:
        if each.name.startswith(".") or not (mimetypes.guess_type(each.name)[0] or "").startswith(f"{media}/"):
            continue
        if any(each.name.endswith(end) and each.name.removesuffix(end) in clips for end in BESIDE):
            continue
        try:
            if each.is_file():
                found.append(Found(Path(each.path), os.path.relpath(each.path, root), each.stat().st_mtime))
        except (OSError, ValueError):
            continue
    return found


def rank(query: str, texts: Sequence[str]) -> list[int]:
    """The places of the texts that hold every word of the query, letters in order, the best first.

    A word that stands there whole beats scattered letters, the last part of a path beats its folders, the begin of a
    word beats its middle, a short text beats a long one. Texts that are equally good keep their order.
    """
    words = query.casefold().split()
    if not words:
        return list(range(len(texts)))
    patterns = [(word, re.compile(".*?".join(map(re.escape, word)))) for word in words]
    scored: list[tuple[float, int]] = []
    for place, text in enumerate(texts):
        folded = text.casefold()
        score = 0.0
        for word, pattern in patterns:
            if (one := _score(word, pattern, folded)) is None:
                break
            score += one
        else:
            scored.append((score - len(folded) / 1000, place))
    return [place for _, place in sorted(scored, key=lambda each: (-each[0], each[1]))]


def _score(word: str, pattern: re.Pattern[str], text: str) -> float | None:
    """How well a text holds a word; None where it does not."""
    base = text.rfind("/") + 1
    at = text.find(word, base)
    at = at if at >= 0 else text.find(word)
    if at >= 0:
        begins = at == 0 or not text[at - 1].isalnum()
        return 100 + 20 * (at >= base) + 20 * begins + 20 * (at == base)
    scattered = pattern.search(text, base) or pattern.search(text)
    if scattered is None:
        return None
    return max(0.0, 50.0 - (scattered.end() - scattered.start() - len(word))) + 20 * (scattered.start() >= base)
