"""Paths as people paste and type them: what a terminal makes of a dropped file, and the rest of a name begun."""

from __future__ import annotations

import mimetypes
import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["completed", "pasted"]

MOST_ENTRIES = 5000
"""How much of a folder is looked at: a huge one must not hold a key up."""


def pasted(text: str) -> str:
    """What is meant by a pasted line: a dropped file comes quoted, with backslashes, or as a file:// address."""
    line = text.strip()
    if line.startswith("file://"):
        return unquote(urlsplit(line).path)
    if line[:1] in {"'", '"'} or "\\ " in line:
        try:
            words = shlex.split(line)
        except ValueError:
            return line
        return words[0] if len(words) == 1 else line
    return line


def completed(text: str, media: str) -> str | None:
    """The text with the name that it begins, a folder or a file of this kind (`image`, `video`, `audio`); None if no
    name fits. Among several the first by the alphabet, files of the kind before folders."""
    if not text or text.startswith(("http://", "https://")):
        return None
    folder, _, begun = text.rpartition("/")
    place = Path(f"{folder}/").expanduser() if "/" in text else Path()
    names = sorted(_fitting(place, begun, media))
    return text[: len(text) - len(begun)] + names[0][1] if names else None


def _fitting(place: Path, begun: str, media: str) -> list[tuple[bool, str]]:
    found: list[tuple[bool, str]] = []
    try:
        with os.scandir(place) as entries:
            for _, entry in zip(range(MOST_ENTRIES), entries, strict=False):
                if not entry.name.startswith(begun) or (entry.name.startswith(".") and not begun):
                    continue
                if entry.is_dir():
                    found.append((True, f"{entry.name}/"))
                elif (mimetypes.guess_type(entry.name)[0] or "").startswith(f"{media}/"):
                    found.append((False, entry.name))
    except OSError:
        return []
    return found
