"""The query language of the library: words, and filters such as `provider:luma rating:>=3 after:2026-10`. Pure.

The last word matches by its beginning, since it may still be under the fingers. What people type is never handed to
FTS5 as syntax: each word is quoted.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

__all__ = ["FILTERS", "Query", "SearchProblem", "parse"]

LONGEST = 2_000
"""Characters of a query that are looked at; nobody types more, and a paste of a book should not stall the list."""

_OPERATOR = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_MICRO = Decimal(1_000_000)


class SearchProblem(ValueError):
    """A filter that cannot be understood: says which, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: an FTS5 expression (empty: all) and SQL conditions with their values."""

    match: str = ""
    where: tuple[str, ...] = ()
    values: tuple[object, ...] = ()


def parse(text: str) -> Query:
    """Raises SearchProblem; never lets a syntax error of SQL or FTS5 happen."""
    words: list[str] = []
    where: list[str] = []
    values: list[object] = []
    for token in _tokens(text[:LONGEST]):
        name, colon, value = token.partition(":")
        if colon and name.casefold() in FILTERS and value:
            condition, bound = FILTERS[name.casefold()](name.casefold(), value)
            where.append(condition)
            values.extend(bound)
        elif colon and name.isalpha() and value and (close := _close(name)):
            raise SearchProblem(f"there is no filter {name}:, did you mean {close}:?")
        else:
            words.append(token)
    return Query(_match(words, open_end=not text.endswith(" ")), tuple(where), tuple(values))


def _tokens(text: str) -> list[str]:
    """Splits at white space; double quotes keep words together."""
    parts = re.findall(r'\w+:"[^"]*"|"[^"]*"|\S+', text.replace("\0", " "))
    return [part.replace('"', "") for part in parts if part.replace('"', "").strip()]


def _match(words: list[str], *, open_end: bool) -> str:
    usable = [word for word in words if any(c.isalnum() for c in word)]
    quoted = [f'"{word}"' for word in usable]
    if quoted and open_end:
        quoted[-1] += "*"
    return " ".join(quoted)


def _close(name: str) -> str:
    return next(iter(difflib.get_close_matches(name.casefold(), FILTERS, n=1, cutoff=0.7)), "")


_Condition = tuple[str, tuple[object, ...]]


def _prefix(name: str, value: str) -> _Condition:
    pattern = re.sub(r"([%_\\])", r"\\\1", value) + "%"
    return f"{name} LIKE ? ESCAPE '\\'", (pattern,)


def _status(_name: str, value: str) -> _Condition:
    return "status = ?", (value.upper(),)


def _number(name: str, value: str) -> _Condition:
    found = _OPERATOR.fullmatch(value)
    operator, digits = (found[1] or "=", found[2]) if found else ("=", value)
    try:
        number = Decimal(digits.removeprefix("$"))
    except InvalidOperation:
        raise SearchProblem(f"{name}: takes a number, such as {name}:>=3") from None
    if not number.is_finite() or abs(number) > 10**9:
        raise SearchProblem(f"{name}: takes a number, such as {name}:>=3")
    if name == "cost":
        return f"coalesce(charged, estimated, quoted) {operator} ?", (int(number * _MICRO),)
    column = {"duration": "duration_s"}.get(name, name)
    return f"{column} {operator} ?", (float(number),)


def _tag(_name: str, value: str) -> _Condition:
    return "EXISTS (SELECT 1 FROM json_each(tags) WHERE lower(json_each.value) = lower(?))", (value,)


def _date(name: str, value: str) -> _Condition:
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        try:
            day = datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        sign = ">=" if name == "after" else "<"
        return f"created_at {sign} ?", (int(day.timestamp() * 1000),)
    raise SearchProblem(f"{name}: takes a day such as {name}:2026-10-31, or a month such as {name}:2026-10")


FILTERS = {
    "provider": _prefix,
    "model": _prefix,
    "mode": _prefix,
    "status": _status,
    "rating": _number,
    "tag": _tag,
    "after": _date,
    "before": _date,
    "cost": _number,
    "duration": _number,
}
"""The filters by name; each turns its value into a condition."""
