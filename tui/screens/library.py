"""Library: every take, searched while typing, with the current one's picture and facts beside the list.

The list fetches by pages, so a hundred thousand takes cost what fifty do. It follows every key; counts wait until
typing pauses, and a newer search ends the older one's. Each search remembers where one stood in it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from rushes.library.retention import only_there
from rushes.task import Task
from tui import actions, take_actions, take_files, task_actions
from tui.clips import bring
from tui.repaint import retitle
from tui.screens.base import MainScreen, too_small
from tui.screens.details import facts
from tui.text import one_line
from tui.widgets.bars import KeyLine, TopLine
from tui.widgets.facts import Facts
from tui.widgets.field import PlainInput
from tui.widgets.filmstrip import Filmstrip
from tui.widgets.history_list import HistoryList
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.library.library import Page

__all__ = ["LibraryScreen"]

COUNT_PAUSE_S = 0.12
"""How long typing must pause before anything is counted; the list itself follows every key."""
NEWS_S = 0.25
"""How long changes are gathered before the list's head is read again."""
MOST_BACK = 500
"""Takes that are read at once to come back to a place in an earlier search."""
GLANCE_S = 0.03
"""How long the cursor must stand before the facts follow: held down, a key moves the list alone."""
SETTLE_S = 0.09
"""How long the cursor must stand before the picture beside it is opened."""
PAGE = 50
HINT = "type to search, e.g. fox  rating:>=3  provider:sandbox"
NOTHING = "Finished takes appear here."


class LibraryScreen(MainScreen):
    """The list has the focus at first; / goes to the search line."""

    place: ClassVar[str] = actions.LIBRARY
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings(actions.LIBRARY),
        *(Binding(str(stars), f"rate({stars})", show=False) for stars in range(6)),
    ]
    CSS_PATH = Path(__file__).parents[1] / "styles" / "library.tcss"
    AUTO_FOCUS = None

    engine: Engine

    def compose(self) -> ComposeResult:
        yield TopLine("library")
        yield too_small()
        with Horizontal(id="search-line"):
            yield Static(Content("/"), id="slash", markup=False)
            yield PlainInput(placeholder=HINT, compact=True, select_on_focus=False, id="search", max_length=10_000)
            yield Static(id="found", markup=False)
        with Horizontal(id="panes"):
            with Vertical(id="takes", classes="pane") as takes:
                takes.border_title = Content("Takes")
                yield HistoryList()
            with Vertical(id="take", classes="pane") as take:
                take.border_title = Content("Take")
                yield Preview(NOTHING)
                yield Filmstrip()
                yield VerticalScroll(Facts(), id="about", can_focus=False)
        yield KeyLine()

    async def opened(self, engine: Engine) -> None:
        self.engine = engine
        self._query = ""
        self._stood: dict[str, tuple[str, int]] = {}
        self._offered: list[str] = []
        self.rushes.bridge.tasks.subscribe(self, self._task_changed)
        if engine.place:
            self.query_one(HistoryList).bring_posters(engine.poster)
        self.query_one(HistoryList).focus()
        if engine.settings.value.ui.library_view == "posters":
            self._show_view(True)
        self.call_next(self.search)

    def pane_of(self, focused: Widget | None) -> str:
        return actions.SEARCH if isinstance(focused, Input) else actions.TAKES

    @property
    def current(self) -> Task | None:
        """The take under the cursor."""
        return self.query_one(HistoryList).selected

    # Searching ------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.search()

    @work(exclusive=True, group="search")
    async def search(self) -> None:
        """Lists what the search line asks for; a filter that cannot be understood is named, the list stays."""
        from rushes.library.search import SearchProblem

        if not (self.has_engine and self.is_running):
            return
        query = self.query_one("#search", Input).value
        takes = self.query_one(HistoryList)
        self._remember_place()
        stood, fetched = self._stood.get(query, (None, 0))

        async def fetch(cursor: str | None) -> Page:
            limit = takes.pageful if cursor else min(MOST_BACK, max(takes.pageful, fetched))
            return await self.engine.history(query, cursor=cursor, limit=limit)

        async def back(cursor: str | None) -> Page:
            return await self.engine.history(f"sort:oldest {query}", cursor=cursor, limit=takes.pageful)

        try:
            takes.empty = "No take matches" if query.strip() else "Nothing here yet"
            await takes.load(fetch, None if "sort:" in query else back)
        except SearchProblem as problem:
            self._tell_found(f"✗ {problem}", wrong=True)
            return
        self._query = query
        if stood is not None and (place := takes.index_of(stood)) is not None:
            takes.move_to(place)
        self.show_current()
        await asyncio.sleep(COUNT_PAUSE_S)
        await self._count(query)

    async def _count(self, query: str) -> None:
        found = await self.engine.count(query)
        total = await self.engine.count("") if query.strip() else found
        takes = "take" if total == 1 else "takes"
        self._tell_found(f"{_count(found)} of {_count(total)}" if query.strip() else f"{_count(total)} {takes}")

    def _remember_place(self) -> None:
        """Where one stands in the search that is left."""
        takes = self.query_one(HistoryList)
        if takes.cursor_id is not None:
            self._stood[self._query] = (takes.cursor_id, len(takes.takes))

    def _tell_found(self, words: str, *, wrong: bool = False) -> None:
        for line in self.query("#found").results(Static):  # none any more where the app is being left
            line.update(Content(f"{one_line(words)} "), layout=wrong or line.has_class("-wrong"))
            line.set_class(wrong, "-wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_focus_list()

    def action_focus_search(self) -> None:
        self.query_one("#search").focus()

    def action_focus_list(self) -> None:
        if isinstance(self.focused, Input):
            self.query_one(HistoryList).focus()

    async def action_step_out(self) -> None:
        if isinstance(self.focused, Input):
            self.action_focus_list()
        else:
            await self.rushes.action_studio()

    # The current take -----------------------------------------------------------------------------------------------

    def on_line_list_selected(self) -> None:
        self.show_current()

    async def on_line_list_opened(self) -> None:
        self.action_play()

    @work(exclusive=True, group="current")
    async def show_current(self) -> None:
        """The facts behind the list's own answer, the picture when the cursor has come to rest."""
        await asyncio.sleep(GLANCE_S)
        if not self.query(HistoryList):
            return  # the app was left meanwhile
        task = self.current
        kept = only_there(task, self.engine.catalogue, self.engine.clock.now()) if task else ""
        self.query_one(Facts).show(facts(task, kept) if task else ())
        retitle(self.query_one("#take"), Content(f"Take {task.id}" if task else "Take"))
        if self.query_one(HistoryList).grid:
            return
        preview = self.query_one(Preview)
        await asyncio.sleep(SETTLE_S)
        # The app may be left at any of these waits; then there is nothing to fill any more.
        for strip in self.query(Filmstrip):
            if task is None or task.take is None:
                await strip.load(None)
                words = NOTHING if task is None else one_line(task.error.message if task.error else "No clip yet.")
                preview.clear(words)
            else:
                file = await bring(self.rushes, self.engine, task)
                if file is not None and not await asyncio.to_thread(file.exists):
                    preview.clear("The clip is not where the library says; rushes verify --find DIR looks for it.")
                    file = None
                elif file is not None:
                    await preview.load(file, poster=await self.engine.poster(task))
                await strip.load(file)

    async def _task_changed(self, task: Task) -> None:
        takes = self.query_one(HistoryList)
        if takes.index_of(task.id) is None:
            if self.has_engine:
                self._read_head()
        elif bool(task.trashed_at) != ("is:trashed" in self._query):
            takes.drop(task.id)
        else:
            takes.update_task(task)
            if task.id == takes.cursor_id:
                self.show_current()

    @work(exclusive=True, group="head")
    async def _read_head(self) -> None:
        """Takes that came since appear above, if the search finds them; where one stands does not move."""
        await asyncio.sleep(NEWS_S)
        query = self._query
        if "sort:" in query:
            return
        page = await self.engine.history(query, limit=PAGE)
        if query == self._query and self.is_running:
            self.query_one(HistoryList).merge_head(page)
            await self._count(query)

    def action_view(self) -> None:
        """Lines with the take beside them, or posters on the whole width."""
        posters = not self.query_one(HistoryList).grid
        self.engine.settings.update("ui.library_view", "posters" if posters else "lines")
        self._show_view(posters)

    def _show_view(self, posters: bool) -> None:
        self.query_one(Preview).pause()
        self.set_class(posters, "-posters")
        # The width is another one only after the pane has gone, or come.
        self.call_after_refresh(self.query_one(HistoryList).show_grid, posters)
        self.call_after_refresh(self.show_current)

    def action_play(self) -> None:
        """Beside the list; on the whole screen where there is no room beside it, or nothing to play."""
        task = self.current
        beside = not self.query_one(HistoryList).grid and self.query_one(Preview).region.area
        if task and task.take and beside:
            self._play(task)
        else:
            self.action_watch()

    @work(exclusive=True, group="play")
    async def _play(self, task: Task) -> None:
        if (file := await bring(self.rushes, self.engine, task)) is not None:
            self.query_one(Preview).play(file)

    @property
    def chosen(self) -> list[Task]:
        """The marked takes; without marks, the one under the cursor."""
        takes = self.query_one(HistoryList)
        marks = set(takes.marked)
        found = [each for each in takes.takes if each.id in marks]
        return found or ([self.current] if self.current else [])

    @work(group="rate")
    async def action_rate(self, stars: int) -> None:
        """0 to 5 stars for the marked takes."""
        if chosen := self.chosen:
            await take_actions.rate(self.rushes, self.engine, chosen, stars)

    @work(group="write")
    async def action_tag(self) -> None:
        """Gives tags to the marked takes, and takes them away."""
        if chosen := self.chosen:
            await take_actions.tag(self.rushes, self.engine, chosen)

    @work(group="write")
    async def action_note(self) -> None:
        """Notes on the marked takes."""
        if chosen := self.chosen:
            await take_actions.note(self.rushes, self.engine, chosen)

    @work(group="write")
    async def action_trash(self) -> None:
        """Throws the marked takes away, or gets them back."""
        if chosen := self.chosen:
            await take_actions.trash(self.rushes, self.engine, chosen)

    @work(group="write")
    async def action_export(self) -> None:
        """Clips, a contact sheet, or a table."""
        if chosen := self.chosen:
            await take_files.export(self.rushes, self.engine, chosen, self._query)

    @work(group="write")
    async def action_sheet(self) -> None:
        """A contact sheet of the marked takes; without marks, of what has been fetched of the search."""
        takes = self.query_one(HistoryList)
        if shown := self.chosen if takes.marked else list(takes.takes):
            await take_files.sheet(self.rushes, self.engine, shown)

    @work(group="write")
    async def action_room(self) -> None:
        """What takes how much of the disk; choosing a line searches for it."""
        if (query := await take_files.room(self.rushes, self.engine)) is not None:
            self.query_one("#search", Input).value = query

    @work(group="write")
    async def action_import(self) -> None:
        """Clips of a folder, or of a vendor's list."""
        await take_files.import_(self.rushes, self.engine)

    @work(group="write")
    async def action_undo(self) -> None:
        """Takes back the last press of this window."""
        await take_actions.undo(self.rushes, self.engine)

    @work(group="write")
    async def action_empty_trash(self) -> None:
        """Deletes for good, after asking."""
        await take_actions.empty_trash(self.rushes, self.engine)
        self.search()

    @work(group="write")
    async def action_extend(self) -> None:
        """Goes on from the last frame."""
        if task := self.current:
            await take_actions.extend(self.rushes, self.engine, task)

    @work(group="write")
    async def action_kin(self) -> None:
        """Walks to a take that this one comes from, or that came of it."""
        if (task := self.current) and (found := await take_actions.kin(self.rushes, self.engine, task)):
            takes = self.query_one(HistoryList)
            if (place := takes.index_of(found.id)) is not None:
                takes.move_to(place)
            else:
                self.query_one("#search", Input).value = f"id:{found.id}{' is:trashed' if found.trashed_at else ''}"

    @work(group="write")
    async def action_rerun(self) -> None:
        """Again, with a model that the person chooses."""
        if task := self.current:
            await take_actions.rerun_with(self.rushes, self.engine, task)

    @work(group="write")
    async def action_vary(self) -> None:
        """Again, with another seed."""
        if task := self.current:
            await take_actions.vary(self.rushes, self.engine, task)

    def action_mark_range(self) -> None:
        self.query_one(HistoryList).mark_range()

    # The search line's own keys -------------------------------------------------------------------------------------

    @work(exclusive=True, group="complete")
    async def action_complete(self) -> None:
        """Completes the word; pressed again, offers the next. Elsewhere tab goes on as everywhere."""
        line = self.query_one("#search", Input)
        if not line.has_focus:
            self.focus_next()
            return
        if line.value in self._offered:
            value = self._offered[(self._offered.index(line.value) + 1) % len(self._offered)]
        else:
            offers = await self.engine.shelf.complete(line.value, line.cursor_position)
            self._offered = [each.line for each in offers]
            if not offers:
                return
            value = self._offered[0]
        line.value = value
        line.cursor_position = len(value)

    def action_sort(self) -> None:
        """The next order, said in the search line."""
        from rushes.library.search import Sort

        line = self.query_one("#search", Input)
        words = line.value.split()
        orders = [each.value for each in Sort]
        now = next((each[5:] for each in words if each.startswith("sort:") and each[5:] in orders), orders[0])
        following = orders[(orders.index(now) + 1) % len(orders)]
        rest = [each for each in words if not each.startswith("sort:")]
        line.value = " ".join([*rest, *([f"sort:{following}"] if following != orders[0] else [])])

    @work(group="write")
    async def action_keep_search(self) -> None:
        """Keeps the search under a name."""
        await take_actions.save(self.rushes, self.engine, self.query_one("#search", Input).value)

    @work(group="write")
    async def action_kept_searches(self) -> None:
        """Searches for what was kept."""
        if (query := await take_actions.saved(self.rushes, self.engine)) is not None:
            self.query_one("#search", Input).value = query

    def action_watch(self) -> None:
        self.query_one(Preview).pause()
        self.rushes.watch_take(self.current)

    def action_copy_path(self) -> None:
        task_actions.copy_path(self.rushes, self.clip)

    def action_compare(self) -> None:
        """The marked takes; without marks, all of the same words as the one under the cursor."""
        takes = self.query_one(HistoryList)
        chosen = self.chosen if takes.marked else []
        if not chosen and (task := self.current):
            chosen = [each for each in takes.takes if each.shot.prompt == task.shot.prompt]
        self.query_one(Preview).pause()
        self.rushes.compare(chosen)

    @property
    def clip(self) -> Path | None:
        """The file of the take under the cursor."""
        task = self.current
        return task.take.file if task and task.take else None

    def action_copy_scp(self) -> None:
        task_actions.copy_scp(self.rushes, self.clip)

    def action_copy_link(self) -> None:
        task_actions.copy_link(self.rushes, self.current)

    def action_open_outside(self) -> None:
        task_actions.open_outside(self.rushes, self.clip)

    async def action_again(self) -> None:
        if task := self.current:
            await self.rushes.again(task)

    def action_open(self) -> None:
        if task := self.current:
            task_actions.open_details(self.rushes, self.engine, task)


def _count(number: int) -> str:
    """Thousands apart by a space: `18 204`."""
    return f"{number:,}".replace(",", " ")
