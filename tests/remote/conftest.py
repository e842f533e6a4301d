"""Two engines for the same tests: one in this process, and one behind a gateway on a loopback port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.shot import Input, Role, Shot
from rushes.home import Home
from rushes.interface import Engine
from rushes.remote.engine import RemoteEngine
from tests.gateway.conftest import SMALL, TOKEN, Gate, listening, opened, paid

__all__ = ["Far", "boat", "far", "paid"]


@dataclass(frozen=True)
class Far:
    """A gateway, and an engine that works against it from a home of its own."""

    gate: Gate
    engine: RemoteEngine


def boat(prompt: str = "a paper boat", *inputs: Input, **params: Any) -> Shot:
    """The smallest shot of the sandbox."""
    mode = "image_to_video" if any(each.role is Role.START_IMAGE for each in inputs) else "text_to_video"
    return Shot("sandbox", "sandbox-fast", mode, prompt, {**SMALL, **params}, inputs)


def far_home(folder: Path, url: str) -> Home:
    """A home that works against a gateway."""
    return replace(Home.find(str(folder), {}), connect=url)


@asynccontextmanager
async def working(gate: Gate, folder: Path, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Far]:
    """An engine that works against a gateway on a port."""
    engine = await RemoteEngine.open(
        far_home(folder, gate.url), environ={"RUSHES_TOKEN": TOKEN}, transport=transport, tries=3
    )
    try:
        await engine.start()
        yield Far(gate, engine)
    finally:
        await engine.close()


@pytest.fixture
async def far(home: Path) -> AsyncIterator[Far]:
    """Both, on the sandbox."""
    async with opened(home) as gate, listening(gate) as line, working(line, home.parent / "far") as found:
        yield found


Open = Callable[[], Awaitable[tuple[Engine, Gate]]]


@pytest.fixture(params=["here", "far"])
async def open_one(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[Open]:
    """Opens an engine of either kind, with the gateway's parts for looking behind it."""
    async with AsyncExitStack() as stack:

        async def open_it() -> tuple[Engine, Gate]:
            gate = await stack.enter_async_context(opened(home))
            if request.param == "here":
                return gate.house.engine, gate
            line = await stack.enter_async_context(listening(gate))
            found = await stack.enter_async_context(working(line, home.parent / "far"))
            return found.engine, gate

        yield open_it
