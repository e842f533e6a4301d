"""When the line breaks: presses are done once, news are missed by nobody, and words say what is the matter."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.errors import KeyRefused, NotSent, Unreachable
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.remote.codec import encode
from rushes.remote.engine import RemoteEngine
from rushes.remote.following import Following
from rushes.remote.line import LONGEST_PAUSE_S, Line, pause_s
from rushes.task import Cost, Status, Task
from tests.gateway.conftest import Gate, bearer, listening, opened
from tests.remote.conftest import Far, boat, far_home, working


class Losing(httpx.AsyncBaseTransport):
    """A real line that loses the answers to some requests: they arrive and are done, and nobody hears of it."""

    def __init__(self, lost: Callable[[httpx.Request], bool]) -> None:
        self._line = httpx.AsyncHTTPTransport()
        self._lost = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._line.handle_async_request(request)
        if self._lost(request):
            await answer.aread()
            await answer.aclose()
            raise httpx.ReadError("the line broke", request=request)
        return answer

    async def aclose(self) -> None:
        await self._line.aclose()


def first(call: str, times: int = 1) -> Callable[[httpx.Request], bool]:
    """Loses the first answers of one call."""
    left = [times]

    def lost(request: httpx.Request) -> bool:
        hit = request.url.path == f"/v1/engine/{call}" and left[0] > 0
        left[0] -= hit
        return hit

    return lost


@asynccontextmanager
async def lossy(home: Path, lost: Callable[[httpx.Request], bool]) -> AsyncIterator[Far]:
    """An engine whose line loses some answers."""
    async with opened(home) as gate, listening(gate) as line, working(line, home.parent / "far", Losing(lost)) as far:
        yield far


async def test_a_press_whose_answer_was_lost_is_asked_for_again_and_sent_once(home: Path) -> None:
    async with lossy(home, first("submit", 2)) as far:
        tasks = await far.engine.submit(boat(), count=2)
        await far.engine.idle()
        assert [(await far.engine.need(each.id)).status for each in tasks] == [Status.SUCCEEDED] * 2
        assert far.gate.sent() == 2


async def test_a_press_that_is_never_answered_says_under_which_id_to_look(home: Path) -> None:
    async with lossy(home, first("submit", 99)) as far:
        with pytest.raises(Unreachable, match="look with `rushes show 01") as lost:
            await far.engine.submit(boat())
        told = str(lost.value).split("rushes show ")[1][:26]
        assert (await far.engine.need(told)).id == told
        assert (await far.engine.history()).tasks[0].id == told


async def test_a_press_that_nobody_was_there_for_says_that_nothing_was_sent(home: Path) -> None:
    async with opened(home) as gate, AsyncExitStack() as stack:
        line = await stack.enter_async_context(listening(gate))
        far = await stack.enter_async_context(working(line, home.parent / "far"))
        far.engine._line._client._transport = httpx.MockTransport(nobody)
        with pytest.raises(NotSent, match="nothing was sent"):
            await far.engine.submit(boat())
        assert gate.sent() == 0


def nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


@pytest.mark.parametrize("call", ["submit", "resend"])
async def test_the_same_key_presses_once_although_the_gateway_was_started_anew(home: Path, call: str) -> None:
    now = datetime.now(UTC)
    task = Task(new_id(now), boat(), Status.UNCERTAIN, now, cost=Cost(quoted=Decimal(0)))
    body = {"shot": encode(boat()), "ids": [task.id]} if call == "submit" else {"task_id": task.id}
    answers = []
    for turn in range(2):
        async with opened(home, started=False) as gate:
            library = Library(home / "library.sqlite3", now=lambda: now)
            if call == "resend" and not turn:
                library.add(task)
            elif turn:
                library.change(task.id, {"vendor_status": "seen"}, to=None)
            sent = await gate.client.post(f"/v1/engine/{call}", json=body, headers={"idempotency-key": "one-press"})
            assert sent.status_code == 200, sent.text
            answers.append(sent.json()["result"])
            story = library.events(task.id)
            library.close()
    assert json.dumps(answers[1]).count(task.id) > 0
    assert sum(each.now == "QUEUED" for each in story) == 1


async def test_a_resend_that_nobody_agreed_to_leaves_its_key_free_for_the_one_that_is_agreed_to(home: Path) -> None:
    now = datetime.now(UTC)
    task = Task(new_id(now), boat(), Status.UNCERTAIN, now, cost=Cost(quoted=Decimal("0.60")))
    headers = {"idempotency-key": "one-press"}
    async with opened(home, started=False) as gate:
        library = Library(home / "library.sqlite3", now=lambda: now)
        library.add(task)
        for consent, status in ((None, 402), ("0.60", 200), ("0.60", 200), (None, 422)):
            body = {"task_id": task.id} | ({"consent_usd": consent} if consent else {})
            answer = await gate.client.post("/v1/engine/resend", json=body, headers=headers)
            assert answer.status_code == status, answer.text
        assert sum(each.now == "QUEUED" for each in library.events(task.id)) == 1
        library.close()


async def test_a_key_that_is_used_for_another_wish_is_refused(home: Path) -> None:
    async with opened(home, started=False) as gate:
        headers = {"idempotency-key": "mine"}
        for words, status in (("one", 200), ("one", 200), ("two", 422)):
            body = {"name": words, "query": ""}
            answer = await gate.client.post("/v1/engine/shelf.save_search", json=body, headers=headers)
            assert answer.status_code == status
        assert answer.json()["error"]["kind"] == "idempotency"


async def test_taking_back_is_done_once_although_its_answer_was_lost(home: Path) -> None:
    async with lossy(home, first("shelf.undo")) as far:
        (task,) = await far.engine.submit(boat())
        await far.engine.idle()
        await far.engine.shelf.rate([task.id], 2)
        await far.engine.shelf.rate([task.id], 5)
        assert await far.engine.shelf.undo() is not None
        assert (await far.engine.need(task.id)).rating == 2


# ── the news ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Instant:
    """A clock that never waits, and remembers what it was asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


class Scripted:
    """A line whose streams are written down: lines to say, or an error to break with."""

    rng = random.Random(1)

    def __init__(self, *streams: list[str] | Exception) -> None:
        self.streams = list(streams)
        self.asked: list[str | None] = []
        self.over = asyncio.Event()

    @asynccontextmanager
    async def news(self, since: str | None) -> AsyncIterator[AsyncIterator[str]]:
        self.asked.append(since)
        if not self.streams:
            self.over.set()
            await asyncio.Event().wait()
        stream = self.streams.pop(0)
        if isinstance(stream, Exception):
            raise stream
        yield _lines(stream)


async def _lines(lines: list[str]) -> AsyncIterator[str]:
    for each in lines:
        yield each


def event(number: int, kind: str = "task") -> list[str]:
    """One event of the stream."""
    return [f"id: {number}", f"event: {kind}", f'data: {{"n": {number}}}', ""]


async def test_whoever_comes_back_asks_from_the_last_that_was_told_whole() -> None:
    cut = event(7)[:2]
    line = Scripted(
        [*event(3, "hello"), *event(4), ": all is quiet", "", *event(6), *cut],
        Unreachable("nobody there"),
        Unreachable("nobody there"),
        [*event(6, "hello"), *event(7)],
    )
    told: list[int] = []
    heard: list[str] = []
    greeted: list[int] = []
    clock = Instant()

    async def again() -> None:
        greeted.append(1)

    following = Following(line, clock, told=lambda each: told.append(each["n"]), heard=heard.append, again=again)  # type: ignore[arg-type]  # a line that is written down
    await asyncio.wait_for(following.start(), 5)
    await asyncio.wait_for(line.over.wait(), 5)
    await following.stop()
    assert (told, line.asked) == ([4, 6, 7], [None, "6", "6", "6", "7"])
    assert heard == ["the gateway ended the line", "nobody there", "nobody there", "", "the gateway ended the line"]
    assert (greeted, len(clock.waits)) == ([1], 4)


def test_pauses_grow_to_a_limit_and_no_two_clients_keep_the_same() -> None:
    rng = random.Random(4)
    means = [sum(pause_s(failures, rng) for _ in range(200)) / 200 for failures in range(12)]
    assert means == sorted(means[:8]) + means[8:]
    assert all(LONGEST_PAUSE_S / 2 <= pause_s(60, rng) <= LONGEST_PAUSE_S for _ in range(50))
    assert len({pause_s(3, random.Random(seed)) for seed in range(20)}) == 20


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def line_over(handler: Callable[[httpx.Request], httpx.Response], clock: Instant, tries: int = 3) -> Line:
    """A line over answers that are written down."""
    return Line("http://127.0.0.1:1", "token", clock, tries=tries, transport=httpx.MockTransport(handler))


async def test_a_question_is_asked_again_a_few_times_and_in_the_app_until_it_is_answered() -> None:
    clock, seen = Instant(), [0]

    def away(request: httpx.Request) -> httpx.Response:
        seen[0] += 1
        if seen[0] <= 8:
            raise httpx.ConnectError("nobody there", request=request)
        return httpx.Response(200, json={"result": 1})

    with pytest.raises(NotSent, match="does not answer"):
        await line_over(away, clock).ask("POST", "/x")
    assert (seen[0], len(clock.waits)) == (3, 2)
    assert await line_over(away, clock).ask("POST", "/x", ever=True) == {"result": 1}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, "{}", KeyRefused, "refuses the token"),
        (404, "<html>", Unreachable, "may be no gateway"),
        (502, "bad gateway", Unreachable, "HTTP 502"),
        (200, "no json", Unreachable, "HTTP 200"),
        (503, '{"raised": {"type": "LibraryError", "words": "locked", "with": {}}}', Exception, "locked"),
        (409, '{"raised": {"type": "Nonsense", "words": "x"}, "error": {"message": "no"}}', Unreachable, "no"),
    ],
)
async def test_an_answer_that_is_no_is_told_in_words(status: int, body: str, kind: type[Exception], words: str) -> None:
    line = line_over(lambda _request: httpx.Response(status, text=body), Instant())
    with pytest.raises(kind, match=words):
        await line.ask("GET", "/x")
    await line.close()


@pytest.mark.parametrize("said", [{}, [], {"form": 99, "version": "9.9"}, {"form": 1, "providers": 7}])
async def test_another_program_or_version_is_told_when_it_is_opened(home: Path, said: Any) -> None:
    with pytest.raises(Unreachable, match=r"version|cannot be read"):
        await RemoteEngine.open(
            far_home(home, "http://127.0.0.1:1"),
            environ={"RUSHES_TOKEN": "token"},
            transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=said)),
        )


async def test_a_line_that_hangs_up_is_told_and_what_happened_meanwhile_is_heard(home: Path) -> None:
    async with opened(home) as gate, listening(gate) as line, working(line, home.parent / "far") as far:
        heard: list[str] = []
        told: dict[str, Task] = {}
        far.engine.hear_line(heard.append)
        far.engine.subscribe(lambda task: told.update({task.id: task}))
        gate.house.news.hang_up()
        await _until(lambda: heard)
        made = await gate.house.engine.submit(boat("while away"))
        gate.house.news._closed = False
        await _until(lambda: "" in heard and told.get(made[0].id) and told[made[0].id].ended)
    assert heard[0] == "the gateway ended the line"


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for says nothing of itself
            await asyncio.sleep(0.02)


async def test_without_the_token_nothing_is_answered(gate_client: Gate) -> None:
    for path in ("/v1/engine", "/v1/engine/events"):
        answer = await gate_client.client.get(path, headers=bearer("wrong"))
        assert (answer.status_code, "providers" in answer.text) == (401, False)
    answer = await gate_client.client.post("/v1/engine/count", json={}, headers=bearer("wrong"))
    assert answer.status_code == 401
    answer = await gate_client.client.put("/v1/uploads/x.png", content=b"x", headers=bearer("wrong"))
    assert answer.status_code == 401


@pytest.fixture
async def gate_client(home: Path) -> AsyncIterator[Gate]:
    async with opened(home, started=False) as found:
        yield replace(found)
