"""The log file: one JSON object a line, rotating, readable by its owner alone, and never with a key in it.

    {"at": "2026-11-22T19:03:11Z", "level": "info", "from": "rushes.tasks.runner", "task": "01K…", "event": "accepted"}

Everything goes through the redactor in the one place where lines are made, so no caller can forget it; the debug switch
changes how much is written, not that. Not for what a person is told: that goes to the screen or to standard error.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from rushes.atomic import Busy, locked
from rushes.redact import Redactor

__all__ = ["LogFile", "TaskLog", "close_log", "log_of", "open_log", "read_log"]

ROOT = "rushes"
NOISY = ("httpx", "httpcore", "asyncio")
"""Loggers of others that are worth reading in debug."""

MOST_BYTES = 2_000_000
KEPT = 4
ONE_WRITE = 1 << 18
"""Bytes of a line that still leave in one write, so that lines of two processes do not mix."""
LONGEST = 4000
"""Characters of one piece of text; a prompt may have a hundred thousand."""


class _Lines(logging.Formatter):
    """Makes the lines, and is where redaction happens."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object. A record whose arguments do not fit its text is written as it came."""
        line: dict[str, Any] = {
            "at": _stamp(record.created),
            "level": record.levelname.lower(),
            "from": record.name,
            "task": getattr(record, "task", None),
            "event": _message(record),
            "data": getattr(record, "data", None),
            "error": self.formatException(record.exc_info) if record.exc_info else None,
        }
        kept = {name: _shortened(self._redactor.clean_data(value)) for name, value in line.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


def _shortened(data: Any) -> Any:
    if isinstance(data, str):
        return data if len(data) <= LONGEST else f"{data[:LONGEST]}… ({len(data)} characters)"
    if isinstance(data, Mapping):
        return {name: _shortened(each) for name, each in data.items()}
    return [_shortened(each) for each in data] if isinstance(data, list) else data


class LogFile(RotatingFileHandler):
    """A rotating file for several processes at once. Opened at the first line; never writes to a terminal.

    A line goes out in one write. Before it, a file that another process has rotated away is left for the new one, and
    rotation itself is done under a lock by whoever comes first.
    """

    def __init__(self, path: Path, redactor: Redactor, *, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> None:
        super().__init__(path, maxBytes=most_bytes, backupCount=kept, encoding="utf-8", delay=True)
        self.path = path
        self.problem: str | None = None
        self.setFormatter(_Lines(redactor))

    def _open(self) -> TextIOWrapper:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(handle, "a", buffering=ONE_WRITE, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line; a file that cannot be written is remembered in `problem` and stops nothing."""
        try:
            self._follow()
        except OSError as error:
            self._failed(error)
            return
        super().emit(record)

    def _follow(self) -> None:
        """Lets go of a file that is not the one of that name any more."""
        if self.stream is None:
            return
        try:
            here = self.path.stat()
        except FileNotFoundError:
            here = None
        mine = os.fstat(self.stream.fileno())
        if here is None or (here.st_dev, here.st_ino) != (mine.st_dev, mine.st_ino):
            self.stream.close()
            self.stream = None

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the standard library's name
        """By the file's size before the line, which spares making the line twice."""
        if self.stream is None:
            self.stream = self._open()
        return os.fstat(self.stream.fileno()).st_size >= self.maxBytes

    def doRollover(self) -> None:  # noqa: N802 - the standard library's name
        """Rotates, unless another process has just done so or is doing so."""
        with contextlib.suppress(Busy), locked(self.path, tries=1):
            self._follow()
            if self.stream is not None:
                super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """The standard library would print to a terminal that the app is drawing on."""
        import sys

        self._failed(sys.exc_info()[1])

    def _failed(self, error: BaseException | None) -> None:
        reason = getattr(error, "strerror", None) or type(error).__name__
        self.problem = f"{self.path} cannot be written: {reason}"


class TaskLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines carry a task's id: `log.info("submitted", extra={"data": {…}})`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Joins the call's own extra to the task's."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def log_of(part: str, task: str | None = None) -> TaskLog:
    """The logger of a part of the program (`runner`), for one task where there is one."""
    return TaskLog(logging.getLogger(f"{ROOT}.{part}"), {"task": task} if task else {})


def open_log(
    path: Path, redactor: Redactor, *, level: str = "info", debug: bool = False, most_bytes: int = MOST_BYTES
) -> LogFile:
    """Sends everything under `rushes` to the file; in debug also what httpx and asyncio say. Opening again replaces.

    `level` is a word of `log.level`. Nothing is created before the first line. Warnings of the libraries go to the
    file too, since standard error belongs to the screen.
    """
    close_log()
    handler = LogFile(path, redactor, most_bytes=most_bytes)
    logging.getLogger().addHandler(handler)
    logging.getLogger(ROOT).setLevel(logging.DEBUG if debug else logging.getLevelNamesMapping()[level.upper()])
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.WARNING)
    return handler


def close_log() -> None:
    """Takes our handler away, closes its file and leaves logging as it was found."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, LogFile)]:
        root.removeHandler(handler)
        handler.close()
    for name in (ROOT, *NOISY):
        logging.getLogger(name).setLevel(logging.NOTSET)


def read_log(path: Path, *, task: str | None = None) -> Iterator[dict[str, Any]]:
    """The lines of the log and its rotated files, oldest first, of one task where asked; skips damaged ones."""
    rotated = [Path(f"{path}.{number}") for number in range(KEPT, 0, -1)]
    for each in (*rotated, path):
        with contextlib.suppress(FileNotFoundError), each.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if task is not None and task not in line:
                    continue
                with contextlib.suppress(ValueError):
                    found = json.loads(line)
                    if isinstance(found, dict) and (task is None or found.get("task") == task):
                        yield found
