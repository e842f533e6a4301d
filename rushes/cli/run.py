"""From arguments to a verb, and from every expected error to one line and an exit code; never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.cli.exits import Exit, Stop
from rushes.home import Home, HomeError

if TYPE_CHECKING:
    from rushes.cli.verbs import Verb

__all__ = ["run"]


def run(args: list[str]) -> int:
    """Parses and runs; the exit code."""
    as_json = "--json" in args
    home = Home.find(None)
    try:
        if _is_app(args):
            home = _connected(Home.find(args[-1] if args else None))
            return _app(home)
        from rushes.cli.parser import parse

        options = parse(args)
        as_json = options.json
        home = _connected(Home.find(options.home), options.verb, options.connect)
        if options.verb is None:
            return _app(home)
        return _verb(options.verb).load()(home, options)
    except KeyboardInterrupt:
        _say("interrupted; tasks at a vendor go on, `rushes watch` picks them up")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever it is becomes a line and a code
        stop = _as_stop(error)
        if stop is None:
            return _fault(error, home, as_json=as_json)
        _report(stop, as_json=as_json)
        return stop.code


def _is_app(args: Sequence[str]) -> bool:
    """The two commonest ways into the app; telling them needs no parser, which a first paint would wait for."""
    return not args or (len(args) == 2 and args[0] == "--home" and not args[1].startswith("-"))


def _connected(home: Home, verb: str | None = None, connect: str | None = None) -> Home:
    """The home, with the gateway that is worked against. Raises Stop for what is done on its machine alone."""
    url = os.environ.get("RUSHES_CONNECT", "") if connect is None else connect
    if url and verb and (why := _verb(verb).there_only):
        hint = f"run it there, or here on this machine's own home: rushes {verb} --connect ''"
        raise Stop(Exit.USAGE, f"{why} ({url})", hint=hint)
    return replace(home, connect=url) if url else home


def _verb(name: str) -> Verb:
    from rushes.cli.verbs import VERBS

    return VERBS[name]


def _app(home: Home) -> int:
    from rushes.cli.app import open_app

    return open_app(home)


def _as_stop(error: Exception) -> Stop | None:
    """Expected errors, by name so that none of their modules is imported for it."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, HomeError):
        return Stop(Exit.USAGE, str(error), kind="home")
    if isinstance(error, UnicodeEncodeError):
        words = f"a word is not valid text: a stray byte in {error.object!r}"
        return Stop(Exit.USAGE, words, hint="type it anew; nothing was done")
    code, kind = _EXPECTED.get(type(error).__name__, (None, ""))
    if code is None and isinstance(error, LookupError) and type(error) is LookupError:
        code, kind = Exit.USAGE, "usage"
    if code is None and isinstance(error, OSError):
        where = error.filename or "standard output, or the disk"
        return Stop(Exit.FAULT, f"{where}: {error.strerror or error}", kind="disk")
    if code is None:
        return None
    hint = getattr(error, "hint", None)
    return Stop(code, str(error), kind=kind, hint=hint if isinstance(hint, str) else None)


_EXPECTED = {
    "LibraryTooNew": (Exit.FAULT, "library"),
    "LibraryBroken": (Exit.FAULT, "library"),
    "LibraryError": (Exit.FAULT, "library"),
    "UnknownProvider": (Exit.INVALID, "invalid"),
    "NoModel": (Exit.INVALID, "invalid"),
    "NotReady": (Exit.KEY, "key"),
    "SpendingRefused": (Exit.SPENDING, "budget"),
    "OverBudget": (Exit.SPENDING, "budget"),
    "SearchProblem": (Exit.USAGE, "usage"),
    "SettingsProblem": (Exit.USAGE, "usage"),
    "WrongState": (Exit.USAGE, "state"),
    "NotAllowed": (Exit.USAGE, "state"),
    "NotHere": (Exit.USAGE, "usage"),
    "KeyProblem": (Exit.KEY, "key"),
    "KeyRefused": (Exit.KEY, "key"),
    "EnvFileError": (Exit.FAULT, "disk"),
    "Unreachable": (Exit.NETWORK, "network"),
    "NotSent": (Exit.NETWORK, "network"),
    "RateLimited": (Exit.LIMIT, "rate"),
}


def _report(stop: Stop, *, as_json: bool) -> None:
    if as_json:
        from rushes.cli.output import print_json

        print_json({"error": stop.to_json(), "problems": getattr(stop, "problems", [])})
        return
    _say(stop.message)
    if stop.hint:
        _say(stop.hint)


def _say(words: str) -> None:
    from rushes.text import visible

    print(f"rushes: {visible(words, lines=True)}", file=sys.stderr)


def _fault(error: Exception, home: Home, *, as_json: bool) -> int:
    """A fault of ours: one line for the person, the traceback into a file beside the log."""
    told = ""
    try:
        home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = Path(home.state / "fault.txt")
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        path.chmod(0o600)
        told = f" (details in {path})"
    except OSError:
        pass
    words = f"a fault of this program: {type(error).__name__}: {error}{told}. Nothing was sent again because of it"
    _report(Stop(Exit.FAULT, words, kind="fault"), as_json=as_json)
    if os.environ.get("RUSHES_DEBUG"):
        traceback.print_exception(error)
    return Exit.FAULT
