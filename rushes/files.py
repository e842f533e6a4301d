"""Files of any size: names that are not taken, and copies that are on the disk once they are made. Blocks.

Not for small precious files, which are replaced as a whole: those are `rushes.atomic`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

__all__ = ["copy_into", "free_name", "made_new"]

T = TypeVar("T")
MOST = 10_000
CHUNK = 1 << 20


def free_name(path: Path, taken: Callable[[Path], bool] = Path.exists) -> Path:
    """`clip.mp4`, or `clip-2.mp4`, `clip-3.mp4` … where that is taken. Raises FileExistsError behind ten thousand."""
    for each in _numbered(path):
        if not taken(each):
            return each
    raise _too_many(path)


def made_new(path: Path, make: Callable[[Path], T]) -> T:
    """What `make` makes of the first such name at which it does not raise FileExistsError. Raises that in the end."""
    for each in _numbered(path):
        with contextlib.suppress(FileExistsError):
            return make(each)
    raise _too_many(path)


def copy_into(out: BinaryIO, source: Path) -> str:
    """Copies a file to the disk itself; the SHA-256 of what was read. Raises OSError."""
    sha = hashlib.sha256()
    with source.open("rb") as data:
        while chunk := data.read(CHUNK):
            sha.update(chunk)
            out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    return sha.hexdigest()


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, MOST):
        yield path.with_stem(f"{path.stem}-{number}")


def _too_many(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, f"{path.name} exists ten thousand times")
