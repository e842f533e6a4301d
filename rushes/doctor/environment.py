"""Checks of the surroundings: versions, the terminal and what it can draw, text, tmux. Pure over a `Patient`."""

from __future__ import annotations

from collections.abc import Iterator

from rushes import __version__
from rushes.doctor.check import Check, fail, ok, warn
from rushes.doctor.patient import Patient, Screen
from rushes.text import show

__all__ = ["environment"]

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING, which the library uses."""
SMALLEST = (60, 16)
"""Columns and rows below which the app shows one line only."""


def environment(patient: Patient) -> Iterator[Check]:
    """All of them, in the order in which they are read."""
    yield _python(patient)
    yield _packages(patient)
    yield _app(patient)
    yield _sqlite(patient)
    yield _text(patient)
    yield _terminal(patient)
    if patient.screen is not None:
        yield _size(patient.screen)
        yield _colours(patient, patient.screen)
        yield _graphics(patient.screen)
        yield _keys(patient.screen)
    if "TMUX" in patient.environ:
        yield _tmux(patient)


def _python(patient: Patient) -> Check:
    version = ".".join(map(str, patient.machine.python))
    detail = f"rushes {__version__} on Python {version}, {patient.machine.system}"
    if patient.machine.python < OLDEST_PYTHON:
        return fail("environment.python", detail, "rushes needs Python 3.11 or newer: install it, then rushes under it")
    return ok("environment.python", detail)


def _packages(patient: Patient) -> Check:
    missing = [name for name, version in patient.machine.packages.items() if not version]
    if missing:
        words = ", ".join(missing)
        return fail("environment.packages", f"not installed: {words}", f"install them: pip install {' '.join(missing)}")
    found = ", ".join(f"{name} {version}" for name, version in patient.machine.packages.items())
    return ok("environment.packages", found)


def _app(patient: Patient) -> Check:
    if problem := patient.machine.app():
        fix = "install rushes anew: pip install --force-reinstall rushes; the verbs work as they are"
        return fail("environment.app", f"the app cannot be imported: {show(problem, 300)}", fix)
    return ok("environment.app", "the app can be imported")


def _sqlite(patient: Patient) -> Check:
    version = ".".join(map(str, patient.machine.sqlite))
    fix = "use a Python whose sqlite3 is 3.35 or newer and built with FTS5 (python.org and all distributions have one)"
    if patient.machine.sqlite < OLDEST_SQLITE:
        return fail("environment.sqlite", f"SQLite {version} is too old for the library", fix)
    if not patient.machine.full_text:
        return fail("environment.sqlite", f"SQLite {version} has no full-text search (FTS5)", fix)
    return ok("environment.sqlite", f"SQLite {version} with full-text search")


def _text(patient: Patient) -> Check:
    encoding = patient.machine.encoding
    if encoding.casefold().replace("-", "") != "utf8":
        fix = "set a UTF-8 locale: export LC_ALL=C.UTF-8"
        return warn("environment.text", f"text is {encoding}, so that other scripts and frames break", fix)
    return ok("environment.text", "UTF-8")


def _terminal(patient: Patient) -> Check:
    term = patient.environ.get("TERM", "")
    if patient.screen is None:
        return ok("environment.terminal", "there is no terminal here: the verbs work, the app needs one")
    if term in {"", "dumb"}:
        fix = "set TERM to what the terminal is, such as xterm-256color; the verbs work as they are"
        return warn("environment.terminal", f"TERM is {term or 'not set'}: the app cannot place text", fix)
    name = patient.screen.name or patient.environ.get("TERM_PROGRAM", "")
    return ok("environment.terminal", f"{name} (TERM={term})" if name else f"TERM={term}")


def _size(screen: Screen) -> Check:
    detail = f"{screen.columns} columns, {screen.rows} rows"
    if screen.columns < SMALLEST[0] or screen.rows < SMALLEST[1]:
        fix = f"make the window larger: the app needs {SMALLEST[0]} columns and {SMALLEST[1]} rows"
        return warn("environment.size", detail, fix)
    return ok("environment.size", detail)


def _colours(patient: Patient, screen: Screen) -> Check:
    environ = patient.environ
    if environ.get("NO_COLOR"):
        return ok("environment.colours", "off, as NO_COLOR asks")
    if screen.true_colour or environ.get("COLORTERM", "") in {"truecolor", "24bit"}:
        return ok("environment.colours", "16 million")
    if "256" in environ.get("TERM", ""):
        return ok(
            "environment.colours", "256; clips look better with 16 million (export COLORTERM=truecolor if it can)"
        )
    fix = "export TERM=xterm-256color, and COLORTERM=truecolor where the terminal can"
    return warn("environment.colours", "16: clips will look poor", fix)


def _graphics(screen: Screen) -> Check:
    found = [words for has, words in ((screen.kitty_graphics, "kitty graphics"), (screen.sixel, "sixel")) if has]
    return ok(
        "environment.graphics", f"{' and '.join(found) or 'none told of'}; clips are drawn in half blocks anywhere"
    )


def _keys(screen: Screen) -> Check:
    if screen.key_protocol:
        return ok("environment.keys", "every key is told apart")
    return ok("environment.keys", "ctrl+enter may look like enter: ctrl+j and F5 generate as well")


def _tmux(patient: Patient) -> Check:
    term = patient.environ.get("TERM", "")
    screen = patient.screen
    if not term.startswith(("tmux", "screen")):
        fix = "in ~/.tmux.conf: set -g default-terminal tmux-256color"
        return warn("environment.tmux", f"inside tmux TERM is {term or 'not set'}: keys and colours may be wrong", fix)
    if screen is not None and not screen.true_colour and "COLORTERM" not in patient.environ:
        fix = "in ~/.tmux.conf: set -as terminal-features ',*:RGB', then start tmux again"
        return warn("environment.tmux", "tmux does not pass 16 million colours on", fix)
    return ok("environment.tmux", f"inside tmux (TERM={term})")
