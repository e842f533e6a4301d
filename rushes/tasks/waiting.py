"""Waiting without losing a cancellation.

`suppress(CancelledError)` around an `await` swallows the waiter's own cancellation along with the other's, and a task
that was told to stop goes on for ever. These do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from rushes.clock import Clock

__all__ = ["end", "sleep_or"]


async def sleep_or(clock: Clock, seconds: float, event: asyncio.Event) -> None:
    """Sleeps, or returns as soon as the event is set."""
    both = {asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(event.wait())}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks and waits until they have ended, however they do."""
    going = [each for each in tasks if not each.done()]
    for each in going:
        each.cancel()
    if going:
        await asyncio.wait(going)
