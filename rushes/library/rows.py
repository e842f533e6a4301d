"""Task ⇄ a row of the library. Money in millionths of a dollar, times in milliseconds, files below the data folder."""

from __future__ import annotations

import functools
import json
import sqlite3
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from providers.errors import Failure
from providers.shot import Shot
from rushes.task import Cost, Status, Take, Task

__all__ = ["MICRO", "columns", "milliseconds", "store", "take_columns", "task_of", "time_of"]

MICRO = 1_000_000
_PLAIN = frozenset({str, int, float})
_MONEY = frozenset({"quoted", "estimated", "charged"})
_TIMES = frozenset({"created_at", "submitted_at", "started_at", "finished_at", "hold_until", "cancel_asked", "trashed"})


def columns(task: Task, root: Path) -> dict[str, Any]:
    """Every column of a new row, except owner and rev."""
    shot = task.shot
    plain: dict[str, Any] = {
        "id": task.id,
        "provider": shot.provider,
        "model": shot.model,
        "mode": shot.mode,
        "prompt": shot.prompt,
        "params": dict(shot.params),
        "inputs": shot.to_json()["inputs"],
        "badge": task.badge,
        "practice": task.practice,
        "status": task.status,
        "vendor_status": task.vendor_status,
        "vendor_id": task.vendor_id,
        "progress": task.progress,
        "error": task.error,
        "quoted": task.cost.quoted,
        "estimated": task.cost.estimated,
        "charged": task.cost.charged,
        "rating": task.rating,
        "tags": list(task.tags),
        "created_at": task.created_at,
        "submitted_at": task.submitted_at,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "charges_sent": task.charges_sent,
        "forgotten": task.forgotten,
        "hold_until": task.hold_until,
        "priority": task.priority,
        "notes": task.notes,
        "trashed": task.trashed_at,
        "parent": task.parent,
        "kinship": task.kinship,
        "wanted": task.wanted,
        "wanted_as": task.wanted_as,
        **take_columns(task.take),
    }
    return {name: store(name, value, root) for name, value in plain.items()}


def take_columns(take: Take | None) -> dict[str, Any]:
    """The columns of a clip; all empty without one."""
    names = ("file", "sha256", "bytes", "width", "height", "duration_s", "fps")
    return {name: getattr(take, name, None) for name in names}


def store(name: str, value: Any, root: Path) -> Any:
    """One value as the column holds it."""
    if value is None or (type(value) in _PLAIN and name not in _MONEY):
        return value
    if name in _MONEY:
        return int(Decimal(value) * MICRO)
    if name in _TIMES:
        return milliseconds(value)
    if isinstance(value, Failure):
        return json.dumps(value.to_json(), ensure_ascii=False)
    if isinstance(value, Path):
        return str(value.relative_to(root)) if value.is_relative_to(root) else str(value)
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return value.value if isinstance(value, StrEnum) else value


def task_of(row: sqlite3.Row, root: Path) -> Task:
    """The task of a row."""
    return Task(
        id=row["id"],
        shot=_shot(row),
        status=Status(row["status"]),
        created_at=time_of(row["created_at"]),
        badge=sys.intern(row["badge"]),
        vendor_status=row["vendor_status"],
        vendor_id=row["vendor_id"],
        progress=row["progress"],
        cost=_cost(row["quoted"], row["estimated"], row["charged"]),
        error=Failure.from_json(json.loads(row["error"])) if row["error"] else None,
        take=_take(row, root),
        rating=row["rating"],
        tags=tuple(json.loads(row["tags"])),
        submitted_at=_time(row["submitted_at"]),
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        charges_sent=row["charges_sent"],
        practice=bool(row["practice"]),
        forgotten=bool(row["forgotten"]),
        hold_until=_time(row["hold_until"]),
        rev=row["rev"],
        priority=row["priority"],
        notes=row["notes"],
        trashed_at=_time(row["trashed"]),
        parent=row["parent"],
        kinship=row["kinship"],
        wanted=row["wanted"],
        wanted_as=row["wanted_as"],
    )


def milliseconds(time: datetime) -> int:
    """Since 1970, rounded down."""
    return int(time.timestamp() * 1000)


def time_of(stored: int) -> datetime:
    """The inverse of `milliseconds`."""
    return datetime.fromtimestamp(stored / 1000, UTC)


def _shot(row: sqlite3.Row) -> Shot:
    """What thousands of takes have in common is kept once."""
    names = {name: sys.intern(row[name]) for name in ("provider", "model", "mode")}
    inputs = json.loads(row["inputs"])
    return Shot.from_json({**names, "prompt": row["prompt"], "params": _params(row["params"]), "inputs": inputs})


@functools.lru_cache(maxsize=512)
def _params(text: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(text))


def _take(row: sqlite3.Row, root: Path) -> Take | None:
    if row["file"] is None or row["sha256"] is None:
        return None
    names = ("sha256", "bytes", "width", "height", "duration_s", "fps")
    return Take(root / row["file"], **{name: row[name] for name in names})


def _time(stored: int | None) -> datetime | None:
    return None if stored is None else time_of(stored)


@functools.lru_cache(maxsize=512)
def _cost(*stored: int | None) -> Cost:
    return Cost(*map(_money, stored))


def _money(stored: int | None) -> Decimal | None:
    return None if stored is None else Decimal(stored) / MICRO
