"""Routing for the dialects: path patterns, the wrong-method answer, and the moment as vendors write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from providers.sandbox.wire import Reply, Request

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["Call", "NoRoute", "Route", "find_route", "integer", "route", "stamp"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to a handler, with what its path held."""

    world: World
    request: Request
    account: str
    args: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Reply]
Route = tuple[str, re.Pattern[str], Handler]


class NoRoute(Exception):
    """No handler: 404, or 405 where only the method is wrong."""

    def __init__(self, status: int, allow: Sequence[str] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.allow = ", ".join(sorted(allow))


def route(method: str, pattern: str, handler: Handler) -> Route:
    """`route("GET", "/generations/{id}", …)`; a placeholder stands for one path segment."""
    parts = [f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in pattern.split("/")]
    return method, re.compile("/".join(parts)), handler


def find_route(routes: Sequence[Route], method: str, path: str) -> tuple[Handler, dict[str, str]]:
    """The handler and what the placeholders held; the first route that fits counts. Raises NoRoute."""
    allowed: list[str] = []
    for wanted, pattern, handler in routes:
        match = pattern.fullmatch(path)
        if match and wanted == method:
            return handler, match.groupdict()
        if match:
            allowed.append(wanted)
    raise NoRoute(405 if allowed else 404, allowed)


def stamp(moment: float) -> str:
    """A moment in the vendors' form: ISO 8601, UTC, milliseconds, Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def integer(text: str | None, default: int, low: int, high: int) -> int | None:
    """A whole number of a query, `default` where it is absent, None where it is nonsense or out of bounds."""
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return None
    return int(text) if low <= int(text) <= high else None
