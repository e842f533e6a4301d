"""Task ids: 26 characters, sorted by time of making (the ULID form: 48 bits of milliseconds, 80 of chance)."""

from __future__ import annotations

from datetime import datetime

__all__ = ["new_id"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: datetime) -> str:
    """An id that no other process makes, larger than every id of an earlier millisecond."""
    import secrets  # with the first task: it brings two more modules along

    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
