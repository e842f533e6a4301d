"""Finding takes: from a parsed query to rows of the library, by keyset, reading little more than what is shown.

What drives a search is chosen here and not left to SQLite's guess: the full text where there are words, a tag's own
list, one provider's, model's or state's index, the index of the order wanted, or `tasks_walk`, which holds all that
filters look at. Nothing here changes the library, and a page is never found by OFFSET.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from providers.values import dataclass
from rushes.library.search import Query, Sort, parse
from rushes.task import Status

__all__ = ["Statement", "count_statement", "page_statement", "rows", "total", "values_of"]

_KEYS = {
    Sort.RATING: ("coalesce(rating, -1)", "tasks_rating"),
    Sort.COST: ("coalesce(cost, -1)", "tasks_cost"),
    Sort.LENGTH: ("coalesce(duration_s, -1)", "tasks_length"),
}
_LISTED = {"provider": "tasks_provider", "model": "tasks_model", "status": "tasks_status"}
"""Columns with an index in the order of the list."""
FEW = 5_000
"""Takes of a span of time that are found by it and then sorted; more are met on the way through the list."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its values."""

    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    """`source` with its own condition, in whose order the takes come."""

    source: str
    where: tuple[str, ...]
    values: tuple[object, ...]
    seq: str = "tasks.seq"


def rows(
    db: sqlite3.Connection, text: str, *, cursor: str | None, limit: int, statuses: Sequence[Status] = ()
) -> tuple[list[sqlite3.Row], str | None]:
    """A page of rows and the cursor behind it. Raises SearchProblem, and LookupError for a cursor that is none."""
    query = parse(text)
    statement = page_statement(db, query, cursor=cursor, limit=limit, statuses=statuses)
    found = db.execute(statement.sql, statement.values).fetchall()
    if len(found) <= limit:
        return found, None
    return found[:limit], _cursor_of(query.sort, found[limit - 1])


def total(db: sqlite3.Connection, text: str) -> int:
    """How many takes a query finds. Raises SearchProblem."""
    statement = count_statement(db, parse(text))
    return int(db.execute(statement.sql, statement.values).fetchone()[0])


def page_statement(
    db: sqlite3.Connection, query: Query, *, cursor: str | None, limit: int, statuses: Sequence[Status] = ()
) -> Statement:
    """Finds the page's places first, in rows as narrow as can be, then reads the rows of these alone."""
    parts = _parts(db, query, statuses)
    where, values = list(parts.where), list(parts.values)
    order = f"{parts.seq} {'ASC' if query.sort is Sort.OLDEST else 'DESC'}"
    outer = f"seq {'ASC' if query.sort is Sort.OLDEST else 'DESC'}"
    if query.sort in _KEYS:
        key = _KEYS[query.sort][0]
        order = f"{key} DESC, {parts.seq} DESC"
        outer = f"{key} DESC, seq DESC"
    if cursor is not None:
        condition, bound = _behind(query.sort, cursor, parts.seq)
        where.append(condition)
        values.extend(bound)
    inner = f"SELECT {parts.seq} FROM {parts.source} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?"
    return Statement(f"SELECT * FROM tasks WHERE seq IN ({inner}) ORDER BY {outer}", (*values, limit + 1))


def count_statement(db: sqlite3.Connection, query: Query) -> Statement:
    """Counts without reading a task's own row where the filters allow it."""
    if query.match and not _has_filters(query) and not query.trash:
        # Words alone are counted in their index; what is in the trash is looked up the other way round.
        sql = (
            "SELECT (SELECT count(*) FROM words WHERE words MATCH ?) - (SELECT count(*) FROM tasks INDEXED BY "
            "tasks_trash WHERE trashed IS NOT NULL AND seq IN (SELECT rowid FROM words WHERE words MATCH ?))"
        )
        return Statement(sql, (query.match, query.match))
    parts = _parts(db, query, ())
    return Statement(f"SELECT count(*) FROM {parts.source} WHERE {' AND '.join(parts.where)}", parts.values)


def values_of(db: sqlite3.Connection, column: str) -> list[str]:
    """Every provider or model that there is, by leaps through its index. `column` is one of `_LISTED`."""
    index = _LISTED[column]
    sql = (
        f"WITH RECURSIVE each(value) AS (SELECT min({column}) FROM tasks INDEXED BY {index} UNION ALL "
        f"SELECT (SELECT min({column}) FROM tasks INDEXED BY {index} WHERE {column} > each.value) FROM each "
        "WHERE each.value IS NOT NULL) SELECT value FROM each WHERE value IS NOT NULL"
    )
    return [str(row[0]) for row in db.execute(sql)]


def _has_filters(query: Query) -> bool:
    return bool(query.where or query.starts or query.equals or query.tags or query.times)


def _parts(db: sqlite3.Connection, query: Query, statuses: Sequence[Status]) -> _Parts:
    where = ["trashed > 0" if query.trash else "trashed IS NULL", *query.where]
    values = list(query.values)
    equals = _resolved(db, query, where, values)
    where += [f"created_at {sign} ?" for sign, _ in query.times]
    values += [at for _, at in query.times]
    if statuses:
        where.append(f"status IN ({', '.join('?' for _ in statuses)})")
        values.extend(status.value for status in statuses)
    alone = len(where) == 1 and len(equals) == 1 and not query.tags
    for column, value in equals:
        where.append(f"{column} = ?")
        values.append(value)
    tags = query.tags if query.match or query.sort in _KEYS else query.tags[1:]
    for tag in tags:
        where.append("EXISTS (SELECT 1 FROM tagged WHERE tagged.tag = ? AND tagged.seq = tasks.seq)")
        values.append(tag)
    listed = _LISTED.get(equals[0][0], "") if alone else "tasks_time" if _few(db, query.times) else ""
    return _driven(query, where, values, listed)


def _few(db: sqlite3.Connection, times: list[tuple[str, int]]) -> bool:
    """Whether so few takes are of that time that sorting them costs less than walking past all the others."""
    if not times:
        return False
    bounds = " AND ".join(f"created_at {sign} ?" for sign, _ in times)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM tasks INDEXED BY tasks_time WHERE {bounds} LIMIT ?)"
    return bool(db.execute(sql, (*(at for _, at in times), FEW + 1)).fetchone()[0] <= FEW)


def _driven(query: Query, where: list[str], values: list[object], listed: str) -> _Parts:
    """Chooses the source whose order is the one wanted."""
    if query.sort in _KEYS:
        words = ["seq IN (SELECT rowid FROM words WHERE words MATCH ?)"] if query.match else []
        bound = [query.match] if query.match else []
        return _Parts(f"tasks INDEXED BY {_KEYS[query.sort][1]}", (*where, *words), (*values, *bound))
    if query.match:
        # The index has columns of the same names as the tasks' own; here only its place is seen.
        source = "(SELECT rowid AS place FROM words WHERE words MATCH ?) AS found CROSS JOIN tasks ON tasks.seq = place"
        return _Parts(source, tuple(where), (query.match, *values), seq="place")
    if query.tags:
        source = "tagged CROSS JOIN tasks ON tasks.seq = tagged.seq"
        return _Parts(source, ("tagged.tag = ?", *where), (query.tags[0], *values), seq="tagged.seq")
    if query.trash:
        return _Parts("tasks INDEXED BY tasks_trash", tuple(where), tuple(values))
    return _Parts(f"tasks INDEXED BY {listed or 'tasks_walk'}", tuple(where), tuple(values))


def _resolved(db: sqlite3.Connection, query: Query, where: list[str], values: list[object]) -> list[tuple[str, str]]:
    """Beginnings of names become the names themselves: one of them can be looked up by its index."""
    equals = list(query.equals)
    for column, start in query.starts:
        if column not in _LISTED:
            where.append(f"substr({column}, 1, ?) = ? COLLATE NOCASE")
            values.extend((len(start), start))
            continue
        names = [each for each in values_of(db, column) if each.casefold().startswith(start.casefold())]
        exact = [each for each in names if each.casefold() == start.casefold()]
        if len(names) == 1 or exact:
            equals.append((column, (exact or names)[0]))
        else:
            where.append(f"{column} IN ({', '.join('?' for _ in names)})")
            values.extend(names)
    return equals


def _behind(sort: Sort, cursor: str, seq: str) -> tuple[str, tuple[object, ...]]:
    key, dot, place = cursor.rpartition(":")
    if not (place.isascii() and place.isdigit() and len(place) < 19) or bool(dot) != (sort in _KEYS):
        raise LookupError("that cursor is not one that this program gave for this search")
    if sort not in _KEYS:
        return f"{seq} {'>' if sort is Sort.OLDEST else '<'} ?", (int(place),)
    try:
        return f"({_KEYS[sort][0]}, {seq}) < (?, ?)", (float(key), int(place))
    except ValueError:
        raise LookupError("that cursor is not one that this program gave for this search") from None


def _cursor_of(sort: Sort, row: sqlite3.Row) -> str:
    if sort not in _KEYS:
        return str(row["seq"])
    column = {Sort.RATING: "rating", Sort.COST: "cost", Sort.LENGTH: "duration_s"}[sort]
    value = -1 if row[column] is None else row[column]
    return f"{value!r}:{row['seq']}"
