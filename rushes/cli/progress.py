"""What a waiting person or program is told: JSON Lines on standard output, or a line on standard error per change."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from rushes.cli import mute
from rushes.cli.exits import Exit
from rushes.cli.output import line_of, print_json, say
from rushes.interface import Engine
from rushes.money.budgets import dearer
from rushes.task import Status, Task

__all__ = ["Follower"]

UNSENT = frozenset({Status.QUEUED, Status.SUBMITTING})
TOLD = frozenset({Status.QUEUED, Status.UNCERTAIN})
"""States in which a task may stay for long, with the reason in its error."""


class Follower:
    """Follows the tasks in `wanted`, whichever process carries them; None follows all that there are on the home."""

    def __init__(self, engine: Engine, *, as_json: bool, quiet: bool, wanted: AbstractSet[str] | None) -> None:
        self._engine = engine
        self._as_json = as_json
        self._quiet = quiet or (as_json and not sys.stderr.isatty())
        self._wanted = wanted
        self._told: dict[str, Task] = {}
        self._printed: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._changed = asyncio.Event()
        self.lost: OSError | None = None
        """Why standard output takes nothing more: its reader has gone, or its disk is full."""
        engine.subscribe(self._tell)

    async def warn(self) -> None:
        """Says so where what was written down will not be sent for now: the program would seem to hang."""
        if await self._engine.paused():
            say("rushes: the queue is held; it is sent as soon as the app or the gateway lets it go", quiet=self._quiet)

    async def sent(self, ids: Sequence[str]) -> None:
        """Returns when every one of these has left QUEUED and SUBMITTING."""
        while any(task_id not in self._told or self._told[task_id].status in UNSENT for task_id in ids):
            self._changed.clear()
            await self._changed.wait()

    def finish(self, last: Sequence[Task]) -> None:
        """The last word on each, where it has not been said."""
        for task in last:
            if self._printed.get(task.id) != self._line(task):
                self._tell(task)
            if task.status is not Status.SUCCEEDED:
                self._explain(task)

    def _tell(self, task: Task) -> None:
        if self._wanted is not None and task.id not in self._wanted:
            return
        before = self._told.get(task.id)
        self._told[task.id] = task
        self._changed.set()
        line = self._line(task)
        if self._printed.get(task.id) == line:
            return
        self._printed[task.id] = line
        if self._as_json:
            self._print(task)
        if before is None or before.status is not task.status:
            say("  ".join(line_of(task)), quiet=self._quiet)
        elif task.status in TOLD and task.error is not None and task.error != before.error:
            # A lost answer is looked for, and a vendor's limit is waited for: a silent program would seem to hang.
            self._reason(task, task.error.message)
        if (before is None or before.cost.estimated is None) and (
            words := dearer(task.cost.quoted, task.cost.estimated)
        ):
            say(f"rushes: {words}; the price table may be out of date")

    def _print(self, task: Task) -> None:
        """Called in the middle of the engine's work: a reader that has gone is no reason to stop that half-way."""
        try:
            print_json(task.to_json())
        except OSError as error:
            self.lost = error
            mute(sys.stdout)

    def print(self, words: str) -> None:
        """A line of standard output, which may be lost as those about tasks may."""
        try:
            print(words, flush=True)
        except OSError as error:
            self.lost = error
            mute(sys.stdout)

    def outcome(self, code: Exit, clips: Sequence[Path] = ()) -> Exit:
        """The code of the verb: what could not be said is a fault, unless nobody listened any more.

        `clips` are safe, and named then.
        """
        if self.lost is None or isinstance(self.lost, BrokenPipeError):
            return code
        kept = f"; kept all the same: {', '.join(map(str, clips))}" if clips else ""
        say(f"rushes: standard output: {self.lost.strerror}{kept}")
        return max(code, Exit.FAULT)

    @staticmethod
    def _line(task: Task) -> str:
        """What makes a change worth a line: all but the time left."""
        seen = task.to_json()
        seen.pop("eta_s")
        return str(seen)

    def _explain(self, task: Task) -> None:
        error = task.error
        if error is None:
            return
        words = {True: "it was charged", False: "nothing was charged", None: "whether it was charged is not known"}
        news = [self._news(task, error.message), "" if task.cost.quoted == 0 else words[error.charged]]
        for line in ("; ".join(filter(None, news)), error.hint):
            if line:
                say(f"rushes: {line}")

    def _reason(self, task: Task, message: str) -> None:
        """Why a task stays as it is: what was not said of it before. A quiet follower says it all at the end."""
        if not self._quiet and (news := self._news(task, message)):
            self._said[task.id] = message
            say(f"rushes: {news}")

    def _news(self, task: Task, message: str) -> str:
        """What a reason adds to the one that was said last: it grows while a lost answer is looked for."""
        said = self._said.get(task.id, "") if task.status is Status.UNCERTAIN else ""
        begin, dash, rest = message.partition(" — ")
        if said and message.startswith(said):
            return message.removeprefix(said).removeprefix("; ")
        return rest if dash and said.startswith(begin + dash) else message
