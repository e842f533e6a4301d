"""Practice: the addresses and keys with which every provider can run against an in-process sandbox."""

from __future__ import annotations

import hashlib

from providers.sandbox.options import AGENTS, DREAM_MACHINE, NATIVE, RUNWAY

__all__ = ["base_urls", "practice_base_urls", "practice_keys"]

HOST = "https://sandbox.invalid"
"""A name that can never be looked up; the in-process transport does not try."""


def base_urls(origin: str) -> dict[str, str]:
    """The address of each API below an origin, by API name, in the form that the vendors' clients want it."""
    return {
        DREAM_MACHINE: f"{origin}/dream-machine/v1",
        AGENTS: f"{origin}/agents/v1",
        RUNWAY: f"{origin}/runway",
        NATIVE: f"{origin}/sandbox/v1",
    }


def practice_base_urls() -> dict[str, str]:
    """The addresses for `Access.base_urls` on a `SandboxTransport`."""
    return base_urls(HOST)


def practice_keys() -> dict[str, str]:
    """Keys of the right shape for `Access.keys`; they open nothing but a sandbox."""
    return {
        DREAM_MACHINE: "luma-practice-0000-0000-0000",
        AGENTS: "luma-api-practice-0000-0000",
        RUNWAY: "key_" + hashlib.sha512(b"practice").hexdigest(),
    }
