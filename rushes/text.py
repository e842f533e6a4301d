"""Text from people, vendors and files made fit to be printed or logged: what is invisible becomes visible.

For the command line, the log and messages. Not for the screens, which have Textual's own measure of width.
"""

from __future__ import annotations

import unicodedata

__all__ = ["cells", "clean_tag", "no_formula", "show", "visible"]

ELLIPSIS = "…"
LONGEST_TAG = 64

_BIDI = {
    0x061C: "ALM",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
}
"""Characters that change the order of what follows them, by their usual abbreviations."""

_MARKS: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20)}
_MARKS |= {0x7F: "\N{SYMBOL FOR DELETE}", 0x2028: "\N{SYMBOL FOR NEWLINE}", 0x2029: "\N{SYMBOL FOR NEWLINE}"}
_MARKS |= {code: f"⟨{code:02X}⟩" for code in range(0x80, 0xA0)}
_MARKS |= {code: f"⟨{name}⟩" for code, name in _BIDI.items()}
_MARKS |= {code: f"⟨{code:04X}⟩" for code in (0x00AD, 0x180E, 0x200B, 0x2060, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB)}
_MARKS |= dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_KEEP_LINES = {code: mark for code, mark in _MARKS.items() if code != 0x0A}


def visible(text: str, *, lines: bool = False) -> str:
    """Control characters as symbols (␛, ␀, ␊), those that reorder text as ⟨RLO⟩; `lines` lets line breaks be.

    Joiners stay, since emoji and many scripts are written with them.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_KEEP_LINES if lines else _MARKS)


def cells(text: str) -> int:
    """The width of visible text in cells, by each character alone; joined emoji may come out narrower on screen."""
    return len(text) if text.isascii() else sum(_width(each) for each in text)


def _width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def show(text: str, width: int | None = None) -> str:
    """A text on one line with single spaces; what is wider than `width` cells ends in an ellipsis."""
    line = visible(" ".join(text[:10_000].split()))
    if width is None or cells(line) <= width:
        return line
    room = width - 1
    kept: list[str] = []
    for character in line:
        room -= _width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS if width > 0 else ""


def no_formula(cell: str) -> str:
    """A cell of a table for spreadsheets: what they would take for a formula is written as text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def clean_tag(text: str) -> str:
    """A tag without odd spaces. ValueError, with words for a person, for what is no tag."""
    words = "".join(each for each in text if each.isprintable() or each.isspace())
    name = " ".join(words.split())
    if not name:
        raise ValueError("a tag needs at least one letter")
    if len(words) < len(text):
        raise ValueError("a tag has no control characters")
    if len(name) > LONGEST_TAG:
        raise ValueError(f"a tag has at most {LONGEST_TAG} characters, and this one {len(name)}")
    return name
