"""Webhooks: a reason to ask the vendor now, and nothing more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx

from providers.shot import Shot
from rushes.gateway.callbacks import callback_url
from tests.gateway.conftest import LIMIT_S, ORIGIN, SMALL, Gate, opened

PUBLIC = "https://hooks.example"
NONSENSE: tuple[object, ...] = ({}, [], {"id": 7}, "text", None)


class StandingClock:
    """No pause ever ends, so no poll comes by itself."""

    def now(self) -> datetime:
        return datetime(2026, 11, 30, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.Event().wait()


async def post(gate: Gate, url: str, body: object, host: str = "hooks.example") -> int:
    """As the vendor does it: from outside, without the token."""
    transport = httpx.ASGITransport(gate.app, client=("203.0.113.9", 443))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        return (await client.post(url.removeprefix(PUBLIC), json=body, headers={"host": host})).status_code


async def waiting(gate: Gate) -> tuple[str, str]:
    """A task that has ended at the vendor while its next poll is far away: our id and the vendor's."""
    answer = await gate.client.post("/v1/videos", json={"prompt": "a fox [run:3]", "params": SMALL})
    video = await gate.until(answer.json()["videos"][0]["id"], lambda video: video["vendor_id"])
    return video["id"], video["vendor_id"]


def polls(gate: Gate) -> int:
    return sum(each.method == "GET" for each in gate.world.requests())


async def test_a_webhook_makes_the_next_poll_come_now_and_is_not_believed(home: Path) -> None:
    async with opened(home, speed=0.1, clock=StandingClock(), public_url=PUBLIC) as gate:
        video_id, vendor_id = await waiting(gate)
        assert polls(gate) == 0
        url = callback_url(gate.house, "sandbox")
        news = {"id": vendor_id, "state": "completed", "assets": {"video": "http://evil/"}}
        async with asyncio.timeout(LIMIT_S):
            while not polls(gate):  # one that comes before the task is watched is heard by nobody
                assert await post(gate, url, news) == 204
        video = (await gate.client.get(f"/v1/videos/{video_id}")).json()
    assert video["status"] in {"PENDING", "RUNNING"}


async def test_a_path_that_is_not_the_secret_one_is_nothing(home: Path) -> None:
    async with opened(home, public_url=PUBLIC) as gate:
        right = callback_url(gate.house, "sandbox")
        assert await post(gate, right, {"id": "unknown"}) == 204
        assert await post(gate, right[:-1] + ("0" if right[-1] != "0" else "1"), {"id": "x"}) == 404
        assert await post(gate, right.replace("sandbox", "other"), {"id": "x"}) == 404
        assert await post(gate, right, [], host="evil.example") == 421
        for nonsense in NONSENSE:
            assert await post(gate, right, nonsense) == 204


async def test_the_public_name_opens_nothing_but_callbacks(home: Path) -> None:
    async with opened(home, public_url=PUBLIC) as gate:
        answer = await gate.client.get("/v1/videos", headers={"host": "hooks.example"})
    assert answer.status_code == 421


async def test_without_a_public_address_there_are_no_callbacks(home: Path) -> None:
    async with opened(home) as gate:
        assert callback_url(gate.house, "sandbox") == ""
        secret = gate.house.config.token.path_for("sandbox")
        answer = await gate.client.post(f"/v1/callbacks/sandbox/{secret}", json={"id": "x"})
    assert answer.status_code == 404


async def test_a_vendor_that_can_is_told_where_to_post_and_practice_is_not(home: Path) -> None:
    async with opened(home, public_url=PUBLIC) as gate:
        url = callback_url(gate.house, "luma")
        pool = gate.house.engine.pool
        real, practice = (pool.provider("luma", practice=each) for each in (False, True))
        wanted = Shot("luma", "ray-2", "text_to_video", "a fox")
        assert real.request(wanted).body["callback_url"] == url
        assert "callback_url" not in practice.request(wanted).body
        own = Shot("luma", "ray-2", "text_to_video", "a fox", {"callback_url": "https://own.example/x"})
        assert real.request(own).body["callback_url"] == "https://own.example/x"
        assert "callback_url" not in real.request(Shot("luma", "ray-3.2", "text_to_video", "a fox")).body
