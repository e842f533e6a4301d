"""An app with a player for tests in a real terminal. Arguments: the clip, and how to draw it. s opens a dialog."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import compat
from tui.graphics import choose
from tui.widgets.player import Player


class Dialog(ModalScreen[None]):
    """Something that lies over it."""

    BINDINGS: ClassVar = [("s", "app.pop_screen", "")]

    def compose(self) -> ComposeResult:
        yield Static("a dialog")


class Demo(App[None]):
    """The player alone; the first line tells the keys that were answered and how late the loop was at worst."""

    CSS = "#line { height: 1; }"
    BINDINGS: ClassVar = [
        ("s", "dialog", ""),
        ("t", "toast", ""),
        ("space", "play", ""),
        ("r", "rewind", ""),
        ("w", "worst", ""),
        ("k", "key", ""),
        ("z", "suspend_process", ""),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.graphics = choose(sys.argv[2])
        self.worst = 0.0
        self.keys = 0

    def compose(self) -> ComposeResult:
        yield Static("starting", id="line")
        yield Player("nothing yet")

    async def on_mount(self) -> None:
        compat.install(self)
        player = self.query_one(Player)
        player.focus()
        player.looping = True
        await player.load(Path(sys.argv[1]))
        self.run_worker(self._watch())
        self._say("loaded")

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, time.perf_counter() - began - 0.005)

    def _say(self, words: str) -> None:
        self.query_one("#line", Static).update(words)

    def action_dialog(self) -> None:
        self.push_screen(Dialog())

    def action_toast(self) -> None:
        self.notify("a toast", timeout=0.5)

    def action_play(self) -> None:
        self.query_one(Player).play()

    def action_rewind(self) -> None:
        self.query_one(Player).pause()
        self.query_one(Player).action_start_over()

    def action_worst(self) -> None:
        self._say(f"worst {self.worst * 1000:.0f} ms.")
        self.worst = 0.0

    def action_key(self) -> None:
        self.keys += 1
        self._say(f"key {self.keys}.")


if __name__ == "__main__":
    app = Demo()
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()
    sys.exit(compat.exit_code(app))
