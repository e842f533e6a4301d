"""Where the gateway of a home stands, for the other programs of the same home: a small file while it runs.

A file that a killed gateway left behind is not believed: the process must live, on this machine. No token is in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from rushes.atomic import write_atomically
from rushes.home import Home
from rushes.tasks.leases import owner_is_dead

__all__ = ["gateway_of", "standing"]


def _file(home: Home) -> Path:
    return home.state / "gateway.json"


@contextlib.contextmanager
def standing(home: Home, origin: str, public: str = "") -> Iterator[None]:
    """While the block runs, the home's file says where its gateway is. A full disk is no reason not to serve."""
    told = {"origin": origin, "public": public, "pid": os.getpid(), "host": socket.gethostname()}
    with contextlib.suppress(OSError):
        write_atomically(_file(home), json.dumps(told).encode())
    try:
        yield
    finally:
        if _read(home).get("pid") == os.getpid():
            with contextlib.suppress(OSError):
                _file(home).unlink(missing_ok=True)


def gateway_of(home: Home) -> str | None:
    """The address at which a browser finds this home's gateway now; None where none runs."""
    told = _read(home)
    pid, address = told.get("pid"), told.get("public") or told.get("origin")
    if told.get("host") != socket.gethostname() or not isinstance(pid, int) or not _lives(pid):
        return None
    return address if isinstance(address, str) and urlsplit(address).scheme in {"http", "https"} else None


def _read(home: Home) -> dict[str, object]:
    try:
        told = json.loads(_file(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _lives(pid: int) -> bool:
    return pid > 0 and not owner_is_dead(f"{socket.gethostname()}:{pid}")
