"""The app that bench/studio.py measures: the whole one, on a sandbox that runs hundreds of jobs at once.

`python -m bench.studio_app HOME` opens it; with `--fill N S`, N tasks of S seconds are sent first, without a screen;
with `--served PORT`, the sandbox is asked over the loopback, where another process has it.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import httpx

from providers.sandbox.options import NATIVE, Options
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Shot
from rushes.engine import Engine
from rushes.home import Home
from rushes.task import Status

if TYPE_CHECKING:
    from tui.bridge import OpenEngine

LIMIT_S = 120.0


def world(home: Home) -> World:
    """Any number of jobs at once, none of them drawn: the vendor's work is not what is measured."""
    options = Options(concurrent=MappingProxyType({NATIVE: 1000}), prerender=False)
    return World(home.sandbox, clock=time.time, options=options)


class _Served(httpx.AsyncHTTPTransport):
    """Asks the sandbox that another process serves."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        return await super().handle_async_request(request)


def _opener(port: int) -> OpenEngine:
    async def opened(home: Home) -> Engine:
        from tui.bridge import write_later

        def sandbox() -> httpx.AsyncBaseTransport:
            return _Served(port) if port else SandboxTransport(world(home))

        schedule = write_later(asyncio.get_running_loop())
        return await Engine.open(home, cwd=Path("/"), sandbox=sandbox, schedule=schedule)

    return opened


async def _fill(home: Home, count: int, lasts_s: int) -> None:
    """Sends so many tasks, and leaves them at the vendor."""
    home.make()
    shot = Shot("sandbox", "sandbox-hd", "text_to_video", f"a slow boat [run:{lasts_s}]", {"duration": "5s"})
    engine = await Engine.open(home, cwd=Path("/"), sandbox=lambda: SandboxTransport(world(home)))
    await engine.start()
    for _ in range(0, count, 20):
        await engine.submit(shot, count=min(20, count))
    end = time.monotonic() + LIMIT_S
    while sum(each.status is Status.RUNNING for each in await engine.active()) < count:
        if time.monotonic() > end:
            raise TimeoutError(f"{count} tasks were not under way within {LIMIT_S:.0f} s")
        await asyncio.sleep(0.2)
    await engine.close()


def _show(home: Home, port: int = 0) -> None:
    """As `tui.start.run` does it."""
    gc.disable()
    from tui import compat
    from tui.app import RushesApp

    app = RushesApp(home, open_engine=_opener(port))
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()


if __name__ == "__main__":
    place = Home.find(sys.argv[1])
    if sys.argv[2:3] == ["--fill"]:
        asyncio.run(_fill(place, int(sys.argv[3]), int(sys.argv[4])))
    else:
        _show(place, int(sys.argv[3]) if sys.argv[2:3] == ["--served"] else 0)
