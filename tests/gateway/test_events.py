"""Server-sent events: everybody hears every ending, in order, and whoever comes back hears what was missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from providers.shot import Shot
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.task import Status, Task
from tests.gateway.conftest import SMALL, Gate, opened


async def told(gate: Gate, since: str | None = None) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    """The events of one listener: the id, and the video."""
    headers = {} if since is None else {"last-event-id": since}
    async with gate.client.stream("GET", "/v1/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name:
                event[name] = value
            elif event.get("event") == "video":
                yield int(event["id"]), json.loads(event["data"])
            elif event.get("event") == "hello":
                yield int(event["id"]), {}
            if not line:
                event = {}


async def until_end(gate: Gate, wanted: set[str], since: str | None = None) -> list[tuple[int, dict[str, Any]]]:
    """Everything that is told until each of these has succeeded."""
    heard = []
    async with asyncio.timeout(20), aclosing(told(gate, since)) as events:
        async for number, video in events:
            heard.append((number, video))
            if video.get("status") == "SUCCEEDED":
                wanted = wanted - {video["id"]}
            if not wanted and video:
                return heard
    raise AssertionError("the line ended too soon")


async def test_a_listener_hears_each_task_to_its_end_in_order(line: Gate) -> None:
    answer = await line.client.post("/v1/videos", json={"prompt": "a red fox", "params": SMALL, "count": 3})
    ids = {each["id"] for each in answer.json()["videos"]}
    heard = await until_end(line, ids, "0")
    numbers = [number for number, _ in heard[1:]]
    assert numbers == sorted(set(numbers))
    for each in ids:
        states = [video["status"] for _, video in heard if video.get("id") == each]
        assert states[-1] == "SUCCEEDED"


async def test_a_listener_that_comes_back_hears_what_it_missed_and_nothing_twice(line: Gate) -> None:
    async with aclosing(told(line)) as events:
        place, _ = await anext(events)
    missed = await line.made("missed while away")
    heard = await until_end(line, {missed["id"]}, str(place))
    assert all(number > place for number, _ in heard[1:])
    last = heard[-1][0]
    later = await line.made("after coming back")
    again = await until_end(line, {later["id"]}, str(last))
    assert missed["id"] not in {video.get("id") for _, video in again}


async def test_a_listener_without_a_place_hears_only_what_is_new(line: Gate) -> None:
    old = await line.made("before")
    async with aclosing(told(line)) as events:
        await anext(events)
        new = await line.made("after")
        heard = [await asyncio.wait_for(anext(events), 10)]
        # The very last word on the earlier one may still be on its way when the listener comes; its story is not told.
        if heard[0][1]["id"] == old["id"]:
            assert heard[0][1]["status"] == "SUCCEEDED"
            heard.append(await asyncio.wait_for(anext(events), 10))
    assert heard[-1][1]["id"] == new["id"]
    assert heard[-1][0] > 0


@pytest.mark.parametrize("place", ["", "x", "-1", "99999999", "1" * 40, "١"])
async def test_a_place_that_was_never_given_is_now(line: Gate, place: str) -> None:
    await line.made()
    request = line.client.build_request("GET", "/v1/events", headers={b"last-event-id": place.encode()})
    answer = await line.client.send(request, stream=True)
    first = await anext(answer.aiter_lines())
    await answer.aclose()
    assert (answer.status_code, first) == (200, "retry: 2000")


async def test_what_another_process_writes_is_told_too(line: Gate) -> None:
    now = line.house.engine.clock.now()
    shot = Shot("sandbox", "sandbox-fast", "text_to_video", "from elsewhere")
    task = Task(new_id(now), shot, Status.FAILED, now)
    async with aclosing(told(line)) as events:
        await anext(events)
        await asyncio.to_thread(_write, line, task)
        async with asyncio.timeout(10):
            _, video = await anext(events)
    assert (video["id"], video["prompt"]) == (task.id, "from elsewhere")


def _write(gate: Gate, task: Task) -> None:
    other = Library(gate.house.engine.home.library, now=gate.house.engine.clock.now, who="another")
    other.add(task)
    other.close()


async def test_a_slow_listener_gets_the_newest_state_of_each_task_and_every_ending(home: Path) -> None:
    async with opened(home) as gate:
        slow = gate.house.news.listen(0)
        assert b"event: hello" in await anext(slow)
        videos = [await gate.made(f"fox {number}") for number in range(3)]
        heard: dict[str, str] = {}
        count = 0
        async with asyncio.timeout(10):
            while len(heard) < 3 or set(heard.values()) != {"SUCCEEDED"}:
                for part in (await anext(slow)).split(b"data: ")[1:]:
                    video = json.loads(part.split(b"\n")[0])
                    heard[video["id"]] = video["status"]
                    count += 1
        await slow.aclose()
    assert heard == {each["id"]: "SUCCEEDED" for each in videos}
    assert count <= 9


async def test_a_gateway_that_ends_hangs_up(home: Path) -> None:
    async with opened(home) as gate:
        events = gate.house.news.listen(None)
        await anext(events)
        waiting = asyncio.ensure_future(anext(events, None))
        await asyncio.sleep(0)
        gate.house.news.hang_up()
        assert await asyncio.wait_for(waiting, 5) is None
