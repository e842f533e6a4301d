"""`.env` files: what is in one, and changing a single variable without touching the rest.

Values are taken as they stand: `$NAME` is not expanded. Not for deciding which file counts; see `rushes.keys`.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.atomic import locked, write_atomically

if TYPE_CHECKING:
    from dotenv.parser import Binding

__all__ = ["EnvFile", "EnvFileError", "read_env", "remove_variable", "set_variable"]

MOST_BYTES = 1_000_000
HEADER = "# Keys of rushes, readable by you alone. `rushes keys` shows which of them count.\n"


class EnvFileError(Exception):
    """A `.env` file that cannot be changed: says which and why."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A `.env` file's variables. A missing file has none; `problem` says what could not be read, without quoting it."""

    path: Path
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: str | None = None


def read_env(path: Path) -> EnvFile:
    """Reads a `.env` file. Never raises; lines that cannot be read are named by number, the others count."""
    try:
        text, exposed = _text(path)
    except FileNotFoundError:
        return EnvFile(path)
    except (OSError, ValueError) as error:
        return EnvFile(path, problem=f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")
    bindings = _bindings(text)
    values = {each.key: each.value for each in bindings if each.key and each.value is not None and not each.error}
    bad = [str(each.original.line) for each in bindings if each.error]
    problem = f"{path}: line {', '.join(bad)} cannot be read" if bad else exposed
    return EnvFile(path, MappingProxyType(values), problem)


def _text(path: Path) -> tuple[str, str | None]:
    """The text, and a warning when others can read it. Opening does not wait, whatever lies there."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError("it is not a file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
    exposed = f"{path} can be read by others; `chmod 600` it" if mode & 0o077 else None
    try:
        return data.decode("utf-8-sig"), exposed
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 in line {data.count(bytes([10]), 0, error.start) + 1}") from None


def _bindings(text: str) -> list[Binding]:
    """The parser below `dotenv_values`: it keeps each line's own spelling, expands nothing and logs nothing."""
    from dotenv.parser import parse_stream

    return list(parse_stream(io.StringIO(text)))


def set_variable(path: Path, variable: str, value: str) -> None:
    """Writes one variable, where it stood or at the end; all other lines stay. The file becomes 0600.

    Raises EnvFileError when the file cannot be read or written, ValueError for a name that is none.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise ValueError(f"{variable!r} is not the name of a variable")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("a value has no line breaks and no control characters")
    _rewrite(path, variable, f"{variable}={_quoted(value)}\n")


def remove_variable(path: Path, variable: str) -> bool:
    """Takes a variable out; False when it was not there. Raises EnvFileError."""
    if variable not in read_env(path).values:
        return False
    _rewrite(path, variable, "")
    return True


def _rewrite(path: Path, variable: str, line: str) -> None:
    try:
        with locked(path):
            write_atomically(path, _edited(_existing(path), variable, line).encode())
    except (OSError, ValueError) as error:
        raise EnvFileError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error


def _existing(path: Path) -> str:
    try:
        return _text(path)[0]
    except FileNotFoundError:
        return HEADER


def _edited(text: str, variable: str, line: str) -> str:
    """The new line stands where the last one of that name did; earlier ones of that name never counted and go."""
    bindings = _bindings(text)
    mine = [index for index, each in enumerate(bindings) if each.key == variable]
    parts: list[str] = []
    for index, each in enumerate(bindings):
        if index not in mine:
            parts.append(each.original.string)
        else:
            parts.append(_blank_before(each.original.string) + (line if index == mine[-1] else ""))
    result = "".join(parts)
    if mine:
        return result
    return f"{result}\n{line}" if result and not result.endswith("\n") else f"{result}{line}"


def _blank_before(original: str) -> str:
    """The parser counts empty lines and indentation as part of what follows them; the empty lines stay."""
    space = original[: len(original) - len(original.lstrip())]
    return space[: space.rfind("\n") + 1]


def _quoted(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.:/+=@%~-]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
