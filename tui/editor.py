"""The prompt in the person's own editor: the screen is left in order, and taken up again when the editor ends.

Tasks go on meanwhile: the engine's loop runs while the editor has the terminal, only nothing is drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from textual.app import App

__all__ = ["EditorFailed", "command", "edit"]

FALLBACKS = ("nano", "vim", "vi")
MOST_BYTES = 4_000_000


class EditorFailed(Exception):
    """There is no editor, it could not be started, or it ended with an error; the text stays as it was."""


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """`$VISUAL`, else `$EDITOR`, else what most machines have. Raises EditorFailed."""
    named = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise EditorFailed(f"$VISUAL or $EDITOR cannot be read: {error}") from error
    if words:
        return words
    found = next((each for each in FALLBACKS if shutil.which(each)), None)
    if found is None:
        raise EditorFailed("no editor was found: set $EDITOR to one")
    return [found]


async def edit(app: App[int], text: str) -> str:
    """The text as the editor left it, without the line end that editors add. Raises EditorFailed."""
    words = command()
    try:
        path = _write(text)
        try:
            await _run(app, [*words, str(path)])
            return _read(path)
        finally:
            _remove(path)
    except OSError as error:
        raise EditorFailed(str(error)) from error


def _write(text: str) -> Path:
    """A file that nobody else can read."""
    handle, name = tempfile.mkstemp(prefix="rushes-prompt-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return Path(name)


def _read(path: Path) -> str:
    return path.read_bytes()[:MOST_BYTES].decode("utf-8", "replace").rstrip("\r\n")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _run(app: App[int], words: list[str]) -> None:
    try:
        # Without the batch, a drawing in between would fill a queue that nobody empties.
        with app.batch_update(), app.suspend(), _interrupts_are_the_editors():
            trouble = await _trouble_with(words)
    except SuspendNotSupported as error:
        raise EditorFailed("no editor can be opened in this terminal") from error
    app.refresh(layout=True)
    if trouble:
        raise EditorFailed(f"{trouble}; the prompt is as it was")


async def _trouble_with(words: list[str]) -> str:
    """Runs the editor; what went wrong, in words. Never raises: Textual would leave the screen away after an error."""
    try:
        editor = await asyncio.create_subprocess_exec(*words)
        status = await editor.wait()
    except (OSError, ValueError) as error:
        return f"{words[0]} could not be started: {error}"
    return f"{words[0]} ended with status {status}" if status else ""


@contextlib.contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """ctrl+c in the editor reaches this process too; here it does nothing."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
