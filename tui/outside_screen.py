"""What is said outside of the screen: the window's title, a notification of the desktop, a command of the person's own.

The sequences are pure functions. Which terminal understands which: kitty OSC 99, urxvt and VTE OSC 777, nearly all
others OSC 9. Inside tmux a sequence must be wrapped to pass through; tmux lets that happen where `allow-passthrough`
is on. Text from outside loses every control character before it gets here, so it cannot end a sequence early.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping

from rushes.task import ACTIVE, Status, Task
from tui.text import one_line

__all__ = ["KEEP_TITLE", "RESTORE_TITLE", "desktop", "run_command", "set_title", "title", "wrapped"]

KEEP_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
COMMAND_LIMIT_S = 30.0
MOST_CELLS = 120


def wrapped(sequence: str, environ: Mapping[str, str]) -> str:
    """The sequence as tmux passes it on to the terminal around it; as it is elsewhere."""
    if not environ.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def desktop(heading: str, words: str, *, name: str, environ: Mapping[str, str]) -> str:
    """A notification, in the form that the terminal called `name` understands; nothing on a bare console."""
    if environ.get("TERM") == "linux":
        return ""
    head, body = one_line(heading, MOST_CELLS), one_line(words, MOST_CELLS)
    kind = name.casefold()
    if kind.startswith("kitty"):
        return wrapped(f"\x1b]99;i=rushes:d=0;{head}\x1b\\\x1b]99;i=rushes:p=body;{body}\x1b\\", environ)
    if kind.startswith(("vte", "rxvt", "urxvt")) or environ.get("VTE_VERSION"):
        return wrapped(f"\x1b]777;notify;{head.replace(';', ',')};{body}\x1b\\", environ)
    return wrapped(f"\x1b]9;{head}: {body}\x1b\\", environ)


def title(tasks: Iterable[Task]) -> str:
    """`2 running · 60 % · rushes`; in steps of five per cent, so that a slow line is not kept busy with it."""
    going = [each for each in tasks if each.status in ACTIVE]
    running = [each for each in going if each.status is not Status.QUEUED]
    waiting = len(going) - len(running)
    parts = [f"{len(running)} running"] * bool(running)
    known = [each.progress for each in running if each.progress is not None]
    if known:
        parts.append(f"{5 * round(20 * sum(known) / len(known))} %")
    parts += [f"{waiting} waiting"] * bool(waiting)
    return " · ".join([*parts, "rushes"])


def set_title(words: str) -> str:
    """The sequence that sets the window's title; tmux takes it for the pane's."""
    return f"\x1b]2;{one_line(words, MOST_CELLS)}\x1b\\"


async def run_command(command: str, task: Task) -> None:
    """The person's own command, with the task as JSON on its standard input. What it says goes nowhere."""
    nothing = asyncio.subprocess.DEVNULL
    with contextlib.suppress(OSError):
        process = await asyncio.create_subprocess_shell(
            command, stdin=asyncio.subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )
        try:
            await asyncio.wait_for(process.communicate(json.dumps(task.to_json()).encode()), COMMAND_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
