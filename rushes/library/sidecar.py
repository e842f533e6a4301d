"""Sidecars: all that is known of a task as one JSON file, beside the clip, so that the library can be rebuilt from it.

A task at a vendor has one too (its receipt, in `in-flight/`), until it has ended: should the library be lost or not be
writable in the wrong moment, the vendor's id is still on disk.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.shot import Shot
from providers.values import dataclass
from rushes import __version__
from rushes.atomic import write_atomically
from rushes.library.extras import Extra, as_json, extras_of
from rushes.task import Cost, Status, Take, Task, stamp
from rushes.text import clean_tag

__all__ = ["UNREADABLE", "Receipt", "Receipts", "read_id", "read_sidecar", "write_sidecar"]

FORMAT = 1
MOST = 2**53
MOST_USD = Decimal(10) ** 9
MOST_COUNT = 10**6
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading a file that was cut off, edited or put there by somebody else may raise."""


def write_sidecar(task: Task, take: Take, more: Sequence[Extra] | None = None) -> None:
    """Writes the sidecar of a finished task; without `more`, the further files that it names stay. Raises OSError."""
    done = replace(task, status=Status.SUCCEEDED, progress=1.0, error=None, take=take)
    data = {**_data(done), "file": take.file.name}
    if extras := extras_of(take.file) if more is None else more:
        data["more"] = as_json(extras)
    write_atomically(take.file.with_suffix(".json"), _text(data))


def read_sidecar(path: Path, clip: Path | None = None) -> Task:
    """The task of a sidecar, and of the clip beside it. Raises one of UNREADABLE for one that cannot be used."""
    data = json.loads(path.read_text(encoding="utf-8"))
    clip = clip or _clip_of(path, data)
    if not clip.is_file():
        raise ValueError("the clip beside it is missing")
    take = Take(
        clip,
        _digest(data["sha256"]),
        *(int(_measure(data[name])) for name in ("bytes", "width", "height")),
        *(_measure(data[name]) for name in ("duration_s", "fps")),
    )
    return replace(_task(data), status=Status.SUCCEEDED, progress=1.0, take=take)


def read_id(path: Path) -> str:
    """Whose sidecar it is. Raises one of UNREADABLE."""
    return str(json.loads(path.read_text(encoding="utf-8"))["id"])


def _clip_of(path: Path, data: Mapping[str, Any]) -> Path:
    """The clip that a sidecar names, if it lies beside it; else the MP4 of the same name."""
    named = data.get("file")
    if isinstance(named, str) and named == Path(named).name and (clip := path.with_name(named)).suffix != ".json":
        return clip if clip.is_file() else path.with_suffix(".mp4")
    return path.with_suffix(".mp4")


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
    if task.wanted is not None:
        more |= {"wanted": task.wanted, "wanted_as": task.wanted_as}
    return {"rushes": __version__, "format": FORMAT, **task.to_json(), **more}


def _text(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _task(data: Mapping[str, Any]) -> Task:
    return Task(
        id=_id(data["id"]),
        shot=Shot.from_json(data),
        status=Status.PENDING,
        created_at=_aware(data["created_at"]),
        badge=str(data.get("badge") or ""),
        vendor_status=_word(data.get("vendor_status")),
        vendor_id=_word(data.get("vendor_id")),
        progress=None if data.get("progress") is None else _measure(data["progress"]),
        cost=_cost(data.get("cost") or {}),
        rating=_stars(data.get("rating")),
        tags=_tags(data.get("tags")),
        submitted_at=_time(data.get("submitted_at")),
        started_at=_time(data.get("started_at")),
        finished_at=_time(data.get("finished_at")),
        charges_sent=_count(data.get("charges_sent")),
        practice=bool(data.get("practice")),
        priority=_count(data.get("priority")),
        notes=_word(data.get("notes")) or "",
        trashed_at=_time(data.get("trashed_at")),
        parent=_word(data.get("parent")),
        kinship=_word(data.get("kinship")),
        wanted=_word(data.get("wanted")),
        wanted_as=_word(data.get("wanted_as")),
    )


def _cost(data: Mapping[str, Any]) -> Cost:
    return Cost(*(_money(data.get(f"{name}_usd")) for name in ("quoted", "estimated", "charged")))


def _money(value: Any) -> Decimal | None:
    if value is None:
        return None
    amount = Decimal(str(value))
    if not (amount.is_finite() and 0 <= amount < MOST_USD):
        raise ValueError(f"{value!r} is no price")
    return amount


def _id(value: Any) -> str:
    """An id as we make them: others could not be named by a person, or would be paths."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Z]{26}", value):
        raise ValueError("the id is none of ours")
    return value


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST_COUNT else 0


def _tags(value: Any) -> tuple[str, ...]:
    """Those that are tags; a take is not left out because of the others."""
    found = []
    for each in value if isinstance(value, list) else ():
        with contextlib.suppress(ValueError, TypeError):
            found.append(clean_tag(each))
    return tuple(dict.fromkeys(found))


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any) -> datetime | None:
    return _aware(value) if isinstance(value, str) else None


def _aware(value: str) -> datetime:
    """A time without a zone is meant as UTC, which is what we write."""
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _measure(value: Any) -> float:
    """A size, a length or a rate: a number that a clip may have."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST:
        raise ValueError(f"{value!r} is no size of a clip")
    return value


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("the SHA-256 is none")
    return value


def _stars(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 5 else None
