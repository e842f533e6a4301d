"""RushesApp: the switchboard. It opens the engine after the first paint, switches screens, and leaves in order.

Nothing heavy is imported here: no pydantic, httpx, sqlite3 or av before the first paint. What a screen shows is the
screen's own business; what a key does stands in `tui.actions`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from rushes.early import Early, read_early
from tui import actions, compat, places, repaint
from tui.bridge import Bridge, OpenEngine, open_engine, refusals
from tui.graphics import HALF, answer_of, choose, tmux_question
from tui.host import takes_letters
from tui.over_ssh import over_ssh
from tui.screens.base import MainScreen, RushesScreen
from tui.screens.studio import StudioScreen
from tui.terminal import Terminal
from tui.themes import DEFAULTS, THEMES, theme_name

if TYPE_CHECKING:
    from textual.app import SystemCommand
    from textual.filter import LineFilter

    from providers.shot import Role
    from rushes.home import Home
    from rushes.interface import Engine
    from rushes.settings import Settings
    from rushes.shots.rerun import Rerun
    from rushes.task import Task
    from tui.in_turn import InTurn
    from tui.shot_desk import ShotDesk
    from tui.toasts import Telling

__all__ = ["RushesApp"]

REFUSED = 1
SETTLED_S = 0.2
"""Seconds after a change until the budgets are counted: many changes come together."""


class RushesApp(App[int], inherit_bindings=False):
    """The app on one home. `light` says that the terminal's own background is light."""

    TITLE = "rushes"
    CSS_PATH: ClassVar = [Path(__file__).parent / "styles" / f"{name}.tcss" for name in ("app", "studio")]
    MODES: ClassVar = {
        "studio": StudioScreen,
        "library": places.library,
        "spend": places.spend,
        "health": places.health,
        "settings": places.settings,
    }
    DEFAULT_MODE = "studio"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings(actions.EVERYWHERE),
        Binding("ctrl+c", "how_to_leave", show=False, system=True),
    ]

    bridge: Bridge
    telling: Telling

    icons = True
    """Whether symbols are shown; filters are asked for before the settings are read."""

    def __init__(
        self,
        home: Home,
        *,
        open_engine: OpenEngine = open_engine,
        light: bool = False,
        terminal: Terminal | None = None,
        first: str = "",
    ) -> None:
        super().__init__()
        self.terminal = terminal or Terminal()
        self.tmux: str | None = None
        self.first = first
        self.home = home
        self.engine: Engine | None = None
        self.light = light
        self.refusal = ""
        self.handed_on: events.Key | None = None
        self.keymap_set: dict[str, str] = {}
        self.desk: ShotDesk | None = None
        self.early: Early = read_early(home.settings)
        self.icons = self.early.icons
        self.graphics = HALF
        self._draw_with(self.early.player_glyphs)
        self._open = open_engine
        for theme in THEMES:
            self.register_theme(theme)
        # Not `self.theme = …`, which would have the styles read twice before the first paint.
        self.set_reactive(App.theme, theme_name(self.early.theme, light_terminal=light))
        self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        # A veil over what lies behind a dialogue repaints every cell twice: over a line that takes seconds.
        return {**DEFAULTS, "veil": "0%" if over_ssh(os.environ) else "60%"}

    def on_mount(self) -> None:
        compat.install(self)

    async def on_event(self, event: events.Event) -> None:
        """What is typed goes to what has the focus by then, also where many keys arrive at once."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._typed.take(event)
        else:
            await super().on_event(event)

    @cached_property
    def _typed(self) -> InTurn:
        from tui.in_turn import InTurn  # not before the first key

        return InTurn(self, super().on_event)

    def on_key(self, event: events.Key) -> None:
        """A letter that was under way to a list while the focus went to a field is text: no key of the list.

        A field takes the letters that come to it; one that comes here instead was sent before the field had the focus.
        """
        if event is not self.handed_on and event.is_printable and takes_letters(self.focused) and self.focused:
            event.prevent_default()
            self.handed_on = events.Key(event.key, event.character)
            self.focused.post_message(self.handed_on)

    def on_ready(self) -> None:
        self._start()  # Textual is ready when the first screen has been painted

    @work(group="engine")
    async def _start(self) -> None:
        """Opens the engine, after the first paint. A home that cannot be opened becomes a screen with the reason."""
        try:
            self.home.make()
            engine = await self._open(self.home)
            await engine.start()
        except refusals() as error:
            from tui.screens.notice import NoticeScreen

            self.refusal = str(error)
            title = "rushes cannot work against this gateway" if self.home.connect else "rushes cannot open its home"
            self.push_screen(NoticeScreen(title, self.refusal, code=REFUSED))
            return
        if not self.is_running:
            await engine.close()
            return
        await self._opened(engine)

    async def _opened(self, engine: Engine) -> None:
        self.engine = engine
        from tui.toasts import Telling

        self.bridge, self.telling = Bridge(self, engine), Telling(self, engine)
        self.bridge.tasks.subscribe(self, self.telling.task_changed)
        self.bridge.settings.subscribe(self, self._settings_changed)
        self.bridge.trouble.subscribe(self, self.telling.settings_trouble)
        self._settings_changed(engine.settings.value)
        self.telling.settings_trouble()
        await self.telling.library_trouble()
        if engine.place:
            self.telling.far()
        else:
            self.telling.near()
        if question := tmux_question(os.environ):
            self._ask_tmux(question)
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                await screen.meet(engine)
        if self.first:
            await self._watch_first(engine)
        gc.freeze()
        gc.enable()  # tui.start switched it off: what stands now stays until the end

    def _draw_with(self, setting: str) -> None:
        """How pictures are drawn from now on."""
        told = self.terminal
        self.graphics = choose(
            setting, name=told.name, kitty=told.kitty_graphics, sixel=told.sixel, cell=told.cell, tmux=self.tmux
        )

    @work(group="tmux")
    async def _ask_tmux(self, question: list[str]) -> None:
        """tmux is asked by its own command, never through the terminal."""
        self.tmux = await answer_of(question)
        if self.engine is not None:
            self._draw_with(self.engine.settings.value.ui.player_glyphs)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the plain signs where the settings want no symbols."""
        found = super().get_line_filters()
        if self.icons:
            return found
        from tui.plain_signs import PLAIN

        return [*found, PLAIN]

    def _show_icons(self, shown: bool) -> None:
        if shown != self.icons:
            self.icons = shown
            self.refresh_css(animate=False)

    def _settings_changed(self, settings: Settings) -> None:
        self._show_icons(settings.ui.icons)
        self.count_money()
        self._draw_with(settings.ui.player_glyphs)
        self.theme = theme_name(settings.ui.theme, light_terminal=self.light)
        place = self.engine.settings.line_of if self.engine else None
        from tui.keymap import with_keymap

        keymap, problems = with_keymap(settings.keymap, place)
        if keymap != self.keymap_set:
            self.keymap_set = keymap
            self.set_keymap(keymap)
            for screen in self.screen_stack:
                if isinstance(screen, MainScreen):
                    screen.show_keys()
        self.telling.keymap_problems(problems)

    @work(group="money", exclusive=True)
    async def count_money(self) -> None:
        """Soon after a change, once for many of them."""
        await asyncio.sleep(SETTLED_S)
        if self.engine is not None:
            await self.bridge.count_money()

    def copy(self, text: str, *, done: str = "") -> None:
        """Puts a text onto the person's clipboard, and says by which way it went; `done`: what was made before."""
        from tui.toasts import tell_copy

        compat.set_clipboard(self, text)
        tell_copy(self, text, done)

    def copy_to_clipboard(self, text: str) -> None:
        """What Textual itself copies goes the same way."""
        self.copy(text)

    @property
    def moves(self) -> bool:
        """Whether a clip that is opened may begin by itself; with reduced motion it waits for a key."""
        return self.engine is None or self.engine.settings.value.ui.motion == "full"

    @property
    def draft(self) -> str:
        """The prompt in the studio."""
        return self.desk.draft.prompt if self.desk else ""

    # Where to go ----------------------------------------------------------------------------------------------------

    async def action_studio(self) -> None:
        await self.switch_mode("studio")

    async def action_library(self, *, search: bool = False) -> None:
        await self.switch_mode("library")
        from tui.screens.library import LibraryScreen

        if search and isinstance(self.screen, LibraryScreen):
            self.screen.action_focus_search()

    async def action_spend(self) -> None:
        await self.switch_mode("spend")

    async def action_health(self) -> None:
        await self.switch_mode("health")

    async def action_settings(self, name: str = "") -> None:
        await self.switch_mode("settings")
        from tui.screens.settings import SettingsScreen

        if name and isinstance(self.screen, SettingsScreen):
            self.screen.seek(name)

    def providers_changed(self) -> None:
        """A key came or went: every screen shows its providers anew."""
        self.bridge.providers.publish(None)

    async def again(self, task: Task, made: Rerun | None = None) -> None:
        """Goes to the Studio with an earlier task's shot on the desk, or with what was made of it."""
        await self.switch_mode("studio")
        if isinstance(self.screen, StudioScreen):
            await self.screen.take_shot(task, made)

    async def use_frame(self, role: Role, path: Path) -> None:
        """Goes to the Studio with a picture for the next shot."""
        await self.switch_mode("studio")
        if isinstance(self.screen, StudioScreen):
            await self.screen.take_picture(role, path)

    def watch_take(self, task: Task | None) -> None:
        """A take on the whole screen."""
        from tui.screens.player import PlayerScreen

        if task is None or task.take is None or self.engine is None:
            self.notify("There is no clip yet.", markup=False)
            return
        self.push_screen(PlayerScreen(self.engine, task))

    async def _watch_first(self, engine: Engine) -> None:
        """The player alone, as `rushes play` wants it: leaving it ends the program."""
        from tui.screens.player import PlayerScreen

        if (task := await engine.get(self.first)) is not None:
            self.push_screen(PlayerScreen(engine, task), lambda _: self.exit(0))

    def compare(self, tasks: Sequence[Task]) -> None:
        """Takes with clips in step; more than four meet in pairs."""
        from tui.screens.compare import CompareScreen

        shown = [each for each in tasks if each.take]
        if len(shown) < 2 or self.engine is None:
            self.notify("Mark two takes or more (x), then compare them.", markup=False)
            return
        self.push_screen(CompareScreen(self.engine, shown, rng=random.Random()))

    def on_resize(self) -> None:
        """A terminal arranges its cells by itself then."""
        repaint.forget()

    def action_redraw(self) -> None:
        """Sends every cell again."""
        repaint.forget()
        self.screen.refresh()

    def action_keys(self) -> None:
        """What the keys do where one is."""
        from tui.screens.help import HelpScreen

        if isinstance(self.screen, RushesScreen):
            self.push_screen(HelpScreen(self.screen.place, self.screen.actions_here()))

    def action_command_palette(self) -> None:
        from tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from tui.palette import commands

        return commands(self, screen)

    # How to leave ---------------------------------------------------------------------------------------------------

    def action_how_to_leave(self) -> None:
        self.notify("q leaves rushes, ctrl+q does so while writing.", markup=False)

    @work(group="leave")
    async def action_leave(self) -> None:
        """Asks only when something would be lost; says what goes on at the vendors."""
        from tui.leaving import leave, may_leave

        if self.engine is None or await may_leave(self, self.engine):
            self.workers.cancel_group(self, "engine")
            await leave(self)

    async def close(self) -> None:
        """Gives the engine back. Safe to call twice."""
        if self.engine is not None:
            engine, self.engine = self.engine, None
            self.bridge.close()
            self.telling.herald.close()
            await engine.close()

    async def on_unmount(self) -> None:
        await self.close()
