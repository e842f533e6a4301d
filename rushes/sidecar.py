"""Sidecars: all that is known of a task as one JSON file, beside the clip, so that the library can be rebuilt from it.

A task at a vendor has one too (its receipt, in `in-flight/`), until it has ended: should the library be lost or not be
writable in the wrong moment, the vendor's id is still on disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.shot import Shot
from rushes import __version__
from rushes.atomic import write_atomically
from rushes.task import Cost, Status, Take, Task, stamp

__all__ = ["Receipt", "Receipts", "read_sidecar", "write_sidecar"]

FORMAT = 1
UNREADABLE = (OSError, ValueError, KeyError, TypeError, ArithmeticError)
"""What reading a file that was cut off, edited or put there by somebody else may raise."""


def write_sidecar(task: Task, take: Take) -> None:
    """Writes the sidecar of a finished task. Raises OSError."""
    done = replace(task, status=Status.SUCCEEDED, progress=1.0, error=None, take=take)
    data = {**_data(done), "file": take.file.name}
    write_atomically(take.file.with_suffix(".json"), _text(data))


def read_sidecar(path: Path) -> Task:
    """The task of a sidecar. Raises one of UNREADABLE for one that cannot be used."""
    data = json.loads(path.read_text(encoding="utf-8"))
    clip = path.with_suffix(".mp4")
    if not clip.is_file():
        raise ValueError("the clip beside it is missing")
    names = ("sha256", "bytes", "width", "height", "duration_s", "fps")
    take = Take(clip, **{name: data[name] for name in names})
    return replace(_task(data), status=Status.SUCCEEDED, progress=1.0, take=take)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A task that a vendor has accepted, and the send that it answered."""

    task: Task
    nonce: str


class Receipts:
    """The receipts of one home. Every method blocks for a small file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, task: Task, nonce: str) -> None:
        """Writes the receipt of a task with its vendor's id. Raises OSError."""
        write_atomically(self._path(task.id), _text({**_data(task), "nonce": nonce}))

    def drop(self, task_id: str) -> None:
        """The task has ended. Raises OSError."""
        self._path(task_id).unlink(missing_ok=True)

    def read(self, task_id: str) -> Receipt | None:
        """The receipt of a task, None where there is none that can be read."""
        try:
            data = json.loads(self._path(task_id).read_text(encoding="utf-8"))
            return Receipt(replace(_task(data), status=Status.PENDING), str(data["nonce"]))
        except UNREADABLE:
            return None

    def all(self) -> Iterator[Receipt]:
        """Every receipt, oldest first."""
        for path in sorted(self._folder.glob("*.json")):
            if (found := self.read(path.stem)) is not None:
                yield found

    def _path(self, task_id: str) -> Path:
        return self._folder / f"{task_id}.json"


def _data(task: Task) -> dict[str, Any]:
    more = {"started_at": stamp(task.started_at), "priority": task.priority}
    return {"rushes": __version__, "format": FORMAT, **task.to_json(), **more}


def _text(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _task(data: Mapping[str, Any]) -> Task:
    return Task(
        id=str(data["id"]),
        shot=Shot.from_json(data),
        status=Status.PENDING,
        created_at=datetime.fromisoformat(data["created_at"]),
        badge=str(data.get("badge") or ""),
        vendor_status=data.get("vendor_status"),
        vendor_id=data.get("vendor_id"),
        progress=data.get("progress"),
        cost=_cost(data.get("cost") or {}),
        rating=data.get("rating"),
        tags=tuple(map(str, data.get("tags") or ())),
        submitted_at=_time(data.get("submitted_at")),
        started_at=_time(data.get("started_at")),
        finished_at=_time(data.get("finished_at")),
        charges_sent=int(data.get("charges_sent") or 0),
        practice=bool(data.get("practice")),
        priority=int(data.get("priority") or 0),
        notes=str(data.get("notes") or ""),
        trashed_at=_time(data.get("trashed_at")),
        parent=_word(data.get("parent")),
        kinship=_word(data.get("kinship")),
    )


def _cost(data: Mapping[str, Any]) -> Cost:
    return Cost(*(_money(data.get(f"{name}_usd")) for name in ("quoted", "estimated", "charged")))


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
