"""Ways in which a clip leaves this terminal: a line for scp, and a player of this machine where it has a screen.

Over SSH nothing is opened: the window would be on the wrong machine. Whether a player has really started nobody says
(some end with 0 without a screen), so what the environment tells decides.
"""

from __future__ import annotations

import getpass
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tui.over_ssh import over_ssh

__all__ = ["forward_line", "has_screen", "open_outside", "scp_line", "take_link"]

SSH_PORT = "22"


def has_screen(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a window opened here would be in front of the person."""
    if over_ssh(environ):
        return False
    return platform == "darwin" or bool(environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY"))


def scp_line(path: Path, environ: Mapping[str, str], *, user: str | None = None, host: str = "") -> str:
    """The command that fetches the file to another machine, by the address and port that this session came in on."""
    parts = environ.get("SSH_CONNECTION", "").split()
    address, port = (parts[2], parts[3]) if len(parts) == 4 else (host or _host(), SSH_PORT)
    option = "" if port == SSH_PORT else f"-P {port} "
    place = f"[{address}]" if ":" in address else address
    return f"scp {option}{shlex.quote(f'{user or getpass.getuser()}@{place}:{path}')} ."


def take_link(address: str, task_id: str) -> str:
    """Where a browser finds a take at the gateway."""
    return f"{address.rstrip('/')}/take/{task_id}"


def forward_line(address: str, environ: Mapping[str, str], *, user: str | None = None) -> str | None:
    """The command that brings a gateway on this machine's loopback to the other end of an SSH session; None elsewhere.

    A second ssh: the escape that adds a forward to a running one has been off by default since OpenSSH 9.2.
    """
    parts, url = environ.get("SSH_CONNECTION", "").split(), urlsplit(address)
    if len(parts) != 4 or url.hostname not in {"127.0.0.1", "localhost", "::1"} or url.port is None:
        return None
    option = "" if parts[3] == SSH_PORT else f"-p {parts[3]} "
    there = shlex.quote(f"{user or getpass.getuser()}@{parts[2]}")
    return f"ssh -N -L {url.port}:{url.netloc} {option}{there}"


def _host() -> str:
    import socket

    return socket.gethostname()


def open_outside(path: Path, platform: str = sys.platform) -> None:
    """Starts the person's own player, silently and apart from this program. OSError where there is no opener."""
    opener = "open" if platform == "darwin" else "xdg-open"
    subprocess.Popen(  # noqa: S603 - the file is one that this program made, and no shell reads it
        [opener, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
