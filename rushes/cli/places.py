"""Where a verb may put a file that was named: in a folder that exists, and never over what is not its own."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from rushes.cli.exits import Exit, Stop

__all__ = ["begins", "is_taken", "place_for", "table_place"]


def place_for(option: str, given: str | Path, *, what: str = "", own: Callable[[Path], bool] | None = None) -> Path:
    """The file, found out before any work is done for it.

    `own` says of a file that is there whether it is an earlier one of these, which may be replaced; `what` is what
    those are called. Raises Stop.
    """
    path = Path(given).expanduser().absolute()
    try:
        if path.is_dir() or not path.parent.is_dir():
            raise Stop(Exit.USAGE, f"{option}: {path} is not a file name in a folder that exists")
        if is_taken(path) and not (own is not None and path.is_file() and own(path)):
            why = f", and is no earlier {what}; it is not replaced" if what else ""
            raise Stop(Exit.USAGE, f"{option}: {path} is there already{why}", hint="give another name")
        if not os.access(path.parent, os.W_OK):
            raise Stop(Exit.USAGE, f"{option}: nothing can be written in {path.parent}")
    except OSError as error:
        raise Stop(Exit.USAGE, f"{option}: {path}: {error.strerror or error}") from error
    return path


def table_place(options: Namespace, heads: tuple[str, ...]) -> Path | None:
    """Where `--csv` puts its table: a new file, or the place of an earlier one, which begins with the same columns.

    None is standard output. Raises Stop.
    """
    if options.csv != "-":
        return place_for("--csv", options.csv, what="table", own=begins(",".join(heads).encode()))
    if options.json:
        raise Stop(Exit.USAGE, "--csv - and --json would both be on standard output", hint="give --csv a file")
    return None


def is_taken(path: Path) -> bool:
    """Whether a file there would cost what lies there; an empty file is only a name that was kept free."""
    return path.exists() and (not path.is_file() or path.stat().st_size > 0)


def begins(*heads: bytes) -> Callable[[Path], bool]:
    """Whether a file begins with one of these."""

    def own(path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(max(map(len, heads))).startswith(heads)

    return own
