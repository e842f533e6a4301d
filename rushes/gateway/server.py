"""Running a gateway: a socket, uvicorn on it, and an end that finishes what was begun.

On SIGTERM or SIGINT no new request is taken, open event streams end (their clients come back elsewhere or later), the
answers under way are written, and the engine hands its tasks back to whoever looks next.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import uvicorn
from starlette.types import ASGIApp

from rushes.engine import Engine, Leaving
from rushes.gateway.app import application, house_for
from rushes.gateway.config import Config
from rushes.gateway.guard import Guard
from rushes.gateway.news import News

__all__ = ["Gateway", "listen", "serve", "serve_app"]

LAST_ANSWERS_S = 10
WAITING_ROOM = 512


class Gateway(uvicorn.Server):
    """uvicorn, told by us when to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: the engine has to be closed after the last answer."""
        yield

    def stop(self) -> None:
        """No new requests; returns at once."""
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that a port in use is told before anything is opened. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's wait on each connection: without it an answer takes 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(WAITING_ROOM)
    except BaseException:
        bound.close()
        raise
    return bound


async def serve(
    engine: Engine,
    config: Config,
    bound: socket.socket,
    ready: Callable[[], None],
    *,
    window: Callable[[Guard], AbstractAsyncContextManager[None]] | None = None,
) -> Leaving:
    """Serves until a signal comes; starts the engine, and closes it. Says what goes on at the vendors.

    `window` serves the app itself beside it, behind the same guard.
    """
    try:
        await engine.start()
        async with house_for(engine, config) as house:
            app = application(house)
            async with contextlib.AsyncExitStack() as open_:
                if window is not None:
                    await open_.enter_async_context(window(app))

                def begun(stop: Callable[[], None]) -> None:
                    open_.enter_context(_signals(stop))
                    ready()

                await serve_app(app, bound, house.news, begun)
    finally:
        left = await engine.close()
    return left


async def serve_app(
    app: ASGIApp, bound: socket.socket, news: News, begun: Callable[[Callable[[], None]], None]
) -> None:
    """Serves on a socket until what is given to `begun` is called."""
    server = _server(app)

    def stop() -> None:
        news.hang_up()
        server.stop()

    begun(stop)
    await server.serve(sockets=[bound])


def _server(app: ASGIApp) -> Gateway:
    return Gateway(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=LAST_ANSWERS_S,
        )
    )


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
