"""Tasks for these tests, each made from its number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from providers.errors import Failure, FailureKind
from providers.shot import Shot
from rushes.task import Cost, Status, Task

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROMPTS = (
    "A fox runs through neon rain, low tracking shot",
    "Harbour at dawn, slow dolly in",
    "Paper boats, stop motion",
)


def shot(number: int, prompt: str | None = None) -> Shot:
    """One shot."""
    text = PROMPTS[number % len(PROMPTS)] if prompt is None else prompt
    return Shot("sandbox", "sandbox-hd", "text_to_video", text, {"duration": "5s", "resolution": "720p"})


def task(number: int, status: Status, *, prompt: str | None = None, practice: bool = False) -> Task:
    """A task in any state."""
    return Task(
        id=f"T{number:06}",
        shot=shot(number, prompt),
        status=status,
        created_at=NOON - timedelta(minutes=number),
        badge="SANDBOX-HD",
        cost=Cost(quoted=Decimal("0.30")),
        error=Failure(FailureKind.SERVICE, "the vendor's machine broke") if status is Status.FAILED else None,
        submitted_at=NOON - timedelta(minutes=number),
        finished_at=NOON - timedelta(minutes=number) + timedelta(seconds=62),
        practice=practice,
        rev=1,
    )


def running(number: int) -> Task:
    """A task under way."""
    return replace(task(number, Status.RUNNING), progress=0.1 + number / 20, time_left=f"{40 + number} s left")


def take(number: int) -> Task:
    """A finished task."""
    return replace(task(number, Status.SUCCEEDED), rating=number % 6 or None)
