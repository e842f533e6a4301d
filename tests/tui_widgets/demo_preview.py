"""An app with a preview for tests in a real terminal. Argument: the clip. It is loaded at once; s opens a dialog."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import compat
from tui.widgets.preview import Preview


class Dialog(ModalScreen[None]):
    """Something that lies over it."""

    BINDINGS: ClassVar = [("s", "app.pop_screen", "")]

    def compose(self) -> ComposeResult:
        yield Static("a dialog")


class Demo(App[None]):
    """The preview alone, and a line that says what it is doing."""

    CSS = "#line { height: 1; }"
    SCREENS: ClassVar = {"dialog": Dialog}
    BINDINGS: ClassVar = [("s", "push_screen('dialog')", "")]

    def compose(self) -> ComposeResult:
        yield Static("starting", id="line")
        yield Preview("nothing yet")

    async def on_mount(self) -> None:
        compat.install(self)
        preview = self.query_one(Preview)
        preview.focus()
        await preview.load(Path(sys.argv[1]))
        self.query_one("#line", Static).update("loaded")

    def on_preview_ended(self) -> None:
        self.query_one("#line", Static).update("ended")


if __name__ == "__main__":
    app = Demo()
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()
    sys.exit(compat.exit_code(app))
