"""`doctor`: every check as it comes, each with its fix; `--bundle` writes the report for an issue; `keys` listens."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path

from rushes import __version__
from rushes.cli.exits import Exit, Stop, gravest
from rushes.cli.output import print_json, say
from rushes.cli.places import begins, place_for
from rushes.doctor import Check, Level, Patient, Screen, admit, examine, worst
from rushes.home import Home
from rushes.text import visible

__all__ = ["doctor", "exit_of_check"]

SIGNS = {Level.PASS: "✓", Level.WARN: "!", Level.FAIL: "✗"}
COLOURS = {Level.PASS: "32", Level.WARN: "33", Level.FAIL: "31"}
_CODES = {"keys": Exit.KEY, "vendors": Exit.NETWORK, "gateway": Exit.NETWORK, "path": Exit.DOWNLOAD}


def doctor(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    if options.what:
        return _keys(home, options)
    target = _target(options.bundle)
    patient = admit(home, os.environ, Path.cwd(), screen=_screen(), live=options.live, gateway=options.gateway)
    checks = asyncio.run(_run(patient, options))
    if target is not None:
        _write(target, patient, checks)
        say(f"the report is in {target}; read it before you send it", quiet=options.quiet)
    return gravest(exit_of_check(each) for each in checks)


def _keys(home: Home, options: Namespace) -> int:
    """What each key press arrives as, under the person's own keymap."""
    if options.json or options.live or options.bundle or options.gateway:
        raise Stop(Exit.USAGE, "doctor keys takes no other option")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(Exit.USAGE, "doctor keys needs a terminal to listen to")
    from tui.key_view import show_keys

    return show_keys(home)


def exit_of_check(check: Check) -> Exit:
    """A failed check's code by what it is about; one that passed or warned is 0."""
    if check.status is not Level.FAIL:
        return Exit.DONE
    if check.name.endswith(".key"):
        return Exit.KEY
    return Exit.SPENDING if check.name.endswith(".balance") else _CODES.get(check.group, Exit.FAULT)


async def _run(patient: Patient, options: Namespace) -> list[Check]:
    checks = []
    async for check in examine(patient):
        checks.append(check)
        if not options.json:
            _tell(check, quiet=options.quiet)
    if options.json:
        print_json({"rushes": __version__, "status": worst(checks), "checks": [each.to_json() for each in checks]})
    else:
        print(_summary(checks))
    return checks


def _tell(check: Check, *, quiet: bool) -> None:
    if quiet and check.status is Level.PASS:
        return
    print(f"{_sign(check.status)} {check.name:<26} {visible(check.detail)}", flush=True)
    if check.fix:
        print(f"  {'':<26} → {visible(check.fix)}", flush=True)


def _sign(level: Level) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return SIGNS[level]
    return f"\x1b[{COLOURS[level]}m{SIGNS[level]}\x1b[0m"


def _summary(checks: list[Check]) -> str:
    failed = sum(each.status is Level.FAIL for each in checks)
    warned = sum(each.status is Level.WARN for each in checks)
    parts = [f"{failed} failed" if failed else "", f"{warned} to look at" if warned else ""]
    return f"{len(checks)} checks: {', '.join(part for part in parts if part) or 'all is well'}"


def _screen() -> Screen | None:
    """The terminal, asked once; None where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from tui.terminal import probe

    said = probe()
    size = shutil.get_terminal_size()
    return said.screen(size.columns, size.lines)


def _target(given: str | None) -> Path | None:
    """Found out first: whether the report can be put where it is wanted."""
    if given is None:
        return None
    return place_for("--bundle", given, what="report", own=begins(b"rushes "))


def _write(target: Path, patient: Patient, checks: list[Check]) -> None:
    from rushes.atomic import write_atomically
    from rushes.doctor.bundle import bundle

    write_atomically(target, bundle(patient, checks).encode())
