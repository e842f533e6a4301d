"""The prompt: a text of fixed height with its length counted as the vendor counts it.

A fixed height keeps a key press at a few hundred bytes however long the text is. Control characters become symbols on
the way in: they would reach the terminal otherwise.
"""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from tui.repaint import retitle
from tui.text import visible

__all__ = ["Prompt", "typed"]


class Prompt(TextArea):
    """Posts `Edited` with the text; `count` shows the length, `show_problem` what is wrong."""

    class Edited(Message):
        """The person changed the prompt."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Recalled(Message):
        """An older prompt is wanted (1), or a newer one (-1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self) -> None:
        self.recalled = ""
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="What should be seen? A subject, what it does, the light, the camera …",
            id="prompt",
        )
        self.cursor_blink = False

    def on_mount(self) -> None:
        self.border_title = "Prompt"

    def show_text(self, text: str) -> None:
        """Shows a prompt that came from elsewhere; posts nothing."""
        if text != self.text:
            with self.prevent(TextArea.Changed):
                self.load_text(typed(text))
                self.move_cursor(self.document.end)
            self.recalled = ""

    def recall(self, text: str) -> None:
        """Puts an earlier prompt in place of the empty one; as long as it is not touched, ↑ and ↓ go on."""
        self.recalled = typed(text)
        self.load_text(self.recalled)
        self.move_cursor(self.document.end)

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.text == self.recalled:
            self.post_message(self.Recalled(1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.text and self.text == self.recalled:
            self.post_message(self.Recalled(-1))
        else:
            super().action_cursor_down(select)

    def count(self, length: int, limit: int) -> None:
        """Shows `49 / 6000`; beyond the limit in the colour of a problem and with how many are too many."""
        over = f" · {length - limit} too many" if length > limit else ""
        retitle(self, subtitle=Content(f"{length} / {limit}{over}"))
        self.set_class(length > limit, "-over")

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.text != self.recalled:
            self.recalled = ""
        self.post_message(self.Edited(self.text))

    def on_paste(self, event: events.Paste) -> None:
        """Comes before Textual's own handler, which inserts the text."""
        event.text = typed(event.text)


def typed(text: str) -> str:
    """As it can stand in a prompt, without symbols that a vendor would read.

    A tab is a space there. Terminals and tmux paste the end of a line as a carriage return.
    """
    return visible(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
