"""Where in a TOML text each key stands, so that a problem can name its line. The standard reader tells no places.

Only for texts that `tomllib` has read without a fault: nothing is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Path", "key_lines"]

Path = tuple[str | int, ...]
"""Keys from the root; the number in an array of tables counts from 0."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}=,\n]|[A-Za-z0-9_-]+|.',
    re.DOTALL,
)
_OPEN, _CLOSE = frozenset("[{"), frozenset("]}")


def key_lines(text: str) -> dict[Path, int]:
    """The line of each key and of each table's head, counted from 1."""
    return _Scan(text).lines


class _Scan:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._section: Path = ()
        self._marks = _numbered(text)
        for mark, line in self._marks:
            if mark == "[":
                self._head(line)
            elif _is_word(mark):
                self._statement(mark, line, self._section)

    def _head(self, line: int) -> None:
        """`[a.b]` or `[[a]]`, from behind its first bracket to the end of the line."""
        parts, brackets = [], 1
        for mark, _line in self._marks:
            brackets += mark == "["
            if mark == "\n":
                break
            if _is_word(mark):
                parts.append(_plain(mark))
        path: Path = ()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            self.lines.setdefault(path, line)
            if brackets > 1 and number == len(parts):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        self._section = path
        self.lines.setdefault(path, line)

    def _statement(self, first: str, line: int, above: Path) -> str:
        """`a.b = value`, from behind its first word; gives the mark that ended it."""
        path: Path = (*above, _plain(first))
        for mark, _line in self._marks:
            if mark == "=":
                break
            if _is_word(mark):
                path = (*path, _plain(mark))
        self.lines.setdefault(path, line)
        return self._value(path)

    def _value(self, path: Path) -> str:
        """Runs over a value; keys of tables inside it are noted."""
        depth = 0
        for mark, _line in self._marks:
            if mark == "{" and depth == 0:
                self._inline(path)
            elif mark in _OPEN:
                depth += 1
            elif mark in _CLOSE:
                depth -= 1
            if depth < 0 or (depth == 0 and mark in {"\n", ","}):
                return mark
        return ""

    def _inline(self, path: Path) -> None:
        for mark, line in self._marks:
            if mark == "}" or (_is_word(mark) and self._statement(mark, line, path) == "}"):
                return


def _numbered(text: str) -> Iterator[tuple[str, int]]:
    """Tokens that matter, each with its line."""
    line = 1
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if (not mark.isspace() or mark == "\n") and not mark.startswith("#"):
            yield mark, line
        line += mark.count("\n")


def _is_word(mark: str) -> bool:
    return mark[0] in "\"'_-" or mark[0].isalnum()


def _plain(mark: str) -> str:
    return mark[1:-1] if mark[0] in "\"'" else mark
