"""Store: the library for asynchronous code. Every call runs on one thread of its own, in order.

Commits can stall for tens of milliseconds on a busy disk; the event loop, and with it the screen, never waits for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from rushes.library.library import Library
from rushes.library.readers import Readers

__all__ = ["Store"]

T = TypeVar("T")


class Store:
    """One connection on one thread."""

    def __init__(self, library: Library, thread: ThreadPoolExecutor) -> None:
        self._library = library
        self._thread = thread
        self.readers = Readers(library.path, now=library.now)

    @classmethod
    async def open(cls, path: Path, *, now: Callable[[], datetime], who: str) -> Store:
        """Opens the library on its thread. Raises LibraryError."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="library")
        loop = asyncio.get_running_loop()
        try:
            library = await loop.run_in_executor(thread, lambda: Library(path, now=now, who=who))
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(library, thread)

    async def run(self, work: Callable[[Library], T]) -> T:
        """Runs `work` with the library and gives its result.

        A write that has begun is finished even when the caller is cancelled: half-written is not a state.
        """
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, work, self._library))

    async def close(self) -> None:
        """Finishes what is under way, then closes."""
        await self.readers.close()
        await self.run(Library.close)
        self._thread.shutdown(wait=True)
