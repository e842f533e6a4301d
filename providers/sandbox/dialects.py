"""The dialects by the prefix of their addresses. The order matters only where one prefix begins with another."""

from __future__ import annotations

from collections.abc import Callable

from providers.sandbox.agents import agents
from providers.sandbox.assets import assets
from providers.sandbox.dream_machine import dream_machine
from providers.sandbox.native import native
from providers.sandbox.runway import runway
from providers.sandbox.uploads import storage
from providers.sandbox.wire import Reply, Request
from providers.sandbox.world import World

__all__ = ["DIALECTS", "Dialect"]

Dialect = Callable[[World, Request, str], Reply]
"""Answers a request; the text is the path below the dialect's prefix."""

DIALECTS: tuple[tuple[str, Dialect], ...] = (
    ("/dream-machine/v1", dream_machine),
    ("/agents/v1", agents),
    ("/runway/v1", runway),
    ("/sandbox/v1", native),
    ("/assets", assets),
    ("/storage", storage),
)
