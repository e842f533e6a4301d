"""An app with one picture for tests in a real terminal. Keys: see BINDINGS."""

from __future__ import annotations

import sys
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import compat
from tui.widgets.picture import Picture


def frame(number: int) -> npt.NDArray[np.uint8]:
    """A drifting gradient with a square that moves over it."""
    y, x = np.mgrid[0:72, 0:128]
    rgb = np.stack([(x * 2 + number) % 256, (y * 3) % 256, (x + y) % 256], axis=2).astype(np.uint8)
    left = (number * 5) % 100
    rgb[20:40, left : left + 20] = (250, 240, 30)
    return rgb


class Dialog(ModalScreen[None]):
    """Something that lies over the picture."""

    DEFAULT_CSS = "Dialog { align: center middle; } Dialog Static { width: 30; height: 5; background: blue; }"
    BINDINGS: ClassVar = [("m", "app.pop_screen", "close")]

    def compose(self) -> ComposeResult:
        yield Static("a dialog")


class Demo(App[None]):
    """A label on the left, the picture on the right."""

    CSS = "#side { width: 20; } Toast { width: 30; }"
    BINDINGS: ClassVar = [
        ("n", "frames(1)", "next"),
        ("N", "frames(10)", "ten"),
        ("s", "still", "still"),
        ("m", "push_screen('dialog')", "dialog"),
        ("t", "toast", "toast"),
        ("c", "clear", "clear"),
        ("x", "settle", "settle"),
    ]
    SCREENS: ClassVar = {"dialog": Dialog}
    number = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("side", id="side")
            yield Picture("nothing yet")

    def on_mount(self) -> None:
        compat.install(self)
        self.query_one("#side", Static).update("ready")

    def action_frames(self, count: int) -> None:
        for _ in range(count):
            self.number += 1
            self.query_one(Picture).show_frame(frame(self.number))
        self.query_one("#side", Static).update(f"frame {self.number}")

    def action_still(self) -> None:
        self.query_one(Picture).show(frame(self.number))
        self.query_one("#side", Static).update(f"still {self.number}")

    def action_settle(self) -> None:
        more = self.query_one(Picture).settle()
        self.query_one("#side", Static).update(f"settled {more}")

    def action_toast(self) -> None:
        self.notify("a toast", timeout=0.6)

    def action_clear(self) -> None:
        self.query_one(Picture).clear("nothing [b]now")


if __name__ == "__main__":
    app = Demo()
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()
    sys.exit(compat.exit_code(app))
