"""Facts: lines of name and value, the values wrapped beside their names, whatever the width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget

from providers.values import dataclass
from tui.text import visible

__all__ = ["INDENT", "Facts", "Pair"]

Pair = tuple[str, str]
"""A name and its value; a name of "" is a heading, both of "" an empty line, a name of `INDENT` a block of text."""
INDENT = " "

NAME_WIDTH = 12
NARROWEST = 8


@dataclass(frozen=True, slots=True)
class _Look:
    """Cells for the names, and the styles of headings and names."""

    names: int
    heading: str
    name: str


class Facts(Widget):
    """Shows pairs; text from outside is shown as it is, with its control characters as symbols."""

    DEFAULT_CSS = "Facts { height: auto; width: 1fr; }"

    def __init__(
        self,
        pairs: Sequence[Pair] = (),
        *,
        id: str | None = None,  # noqa: A002
        names: int = NAME_WIDTH,
        styles: tuple[str, str] = ("bold", "$text-label"),
    ) -> None:
        super().__init__(id=id)
        self.pairs = tuple(pairs)
        self.look = _Look(names, *styles)

    def show(self, pairs: Sequence[Pair]) -> None:
        """Shows other pairs: draws the lines that differ. Only for another height is the screen laid out anew."""
        width = self.content_size.width
        before = self._drawn(width)
        self.pairs = tuple(pairs)
        after = self._drawn(width)
        if len(before) != len(after):
            self.refresh(layout=True)
        elif differing := [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if not old.is_same(new)]:
            self.refresh(*(Region(0, y, width, 1) for y in differing))

    def render(self) -> Content:
        return Content("\n").join(self._drawn(self.content_size.width))

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        return len(self._drawn(width))

    def _drawn(self, width: int) -> list[Content]:
        return [line for name, value in self.pairs for line in _lines(name, visible(value), width, self.look)]


def _lines(name: str, value: str, width: int, look: _Look) -> list[Content]:
    if not name:
        return [Content.styled(each, look.heading) for each in _wrapped(value, max(NARROWEST, width)) or [""]]
    if name == INDENT:
        return [Content(f"  {each}") for each in _wrapped(value, max(NARROWEST, width - 2)) or [""]]
    first, *rest = _wrapped(value, max(NARROWEST, width - look.names - 1)) or [""]
    if len(name.rstrip()) >= look.names:  # a long name has a line of its own
        return [Content.styled(name, look.name), *(Content(" " * look.names + each) for each in (first, *rest))]
    head = Content.assemble(Content.styled(name.ljust(look.names), look.name), first)
    return [head, *(Content(" " * look.names + each) for each in rest)]


def _wrapped(value: str, room: int) -> list[str]:
    """At spaces where there are some, else (a path, a hash) wherever the line ends."""
    lines: list[str] = []
    for paragraph in value.splitlines():
        lines += [str(each) for each in Content(paragraph).wrap(room, overflow="fold")]
    return [each.rstrip() for each in lines]
