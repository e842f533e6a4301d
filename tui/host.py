"""What a widget asks of where it stands: the app around it, and whether letters are text there."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.app import RushesApp

__all__ = ["app_of", "takes_letters"]


def app_of(widget: Widget) -> RushesApp:
    """The app, as what it is."""
    return cast("RushesApp", widget.app)


def takes_letters(focused: Widget | None) -> bool:
    """Whether a letter is text there."""
    if focused is None:
        return False
    from textual.widgets import Input, TextArea  # not before there is one: they would delay the first paint

    return isinstance(focused, Input | TextArea)
