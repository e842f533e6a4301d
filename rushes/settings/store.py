"""SettingsStore: the one frozen `Settings` of a home, kept in step with settings.toml.

A change counts at once, tells its subscribers, and is written soon. Several processes may have the same file open:
each writes only the keys that it changed itself, into what stands there at that moment. A file that cannot be read is
never written to; changes then count in memory and are written as soon as the file is mended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rushes.atomic import locked, write_atomically
from rushes.listeners import Listeners
from rushes.settings.check import Fault, build, lookup, parse, unknown
from rushes.settings.file import GONE, NotMerged, Snapshot, line_of, merge, overlay, read, signature_of
from rushes.settings.model import Section, Settings
from rushes.settings.schema import below, find, options, split

__all__ = ["Schedule", "SettingsStore"]

SAVE_AFTER_S = 0.5

Schedule = Callable[[float, Callable[[], None]], object]
"""Calls something back after so many seconds, such as `App.set_timer`."""

Subscriber = Callable[[Settings, Settings], object]


class SettingsStore:
    """The settings of one home. Any thread may use it; subscribers are called in the one that made the change.

    Without `schedule` every change is written before `update` returns, which suits a command line. With it, changes of
    half a second are written together, and `flush` writes what is left when the program ends.
    """

    def __init__(self, path: Path, *, schedule: Schedule | None = None) -> None:
        self.path = path
        self._schedule = schedule
        self._scheduled = False
        self._lock = threading.RLock()
        self._subscribers: Listeners[[Settings, Settings]] = Listeners()
        self._changes: dict[tuple[str, ...], Any] = {}
        self._write_problem: str | None = None
        self._trouble: Listeners[[]] = Listeners()
        self._snapshot = read(path)
        self._last_good: Snapshot | None = None if self._snapshot.fault else self._snapshot
        self._value, self._faults = self._build()

    @property
    def value(self) -> Settings:
        """The settings as they count now."""
        return self._value

    @property
    def problem(self) -> str | None:
        """Why the file as a whole does not count or cannot be written, in one line; None while all is well."""
        if fault := self._snapshot.fault:
            place = f" line {fault.line}, column {fault.column}" if fault.line else ""
            kept = "last good settings" if self._last_good else "defaults"
            return f"{self.path}{place}: {fault.reason} (the file is kept as it is; the {kept} count)"
        return self._write_problem

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Keys in the file that do not count: wrong values, whose default counts instead, and unknown names."""
        return self._faults

    def line_of(self, key: str) -> int | None:
        """The line of the file, from 1, on which a setting stands; None where that is not known."""
        return line_of(self._snapshot.text, split(key)) if self._snapshot.fault is None else None

    @property
    def unsaved(self) -> bool:
        """True while a change of this process is not in the file."""
        return bool(self._changes)

    def get(self, key: str) -> Any:
        """The value of a setting, or a table's values as a mapping. Raises SettingsProblem for an unknown name."""
        table = below(key)
        if table is not None:
            try:
                return _mapping(lookup(self._value, table))
            except KeyError:
                return {}
        option, path = find(key)
        try:
            return lookup(self._value, path)
        except KeyError:
            return option.default

    def table(self) -> Mapping[str, Any]:
        """Every setting, in plain mappings."""
        found: Mapping[str, Any] = _mapping(self._value)
        return found

    def update(self, change: str | Mapping[str, Any], value: Any = None) -> Settings:
        """Changes one setting, or several at once (`{"ui.theme": "light", …}`); all are checked before any counts.

        A table's name takes a mapping and becomes exactly that. None takes a key out of the file.
        Raises SettingsProblem.
        """
        wanted = {change: value} if isinstance(change, str) else change
        changes: dict[tuple[str, ...], Any] = {}
        for key, each in wanted.items():
            changes.update(self._parsed(key, each))
        return self._change(changes)

    def reset(self, key: str) -> Settings:
        """Takes a setting, or all of a table, out of the file, so that defaults count. Raises SettingsProblem."""
        path = below(key)
        if path is None:
            return self._change({find(key)[1]: GONE})
        return self._change(dict.fromkeys(_leaves(self._table(), path), GONE))

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Calls back with (old, new) after each change, wherever it came from, until what is returned is called."""
        return self._subscribers.add(callback)

    def hear_trouble(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back when `problem` or `faults` are others than before, until what is returned is called.

        The call comes in the thread that found it: that of a write, where one failed.
        """
        return self._trouble.add(callback)

    def _tell_trouble(self, before: tuple[object, ...]) -> None:
        if (self._faults, self.problem) != before:
            self._trouble.tell()

    def reload_if_changed(self) -> bool:
        """Takes over what somebody else wrote. Costs one stat where nothing did. True when anything visible changed."""
        try:
            signature = signature_of(self.path.stat())
        except OSError:
            signature = None
        if signature == self._snapshot.signature and not (signature is None and self._snapshot.fault):
            return False
        with self._lock:
            before = self._value, self._faults, self.problem
            self._take(read(self.path))
            after = self._value, self._faults, self.problem
        self._tell(before[0])
        self._tell_trouble(before[1:])
        if self._changes and self._snapshot.fault is None:
            self._save_soon()
        return before != after

    def flush(self) -> bool:
        """Writes what is not written yet. False when that cannot be: `problem` says why, and the change counts."""
        with self._lock:
            self._scheduled = False
            before, trouble = self._value, (self._faults, self.problem)
            if self._changes:
                self._save()
        self._tell(before)
        self._tell_trouble(trouble)
        return not self._changes

    def _parsed(self, key: str, value: Any) -> dict[tuple[str, ...], Any]:
        path = below(key)
        if path is not None and isinstance(value, Mapping):
            new = dict(parse(f"{key}.{name}", each) for name, each in value.items())
            return {**dict.fromkeys(_leaves(self._table(), path), GONE), **new}
        if value is None:
            return {find(key)[1]: GONE}
        return dict([parse(key, value)])

    def _change(self, changes: dict[tuple[str, ...], Any]) -> Settings:
        with self._lock:
            before = self._value
            self._changes.update(changes)
            self._value, self._faults = self._build()
        self._tell(before)
        if changes:
            self._save_soon()
        return self._value

    def _tell(self, before: Settings) -> None:
        after = self._value
        if after != before:
            self._subscribers.tell(before, after)

    def _save_soon(self) -> None:
        if self._schedule is None:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self._schedule(SAVE_AFTER_S, self._save_scheduled)

    def _save_scheduled(self) -> None:
        self.flush()

    def _save(self) -> None:
        """Reads the file under its lock, changes our keys in it, and takes over what others changed meanwhile."""
        try:
            with locked(self.path):
                snapshot = read(self.path)
                if snapshot.fault is None:
                    snapshot = self._written(snapshot)
                    self._changes.clear()
        except OSError as error:
            reason = error.strerror or str(error)
            self._write_problem = f"{self.path} cannot be written: {reason} (changes count until the program ends)"
        except NotMerged as error:
            self._write_problem = f"{self.path}: {error} (changes count until the program ends)"
        else:
            self._write_problem = None
            self._take(snapshot)

    def _written(self, snapshot: Snapshot) -> Snapshot:
        text = merge(snapshot, self._changes, _help)
        if text == snapshot.text:
            return snapshot
        status = write_atomically(self.path, text.encode())
        return Snapshot(signature_of(status), text, overlay(snapshot.table, self._changes))

    def _take(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if snapshot.fault is None:
            self._last_good = snapshot
        self._value, self._faults = self._build()

    def _table(self) -> dict[str, Any]:
        base = self._last_good.table if self._last_good else _closed(self._snapshot.text)
        return overlay(base, self._changes)

    def _build(self) -> tuple[Settings, tuple[Fault, ...]]:
        value, wrong = build(self._table())
        if self._snapshot.fault:
            return value, ()
        text = self._snapshot.text
        found = wrong + unknown(self._snapshot.table)
        return value, tuple(Fault(".".join(path), reason, line_of(text, path)) for path, reason in found)


def _closed(text: str) -> dict[str, Any]:
    """What counts of a file that was never read. If it speaks of a budget, nothing may be spent until it is mended."""
    limits = [option.path[1] for option in options() if option.path[0] == "budget" and len(option.path) == 2]
    spoken = "budget" in text or any(limit in text for limit in limits)
    return {"budget": dict.fromkeys(limits, 0)} if spoken else {}


def _help(path: tuple[str, ...]) -> str:
    """Help behind a key in the file; what the studio remembers of each provider needs none."""
    option = next((each for each in options() if each.matches(path)), None)
    return option.help if option and not option.open and path[0] != "providers" else ""


def _mapping(value: Any) -> Any:
    """A table as plain mappings, as `rushes settings get ui` prints it."""
    if isinstance(value, Section):
        value = value.__dict__
    return {name: _mapping(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def _leaves(table: Mapping[str, Any], above: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The paths of all values below a table."""
    here: Any = table
    for part in above:
        here = here.get(part) if isinstance(here, Mapping) else None
    if not isinstance(here, Mapping):
        return []
    found: list[tuple[str, ...]] = []
    for name, value in here.items():
        path = (*above, name)
        found += _leaves(table, path) if isinstance(value, Mapping) else [path]
    return found
