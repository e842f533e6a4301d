"""settings.toml on disk: read it fast, find the line of a fault, change single keys and leave the rest as it was.

Reading uses the standard library alone. Writing loads tomlkit, which keeps a person's comments and order.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.values import dataclass
from rushes.settings.check import Fault, Table

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["GONE", "HEADER", "Changes", "NotMerged", "Snapshot", "line_of", "merge", "overlay", "read", "signature_of"]

MOST_BYTES = 1_000_000
MOST_LINES = 50
"""Longer values are not taken out line by line."""
GONE = None
"""As a change: the key leaves the file, so that its default counts again."""

HEADER = """\
# Settings of rushes. `rushes settings` lists everything that can stand here.
# Edit it freely: comments stay, and a running rushes takes changes over.
"""

Parts = tuple[str, ...]
Changes = Mapping[Parts, Any]
Signature = tuple[int, int, int]


class NotMerged(Exception):
    """The file is written in a way in which a key cannot be changed without harming its neighbours."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file at one moment. `fault` is set when it cannot be read, and `table` is then empty."""

    signature: Signature | None
    text: str = ""
    table: Table = field(default_factory=dict)
    fault: Fault | None = None


def signature_of(status: os.stat_result) -> Signature:
    """What changes when the file does."""
    return status.st_mtime_ns, status.st_size, status.st_ino


def read(path: Path) -> Snapshot:
    """Reads the file; a missing one is empty. Never raises: what is wrong is in `fault`."""
    signature = None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            signature = signature_of(status)
            if not stat.S_ISREG(status.st_mode):
                return Snapshot(signature, fault=Fault("", "it is not a file"))
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Snapshot(None)
    except OSError as error:
        return Snapshot(signature, fault=Fault("", f"it cannot be read: {error.strerror or error}"))
    return _parsed(signature, data)


def _parsed(signature: Signature, data: bytes) -> Snapshot:
    if len(data) > MOST_BYTES:
        return Snapshot(signature, fault=Fault("", f"it is larger than {MOST_BYTES:,} bytes"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return Snapshot(signature, data.decode("utf-8", "replace"), fault=Fault("", "it is not UTF-8", line, column))
    try:
        return Snapshot(signature, text, tomllib.loads(text, parse_float=_decimal))
    except RecursionError:
        return Snapshot(signature, text, fault=Fault("", "it is nested too deeply"))
    except ValueError as error:
        return Snapshot(signature, text, fault=_syntax(text, str(error)))


def _decimal(digits: str) -> Any:
    """Amounts keep their digits; numbers beyond any use become the float that TOML means."""
    return Decimal(digits) if len(digits) <= 32 and "e" not in digits.casefold() else float(digits)


def _syntax(text: str, message: str) -> Fault:
    """tomllib puts the place into its words, `… (at line 3, column 5)`."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if found is None:
        return Fault("", message)
    lines = text.splitlines() or [""]
    line = int(found[2]) if found[2] else len(lines)
    column = int(found[3]) if found[3] else len(lines[-1]) + 1
    reason = found[1][:1].lower() + found[1][1:]
    return Fault("", reason, line, column)


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_LINE = re.compile(rf"\s*(?:\[\[?\s*(?P<table>{_DOTTED})\s*\]|(?P<key>{_DOTTED})\s*=)")


def line_of(text: str, path: Parts) -> int | None:
    """The line, from 1, on which a path's value is given, or the table that holds it as far as it can be told."""
    above: Parts = ()
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.match(line)
        if found is None:
            continue
        if found["table"]:
            above = _names(found["table"])
            here = above
        else:
            here = above + _names(found["key"])
        if _same(here, path) or (found["key"] and _same(here, path[: len(here)])):
            return number
    return None


def _names(dotted: str) -> Parts:
    return tuple(each.strip("\"'") for each in re.findall(_KEY, dotted))


def _same(here: Parts, path: Parts) -> bool:
    """Ids of actions have dots, so a name may be spelt as one part or as several."""
    return bool(here) and ".".join(here) == ".".join(path)


def overlay(table: Table, changes: Changes) -> Table:
    """The table with changes applied; neither is altered."""
    for path, value in changes.items():
        table = _changed(table, _spelt(table, path), value)
    return table


def _spelt(table: Mapping[str, Any], path: Parts) -> Parts:
    """A path as the file spells it: `task.open` under [keymap] may be one quoted name, or a table with a name in it."""
    head, name = path[:-1], path[-1]
    here: Any = table
    for part in head:
        here = here.get(part) if isinstance(here, Mapping) else None
    first, *rest = name.split(".")
    if not rest or not isinstance(here, Mapping) or name in here or not isinstance(here.get(first), Mapping):
        return path
    return (*head, first, *rest)


def _changed(table: Mapping[str, Any], path: Parts, value: Any) -> Table:
    name, *below = path
    rest = dict(table)
    if below:
        inner = rest.get(name)
        if isinstance(inner, Mapping) or value is not GONE:
            rest[name] = _changed(inner if isinstance(inner, Mapping) else {}, tuple(below), value)
    elif value is GONE:
        rest.pop(name, None)
    else:
        rest[name] = value
    return rest


def merge(snapshot: Snapshot, changes: Changes, help_of: Callable[[Parts], str]) -> str:
    """The file's text with only these keys changed; comments, order and unknown keys stay.

    A file that we began gets each new key's help behind it. Raises NotMerged where the result would say something else.
    """
    import tomlkit

    cut, left = _cut(snapshot, changes)
    if not left:
        return cut.text
    for new_table in (tomlkit.table, tomlkit.inline_table):
        result = _attempt(cut, left, help_of, new_table)
        if result is not None:
            return result
    raise NotMerged("it is written in a way that cannot be changed without harm; please change it by hand")


def _cut(snapshot: Snapshot, changes: Changes) -> tuple[Snapshot, Changes]:
    """Takes out the lines of keys that go, where they have lines of their own; the file then, and what is left to do.

    tomlkit may drop a table that is empty then, with the comments in it.
    """
    left = dict(changes)
    for path in [path for path, value in changes.items() if value is GONE]:
        without = _without(snapshot, path)
        if without is not None:
            snapshot = without
            del left[path]
    return snapshot, left


def _without(snapshot: Snapshot, path: Parts) -> Snapshot | None:
    """The file without the lines of one key; None where these lines say something else as well."""
    wanted = overlay(snapshot.table, {path: GONE})
    if wanted == snapshot.table:
        return snapshot
    lines, number = snapshot.text.splitlines(keepends=True), line_of(snapshot.text, path)
    if number is None:
        return None
    for end in range(number, min(number + MOST_LINES, len(lines) + 1)):
        text = "".join(lines[: number - 1] + lines[end:])
        try:
            table = tomllib.loads(text, parse_float=_decimal)
        except ValueError:
            continue  # it breaks off within a value that goes on
        return Snapshot(snapshot.signature, text, table) if _pruned(table) == _pruned(wanted) else None
    return None


def _attempt(
    snapshot: Snapshot, changes: Changes, help_of: Callable[[Parts], str], new_table: Callable[[], Any]
) -> str | None:
    """The changed text; None where a second parser reads something else in it than what it should say.

    tomlkit may lose keys, or raise, when a table is added below dotted names (`a.b = 1`); one in braces then does.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = snapshot.text or HEADER
    ours = text.startswith(HEADER.splitlines()[0])
    try:
        document = tomlkit.parse(text)
        for path, value in changes.items():
            _apply(document, _spelt(snapshot.table, path), value, help_of(path) if ours else "", new_table)
        result = tomlkit.dumps(document)
        says = _pruned(tomllib.loads(result, parse_float=_decimal))
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return result if says == _pruned(overlay(snapshot.table, changes)) else None


def _pruned(table: Mapping[str, Any]) -> Table:
    """Without empty tables: they mean nothing here."""
    inner = {name: _pruned(each) if isinstance(each, Mapping) else each for name, each in table.items()}
    return {name: each if each == each else "nan" for name, each in inner.items() if each != {}}


def _apply(document: TOMLDocument, path: Parts, value: Any, comment: str, new_table: Callable[[], Any]) -> None:
    import tomlkit

    table: Any = document
    for part in path[:-1]:
        if not isinstance(table.get(part), Mapping):
            if value is GONE:
                return
            table[part] = new_table()
        table = table[part]
    name = path[-1]
    if value is GONE:
        if name in table:
            del table[name]
        return
    item = tomlkit.item(_number(value))
    if comment and name not in table:
        item.comment(comment)
    table[name] = item


def _number(value: Any) -> Any:
    """Amounts are written as people write them: 20, 0.5."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
