"""What every screen shares: the top line, the key line, the engine once it is open, and layouts by size."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui.actions import RATED, find, footer, key_of, listed
from tui.budget_words import top
from tui.compat import as_built
from tui.host import ClosesOnce, app_of, takes_letters
from tui.terminal import FULL_SIZE
from tui.widgets.bars import MODES, KeyLine, TopLine

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.money.budgets import Bar
    from tui.actions import Action
    from tui.app import RushesApp

__all__ = ["MainScreen", "ModalScreen", "RushesScreen", "too_small"]

Answer = TypeVar("Answer")

WIDTHS = [(0, "-tiny-width"), (60, "-narrow"), (100, "-wide")]
HEIGHTS = [(0, "-tiny-height"), (16, "-short"), (22, "-low"), (29, "-medium"), (36, "-tall")]
POINTS = (WIDTHS, HEIGHTS)

LOADED_S = 1.5
"""Seconds after which a screen that was opened for the first time has loaded what it needs."""
WHILE_SMALL = frozenset({"leave", "how_to_leave", "dismiss"})
"""What keys of a screen may do in a terminal in which nothing can be seen."""


def too_small() -> Static:
    """The one line that stands in a terminal too small to work in; the styles show it there alone."""
    return Static(Content("rushes needs 60×16"), id="small", markup=False)


class RushesScreen(ClosesOnce[Answer]):
    """A screen that knows its place in the registry of actions."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    place: ClassVar[str] = ""
    _too_small = False
    _left: Widget | None = None

    def on_resize(self) -> None:
        """In a terminal too small to see what one does, keys do nothing but leave; the focus comes back later."""
        small = self.app.size.width < FULL_SIZE[0] or self.app.size.height < FULL_SIZE[1]
        if small and not self._too_small:
            self._left = self.focused
            self.set_focus(None)
        elif self._too_small and not small and self._left is not None:
            self.call_after_refresh(self._left.focus)
        self._too_small = small

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key counts now."""
        return action in WHILE_SMALL if self._too_small else super().check_action(action, parameters)

    @property
    def rushes(self) -> RushesApp:
        """The app, as what it is."""
        return app_of(self)

    def pane_of(self, focused: Widget | None) -> str:
        """The part of the screen that has the focus, by the name that the registry uses."""
        return ""

    def actions_here(self) -> list[Action]:
        """What the keys do now, nearest first."""
        return listed(self.place, self.pane_of(self.focused), self.rushes.keymap_set)


def _by_size(size: Size) -> str:
    """The classes that Textual gives a screen of this size; one that begins with them is styled and painted once."""
    fitting = (next(name for least, name in reversed(each) if size[at] >= least) for at, each in enumerate(POINTS))
    return " ".join(fitting)


class MainScreen(RushesScreen[None]):
    """A screen that is a mode of the app. `opened` is called once, when there is an engine to work with."""

    has_engine = False
    """True when the panes are filled: until then keys that need them do nothing."""
    _meeting = False
    _resumed = False
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, which has the whole screen painted anew for each change; what looks different repaints itself."""

    def __init__(self, classes: str = "") -> None:
        super().__init__(classes=f"{classes} {_by_size(self.app.size)}")
        as_built(self)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Comes before Textual's own handler. What has just been built has its styles; they are asked for once."""
        event.refresh_styles = self._resumed
        if self._resumed:
            self.show_keys()
        self._resumed = True

    def on_screen_suspend(self) -> None:
        """Below a dialogue the last line says what answers it: the keys of the screen do nothing then."""
        if not isinstance(self.app.screen, ModalScreen):
            return
        from tui.screens.dialogue import ReadDialogue  # not before the first paint

        only_read = isinstance(self.app.screen, ReadDialogue)
        for line in self.query(KeyLine):
            line.show([find(each) for each in ("accept", "close") if not (only_read and each == "accept")])

    def on_mount(self) -> None:
        self.watch(self, "focused", self.show_keys, init=False)
        self.watch(self, "focused", self._near, init=False)
        self.show_keys()
        if (engine := self.rushes.engine) is not None:
            self.call_after_refresh(self.meet, engine)

    async def meet(self, engine: Engine) -> None:
        """Gives the screen its engine, once."""
        if self._meeting:
            return
        self._meeting = True
        with self.app.batch_update():  # one repaint for all of it
            self.query_one(TopLine).show(engine.providers(), away=self.rushes.bridge.away)
            await self.opened(engine)
            self.has_engine = True
            self.show_keys()
            self.rushes.bridge.providers.subscribe(self, self._show_providers)
            self.rushes.bridge.money.subscribe(self, self.money_changed)
            self.money_changed(self.rushes.bridge.bars)
        # What the screen and its pictures loaded stays: else a key now and then would wait while it is looked through.
        self.set_timer(LOADED_S, gc.freeze)

    def _show_providers(self, _nothing: None) -> None:
        if self.rushes.engine is not None:
            self.query_one(TopLine).show(self.rushes.engine.providers(), away=self.rushes.bridge.away)

    def money_changed(self, bars: Sequence[Bar]) -> None:
        """More or less of a budget is used than before."""
        self.query_one(TopLine).show_money(*top(bars))

    async def opened(self, engine: Engine) -> None:
        """The engine is there: panes can be filled."""

    def _near(self) -> None:
        """Marks the pane with the focus. With `:focus-within` each move inside of one would style all of it anew."""
        if self.focused is not None:
            for pane in self.query(".pane"):
                pane.set_class(pane in self.focused.ancestors, "-near")

    def show_keys(self) -> None:
        """Names the keys that work from where the focus is, in the first line and in the last."""
        keymap = self.rushes.keymap_set
        digits = self.place not in RATED and not takes_letters(self.focused)
        for first in self.query(TopLine):
            first.show_keys({each: key_of(each, keymap, letters=digits) for each in MODES})
        for line in self.query(KeyLine):
            line.show(footer(self.place, self.pane_of(self.focused), keymap))
