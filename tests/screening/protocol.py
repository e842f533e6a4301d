"""A reader of the kitty graphics protocol, as strict as its description: what would the terminal have, and show where?

Written from the protocol's description, not from the code under test. Raises AssertionError for what breaks it.
"""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from dataclasses import dataclass, field

from PIL import Image

TOKENS = re.compile(
    r"\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<data>[^\x1b]*))?\x1b\\"
    r"|\x1bPtmux;(?P<inner>(?:[^\x1b]|\x1b\x1b)*)\x1b\\"
    r"|\x1b\[(?P<params>[\d;]*)(?P<final>[A-Za-z])"
    r"|(?P<char>.)",
    re.DOTALL,
)
HOLDER = "\U0010eeee"
EXCLUDED = {0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0306, 0x0307, 0x0308, 0x0309, 0x030A, 0x030B, 0x030C}
EXCLUDED |= {0x030F, 0x0311, 0x0313, 0x0314, 0x0342, 0x0653, 0x0654}
FIRST_MARKS = [0x0305, 0x030D, 0x030E, 0x0310, 0x0312, 0x033D, 0x033E, 0x033F, 0x0346, 0x034A, 0x034B, 0x034C, 0x0350]


@dataclass
class Stored:
    """A picture that the terminal holds, and on how many cells it is laid out."""

    image: Image.Image
    columns: int
    rows: int


@dataclass
class KittyScreen:
    """`shown[(row, column)]` of the screen is (picture, its row, its column)."""

    marks: str
    tmux: bool = False
    pictures: dict[int, Stored] = field(default_factory=dict)
    shown: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    answers: int = 0
    _colour: int | None = None
    _open: dict[str, str] | None = None
    _data: str = ""

    def feed(self, text: str, *, wrapped: bool = False) -> None:
        """Reads what a program wrote; the cursor is where `row` and `column` say."""
        tokens = list(TOKENS.finditer(text))
        at = 0
        while at < len(tokens):
            found = tokens[at]
            at += 1
            if found["inner"] is not None:
                assert self.tmux, "an envelope for tmux outside of it"
                self.feed(found["inner"].replace("\x1b\x1b", "\x1b"), wrapped=True)
            elif found["keys"] is not None:
                assert wrapped == self.tmux, "a picture sequence must be wrapped inside tmux, and only there"
                self._command(found["keys"], found["data"] or "")
            elif found["final"]:
                self._control(found["params"], found["final"])
            elif found["char"] == HOLDER:
                marks = ""
                while at < len(tokens) and tokens[at]["char"] and unicodedata.combining(tokens[at]["char"]):
                    marks += tokens[at]["char"]
                    at += 1
                self._place(marks)
            else:
                self.shown.pop((self.row, self.column), None)
                self.column += 1

    def _control(self, params: str, final: str) -> None:
        if final == "C":
            self.column += int(params or 1)
        elif final == "m":
            colour = re.fullmatch(r"38;5;(\d+)", params)
            self._colour = int(colour[1]) if colour else None

    def _place(self, marks: str) -> None:
        assert self._colour, "a placeholder has the picture's number as its colour"
        before = self.shown.get((self.row, self.column - 1))
        numbers = [self.marks.index(mark) for mark in marks]
        if numbers:
            row, column = numbers[0], numbers[1] if len(numbers) > 1 else 0
        else:
            assert before, "a placeholder without marks follows another"
            assert before[0] == self._colour
            row, column = before[1], before[2] + 1
        self.shown[self.row, self.column] = (self._colour, row, column)
        self.column += 1

    def _command(self, keys: str, data: str) -> None:
        found = dict(pair.split("=") for pair in keys.split(","))
        assert len(data) <= 4096
        self.answers += found.get("q") != "2"
        if found.get("a") == "d":
            assert found["d"] == "I"
            self.pictures.pop(int(found["i"]), None)
            return
        if self._open is None:
            self._open = found
        else:
            assert set(found) <= {"m", "q"}, "later chunks carry nothing but m and q"
        assert found["m"] == "0" or len(data) % 4 == 0
        self._data += data
        if found["m"] == "0":
            self._store(self._open)
            self._open, self._data = None, ""

    def _store(self, keys: dict[str, str]) -> None:
        assert (keys["a"], keys["U"], keys["f"]) == ("T", "1", "100")
        image = Image.open(io.BytesIO(base64.b64decode(self._data, validate=True)))
        image.load()
        assert image.format == "PNG"
        number = int(keys["i"])
        assert 0 < number < 2**32
        self.pictures[number] = Stored(image, int(keys["c"]), int(keys["r"]))
