"""RowList: a list of rows that are given as lines already, for screens with a few hundred of them at most."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from providers.values import dataclass
from tui.text import fit
from tui.widgets.line_list import Line, LineList, Span

__all__ = ["Row", "RowList"]


@dataclass(frozen=True, slots=True)
class Row:
    """A sign, a name, some words, and a note where there is room; `style` is the sign's and that of the words."""

    id: str
    sign: str
    name: str
    words: str
    style: str = ""
    dim: bool = False
    note: str = ""


class RowList(LineList):
    """`show` takes other rows; the cursor stays on its id."""

    name_cells = 34
    words_cells = 26
    """What the words get of the line where a note follows them."""

    def __init__(self, empty: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(empty, id=id)
        self.rows: list[Row] = []
        self._places: dict[str, int] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Takes other rows."""
        self.rows = list(rows)
        self._places = {row.id: index for index, row in enumerate(self.rows)}
        self.contents_changed()

    @property
    def count(self) -> int:
        """Rows in the list."""
        return len(self.rows)

    def id_at(self, index: int) -> str:
        """The row's id."""
        return self.rows[index].id

    def index_of(self, item_id: str) -> int | None:
        """Where the row stands."""
        return self._places.get(item_id)

    def version_at(self, index: int) -> Hashable:
        """The row itself."""
        return self.rows[index]

    def draw(self, index: int, width: int) -> Sequence[Line]:
        """Sign, name, words."""
        row = self.rows[index]
        name = min(self.name_cells, max(10, width // 2))
        sign: Span = (fit(row.sign, 2), row.style)
        rest = max(0, width - name - 3)
        room = self.words_cells if row.note and rest > 2 * self.words_cells else rest
        words: Span = (fit(row.words, max(0, room - 1)) + " " * min(1, room), row.style)
        note: Span = (fit(f" {row.note}", rest - room), "dim")
        return [[sign, (fit(row.name, name), "dim" if row.dim else ""), (" ", ""), words, note]]
