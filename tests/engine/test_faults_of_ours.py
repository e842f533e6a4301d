"""What happens when this program itself has a fault while it carries a task: nothing is sent again, and it is said."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from providers.errors import FailureKind
from rushes.task import Status
from tests.clock import driven
from tests.house import RUNWAY_SHOT, House


class Faulty(httpx.AsyncBaseTransport):
    """A line on which our own code breaks, in a way that nobody foresaw, at the first request of a method."""

    def __init__(self, inner: httpx.AsyncBaseTransport, method: str, path: str = "") -> None:
        self._inner, self._method, self._path, self._broken = inner, method, path, False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.method == self._method and self._path in request.url.path and not self._broken:
            self._broken = True
            raise RuntimeError("nobody foresaw this")
        return response


@driven
async def test_a_fault_while_sending_leaves_the_outcome_unknown(house: House, caplog: pytest.LogCaptureFixture) -> None:
    engine = await house.open(transport=lambda line: Faulty(line, "POST"))
    with caplog.at_level(logging.ERROR):
        await engine.submit(RUNWAY_SHOT)
        await asyncio.wait_for(engine.idle(), 3600)
    (task,) = house.tasks()
    assert (task.status, house.creates()) == (Status.UNCERTAIN, 1)
    assert "fault of this program" in caplog.text
    await asyncio.sleep(3600)
    assert house.creates() == 1
    await engine.close()


@driven
async def test_a_fault_while_watching_is_written_on_the_task_and_the_next_start_goes_on(house: House) -> None:
    engine = await house.open(transport=lambda line: Faulty(line, "GET", "/tasks/"))
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.wait_for(engine.idle(), 3600)
    (left,) = house.tasks()
    assert left.status is Status.PENDING
    assert left.error is not None
    assert left.error.kind is FailureKind.UNKNOWN
    await engine.close()
    again = await house.open()
    done = await house.until(task.id)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    await again.close()


@driven
async def test_a_fault_while_watching_passes_without_a_new_start(house: House) -> None:
    engine = await house.open(transport=lambda line: Faulty(line, "GET", "/tasks/"))
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    await engine.close()


@driven
async def test_a_fault_while_asking_for_the_limits_of_an_account_stops_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    engine = await house.open(transport=lambda line: Faulty(line, "GET", "/organization"))
    with caplog.at_level(logging.ERROR):
        (task,) = await engine.submit(RUNWAY_SHOT)
        done = await house.until(task.id)
    assert (done.status, house.creates()) == (Status.SUCCEEDED, 1)
    assert "fault of this program" in caplog.text
    await engine.close()
