"""Listeners: who is told of one kind of news."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

__all__ = ["Listeners"]

P = ParamSpec("P")
log = logging.getLogger("rushes.listeners")


class Listeners(Generic[P]):
    """Callbacks, called in the order in which they came. What one raises is its own fault: the others hear as well.

    The news may be told in the moment before a request leaves, or in the middle of a write.
    """

    def __init__(self) -> None:
        self._callbacks: list[Callable[P, object]] = []

    def add(self, callback: Callable[P, object]) -> Callable[[], None]:
        """Calls back with all news, until what is returned is called; calling that again does nothing."""
        self._callbacks.append(callback)

        def remove() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return remove

    def tell(self, *news: P.args, **named: P.kwargs) -> None:
        """Tells those who listen now; one that is added or removed meanwhile does not count."""
        for callback in tuple(self._callbacks):
            try:
                callback(*news, **named)
            except Exception:
                log.exception("a listener failed")
