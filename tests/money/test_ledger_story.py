"""What is booked for one task, from the press to the last correction."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rushes.money.ledger import EntryKind
from rushes.task import Status
from tests.clock import driven
from tests.money.house import House, dream, runway, story, until

D = Decimal
DONE = (Status.DOWNLOADING, Status.FAILED, Status.CANCELLED)


@driven
async def test_luma_charges_when_it_takes_a_shot_and_gives_back_what_fails(tmp_path: Path) -> None:
    engine = await House(tmp_path).open()
    (task,) = await engine.submit(dream("a boat [fail:job failed]"))
    task = await until(engine, task, Status.PENDING, Status.RUNNING)
    assert task.cost.charged == D("0.40")
    await until(engine, task, *DONE)
    booked = await story(engine, task)
    assert [(each.kind, each.usd) for each in booked] == [
        (EntryKind.QUOTED, D("0.40")),
        (EntryKind.CHARGED, D("0.40")),
        (EntryKind.REFUND, D("-0.40")),
    ]
    assert booked[0].source == "price table of 2026-11-22"
    assert "failed" in booked[2].source
    await engine.close()


@driven
async def test_runway_estimates_at_once_and_charges_at_the_end(tmp_path: Path) -> None:
    engine = await House(tmp_path).open()
    (task,) = await engine.submit(runway("a boat"))
    await until(engine, task, *DONE)
    booked = await story(engine, task)
    assert [(each.kind, each.usd) for each in booked] == [
        (EntryKind.QUOTED, D("0.24")),
        (EntryKind.ESTIMATED, D("0.24")),
        (EntryKind.CHARGED, D("0.24")),
    ]
    assert booked[2].source == "the vendor's answer"
    assert booked[2].at > booked[1].at
    await engine.close()
