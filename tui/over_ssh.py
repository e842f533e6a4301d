"""Whether the person sits at another machine than this program runs on."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["over_ssh"]


def over_ssh(environ: Mapping[str, str]) -> bool:
    """By what SSH sets for its sessions; sudo and screen keep some of it."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
