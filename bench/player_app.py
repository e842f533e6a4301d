"""The app that bench/player.py measures: the player alone. Arguments: the clip, and how to draw it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Static

from tui import compat
from tui.graphics import choose
from tui.widgets.player import Player


class Counted(Player):
    """Counts the frames that were really drawn."""

    frames = 0

    def show_frame(self, rgb: object, *, budget: int | None = None, fence: bool = False) -> bool:
        self.frames += 1
        return super().show_frame(rgb, budget=budget, fence=fence)


class PlayerApp(App[None]):
    """Space plays, k is a key to be answered, f tells the frames."""

    CSS = "#line { height: 1; }"
    BINDINGS: ClassVar = [("space", "play", ""), ("k", "key", ""), ("f", "figures", "")]

    def __init__(self) -> None:
        super().__init__()
        self.graphics = choose(sys.argv[2], cell=(9, 18))
        self.keys = 0
        self.began = 0.0

    def compose(self) -> ComposeResult:
        yield Static("starting", id="line")
        yield Counted("")

    async def on_mount(self) -> None:
        compat.install(self)
        player = self.query_one(Counted)
        player.focus()
        player.looping = True
        await player.load(Path(sys.argv[1]))
        self._say("loaded")

    def _say(self, words: str) -> None:
        self.query_one("#line", Static).update(words)

    def action_play(self) -> None:
        self.began = time.perf_counter()
        self.query_one(Counted).play()

    def action_key(self) -> None:
        self.keys += 1
        self._say(f"key {self.keys}.")

    def action_figures(self) -> None:
        took = round(1000 * (time.perf_counter() - self.began)) if self.began else 1
        self._say(f"frames {self.query_one(Counted).frames} in {took} ms")


if __name__ == "__main__":
    app = PlayerApp()
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()
