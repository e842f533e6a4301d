"""The search line of the Library, and what it does to the list: search, count, completion, order, kept searches.

The list follows every key; counts wait until typing pauses, and a newer search ends the older one's. Each search
remembers where one stood in it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui import take_actions
from tui.host import app_of
from tui.text import one_line
from tui.widgets.field import PlainInput

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.library.library import Page
    from tui.widgets.history_list import HistoryList

__all__ = ["LibrarySearch"]

COUNT_PAUSE_S = 0.12
"""How long typing must pause before anything is counted; the list itself follows every key."""
NEWS_S = 0.25
"""How long changes are gathered before the list's head is read again."""
MOST_BACK = 500
"""Takes that are read at once to come back to a place in an earlier search."""
HINT = "type to search, e.g. fox  rating:>=3  provider:sandbox"


class LibrarySearch(Horizontal):
    """`shown` is the search whose takes the list has; without an engine nothing is searched."""

    class Shown(Message):
        """The list shows what the line asks for."""

    engine: Engine | None = None

    def __init__(self, takes: HistoryList) -> None:
        super().__init__(id="search-line")
        self.takes = takes
        self.shown = ""
        self._stood: dict[str, tuple[str, int]] = {}
        self._offered: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static(Content("/"), id="slash", markup=False)
        yield PlainInput(placeholder=HINT, compact=True, select_on_focus=False, id="search", max_length=10_000)
        yield Static(id="found", markup=False)

    @property
    def line(self) -> Input:
        """Where one types."""
        return self.query_one("#search", Input)

    def write(self, query: str) -> None:
        """Puts a search into the line, which is then searched."""
        self.line.value = query

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.search()

    @work(exclusive=True, group="search")
    async def search(self) -> None:
        """Lists what the line asks for; a filter that cannot be understood is named, the list stays."""
        from rushes.library.search import SearchProblem

        if (engine := self.engine) is None or not self.is_running:
            return
        query, takes = self.line.value, self.takes
        self._remember_place()
        stood, fetched = self._stood.get(query, (None, 0))

        async def fetch(cursor: str | None) -> Page:
            limit = takes.pageful if cursor else min(MOST_BACK, max(takes.pageful, fetched))
            return await engine.history(query, cursor=cursor, limit=limit)

        async def back(cursor: str | None) -> Page:
            return await engine.history(f"sort:oldest {query}", cursor=cursor, limit=takes.pageful)

        try:
            takes.empty = "No take matches" if query.strip() else "Nothing here yet"
            await takes.load(fetch, None if "sort:" in query else back)
        except SearchProblem as problem:
            self._tell(f"✗ {problem}", wrong=True)
            return
        self.shown = query
        if stood is not None and (place := takes.index_of(stood)) is not None:
            takes.move_to(place)
        self.post_message(self.Shown())
        await asyncio.sleep(COUNT_PAUSE_S)
        await self._count(engine, query)

    def _remember_place(self) -> None:
        """Where one stands in the search that is left."""
        if self.takes.cursor_id is not None:
            self._stood[self.shown] = (self.takes.cursor_id, len(self.takes.takes))

    @work(exclusive=True, group="head")
    async def read_head(self) -> None:
        """Takes that came or changed since stand where they belong; where one stands does not move.

        Under an order of its own a take may belong anywhere: as far as it is here, the list is read again.
        """
        await asyncio.sleep(NEWS_S)
        query = self.shown
        loaded = len(self.takes.takes) if "sort:" in query else 0
        if (engine := self.engine) is None or loaded > MOST_BACK:
            return
        page = await engine.history(query, limit=max(loaded, self.takes.pageful))
        if query == self.shown and self.is_running:
            self.takes.merge_head(page)
            await self._count(engine, query)

    async def _count(self, engine: Engine, query: str) -> None:
        found = await engine.count(query)
        total = await engine.count("") if query.strip() else found
        takes = "take" if total == 1 else "takes"
        self._tell(f"{_spaced(found)} of {_spaced(total)}" if query.strip() else f"{_spaced(total)} {takes}")

    def _tell(self, words: str, *, wrong: bool = False) -> None:
        for line in self.query("#found").results(Static):  # none any more where the app is being left
            line.update(Content(f"{one_line(words)} "), layout=wrong or line.has_class("-wrong"))
            line.set_class(wrong, "-wrong")

    # Its own keys ---------------------------------------------------------------------------------------------------

    @work(exclusive=True, group="complete")
    async def complete(self) -> None:
        """Completes the word; pressed again, offers the next."""
        line = self.line
        if line.value in self._offered:
            value = self._offered[(self._offered.index(line.value) + 1) % len(self._offered)]
        elif self.engine is not None:
            offers = await self.engine.shelf.complete(line.value, line.cursor_position)
            self._offered = [each.line for each in offers]
            if not offers:
                return
            value = self._offered[0]
        line.value = value
        line.cursor_position = len(value)

    def sort(self) -> None:
        """The next order, said in the line."""
        from rushes.library.search import Sort

        words = self.line.value.split()
        orders = [each.value for each in Sort]
        now = next((each[5:] for each in words if each.startswith("sort:") and each[5:] in orders), orders[0])
        following = orders[(orders.index(now) + 1) % len(orders)]
        rest = [each for each in words if not each.startswith("sort:")]
        self.write(" ".join([*rest, *([f"sort:{following}"] if following != orders[0] else [])]))

    @work(group="keep")
    async def keep(self) -> None:
        """Keeps the search under a name."""
        if self.engine is not None:
            await take_actions.save(app_of(self), self.engine, self.line.value)

    @work(group="keep")
    async def choose_kept(self) -> None:
        """Searches for what was kept."""
        if self.engine is not None and (query := await take_actions.saved(app_of(self), self.engine)) is not None:
            self.write(query)


def _spaced(number: int) -> str:
    """Thousands apart by a space: `18 204`."""
    return f"{number:,}".replace(",", " ")
