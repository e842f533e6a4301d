"""The in-process transport: what a client of httpx meets on it, on good days and on bad ones."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from providers.errors import Malformed, NotSent, OutcomeUnknown, RateLimited, Refused, Unreachable
from providers.http import VendorHttp
from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import DREAM_MACHINE, NATIVE, RUNWAY
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.sandbox.transport import SandboxTransport
from tests.sandbox.kit import Clock, Desk

BODY = {"model": "ray-2", "prompt": "a paper boat"}


def only(fault: Fault, **rule: Any) -> dict[str, Any]:
    """Options with one fault for every matching request."""
    return {"faults": FaultScript((Rule(fault, **rule),))}


def luma(transport: httpx.AsyncBaseTransport) -> VendorHttp:
    """The program's own HTTP door on a transport."""
    headers = {"authorization": f"Bearer {practice_keys()[DREAM_MACHINE]}"}
    return VendorHttp(practice_base_urls()[DREAM_MACHINE], headers, transport)


async def test_links_point_to_where_the_request_came_in(make_world: Any, clock: Clock) -> None:
    world = make_world()
    job = Desk(world, NATIVE).create().json["id"]
    clock.forward(60)
    async with httpx.AsyncClient(transport=SandboxTransport(world)) as client:
        data = (await client.get(f"http://elsewhere.example:8080/sandbox/v1/clips/{job}")).json()
        assert data["url"].startswith("http://elsewhere.example:8080/assets/")
        got = await client.get(data["url"], headers={"range": "bytes=10-19"})
    assert (got.status_code, len(got.content)) == (206, 10)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        (Kind.CONNECT, httpx.ConnectError),
        (Kind.TIMEOUT, httpx.ReadTimeout),
        (Kind.RESET, httpx.ReadError),
        (Kind.DROP, httpx.RemoteProtocolError),
        (Kind.HALF_BODY, httpx.RemoteProtocolError),
        (Kind.WRONG_LENGTH, httpx.RemoteProtocolError),
    ],
)
async def test_a_bad_line_raises_what_httpx_would(make_world: Any, kind: Kind, raised: type[Exception]) -> None:
    world = make_world(**only(Fault(kind)))
    async with httpx.AsyncClient(transport=SandboxTransport(world)) as client:
        with pytest.raises(raised):
            await client.get("https://sandbox.invalid/sandbox/v1/health")


@pytest.mark.parametrize(
    ("fault", "raised", "charges"),
    [
        (Fault(Kind.CONNECT), NotSent, 0),
        (Fault(Kind.TIMEOUT, Point.BEFORE), OutcomeUnknown, 0),
        (Fault(Kind.TIMEOUT), OutcomeUnknown, 1),
        (Fault(Kind.RESET), OutcomeUnknown, 1),
        (Fault(Kind.DROP), OutcomeUnknown, 1),
        (Fault(Kind.HALF_BODY), OutcomeUnknown, 1),
        (Fault(Kind.STATUS, status=503), OutcomeUnknown, 1),
        (Fault(Kind.STATUS, Point.BEFORE, status=503), OutcomeUnknown, 0),
        (Fault(Kind.HTML, status=502), OutcomeUnknown, 1),
        (Fault(Kind.HUGE, size=9 * 2**20), OutcomeUnknown, 1),
        (Fault(Kind.REDIRECT, Point.BEFORE), Refused, 0),
        (Fault(Kind.STATUS, Point.BEFORE, status=429, headers={"retry-after": "7"}), RateLimited, 0),
    ],
)
async def test_the_programs_own_client_reads_a_billable_fault_rightly(
    make_world: Any, fault: Fault, raised: type[Exception], charges: int
) -> None:
    world = make_world(**only(fault))
    http = luma(SandboxTransport(world))
    with pytest.raises(raised):
        await http.bill("POST", "/generations", BODY)
    await http.aclose()
    assert len(world.ledger()) == charges
    assert len(world.requests()) == 1


@pytest.mark.parametrize("kind", [Kind.CONNECT, Kind.TIMEOUT, Kind.RESET, Kind.DROP, Kind.HALF_BODY, Kind.STATUS])
async def test_a_free_request_that_meets_a_fault_is_unreachable(make_world: Any, kind: Kind) -> None:
    http = luma(SandboxTransport(make_world(**only(Fault(kind)))))
    with pytest.raises(Unreachable):
        await http.ask("GET", "/ping")
    await http.aclose()


async def test_a_cut_answer_is_no_object(make_world: Any) -> None:
    http = luma(SandboxTransport(make_world(**only(Fault(Kind.MALFORMED)))))
    with pytest.raises(Malformed):
        (await http.ask("GET", "/ping")).object()
    await http.aclose()


async def test_a_slow_answer_waits_unless_the_time_limit_is_shorter(make_world: Any) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    world = make_world(**only(Fault(Kind.SLOW, seconds=30.0)))
    async with httpx.AsyncClient(transport=SandboxTransport(world, sleep), timeout=40) as client:
        assert (await client.get("https://sandbox.invalid/sandbox/v1/health")).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            await client.get("https://sandbox.invalid/sandbox/v1/health", timeout=20)
    assert waited == [30.0]


async def test_a_trickled_answer_arrives_whole(make_world: Any) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    world = make_world(**only(Fault(Kind.TRICKLE, seconds=8.0)))
    async with httpx.AsyncClient(transport=SandboxTransport(world, sleep)) as client:
        assert (await client.get("https://sandbox.invalid/sandbox/v1/health")).json()["status"] == "ok"
    assert sum(waited) >= 8.0


async def test_the_event_loop_stays_free_while_a_clip_is_drawn(make_world: Any, clock: Clock) -> None:
    world = make_world()
    desk = Desk(world, RUNWAY)
    job = desk.create().json["id"]
    clock.forward(60)
    url = desk.clip_url(job)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with httpx.AsyncClient(transport=SandboxTransport(world)) as client:
        counting = asyncio.create_task(count())
        assert (await client.get(url)).status_code == 200
        counting.cancel()
    assert turns > 1


async def test_a_cancelled_request_leaves_no_trouble_behind(make_world: Any) -> None:
    world = make_world()
    async with httpx.AsyncClient(transport=SandboxTransport(world)) as client:
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await client.get("https://sandbox.invalid/sandbox/v1/health")
        assert (await client.get("https://sandbox.invalid/sandbox/v1/health")).status_code == 200


async def test_a_hundred_polls_at_once_are_all_answered(make_world: Any) -> None:
    world = make_world()
    job = Desk(world, NATIVE).create().json["id"]
    async with httpx.AsyncClient(transport=SandboxTransport(world)) as client:
        url = f"https://sandbox.invalid/sandbox/v1/clips/{job}"
        answers = await asyncio.gather(*(client.get(url) for _ in range(100)))
    assert {each.status_code for each in answers} == {200}
