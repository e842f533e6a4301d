"""Remembered: short notes that a provider may keep between runs, such as where it brought a file to. One file each.

Names are hashed, so that nothing of a key or a file's name stands in the folder. What cannot be read or written is
forgotten: everything in here can be made again.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from pathlib import Path

from rushes.atomic import write_atomically
from rushes.clock import Clock
from rushes.task import stamp

__all__ = ["Remembered"]

MOST_FILES = 500
LONGEST = 10_000
"""Characters of one note; more is not what this is for."""


class Remembered:
    """The notes of one provider below `folder`; `providers.base.Memory`. Every method blocks for a small file."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def get(self, name: str) -> str | None:
        """The note, None where there is none or its time is over."""
        path = self._path(name)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            value, until, since = str(data["value"]), data["until"], data["since"]
            now = self._clock.now()
            good = datetime.fromisoformat(since) <= now < datetime.fromisoformat(until)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not good:
            self.drop(name)
        return value if good else None

    def put(self, name: str, value: str, seconds: float) -> None:
        """Keeps a note for so long."""
        if len(value) > LONGEST:
            return
        now = self._clock.now()
        note = {"value": value, "since": stamp(now), "until": stamp(now + timedelta(seconds=seconds))}
        with contextlib.suppress(OSError):
            write_atomically(self._path(name), json.dumps(note).encode())
            self._tidy()

    def drop(self, name: str) -> None:
        """Forgets a note."""
        with contextlib.suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def _tidy(self) -> None:
        """The oldest go when there are many: most of them are over anyway."""
        notes = sorted(self._folder.glob("*.json"), key=lambda each: each.stat().st_mtime)
        for each in notes[:-MOST_FILES]:
            each.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        import hashlib

        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"
