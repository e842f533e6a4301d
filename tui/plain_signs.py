"""Signs for fonts that lack them: each symbol beside a word becomes an ASCII character of the same width.

Pictures keep their blocks, and frames their lines: what is drawn with those has a setting of its own.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

__all__ = ["PLAIN", "PlainSigns"]

_PLAIN: dict[int, int | str] = {
    **str.maketrans("●○◐◌✓✗▪★·▾▸→←↑↓▌▐━╸↻–‖↵×", "*o%.+x#*.v>><^v||=-~-:<x"),
    ord("🔎"): "/ ",
    ord("≈"): "~",
}


class PlainSigns(LineFilter):
    """A filter of Textual's, for every line of every screen."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same cells in plain characters."""
        return [
            segment
            if segment.text.isascii() or "▀" in segment.text
            else Segment(segment.text.translate(_PLAIN), segment.style, segment.control)
            for segment in segments
        ]


PLAIN = PlainSigns()
