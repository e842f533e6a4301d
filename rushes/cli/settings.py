"""`settings`: the same declaration as the file and the screen."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, say, table
from rushes.home import Home
from rushes.settings import SettingsStore
from rushes.settings.schema import split

__all__ = ["settings"]


_TAKES = {"get": 1, "set": 2, "reset": 1}
"""How many words each action takes; the others none."""


def settings(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    given = [each for each in (options.name, options.value) if each is not None]
    if len(given) > _TAKES.get(options.action, 0):
        more = f"; did you mean `rushes settings set {' '.join(given)}`?" if options.action == "get" else ""
        raise Stop(Exit.USAGE, f"settings {options.action} does not take {given[-1]!r}{more}")
    if options.action == "path":
        print_json({"path": str(home.settings)}) if options.json else print(home.settings)
        return Exit.DONE
    home.make()
    store = SettingsStore(home.settings)
    code = _ACTIONS[options.action](home, store, options)
    for words in (store.problem, *map(str, store.faults)):
        if words:
            say(f"rushes: {words}")
    return code


def _list(_home: Home, store: SettingsStore, options: Namespace) -> int:
    values = _plain(store.table())
    if options.json:
        print_json(values)
    else:
        table([(name, _toml(value)) for name, value in _flat(values)], ("NAME", "VALUE"))
    return Exit.DONE


def _get(_home: Home, store: SettingsStore, options: Namespace) -> int:
    value = _plain(store.get(_name(options)))
    if options.json:
        print_json(value)
    else:
        print("" if value is None else str(value).lower() if isinstance(value, bool) else value)
    return Exit.DONE


def _set(home: Home, store: SettingsStore, options: Namespace) -> int:
    if options.value == "" and options.name and options.name.startswith("budget."):
        words = "an empty value would lift this limit; nothing was changed"
        raise Stop(Exit.USAGE, words, hint=f"`rushes settings reset {options.name}` lifts it on purpose")
    if options.value is None:
        raise Stop(Exit.USAGE, "settings set takes a name and a value", hint="`rushes settings` lists the names")
    if not home.connect:
        _check_names(_name(options), options.value)
        if split(_name(options)) == ("media", "folder") and options.value:
            _check_folder(options.value)
    store.update(_name(options), options.value)
    return _saved(store, options)


def _check_folder(value: str) -> None:
    """The folder for clips, before it is one: what lies there already must be a folder that can be written to. Stop."""
    path = Path(value).expanduser()
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "is not a folder" if not there.is_dir() else "cannot be written to"
        raise Stop(Exit.USAGE, f"clips cannot be kept in {path}: {there} {why}; nothing was changed")


def _check_names(key: str, value: str) -> None:
    """Names that the file may hold for a plug-in or a later version, but that nobody here would answer to. Stop."""
    parts = split(key)
    providers = [value] if parts == ("provider",) and value else []
    providers += [name for above, name in pairwise(parts) if above == "providers"]
    if providers:
        from providers.registry import load

        known = list(load().specs)
        _check_name("provider", providers[0], known, f"there are {', '.join(known)}")
    if len(parts) == 2 and parts[0] == "keymap":
        from tui.actions import ACTIONS

        _check_name("action", parts[1], [each.id for each in ACTIONS], "docs/keys.md names all")


def _check_name(what: str, name: str, known: Sequence[str], others: str) -> None:
    if name not in known:
        from providers.catalogue import near

        words = f"there is no {what} {name}{near(name, known) or f'; {others}'}"
        raise Stop(Exit.USAGE, f"{words}; nothing was changed")


def _reset(_home: Home, store: SettingsStore, options: Namespace) -> int:
    store.reset(_name(options))
    return _saved(store, options)


def _saved(store: SettingsStore, options: Namespace) -> int:
    store.flush()
    if options.json:
        print_json({"name": options.name, "value": _plain(store.get(options.name)), "saved": not store.unsaved})
    return Exit.FAULT if store.unsaved else Exit.DONE


def _edit(home: Home, store: SettingsStore, _options: Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(Exit.USAGE, "settings edit needs a terminal, and this is none", hint=f"the file is {home.settings}")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        done = subprocess.run([*shlex.split(editor), str(home.settings)], check=False)  # noqa: S603 - the person's own editor
    except (OSError, ValueError) as error:
        raise Stop(Exit.USAGE, f"cannot start {editor}: {error}", hint=f"edit {home.settings} by hand") from error
    store.reload_if_changed()
    return Exit.FAULT if done.returncode else Exit.DONE


_ACTIONS = {"list": _list, "get": _get, "set": _set, "reset": _reset, "edit": _edit}


def _name(options: Namespace) -> str:
    if not options.name:
        raise Stop(Exit.USAGE, f"settings {options.action} takes a name", hint="`rushes settings` lists them")
    return str(options.name)


def _plain(value: Any) -> Any:
    """As JSON has it; amounts as numbers."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def _toml(value: Any) -> str:
    """As the file writes it; what has no value, and so no line there, is `not set`."""
    if value is None:
        return "not set"
    return "{}" if isinstance(value, Mapping) else json.dumps(value, ensure_ascii=False)


def _flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in values.items():
        path = f"{above}{name}"
        rows += _flat(value, f"{path}.") if isinstance(value, Mapping) and value else [(path, value)]
    return rows
