"""Text from people, vendors and files made safe for a terminal, and the few words that widgets share.

Nothing here reads markup. Control characters become symbols, so no text can move the cursor, and in one-line form every
character has a width on which all terminals agree: joined emoji come apart, flags become letters, heaps of combining
marks are cut. Widths are in cells. Not for wrapping or styling: Textual does that.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from rich.cells import cell_len, get_character_cell_size

__all__ = ["ELLIPSIS", "amount", "fit", "is_narrow", "one_line", "size", "span", "steady", "visible", "width"]

ELLIPSIS = "…"
MARKS_PER_CELL = 2
"""Combining marks kept on one character: every living script needs fewer."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_CONTROLS: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) != "\n"}
_CONTROLS |= {0x7F: "\N{SYMBOL FOR DELETE}"}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), _REPLACED)
_CONTROLS |= dict.fromkeys(range(0xD800, 0xE000), _REPLACED)
# Line separators, and the characters that reorder what follows them (bidi embeddings, overrides, isolates).
_CONTROLS |= dict.fromkeys((0x2028, 0x2029), "\N{SYMBOL FOR NEWLINE}")
_CONTROLS |= dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), _REPLACED)

_JOINERS = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, *range(0xFE00, 0xFE10)))
_JOINERS |= dict.fromkeys((*range(0x1F3FB, 0x1F400), *range(0xE0000, 0xE0200)))
_FLAGS = {0x1F1E6 + index: chr(ord("A") + index) for index in range(26)}
_STEADY: dict[int, str | None] = {**_JOINERS, **_FLAGS}

_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2500-\u25fc\u2605\u2606\u2713\u2717]*")


def is_narrow(text: str) -> bool:
    """Whether each character is known to take one cell, without looking at them one by one; False says nothing."""
    return _NARROW.fullmatch(text) is not None


def visible(text: str) -> str:
    """The text with every control character shown as a symbol; line breaks stay.

    One character for each, unlike `rushes.text`, which spells some out (⟨RLO⟩): this goes into fields, too, where a
    pasted text is counted, edited and sent, and nobody wants such words in a prompt.
    """
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def steady(text: str) -> str:
    """Visible text in which each character alone decides its width, with few combining marks on any of them."""
    plain = visible(text).translate(_STEADY)
    if plain.isascii():
        return plain
    kept: list[str] = []
    marks = MARKS_PER_CELL  # a mark at the very start would land on the cell before the text
    for character in plain:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MARKS_PER_CELL:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return character != "\n" and (get_character_cell_size(character) == 0 or unicodedata.combining(character) > 0)


def one_line(text: str, limit: int = 1000) -> str:
    """The beginning of a text on one line: white space becomes single spaces; `limit` characters are read."""
    return steady(" ".join(text[:limit].split()))


def width(text: str) -> int:
    """Cells that the text takes."""
    return cell_len(text)


def fit(text: str, cells: int) -> str:
    """One line of exactly `cells` cells: cut with an ellipsis, or filled up with spaces."""
    line = one_line(text, limit=4 * cells + 64)
    room = cells - width(line)
    if room >= 0 and len(text) <= 4 * cells + 64:
        return line + " " * room
    return _cut(line, cells)


def _cut(line: str, cells: int) -> str:
    kept: list[str] = []
    used = 0
    for character in line:
        used += get_character_cell_size(character)
        if used > cells - 1:
            break
        kept.append(character)
    text = "".join(kept) + (ELLIPSIS if cells > 0 else "")
    return text + " " * (cells - width(text))


def span(seconds: float) -> str:
    """A length of time as a person says it: `8 s`, `2 min`, `1 h 05`."""
    whole = max(0, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02}"


def size(count: int) -> str:
    """Bytes in decimal units: `812 B`, `3.1 MB`."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def amount(usd: Decimal | None) -> str:
    """`$0.30`, `free`, or `$?` where nobody knows."""
    if usd is None:
        return "$?"
    return "free" if usd == 0 else f"${usd:.2f}"
