"""The application: routes, problems and the guard around one engine. Started and stopped by `server`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from rushes import __version__
from rushes.engine import Engine
from rushes.gateway import about, browser, callbacks, engine_calls, videos
from rushes.gateway.config import Config
from rushes.gateway.guard import Guard
from rushes.gateway.held import Held
from rushes.gateway.house import House
from rushes.gateway.news import News
from rushes.gateway.presses import Presses
from rushes.gateway.problems import handle_problems
from rushes.library.worker import Store
from rushes.redact import Redactor

__all__ = ["application", "house_for"]


@asynccontextmanager
async def house_for(engine: Engine, config: Config) -> AsyncIterator[House]:
    """Everything that the routes share, open; closed at the end, the engine left to whoever opened it."""
    now = engine.clock.now
    store = await Store.open(engine.home.library, now=now, who="gateway")
    presses = Presses(engine.home.data / "gateway.sqlite3", now)
    news = News(engine, store)
    specs = engine.pool.registry.specs.values()
    redactor = Redactor((*engine.pool.keyring.secrets(), config.token.reveal(), config.token.cookie), specs)
    await news.start()
    try:
        held = Held(engine.home.data / "uploads", config.uploads_room)
        house = House(engine, store, presses, news, config, redactor, held)
        if config.public_url:
            engine.pool.call_back(partial(callbacks.callback_url, house))
        yield house
    finally:
        await news.close()
        await presses.close()
        await store.close()


def application(house: House, clock: Callable[[], float] = time.monotonic) -> Guard:
    """The whole gateway as one ASGI application, the guard outermost."""
    app = FastAPI(
        title="rushes",
        version=__version__,
        summary="One queue, one library and one set of keys for scripts, programs, phones and browsers.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    for routes in (videos.router, about.router, engine_calls.router, callbacks.router, browser.router):
        app.include_router(routes)
    handle_problems(app, house.redactor)
    guard = Guard(app, house.config, clock)
    app.state.guard = guard
    return guard
