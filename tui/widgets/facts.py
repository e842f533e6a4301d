"""Facts: lines of name and value, the values wrapped beside their names, whatever the width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from tui.text import visible

__all__ = ["Facts", "Pair"]

Pair = tuple[str, str]
"""A name and its value; a name of "" is a heading, both of "" an empty line."""

NAME_WIDTH = 11
NARROWEST = 8


class Facts(Static):
    """Shows pairs; text from outside is shown as it is, with its control characters as symbols."""

    def __init__(self, pairs: Sequence[Pair] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self.pairs = tuple(pairs)

    def show(self, pairs: Sequence[Pair]) -> None:
        """Shows other pairs."""
        self.pairs = tuple(pairs)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        room = max(NARROWEST, self.container_size.width - NAME_WIDTH - 1)
        self.update(Content("\n").join([_lines(name, visible(value), room) for name, value in self.pairs]))


def _lines(name: str, value: str, room: int) -> Content:
    if not name:
        return Content.styled(value, "bold")
    first, *rest = _wrapped(value, room) or [""]
    head = Content.assemble(Content.styled(name.ljust(NAME_WIDTH), "$text-label"), first)
    return Content("\n").join([head, *(Content(" " * NAME_WIDTH + each) for each in rest)])


def _wrapped(value: str, room: int) -> list[str]:
    """At spaces where there are some, else (a path, a hash) wherever the line ends."""
    lines: list[str] = []
    for paragraph in value.splitlines():
        lines += [str(each) for each in Content(paragraph).wrap(room, overflow="fold")]
    return [each.rstrip() for each in lines]
