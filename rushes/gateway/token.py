"""The gateway's token: made at first start, kept in a file of its owner's alone, compared in constant time.

A browser gets a cookie that is derived from it, so that the token itself stays in its file.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import stat
from pathlib import Path

from rushes.atomic import locked, write_atomically

__all__ = ["Token", "TokenProblem", "load_token"]

SHORTEST = 24
"""Characters below which a token that a person wrote into the file is refused."""


class TokenProblem(Exception):
    """The token's file cannot be used: says which and why."""


class Token:
    """Knows whether what a client shows is right; never shows itself."""

    def __init__(self, value: str) -> None:
        self._value = value
        self.cookie = self._derive("browser")

    def reveal(self) -> str:
        """The token itself, for the person who asks for it."""
        return self._value

    def fits(self, shown: str) -> bool:
        """Whether this is the token; takes the same time for every wrong one."""
        return hmac.compare_digest(self._value.encode(), shown.encode("utf-8", "replace"))

    def fits_cookie(self, shown: str) -> bool:
        """Whether this is the cookie that belongs to it."""
        return hmac.compare_digest(self.cookie.encode(), shown.encode("utf-8", "replace"))

    def path_for(self, name: str) -> str:
        """A part of an address that nobody can guess, and that stays the same while the token does."""
        return self._derive(f"callback {name}")[:32]

    def _derive(self, purpose: str) -> str:
        return hmac.new(self._value.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "Token(…)"


def load_token(path: Path) -> Token:
    """Reads the file, or makes it (0600). Raises TokenProblem."""
    try:
        with locked(path):
            if not path.exists():
                write_atomically(path, f"{secrets.token_urlsafe(32)}\n".encode())
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise TokenProblem(f"{path} can be read by others; chmod 600 {path}, or delete it for a new one")
            value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenProblem(f"{path} cannot be used: {getattr(error, 'strerror', None) or error}") from error
    if len(value) < SHORTEST or not value.isascii() or any(each.isspace() for each in value):
        raise TokenProblem(f"{path} does not hold a token; delete it, and the next start makes one")
    return Token(value)
