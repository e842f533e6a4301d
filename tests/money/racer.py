"""One of several processes that press at once: `python -m tests.money.racer HOME PRESSES`; a line for each press."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from providers.shot import Shot
from rushes.home import Home
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.money.budgets import OverBudget
from rushes.money.charging import check_send
from rushes.settings import Settings, SettingsStore
from rushes.task import Cost, Status, Task

PRICE = Decimal("0.30")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""All of them press in the same moment, whatever the hour of the test."""


def main(root: str, presses: int) -> None:
    """Presses as fast as it can, as the runner does: the budget is checked where the send is written down."""
    home = Home.find(root)
    settings = SettingsStore(home.settings).value
    library = Library(home.library, now=lambda: NOW)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(presses):
        print(press(library, settings), flush=True)
    library.close()


def press(library: Library, settings: Settings) -> str:
    """One press: `sent`, or `refused`."""
    shot = Shot("luma", "ray-3.2", "text_to_video", "a race", {"duration": "5s"})
    task = library.add(Task(new_id(NOW), shot, Status.QUEUED, NOW, cost=Cost(PRICE)))
    values = {"submitted_at": NOW, "charges_sent": 1}
    try:
        library.change(task.id, values, to=Status.SUBMITTING, guard=lambda each: check_send(each, settings, task, NOW))
    except OverBudget:
        return "refused"
    return "sent"


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), int(sys.argv[2]))
