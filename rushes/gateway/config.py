"""Config: how one gateway behaves. Frozen; the defaults let in nobody but this machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from rushes.gateway.limits import Bucket
from rushes.gateway.token import Token

__all__ = ["LOOPBACK", "Config"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Config:
    """`hosts` are names under which it may be asked, ports left out. `origins` are pages of others that may ask it.

    `public_url` is where the vendors' webhooks arrive; empty: they are not taken. Sizes are bytes.
    """

    token: Token
    hosts: frozenset[str] = LOOPBACK
    origins: frozenset[str] = frozenset()
    public_url: str = ""
    secure: bool = False
    most_body: int = 1 << 20
    most_upload: int = 200 << 20
    uploads_room: int = 2 << 30
    all_requests: Bucket = field(default=Bucket(per_second=200.0, burst=1000.0))
    wrong_tokens: Bucket = field(default=Bucket(per_second=0.2, burst=20.0))
