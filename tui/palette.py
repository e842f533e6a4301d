"""What ctrl+p finds: every action that counts where one is, and every setting by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import Input

from tui import actions
from tui.host import ClosesOnce
from tui.screens.base import RushesScreen
from tui.setting_rows import listed

if TYPE_CHECKING:
    from tui.app import RushesApp

__all__ = ["Palette", "commands"]


class Palette(CommandPalette, ClosesOnce[None]):
    """Textual's, whose cursor blinks: here an idle screen writes nothing. Enter twice runs a command once."""

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False


def commands(app: RushesApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """The actions of a screen and those of all, with their keys; then the settings, each of which opens in Settings."""
    place = screen.place if isinstance(screen, RushesScreen) else actions.EVERYWHERE
    for each in actions.ACTIONS:
        if each.palette and each.run and each.where in (place, actions.EVERYWHERE):
            keys = actions.keys_of(each.id, app.keymap_set)
            about = f"{each.help}  ({keys})" if keys else each.help
            yield SystemCommand(each.label, about, _runner(app, screen, each.run))
    for option in listed():
        name = ".".join(option.path)
        yield SystemCommand(f"Setting {name}", option.help, _runner(app, screen, f"app.settings({name!r})"))


def _runner(app: RushesApp, screen: Screen[object], action: str) -> Callable[[], Awaitable[None]]:
    begun = False

    async def run() -> None:
        nonlocal begun
        if not begun:
            begun = True
            await app.run_action(action, default_namespace=screen)

    return run
