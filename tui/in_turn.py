"""Keys in turn: each goes to what has the focus once the keys before it have been dealt with.

Textual hands a key to the widget that has the focus when the key arrives. Of keys that arrive together (typed ahead
over a slow line, or sent by a program) all go to one widget, even where the first of them moves the focus or opens a
screen: what was meant for a search line would be keys of the list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode

__all__ = ["InTurn"]

LONGEST_S = 0.25
"""A key that takes longer (an action that asks a vendor, say) holds up the others no more."""

Typed = events.Key | events.Paste


class InTurn:
    """What was typed into one app. `hand_on` gives an event to what has the focus."""

    def __init__(self, app: App[Any], hand_on: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Typed] = deque()
        self._under_way: Typed | None = None

    async def take(self, event: Typed) -> None:
        """Hands the event on at once, or behind those that came before it."""
        if self._under_way is None:
            await self._send(event)
            return
        if not self._waiting:
            self._app.set_timer(LONGEST_S, self._hurry)
        self._waiting.append(event)

    async def _send(self, event: Typed) -> None:
        self._under_way = event
        at: DOMNode = self._app.focused or self._app.screen
        await self._hand_on(event)
        self._follow(event, at if event.is_forwarded else self._app)

    def _follow(self, event: Typed, at: DOMNode) -> None:
        """Queues up behind the event where it is now; then on its way up to the app, whose bindings come last."""
        if not at.call_later(self._passed, event, at):
            self._app.call_later(self._passed, event, self._app)

    def _passed(self, event: Typed, at: DOMNode) -> None:
        if at.parent is not None:
            self._follow(event, at.parent)
        else:
            # What the key asked for (another focus) was put into the app's queue before this.
            self._app.call_later(self._done, event)

    async def _done(self, event: Typed) -> None:
        if event is self._under_way:
            self._under_way = None
            if self._waiting:
                await self._send(self._waiting.popleft())

    async def _hurry(self) -> None:
        if self._under_way is not None and self._waiting:
            await self._done(self._under_way)
            if self._waiting:
                self._app.set_timer(LONGEST_S, self._hurry)
