"""A gateway around a real engine on the sandbox: an ASGI application for most tests, on a socket where it matters."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from providers.sandbox.options import Options
from providers.sandbox.practice import practice_keys
from providers.sandbox.server import serve as serve_vendors
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from rushes.clock import Clock
from rushes.engine import Engine
from rushes.gateway.app import application, house_for
from rushes.gateway.config import Config
from rushes.gateway.house import House
from rushes.gateway.server import listen, serve_app
from rushes.gateway.token import Token
from rushes.home import Home
from tests.doctor.conftest import QuickClock

TOKEN = "a-token-that-is-only-for-tests"
ORIGIN = "http://127.0.0.1:8440"
SMALL = {"duration": "1s", "resolution": "360p"}
LIMIT_S = 20.0


@dataclass(frozen=True)
class Gate:
    """One gateway and a client that has the token."""

    house: House
    app: ASGIApp
    client: httpx.AsyncClient
    world: World
    url: str = ORIGIN

    async def made(self, prompt: str = "a red fox", **more: Any) -> dict[str, Any]:
        """Makes the smallest clip and waits for its end."""
        answer = await self.client.post("/v1/videos", json={"prompt": prompt, "params": SMALL, **more})
        assert answer.status_code == 201, answer.text
        return await self.ended(answer.json()["videos"][0]["id"])

    async def ended(self, video_id: str) -> dict[str, Any]:
        """Waits until a video has ended."""
        return await self.until(video_id, lambda video: video["status"] in {"SUCCEEDED", "FAILED", "CANCELLED"})

    async def until(self, video_id: str, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Asks for a video until it is as wanted."""
        async with asyncio.timeout(LIMIT_S):
            video: dict[str, Any] = {}
            while not video or not wanted(video):
                await asyncio.sleep(0.02)
                video = (await self.client.get(f"/v1/videos/{video_id}")).json()
            return video

    def sent(self) -> int:
        """How many billable requests arrived at the sandbox."""
        return sum(each.method == "POST" and not each.path.endswith("/cancel") for each in self.world.requests())


@asynccontextmanager
async def opened(
    home: Path, *, speed: float = 1000.0, started: bool = True, clock: Clock | None = None, **config: Any
) -> AsyncIterator[Gate]:
    """A gateway on a home, closed at the end."""
    place = Home.find(str(home), {})
    world = World(home.parent / "sandbox", options=Options(speed=speed))
    engine = await Engine.open(
        place, environ=dict(os.environ), clock=clock or QuickClock(), sandbox=lambda: SandboxTransport(world)
    )
    if started:
        await engine.start()
    try:
        async with house_for(engine, Config(token=Token(TOKEN), **config)) as house:
            app = application(house)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 4000))
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=bearer()) as client:
                yield Gate(house, app, client, world)
    finally:
        await engine.close()
        world.close()


def bearer(token: str = TOKEN) -> dict[str, str]:
    """The header that opens the gateway."""
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def gate(home: Path) -> AsyncIterator[Gate]:
    """A gateway as an application, a thousand times faster than life."""
    async with opened(home) as found:
        yield found


@asynccontextmanager
async def listening(gate: Gate) -> AsyncIterator[Gate]:
    """The same gateway on a loopback port, for what needs a real line."""
    bound = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    stop: list[Callable[[], None]] = []
    serving = asyncio.create_task(serve_app(gate.app, bound, gate.house.news, stop.append))
    try:
        async with httpx.AsyncClient(base_url=url, headers=bearer(), timeout=LIMIT_S) as client:
            yield replace(gate, client=client, url=url)
    finally:
        for each in stop:
            each()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


@pytest.fixture
async def line(gate: Gate) -> AsyncIterator[Gate]:
    """A gateway on a loopback port."""
    async with listening(gate) as found:
        yield found


@pytest.fixture
def paid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A vendor that costs money, on a loopback port, with a key of the right shape; its ledger."""
    world = World(tmp_path / "vendors", options=Options(speed=1000.0))
    server = serve_vendors(world)
    monkeypatch.setenv("RUNWAYML_API_SECRET", practice_keys()["runway"])
    monkeypatch.setenv("RUNWAYML_BASE_URL", server.base_urls["runway"])
    yield world
    server.close()
    world.close()


@contextmanager
def served(home: Path, *, started: bool = True) -> Iterator[str]:
    """A gateway in a thread of its own, for what has no loop; its address."""
    found: list[str] = []
    begun, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        async with opened(home, started=started) as gate, listening(gate) as line:
            found.append(line.url)
            begun.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert begun.wait(30)
        yield found[0]
    finally:
        ended.set()
        thread.join()
