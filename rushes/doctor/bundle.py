"""Bundle: a report to paste into an issue. Says what was found, and nothing that is a person's own.

Free text is left out where it is not needed (prompts, values of text settings, names of files), and what is left goes
through a redactor that knows every key found, the gateway's token, the home folder and the names of user and machine.
"""

from __future__ import annotations

import getpass
import json
import re
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rushes import __version__
from rushes.doctor.check import Check, Level
from rushes.doctor.patient import Patient
from rushes.redact import Redactor
from rushes.settings import Kind, SettingsStore, options

__all__ = ["bundle"]

MOST_LINES = 40
LONGEST = 300
SAFE_KINDS = frozenset({Kind.SWITCH, Kind.CHOICE, Kind.WHOLE, Kind.NUMBER, Kind.MONEY})
"""Kinds of settings whose values cannot hold a secret or a name."""
SAFE_VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL", "NO_COLOR")
OURS = ("RUSHES_", "LUMA", "RUNWAY")
MARKS = {Level.PASS: "pass", Level.WARN: "WARN", Level.FAIL: "FAIL"}


def bundle(patient: Patient, checks: Sequence[Check]) -> str:
    """The report as Markdown. Never raises for what it cannot read: it says so."""
    parts = [
        f"rushes {__version__} · Python {'.'.join(map(str, patient.machine.python))} · {patient.machine.system}",
        _section("Checks", (f"{MARKS[each.status]}  {each.name}  {each.detail}{_fix(each)}" for each in checks)),
        _section("Variables", _variables(patient.environ)),
        _section("Settings that are not the default", _settings(patient)),
        _section("Tasks", _tasks(patient)),
        _section("Last warnings of the log", _log_lines(patient)),
    ]
    return _Cleaner(patient).clean("\n\n".join(parts)) + "\n"


def _fix(check: Check) -> str:
    return f"  → {check.fix}" if check.fix else ""


def _section(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines) or "none"
    return f"## {title}\n```\n{body}\n```"


def _variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Harmless ones with their values, ours by name alone."""
    for name in SAFE_VARIABLES:
        if name in environ:
            yield f"{name}={environ[name][:80]}"
    for name in sorted(environ):
        if name.startswith(OURS):
            yield f"{name} is set"


def _settings(patient: Patient) -> Iterator[str]:
    store = SettingsStore(patient.home.settings)
    for option in options():
        if option.open:
            continue
        value = store.get(option.key)
        if value != option.default:
            yield f"{option.key} = {value if option.kind in SAFE_KINDS else '(set)'}"
    for fault in store.faults:
        yield f"line {fault.line}: a value or name that does not count"


def _tasks(patient: Patient) -> Iterator[str]:
    """Counts, and the kinds of failures; no prompt, no id, no message."""
    path = patient.home.library
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute(
                "SELECT provider, model, status, error FROM tasks ORDER BY seq DESC LIMIT 2000"
            ).fetchall()
    except sqlite3.Error as error:
        yield f"the library cannot be read: {error}"
        return
    counts = Counter(f"{provider} {model} {status} {_kind(error)}".rstrip() for provider, model, status, error in rows)
    for words, number in counts.most_common(MOST_LINES):
        yield f"{number} × {words}"


def _kind(error: str | None) -> str:
    try:
        return str(json.loads(error).get("kind", "")) if error else ""
    except ValueError:
        return ""


def _log_lines(patient: Patient) -> Iterator[str]:
    """Warnings and errors: when, from where, and what, shortened."""
    try:
        lines = patient.home.log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    grave = [
        entry for line in lines[-5000:] if (entry := _entry(line)).get("level") in {"warning", "error", "critical"}
    ]
    for entry in grave[-MOST_LINES:]:
        said = str(entry.get("event", ""))[:LONGEST]
        yield f"{entry.get('at', '')} {entry.get('level')} {entry.get('from', '')}: {said}"


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


class _Cleaner:
    """The last net: known secrets, shapes of secrets, and what tells who and where."""

    def __init__(self, patient: Patient) -> None:
        from rushes.doctor.vendors import keyring

        secrets = [*keyring(patient).secrets(), *patient.secrets, *_in_environment(patient.environ)]
        self._redactor = Redactor(secrets, patient.registry.specs.values())
        self._places = _places(patient)

    def clean(self, text: str) -> str:
        """The text without any of it, line breaks kept."""
        text = self._redactor.clean(text, lines=True)
        for place, name in self._places:
            text = place.sub(name, text)
        return text


def _in_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """Values of variables that are secrets by their name, whosever they are, and passwords inside addresses."""
    for name, value in environ.items():
        if re.search(r"(?i)key|token|secret|password|passwd|credential", name) and len(value) >= 6:
            yield value
        elif "@" in value and "://" in value and (password := _password(value)):
            yield password


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def _places(patient: Patient) -> list[tuple[re.Pattern[str], str]]:
    """Folders by role, then the names of the machine and of the person, longest first."""
    home = patient.home
    folders = {str(home.cache): "CACHE", str(home.state): "STATE", str(home.config): "CONFIG", str(home.data): "DATA"}
    folders = {**folders, **({str(patient.cwd): "FOLDER"} if patient.cwd else {}), str(Path.home()): "~"}
    names = {name: mark for name, mark in ((socket.gethostname(), "MACHINE"), (_user(), "USER")) if len(name) > 2}
    found = [
        (re.compile(re.escape(path)), mark) for path, mark in sorted(folders.items(), key=_by_length) if len(path) > 1
    ]
    return found + [(re.compile(rf"\b{re.escape(name)}\b"), mark) for name, mark in names.items()]


def _by_length(item: tuple[str, str]) -> int:
    return -len(item[0])


def _user() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        return ""
    return "" if name == "root" else name
