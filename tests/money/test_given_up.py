"""What nobody watches any more: whatever became of a press, budgets count what `spend` explains, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from providers.shot import Shot
from rushes.library.library import Library
from rushes.task import Cost, Status, Task
from rushes.tasks.sends import Outcome, Send

D = Decimal
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOT = Shot("runway", "gen4.5", "text_to_video", "a boat", {"duration": 5})


class Press:
    """One task, moved as the engine moves it."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.id = library.add(Task("T1", SHOT, Status.QUEUED, NOW, cost=Cost(D("0.60")))).id
        self.number = 0

    def send(self) -> None:
        self.number += 1
        nonce = f"n{self.number}"
        values = {"submitted_at": NOW, "charges_sent": self.number, "nonce": nonce}
        new = Send(nonce, self.id, "alike", NOW, Outcome.AIR)
        self.library.change(self.id, values, to=Status.SUBMITTING, guard=lambda library: library.begin_send(new))

    def lose(self) -> None:
        self._settled(Outcome.UNKNOWN, {}, Status.UNCERTAIN)

    def again(self) -> None:
        self.library.change(self.id, {}, to=Status.QUEUED)

    def forget(self) -> None:
        self.library.change(self.id, {}, to=Status.CANCELLED)

    def undo(self) -> None:
        self.library.change(self.id, {"charged": D(0)}, to=Status.CANCELLED)

    def refuse(self) -> None:
        self._settled(Outcome.REFUSED, {"charged": D(0)}, Status.FAILED)

    def leave_unsent(self) -> None:
        self.number -= 1
        self._settled(Outcome.NOT_SENT, {"charges_sent": self.number, "charged": D(0)}, Status.FAILED)

    def take(self) -> None:
        self._settled(Outcome.ACCEPTED, {"vendor_id": "v"}, Status.PENDING)

    def hear_late(self) -> None:
        values = {"vendor_status": "RUNNING"}
        self.library.land(self.id, f"n{self.number}", "v", values, to=Status.PENDING, owner="me")

    def watch(self) -> None:
        self.library.change(self.id, {}, to=Status.PENDING)

    def finish(self) -> None:
        self.library.change(self.id, {"charged": D("0.60")}, to=Status.DOWNLOADING)

    def fail(self) -> None:
        self.library.change(self.id, {"charged": D(0)}, to=Status.FAILED)

    def _settled(self, outcome: Outcome, values: dict[str, object], to: Status) -> None:
        nonce = f"n{self.library.connection.execute('SELECT count(*) FROM sends').fetchone()[0]}"
        self.library.change(self.id, values, to=to, guard=lambda library: library.settle_send(nonce, outcome))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path / "library.sqlite3", now=lambda: NOW)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("story", "charged", "perhaps", "flying"),
    [
        ("send lose", 0, 0, 60),
        ("send lose forget", 0, 60, 0),
        ("send lose again", 0, 60, 0),
        ("send lose again send lose again send lose forget", 0, 180, 0),
        ("send lose again undo", 0, 60, 0),
        ("send lose again hear_late", 0, 0, 60),
        ("send lose again hear_late finish", 60, 0, 0),
        ("send lose again send take finish", 60, 60, 0),
        ("send lose again send refuse", 0, 60, 0),
        ("send lose again send leave_unsent", 0, 60, 0),
        ("send lose forget hear_late", 0, 60, 0),
        ("send lose forget hear_late watch", 0, 0, 60),
        ("send lose forget hear_late watch finish", 60, 0, 0),
        ("send take forget", 0, 60, 0),
        ("send take forget watch fail", 0, 0, 0),
        ("send take forget watch forget", 0, 60, 0),
        ("send take fail", 0, 0, 0),
        ("send refuse", 0, 0, 0),
    ],
)
def test_budgets_count_exactly_what_spend_explains(
    library: Library, story: str, charged: int, perhaps: int, flying: int
) -> None:
    press = Press(library)
    for step in story.split():
        getattr(press, step)()
        sums, in_flight = library.books.total(NOW.date(), NOW.date()), library.books.flying()
        explained = sums.charged + sums.unsettled + in_flight.usd
        assert library.books.used(NOW).usd == explained, step
    assert [each * 100 for each in (sums.charged, sums.unsettled, in_flight.usd)] == [charged, perhaps, flying]
    assert library.books.check() == []


def test_giving_up_stands_in_the_ledger_with_its_reason(library: Library) -> None:
    press = Press(library)
    for step in ("send", "lose", "forget"):
        getattr(press, step)()
    last = library.books.story(press.id)[-1]
    assert (last.kind.value, last.usd) == ("unsettled", D("0.60"))
    assert "not known" in last.source
