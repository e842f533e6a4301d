"""Patient: what is examined. A home, the surroundings of this process, and the machine; each can be stood in for.

Nothing here judges; the checks do.
"""

from __future__ import annotations

import importlib.metadata
import locale
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.clock import Clock
from rushes.home import Home

if TYPE_CHECKING:
    import httpx

    from providers.registry import Registry

__all__ = ["NEEDED", "Machine", "Patient", "Screen"]

NEEDED = ("textual", "httpx", "pydantic", "tomlkit", "platformdirs", "av", "numpy", "pillow")
"""Distributions without which something does not work."""


APP_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Screen:
    """The terminal as it showed itself. `answered`: it was asked and said something of itself."""

    columns: int
    rows: int
    answered: bool = False
    name: str = ""
    true_colour: bool = False
    kitty_graphics: bool = False
    sixel: bool = False
    key_protocol: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine is and has. `packages`: version by distribution, empty where it is missing."""

    python: tuple[int, int, int]
    system: str
    sqlite: tuple[int, ...]
    full_text: bool
    encoding: str
    packages: Mapping[str, str]
    now: Callable[[], datetime]
    free_bytes: Callable[[Path], int]
    app: Callable[[], str] = lambda: ""
    """Imports the app once; what keeps it from being imported, in a line, or nothing."""

    @classmethod
    def look(cls) -> Machine:
        """This machine, now."""
        return cls(
            python=sys.version_info[:3],
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
            sqlite=sqlite3.sqlite_version_info,
            full_text=_has_full_text(),
            encoding=locale.getpreferredencoding(do_setlocale=False),
            packages={name: _version(name) for name in NEEDED},
            now=lambda: datetime.now(UTC),
            free_bytes=lambda folder: shutil.disk_usage(folder).free,
            app=_app,
        )


@dataclass(frozen=True, slots=True)
class Patient:
    """Everything that the checks look at.

    `screen` None: there is no terminal. `live` allows calls to vendors, all of which are free. `gateway` is an address,
    empty where none is set. `sandbox` makes the transport of the way from end to end, given an empty folder; `clock` is
    that way's time; `limit_s` are the machine's seconds that each step of it, and each call, may take.
    """

    home: Home
    environ: Mapping[str, str]
    cwd: Path | None
    machine: Machine
    registry: Registry
    screen: Screen | None = None
    live: bool = False
    gateway: str = ""
    sandbox: Callable[[Path], httpx.AsyncBaseTransport] | None = None
    clock: Clock | None = None
    limit_s: float = 60.0
    secrets: tuple[str, ...] = field(default=(), repr=False)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _app() -> str:
    """In a process of its own, away from the working folder: what is imported here stays, and no stranger's is."""
    if "tui.app" in sys.modules:
        return ""
    command = [sys.executable, "-P", "-c", "import tui.start, tui.app"]
    try:
        done = subprocess.run(  # noqa: S603 - our own Python, nothing of anybody else
            command, capture_output=True, text=True, errors="replace", timeout=APP_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it could not be tried: {error}"
    lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    return lines[-1] if done.returncode else ""


def _has_full_text() -> bool:
    """FTS5 by trying it: how SQLite was built differs by platform."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (one)")
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()
    return True
