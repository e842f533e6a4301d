"""Address and token of a gateway: which addresses are taken, and where the token is looked for.

The token goes over nothing that others can read: https, or this machine's own loopback (an `ssh -L` tunnel ends there).
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rushes import keyforms
from rushes.home import Home, HomeError

__all__ = ["TOKEN", "TOKEN_FILE", "address_of", "is_loopback", "token_for"]

TOKEN, TOKEN_FILE = "RUSHES_TOKEN", "RUSHES_TOKEN_FILE"


def is_loopback(url: str) -> bool:
    """Whether it stays on this machine."""
    return keyforms.is_loopback(urlsplit(url).hostname or "")


def address_of(text: str) -> str:
    """`http://127.0.0.1:8440` without anything behind it. Raises HomeError."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        good = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise HomeError(f"{text!r} is no address of a gateway; such as http://127.0.0.1:8440 or https://example.org")
    url = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "http" and not is_loopback(url):
        raise HomeError(
            f"{url} would carry the token where others can read it; use https, or a tunnel: "
            f"ssh -L 8440:127.0.0.1:8440 {parts.hostname}, then --connect http://127.0.0.1:8440"
        )
    return url


def token_for(url: str, home: Home, environ: Mapping[str, str]) -> str:
    """RUSHES_TOKEN, else a file: RUSHES_TOKEN_FILE, `connect.token` of the config folder, or for a gateway on this
    machine the one that it made itself. Raises HomeError where there is none, or where others can read it."""
    if token := environ.get(TOKEN, "").strip():
        return token
    named = environ.get(TOKEN_FILE)
    files = [Path(named).expanduser()] if named else [home.config / "connect.token"]
    if not named and is_loopback(url):
        files.append(home.data / "gateway.token")
    for path in files:
        if path.exists() or named:
            return _read(path)
    raise HomeError(
        f"there is no token for {url}; set {TOKEN}, or put what stands in the gateway's gateway.token into {files[0]} "
        "(mode 0600)"
    )


def _read(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise HomeError(f"{path} can be read by others; chmod 600 {path}")
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not token or not token.isascii() or any(each.isspace() for each in token):
        raise HomeError(f"{path} does not hold a token")
    return token
