"""What widgets and screens ask of where they stand: the app around them, the focus, which screen is in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.app import RushesApp

__all__ = ["ClosesOnce", "app_of", "takes_letters"]

Answer = TypeVar("Answer")


class ClosesOnce(Screen[Answer]):
    """Closed by the first answer: a second one, from a key right behind the first, would close the screen below.

    As a base class it comes behind Textual's own, which alone hands on its styles.
    """

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """As Textual's, for the screen in front alone."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


def app_of(widget: Widget) -> RushesApp:
    """The app, as what it is."""
    return cast("RushesApp", widget.app)


def takes_letters(focused: Widget | None) -> bool:
    """Whether a letter is text there."""
    if focused is None:
        return False
    from textual.widgets import Input, TextArea  # not before there is one: they would delay the first paint

    return isinstance(focused, Input | TextArea)
