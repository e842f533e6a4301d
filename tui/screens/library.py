"""Library: every take, searched while typing, with the current one's picture and facts beside the list.

The list fetches by pages, so a hundred thousand takes cost what fifty do. What it shows, `library_search` says.
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
from textual.widgets import Input

from rushes.library.retention import only_there
from rushes.task import Task
from tui import actions, take_actions, take_files, task_actions
from tui.clips import bring
from tui.repaint import retitle
from tui.screens.base import MainScreen, too_small
from tui.screens.details import facts
from tui.screens.handing_on import TakeScreen
from tui.screens.library_search import LibrarySearch
from tui.text import one_line
from tui.widgets.bars import KeyLine, TopLine
from tui.widgets.facts import Facts
from tui.widgets.filmstrip import Filmstrip
from tui.widgets.history_list import HistoryList
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from rushes.interface import Engine

__all__ = ["LibraryScreen"]

GLANCE_S = 0.03
"""How long the cursor must stand before the facts follow: held down, a key moves the list alone."""
SETTLE_S = 0.09
"""How long the cursor must stand before the picture beside it is opened."""
NOTHING = "Finished takes appear here."


class LibraryScreen(MainScreen, TakeScreen[None]):
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
        history = HistoryList()
        yield LibrarySearch(history)
        with Horizontal(id="panes"):
            with Vertical(id="takes", classes="pane") as takes:
                takes.border_title = Content("Takes")
                yield history
            with Vertical(id="take", classes="pane") as take:
                take.border_title = Content("Take")
                yield Preview(NOTHING)
                yield Filmstrip()
                yield VerticalScroll(Facts(), id="about", can_focus=False)
        yield KeyLine()

    async def opened(self, engine: Engine) -> None:
        self.engine = engine
        self.searching.engine = engine
        self.rushes.bridge.tasks.subscribe(self, self._task_changed)
        if engine.place:
            self.query_one(HistoryList).bring_posters(engine.poster)
        self.query_one(HistoryList).focus()
        if engine.settings.value.ui.library_view == "posters":
            self._show_view(True)
        self.call_next(self.searching.search)

    def pane_of(self, focused: Widget | None) -> str:
        return actions.SEARCH if isinstance(focused, Input) else actions.TAKES

    @property
    def searching(self) -> LibrarySearch:
        """The line over the list."""
        return self.query_one(LibrarySearch)

    @property
    def current(self) -> Task | None:
        """The take under the cursor."""
        return self.query_one(HistoryList).selected

    # Searching ------------------------------------------------------------------------------------------------------

    def on_library_search_shown(self) -> None:
        self.show_current()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_focus_list()

    def action_focus_search(self) -> None:
        self.searching.line.focus()

    def action_focus_list(self) -> None:
        if isinstance(self.focused, Input):
            self.query_one(HistoryList).focus()

    async def action_step_out(self) -> None:
        if isinstance(self.focused, Input):
            self.action_focus_list()
        elif (takes := self.query_one(HistoryList)).marked:
            takes.clear_marks()
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
            self.searching.read_head()
        elif bool(task.trashed_at) != ("is:trashed" in self.searching.shown):
            takes.drop(task.id)
        else:
            takes.update_task(task)
            if task.id == takes.cursor_id:
                self.show_current()

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
            await take_files.export(self.rushes, self.engine, chosen, self.searching.shown)

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
            self.searching.write(query)

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
        self.searching.search()

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
                self.searching.write(f"id:{found.id}{' is:trashed' if found.trashed_at else ''}")

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

    def action_complete(self) -> None:
        """In the line the word; elsewhere tab goes on as everywhere."""
        if self.searching.line.has_focus:
            self.searching.complete()
        else:
            self.focus_next()

    def action_sort(self) -> None:
        self.searching.sort()

    def action_keep_search(self) -> None:
        self.searching.keep()

    def action_kept_searches(self) -> None:
        self.searching.choose_kept()

    def action_watch(self) -> None:
        self.query_one(Preview).pause()
        self.rushes.watch_take(self.current)

    def action_compare(self) -> None:
        """The marked takes; without marks, all of the same words as the one under the cursor."""
        takes = self.query_one(HistoryList)
        chosen = self.chosen if takes.marked else []
        if not chosen and (task := self.current):
            chosen = [each for each in takes.takes if each.shot.prompt == task.shot.prompt]
        self.query_one(Preview).pause()
        self.rushes.compare(chosen)

    async def action_again(self) -> None:
        if task := self.current:
            await self.rushes.again(task)

    def action_open(self) -> None:
        if task := self.current:
            task_actions.open_details(self.rushes, self.engine, task)
