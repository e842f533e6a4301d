"""A vendor whose estimate is not our quote: said, marked, and cancelled while that is free, where that is wanted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import httpx

from providers.sandbox.transport import SandboxTransport
from rushes.engine import Engine
from rushes.task import Status, Task
from tests.clock import driven
from tests.money.house import House, dream, runway, until

D = Decimal
CANCEL = "spending.allow_without_asking = true\nspending.cancel_when_dearer = true\n"


class Estimating(httpx.AsyncBaseTransport):
    """The vendors, with other estimates than their price list has."""

    def __init__(self, vendors: SandboxTransport, estimate: int) -> None:
        self.vendors = vendors
        self.estimate = estimate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.vendors.handle_async_request(request)
        body = await answer.aread()
        if b"estimatedCost" not in body:
            return httpx.Response(answer.status_code, headers=answer.headers, content=body)
        changed = {**json.loads(body), "estimatedCost": {"credits": self.estimate}}
        return httpx.Response(answer.status_code, json=changed)


async def sent(house: House, estimate: int, prompt: str = "a boat") -> tuple[Engine, Task]:
    """A press of 24 credits by our table, for which the vendor estimates another sum."""
    house.line = lambda line: Estimating(line, estimate)
    engine = await house.open()
    (task,) = await engine.submit(runway(prompt))
    return engine, await until(engine, task, Status.PENDING, Status.THROTTLED, Status.RUNNING, Status.CANCELLED)


@driven
async def test_an_estimate_beyond_two_per_cent_marks_the_table_and_is_said(tmp_path: Path) -> None:
    engine, task = await sent(House(tmp_path), 30)
    assert task.status is not Status.CANCELLED
    (warning,) = await engine.accounts.warnings()
    assert "runway gen4.5" in warning
    assert "$0.30" in warning
    assert "$0.24" in warning
    words = [event.detail.get("words", "") for event in await engine.events(task.id)]
    assert any("25% above the quote" in each for each in words), words
    await engine.close()


@driven
async def test_an_estimate_that_agrees_marks_nothing(tmp_path: Path) -> None:
    engine, _task = await sent(House(tmp_path, CANCEL), 24)
    assert await engine.accounts.warnings() == []
    await engine.close()


@driven
async def test_a_dearer_task_is_cancelled_while_that_is_free_where_that_is_wanted(tmp_path: Path) -> None:
    house = House(tmp_path, CANCEL)
    engine, task = await sent(house, 30)
    task = await until(engine, task, Status.CANCELLED)
    assert task.cost.charged == 0
    assert task.error is not None
    assert "above the quote" in task.error.message
    assert house.charged(task.vendor_id) == 0
    today = engine.accounts.today()
    assert (await engine.accounts.spend(today, today)).total.charged == 0
    await engine.close()


@driven
async def test_what_runs_already_is_paid_for_and_goes_on(tmp_path: Path) -> None:
    engine, task = await sent(House(tmp_path, CANCEL), 30, "a boat [queue:0]")
    done = await until(engine, task, Status.DOWNLOADING, Status.CANCELLED)
    assert done.status is Status.DOWNLOADING
    assert len(await engine.accounts.warnings()) == 1
    await engine.close()


@driven
async def test_a_cheaper_estimate_is_marked_and_never_cancelled(tmp_path: Path) -> None:
    engine, task = await sent(House(tmp_path, CANCEL), 12)
    assert (await until(engine, task, Status.DOWNLOADING, Status.CANCELLED)).status is Status.DOWNLOADING
    assert len(await engine.accounts.warnings()) == 1
    await engine.close()


@driven
async def test_a_vendor_that_estimates_nothing_is_not_doubted(tmp_path: Path) -> None:
    engine = await House(tmp_path, CANCEL).open()
    (task,) = await engine.submit(dream("a boat"))
    await until(engine, task, Status.DOWNLOADING)
    assert await engine.accounts.warnings() == []
    await engine.close()
