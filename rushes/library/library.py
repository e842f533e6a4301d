"""The library: every task and every move it made, in one SQLite file. One `Library` is one connection of one thread.

Money is stored in millionths of a dollar, times in milliseconds since 1970. Every write is one `BEGIN IMMEDIATE`
transaction with `synchronous=FULL`, so what was said to be written survives a power cut. `rev` grows with every change,
which is how other processes learn what is new.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rushes.ids import new_id
from rushes.library.kin import parent_of
from rushes.library.opening import ANEW, LibraryBroken, LibraryError, LibraryTooNew, connect, transaction
from rushes.library.reading import Event, Page, Ran, Reading
from rushes.library.rows import columns, milliseconds, store
from rushes.lifecycle import AT_VENDOR, check_move
from rushes.money.ledger import book_new, booked, close_press
from rushes.task import Cost, Status, Task
from rushes.tasks import sends
from rushes.tasks.exchanges import Said
from rushes.tasks.sends import Outcome, Send

__all__ = ["Event", "Library", "LibraryBroken", "LibraryError", "LibraryTooNew", "Page", "Ran"]

_WATCHED = ", ".join(f"'{status}'" for status in sorted(AT_VENDOR))


class Library(Reading):
    """The questions and the writing. `now` gives the time that events are written with; `who` names this process."""

    def __init__(self, path: Path, *, now: Callable[[], datetime], who: str = "rushes") -> None:
        super().__init__(connect(path), path.parent, now)
        self.path = path
        self._who = who

    @property
    def who(self) -> str:
        """The name that this process writes under."""
        return self._who

    @property
    def now(self) -> Callable[[], datetime]:
        """The time that changes are written with."""
        return self._now

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()

    def add(
        self,
        task: Task,
        *,
        owner: str | None = None,
        more: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task:
        """Writes a new task, and columns that are not part of `Task`, if `guard` does not raise in the transaction."""
        with transaction(self._db):
            if guard is not None:
                guard(self)
            self._insert(task, owner, more or {})
            return self._must(task.id)

    def add_all(self, tasks: Sequence[Task], more: Callable[[Task], Mapping[str, Any]] = lambda _task: {}) -> int:
        """Writes many tasks of earlier days in one transaction; those whose id or vendor's id is known are left out.

        `more` gives columns that are not part of `Task`. How many were written.
        """
        written = 0
        with transaction(self._db):
            for task in tasks:
                self._db.execute("SAVEPOINT one")
                try:
                    self._insert(task, None, more(task))
                    written += 1
                except sqlite3.IntegrityError:
                    # Known already, or a copied sidecar: its vendor's id belongs to another take.
                    self._db.execute("ROLLBACK TO one")
                self._db.execute("RELEASE one")
        return written

    def change(
        self,
        task_id: str,
        values: Mapping[str, Any],
        *,
        to: Status | None = None,
        only_from: frozenset[Status] | None = None,
        owner: str | None = None,
        detail: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task | None:
        """Writes columns, and a move where `to` is given, in one transaction, if `guard` does not raise inside it.

        None where the task is not in `only_from` any more, or is carried by another than `owner`: somebody else was
        first, and nothing was written. Raises NotAllowed for a move that no task may make.
        """
        with transaction(self._db):
            row = self._db.execute("SELECT status, owner FROM tasks WHERE id = ?", (task_id,)).fetchone()
            if row is None or (owner is not None and row["owner"] != owner):
                return None
            was = Status(row["status"])
            if only_from is not None and was not in only_from:
                return None
            if to is not None:
                check_move(was, to)
            if guard is not None:
                guard(self)
            self._update(task_id, {**values, **({"status": to.value} if to else {})})
            if to is not None and (to is not was or detail):
                self._note(task_id, was, to, detail or {})
            return self._must(task_id)

    def claim(self, task_id: str, owner: str) -> Task | None:
        """Makes `owner` the one who carries the task, unless another unburied process does. None: taken or gone."""
        with transaction(self._db):
            count = self._db.execute(
                "UPDATE tasks SET owner = ? WHERE id = ? AND (owner IS NULL OR owner = ? OR owner NOT IN "
                "(SELECT id FROM owners))",
                (owner, task_id, owner),
            ).rowcount
            return self._must(task_id) if count else None

    def let_go(self, task_id: str, owner: str) -> Task | None:
        """Ends `owner`'s lease on one task; the task if there was such a lease."""
        with transaction(self._db):
            sql = "UPDATE tasks SET owner = NULL WHERE id = ? AND owner = ?"
            return self._must(task_id) if self._db.execute(sql, (task_id, owner)).rowcount else None

    def give_back(self, owner: str) -> None:
        """Hands back everything that `owner` carries, and its own entry."""
        with transaction(self._db):
            self._db.execute("UPDATE tasks SET owner = NULL WHERE owner = ?", (owner,))
            self._db.execute("DELETE FROM owners WHERE id = ?", (owner,))

    def heartbeat(self, owner: str) -> None:
        """Says that `owner` lives."""
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO owners (id, seen) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
                (owner, milliseconds(self._now())),
            )

    def bury(self, dead: Mapping[str, int]) -> None:
        """Forgets owners whose last word was this one; who has spoken since lives, and stays."""
        with transaction(self._db):
            self._db.executemany("DELETE FROM owners WHERE id = ? AND seen = ?", dead.items())

    def note(self, task_id: str, detail: Mapping[str, Any]) -> None:
        """Adds a line to a task's story without moving it."""
        with transaction(self._db):
            status = self._must(task_id).status
            self._note(task_id, status, status, detail)

    def tick(self, owner: str, progress: Mapping[str, float]) -> None:
        """Writes the progress of tasks that `owner` still carries and that are still at their vendors."""
        sql = f"UPDATE tasks SET progress = ?, rev = ? WHERE id = ? AND owner = ? AND status IN ({_WATCHED})"
        with transaction(self._db):
            for task_id, part in progress.items():
                self._db.execute(sql, (part, self.next_rev(), task_id, owner))

    def pause(self, *, paused: bool) -> None:
        """Holds, or lets go, everything that has not been sent, for every process."""
        with transaction(self._db):
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('paused', ?)", (int(paused),))

    def rebuilt(self) -> None:
        """What an earlier library left is part of this one now: its sums count again."""
        with transaction(self._db):
            self._db.execute("DELETE FROM meta WHERE key = ?", (ANEW,))

    # ── billable requests ────────────────────────────────────────────────────────────────────────────────────────

    def begin_send(self, send: Send) -> None:
        """Writes a send, inside the transaction of a `change` (its `guard`)."""
        sends.add(self._db, send)

    def settle_send(self, nonce: str, outcome: Outcome, vendor_id: str | None = None) -> None:
        """Writes what became of a send, inside the transaction of a `change` (its `guard`)."""
        sends.settle(self._db, nonce, outcome, vendor_id)

    def keep_exchange(self, task_id: str, said: Said, text: str, *, press: int) -> None:
        """Writes what was said, over an earlier word of that kind; inside the transaction of a `change` (its `guard`).

        `text` is JSON from a `Scribe`.
        """
        row = (task_id, press, said, milliseconds(self._now()), text)
        self._db.execute("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?, ?)", row)

    def land(
        self,
        task_id: str,
        nonce: str,
        vendor_id: str,
        values: Mapping[str, Any],
        *,
        to: Status,
        owner: str,
        answer: str | None = None,
    ) -> Task | None:
        """Writes the vendor's answer to a send, whoever carries the task by now: an id that was paid for is not lost.

        The task is then `owner`'s, unless it has moved on without this answer: given up (its id is kept, so that it
        can be watched again), on its way again by a press, or fetched under another id that a list or a person gave
        it. None where the task is gone. What an earlier press of the task made becomes a task of its own, that nobody
        carries yet, and is given instead.
        `answer` is JSON from a `Scribe`.
        """
        with transaction(self._db):
            sends.settle(self._db, nonce, Outcome.ACCEPTED, vendor_id)
            row = self._db.execute(
                "SELECT status, nonce, provider, practice, charges_sent, vendor_id FROM tasks WHERE id = ?", (task_id,)
            ).fetchone()
            if row is None:
                return None
            if answer is not None and row["nonce"] == nonce:
                self.keep_exchange(task_id, Said.ANSWER, answer, press=row["charges_sent"])
            was, detail = Status(row["status"]), {"vendor_id": vendor_id, "said": values.get("vendor_status")}
            taken = "SELECT 1 FROM tasks WHERE provider = ? AND practice = ? AND vendor_id = ? AND id != ?"
            found = self._db.execute(taken, (row["provider"], row["practice"], vendor_id, task_id)).fetchone()
            if found is None and row["nonce"] != nonce and row["vendor_id"] != vendor_id:
                return self._land_apart(task_id, nonce, {**values, "vendor_id": vendor_id, "status": to})
            if row["nonce"] != nonce or found is not None:
                self._note(task_id, was, was, {**detail, "words": "the answer to an earlier request came late"})
            elif was in {Status.SUBMITTING, Status.UNCERTAIN, Status.QUEUED}:
                # QUEUED: a person had it sent again, and that has not begun; it is not needed any more.
                self._update(task_id, {**values, "vendor_id": vendor_id, "owner": owner, "status": to.value})
                self._note(task_id, was, to, detail)
            elif row["vendor_id"] in {None, vendor_id}:
                self._update(task_id, {"vendor_id": vendor_id})
                self._note(task_id, was, was, {**detail, "words": "the answer came late"})
            elif was in AT_VENDOR:
                # What was found in a list, or given by a person, was another's: the vendor's own answer is certain.
                self._update(task_id, {**values, "vendor_id": vendor_id, "owner": owner, "status": to.value})
                self._note(task_id, was, to, {**detail, "words": f"the answer came late; not {row['vendor_id']}"})
            else:
                # The clip of the one that it took is here, so the one that it made is free for whoever made that.
                sends.settle(self._db, nonce, Outcome.ACCEPTED, row["vendor_id"])
                self._note(task_id, was, was, {**detail, "words": f"the answer came late; it has {row['vendor_id']}"})
            return self._must(task_id)

    def save_search(self, name: str, query: str) -> None:
        """Keeps a search under a name; an older one of that name is replaced."""
        sql = "INSERT INTO searches VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET query = excluded.query"
        self._db.execute(sql, (name, query))

    def drop_search(self, name: str) -> None:
        """Forgets a saved search."""
        self._db.execute("DELETE FROM searches WHERE name = ?", (name,))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _land_apart(self, task_id: str, nonce: str, values: Mapping[str, Any]) -> Task:
        """The answer to a press that was given up for another one: its clip is paid for and belongs to a task of its
        own, with the send and what was said about it; what the ledger holds open for that press is closed."""
        task, now, vendor_id = self._must(task_id), self._now(), values["vendor_id"]
        send = sends.named(self._db, nonce)
        shared = self._db.execute("SELECT quote_source, made_with, body_hash FROM tasks WHERE id = ?", (task_id,))
        late = Task(
            new_id(now),
            task.shot,
            Status(values["status"]),
            now,
            badge=task.badge,
            cost=Cost(quoted=task.cost.quoted),
            tags=task.tags,
            submitted_at=send.sent_at if send else now,
            practice=task.practice,
            parent=task.parent,
            kinship=task.kinship,
        )
        self._insert(late, None, dict(shared.fetchone()))
        # Only now does it count as sent: the ledger has the quote of this press already, and is to book the charge.
        self._update(late.id, {**values, "nonce": nonce, "charges_sent": 1})
        press = sends.press_of(self._db, nonce)
        close_press(self._db, task_id, press, milliseconds(now))
        sends.move(self._db, nonce, late.id)
        moved = "UPDATE exchanges SET task_id = ?, press = 1 WHERE task_id = ? AND press = ?"
        self._db.execute(moved, (late.id, task_id, press))
        detail, words = {"vendor_id": vendor_id, "said": values.get("vendor_status")}, "whose answer came late"
        made = {**detail, "words": f"made by an earlier request of {task_id}, {words}", "late_answer_of": task_id}
        self._note(late.id, late.status, late.status, made)
        told = f"the answer to an earlier request came late; what that made is the task {late.id}"
        self._note(task_id, task.status, task.status, {**detail, "words": told})
        return self._must(late.id)

    def _insert(self, task: Task, owner: str | None, more: Mapping[str, Any]) -> None:
        if task.parent is None and task.shot.inputs and (found := parent_of(self, task.shot)):
            task = replace(task, parent=found[0], kinship=found[1])
        row = {**columns(task, self._media), "owner": owner, "rev": self.next_rev(), **more}
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        self._db.execute(f"INSERT INTO tasks ({names}) VALUES ({marks})", tuple(row.values()))
        book_new(self._db, task.id, milliseconds(self._now()))
        self._note(task.id, None, task.status, {"quoted_usd": task.cost.to_json()["quoted_usd"]})

    def next_rev(self) -> int:
        """The number of the change that is being written, inside a transaction."""
        row = self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'rev' RETURNING value").fetchone()
        return int(row["value"])

    def _update(self, task_id: str, values: Mapping[str, Any]) -> None:
        stored = {name: store(name, value, self._media) for name, value in values.items()}
        stored["rev"] = self.next_rev()
        names = ", ".join(f"{name} = ?" for name in stored)
        with booked(self._db, task_id, milliseconds(self._now())):
            self._db.execute(f"UPDATE tasks SET {names} WHERE id = ?", (*stored.values(), task_id))

    def _note(self, task_id: str, was: Status | None, now: Status, detail: Mapping[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO events (task_id, at, who, was, now, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (task_id, milliseconds(self._now()), self._who, was, now, json.dumps(detail, ensure_ascii=False)),
        )
