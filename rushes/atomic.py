"""Writing small files so that a reader sees the old text or the new one, never half of it.

For settings, keys and whatever else is small and precious. Not for clips: those are streamed and verified elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["Busy", "locked", "private_folder", "sync", "write_atomically"]

LOCK_PAUSE_S = 0.01
LOCK_TRIES = 300


class Busy(OSError):
    """Another process holds the lock and does not let go (it may be stopped)."""


def private_folder(folder: Path) -> None:
    """Creates a folder and its parents, readable by its owner alone; an existing one keeps its mode. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> os.stat_result:
    """Replaces a file by way of a temporary one beside it, flushed to disk first.

    Returns the new file's status. Raises OSError.

    A symbolic link stays a link: its target is replaced, which is what people with a folder of dotfiles expect.
    """
    target = _behind_links(path)
    private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(target.parent)
    return status


def sync(path: Path) -> None:
    """Makes a file, or in a folder the renames, survive a power cut, where the file system lets it be flushed."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _behind_links(path: Path) -> Path:
    """The file itself. A circle of links is an OSError here as it is everywhere else."""
    try:
        return path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


@contextlib.contextmanager
def locked(
    path: Path, *, tries: int = LOCK_TRIES, pause: Callable[[], None] = lambda: time.sleep(LOCK_PAUSE_S)
) -> Iterator[None]:
    """Holds the lock that goes with a file (a hidden `.name.lock` beside it) against other processes and threads.

    The lock file stays where it is: removing it would let two processes hold different files of one name. A file
    system without locks is taken as it is, since the rename alone already keeps the file whole.
    Raises Busy after `tries` attempts with `pause` between them (about 3 s), other OSErrors where it cannot be created.
    """
    target = _behind_links(path)
    private_folder(target.parent)
    handle = os.open(target.parent / f".{target.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(handle, target, tries, pause)
        yield
    finally:
        os.close(handle)


def _take(handle: int, target: Path, tries: int, pause: Callable[[], None]) -> None:
    for attempt in range(tries):
        if attempt:
            pause()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        except OSError:
            return
        return
    raise Busy(f"another process has held {target.name} for too long")
