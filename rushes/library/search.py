"""The query language of the library: words, and filters such as `provider:luma rating:>=3 after:2026-10`. Pure.

The last word matches by its beginning, since it may still be under the fingers. What people type is never handed to
FTS5 as syntax: each word is quoted. Beside filters there are fields, which look for words in one place
(`notes:titles`), and `sort:`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from providers.values import dataclass
from rushes.task import Status

__all__ = ["FIELDS", "FILTERS", "HAS", "IS", "Query", "SearchProblem", "Sort", "parse", "unfinished"]

LONGEST = 2_000
"""Characters of a query that are looked at; nobody types more, and a paste of a book should not stall the list."""
MOST_WORDS = 40
"""Words that are looked for; each costs a walk of its own through the index."""

_OPERATOR = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_MICRO = Decimal(1_000_000)


class SearchProblem(ValueError):
    """A filter that cannot be understood: says which, and what is allowed."""


class Sort(StrEnum):
    """Orders of the list. `newest` and `oldest` go by when a take came into the library."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RATING = "rating"
    COST = "cost"
    LENGTH = "length"


@dataclass(slots=True)
class Query:
    """A parsed query: an FTS5 expression (empty: all), SQL conditions with their values, and what drives the search.

    `starts` are columns whose value begins so; `tags` are tags that it has; `times` are bounds of when it was made, in
    milliseconds; `trash` asks for what was thrown away.
    """

    match: str = ""
    where: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    starts: list[tuple[str, str]] = field(default_factory=list)
    equals: list[tuple[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    times: list[tuple[str, int]] = field(default_factory=list)
    sort: Sort = Sort.NEWEST
    trash: bool = False

    def add(self, condition: str, *values: object) -> None:
        """One more condition."""
        self.where.append(condition)
        self.values.extend(values)


def parse(text: str) -> Query:
    """Raises SearchProblem; never lets a syntax error of SQL or FTS5 happen."""
    query = Query()
    words: list[tuple[str, str]] = []
    tokens = _tokens(text[:LONGEST])
    open_end = not text[-1:].isspace()
    if open_end and tokens and _is_unfinished(*tokens[-1]):
        tokens.pop()  # somebody is still typing it
        open_end = False
    for token, is_quoted in tokens:
        name, colon, value = ("", "", "") if is_quoted else token.partition(":")
        key = name.casefold()
        if _is_unfinished(token, is_quoted):
            raise SearchProblem(f"{key}: needs a value")
        if colon and key in FILTERS and value:
            FILTERS[key](query, key, value)
        elif colon and key in FIELDS and value:
            words.append((FIELDS[key], value))
        elif colon and name.isalpha() and key not in {*FILTERS, *FIELDS} and not value.startswith("/"):
            raise SearchProblem(_no_filter(name, token))
        else:
            words.append(("", token))
    query.match = _match(words[:MOST_WORDS], open_end=open_end)
    for _, sign in words[:MOST_WORDS]:
        # The full text knows letters and digits. A 🦊 is looked for itself; a * or ( too, where it stands alone.
        if not any(each.isalnum() for each in sign) and not (query.match and sign.isascii()):
            query.add("instr(prompt, ?)", sign)
    return query


def unfinished(text: str) -> str:
    """The filter at the end that has no value yet, such as `rating:`; empty where there is none."""
    tokens = _tokens(text[:LONGEST])
    return tokens[-1][0] if tokens and _is_unfinished(*tokens[-1]) else ""


def _is_unfinished(token: str, is_quoted: bool) -> bool:
    name, colon, value = token.partition(":")
    return bool(colon) and not (value or is_quoted) and name.casefold() in {*FILTERS, *FIELDS}


def _no_filter(name: str, token: str) -> str:
    close = _close(name)
    names = ", ".join(f"{each}:" for each in (*FILTERS, *FIELDS))
    known = f"did you mean {close}:?" if close else f"there are {names}."
    return f'there is no filter {name}:, {known} For the words themselves put them in quotes: "{token}"'


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Splits at white space, and says what stood in double quotes, which keep words together."""
    parts = re.findall(r'\w+:"[^"]*"|"[^"]*"|\S+', text.replace("\0", " "))
    return [(part.replace('"', ""), part.startswith('"')) for part in parts if part.replace('"', "").strip()]


def _match(words: list[tuple[str, str]], *, open_end: bool) -> str:
    usable = [(column, word) for column, word in words if any(c.isalnum() for c in word)]
    quoted = [f'{column} : "{word}"' if column else f'"{word}"' for column, word in usable]
    if quoted and open_end:
        quoted[-1] += "*"
    return " AND ".join(quoted)


def _close(name: str) -> str:
    return next(iter(difflib.get_close_matches(name.casefold(), [*FILTERS, *FIELDS], n=1, cutoff=0.7)), "")


def _prefix(query: Query, name: str, value: str) -> None:
    query.starts.append((name, value))


def _status(query: Query, _name: str, value: str) -> None:
    found = [each.value for each in Status if each.value.startswith(value.upper())]
    if not found:
        words = ", ".join(status.value.lower() for status in Status)
        raise SearchProblem(f"there is no state {value}; there are {words}")
    if len(found) == 1:
        query.equals.append(("status", found[0]))
    else:
        query.add(f"status IN ({', '.join('?' for _ in found)})", *found)


def _number(query: Query, name: str, value: str) -> None:
    found = _OPERATOR.fullmatch(value)
    operator, digits = (found[1] or "=", found[2]) if found else ("=", value)
    if name == "duration":
        digits = digits.removesuffix("s")
    try:
        number = Decimal(digits.removeprefix("$"))
    except InvalidOperation:
        raise SearchProblem(f"{name}: takes a number, such as {name}:>=3") from None
    if not number.is_finite() or abs(number) > 10**9:
        raise SearchProblem(f"{name}: takes a number, such as {name}:>=3")
    if name == "cost":
        query.add(f"cost {operator} ?", int(number * _MICRO))
    elif name == "rating":
        query.add(f"coalesce(rating, 0) {operator} ?", float(number))
    else:
        _length(query, operator, float(number))


def _length(query: Query, operator: str, seconds: float) -> None:
    """Clips are a frame longer or shorter than what was asked for: `duration:5` means about five."""
    if operator == "=":
        query.add("duration_s BETWEEN ? AND ?", seconds - 0.5, seconds + 0.5)
    else:
        query.add(f"duration_s {operator} ?", seconds)


def _tag(query: Query, _name: str, value: str) -> None:
    query.tags.append(value)


def _date(query: Query, name: str, value: str) -> None:
    sign = ">=" if name == "after" else "<"
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        try:
            day = datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        query.times.append((sign, int(day.timestamp()) * 1000))
        return
    raise SearchProblem(f"{name}: takes a day such as {name}:2026-10-31, or a month such as {name}:2026-10")


def _on(query: Query, _name: str, value: str) -> None:
    """A day, or a whole month."""
    try:
        if len(value) <= len("2026-10"):
            begin = datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC)
            end = (begin + timedelta(days=31)).replace(day=1)
        else:
            begin = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
            end = begin + timedelta(days=1)
    except (ValueError, OverflowError):
        raise SearchProblem("on: takes a day such as on:2026-10-31, or a month such as on:2026-10") from None
    query.times += [(">=", int(begin.timestamp()) * 1000), ("<", int(end.timestamp()) * 1000)]


def _id(query: Query, name: str, value: str) -> None:
    """A take by its id, or what was made from it; a beginning or end of the id will do."""
    if len(value) < 4 or not (value.isalnum() and value.isascii()):
        raise SearchProblem(f"{name}: takes the id of a take, or at least four letters of its beginning or end")
    column, pattern = {"from": "parent", "id": "id"}[name], value.upper()
    if len(value) == 26:
        query.add(f"{column} = ?", pattern)
    else:
        query.add(f"({column} LIKE ? OR {column} LIKE ?)", f"{pattern}%", f"%{pattern}")


def _one_of(query: Query, name: str, value: str) -> None:
    table = HAS if name == "has" else IS
    condition = table.get(value.casefold())
    if condition is None:
        raise SearchProblem(f"{name}: knows {', '.join(table)}")
    if condition == _TRASH:
        query.trash = True
    else:
        query.add(condition)


def _sort(query: Query, _name: str, value: str) -> None:
    found = [each for each in Sort if each.value.startswith(value.casefold())]
    if len(found) != 1:
        raise SearchProblem(f"sort: takes {', '.join(each.value for each in Sort)}")
    query.sort = found[0]


_TRASH = "trash"
HAS = {
    "loop": "looped = 1",
    "clip": "duration_s IS NOT NULL",
    "notes": "notes != ''",
    "tag": "tags != '[]'",
    "rating": "rating > 0",
    "negative": "negative != ''",
    "input": "inputs != '[]'",
    "parent": "parent IS NOT NULL",
    "error": "error IS NOT NULL",
}
"""What a take may have, with the condition on its row."""
IS = {"trashed": _TRASH, "practice": "practice = 1", "real": "practice = 0", "remote": "status = 'DOWNLOADING'"}
"""What a take may be."""

FIELDS = {"prompt": "prompt", "negative": "negative", "notes": "notes", "note": "notes", "file": "name"}
"""Where a word may be looked for alone, with the column of the full-text index."""

FILTERS = {
    "provider": _prefix,
    "model": _prefix,
    "mode": _prefix,
    "status": _status,
    "rating": _number,
    "tag": _tag,
    "after": _date,
    "before": _date,
    "on": _on,
    "cost": _number,
    "duration": _number,
    "has": _one_of,
    "is": _one_of,
    "from": _id,
    "id": _id,
    "sort": _sort,
}
"""The filters by name; each adds its value to the query."""
