"""Words and tables for people, JSON for programs. Nothing here decides anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from rushes.cli import mute
from rushes.money.words import price
from rushes.task import Status, Task
from rushes.text import cells, show, visible

__all__ = ["as_json", "counted", "line_of", "print_json", "say", "table"]


def as_json(value: Any) -> str:
    """One line of JSON. What is no text (a stray byte of a file's name) is escaped, as JSON can."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def print_json(value: Any) -> None:
    """One line, flushed, so that a reader of JSON Lines sees it at once."""
    print(as_json(value), flush=True)


def say(words: str, *, quiet: bool = False) -> None:
    """A line for people on standard error. Where it cannot be written, no work stops because of it."""
    if quiet:
        return
    try:
        print(visible(words), file=sys.stderr, flush=True)
    except OSError:
        mute(sys.stderr)


def counted(count: int, one: str, many: str = "") -> str:
    """`1 take`, `2 takes`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def line_of(task: Task) -> tuple[str, ...]:
    """A task as a row: id, badge, state, progress, price, prompt."""
    cost = task.cost
    known = cost.charged if cost.charged is not None else cost.estimated if cost.estimated is not None else cost.quoted
    state = task.status.value
    if task.status is Status.RUNNING and task.progress is not None:
        state = f"{state} {task.progress:.0%}"
    return (task.id, task.badge, state, price(known), show(task.shot.prompt, 60))


def table(rows: Sequence[Sequence[str]], heads: Sequence[str], *, to: TextIO | None = None) -> None:
    """Aligned columns by cell width; the last column is as long as it is."""
    cleaned = [[show(cell) for cell in row] for row in rows]
    widths = [max(cells(row[i]) for row in [list(heads), *cleaned]) for i in range(len(heads))]
    for row in [list(heads), *cleaned]:
        padded = [cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(padded).rstrip(), file=to or sys.stdout)
