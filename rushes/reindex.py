"""Rebuilding the library from the sidecars: one JSON file beside each clip holds all that was known of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.shot import Shot
from rushes.library import Library
from rushes.task import Cost, Status, Take, Task

__all__ = ["Rebuilt", "read_sidecar", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it. `broken` sidecars were left out and left alone."""

    added: int
    known: int
    broken: tuple[Path, ...]


def rebuild(library: Library, folders: Iterable[Path]) -> Rebuilt:
    """Adds every take that the library does not have, oldest first."""
    tasks: dict[str, Task] = {}
    broken: list[Path] = []
    for path in sorted(path for folder in folders for path in folder.glob("*/*.json")):
        try:
            task = read_sidecar(path)
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
            broken.append(path)
            continue
        tasks.setdefault(task.id, task)
    added = 0
    for task in sorted(tasks.values(), key=lambda each: each.id):
        if library.get(task.id) is not None:
            continue
        try:
            library.add(task)
            added += 1
        except sqlite3.IntegrityError:
            # Its vendor id belongs to another task: a copied sidecar. One take is enough.
            continue
    return Rebuilt(added, len(tasks) - added, tuple(broken))


def read_sidecar(path: Path) -> Task:
    """The task of a sidecar. Raises OSError, ValueError, KeyError or TypeError for one that cannot be used."""
    data = json.loads(path.read_text(encoding="utf-8"))
    clip = path.with_suffix(".mp4")
    if not clip.is_file():
        raise ValueError("the clip beside it is missing")
    names = ("sha256", "bytes", "width", "height", "duration_s", "fps")
    return Task(
        id=str(data["id"]),
        shot=Shot.from_json(data),
        status=Status.SUCCEEDED,
        created_at=datetime.fromisoformat(data["created_at"]),
        badge=str(data.get("badge") or ""),
        vendor_status=data.get("vendor_status"),
        vendor_id=data.get("vendor_id"),
        progress=1.0,
        cost=_cost(data.get("cost") or {}),
        take=Take(clip, **{name: data[name] for name in names}),
        rating=data.get("rating"),
        tags=tuple(map(str, data.get("tags") or ())),
        submitted_at=_time(data.get("submitted_at")),
        finished_at=_time(data.get("finished_at")),
        charges_sent=int(data.get("charges_sent") or 0),
        practice=bool(data.get("practice")),
    )


def _cost(data: Mapping[str, Any]) -> Cost:
    return Cost(*(_money(data.get(f"{name}_usd")) for name in ("quoted", "estimated", "charged")))


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
