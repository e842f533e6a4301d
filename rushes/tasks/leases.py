"""Leases: which of the processes of a home live, as one of them sees it.

Each process writes a word every few seconds. One that says nothing new while this process spoke four times is dead.
Clocks are compared once only, at first sight: two machines that share a home may disagree about the time for good, and
would otherwise take each other's tasks away again and again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import field

from providers.values import dataclass

__all__ = ["HEARTBEAT_S", "Leases", "new_owner", "owner_is_dead"]

HEARTBEAT_S = 5.0
SILENT_BEATS = 4
"""An owner that is silent for so many beats of ours is taken for dead: with the scan, hand-over is within 25 s."""
FRESH_MS = 20_000
AHEAD_MS = 5_000
"""At first sight: a word older than the one, or further in the future than the other, was spoken by somebody dead."""


@dataclass(slots=True)
class _Sight:
    said: int
    silent: int


@dataclass(slots=True)
class Leases:
    """What this process has seen of the others. Not for itself: leave its own name out."""

    _sights: dict[str, _Sight] = field(default_factory=dict)

    def look(self, owners: Mapping[str, int], now_ms: int, *, beat: bool = False) -> dict[str, int]:
        """Those that are dead, each with its last word (milliseconds of its own clock).

        `beat`: this process has just spoken itself; who is silent now has been silent for one beat more.
        """
        self._sights = {owner: self._look(owner, said, now_ms, beat=beat) for owner, said in owners.items()}
        living = self.living
        return {owner: sight.said for owner, sight in self._sights.items() if owner not in living}

    @property
    def living(self) -> set[str]:
        """Those that lived when they were looked at last."""
        return {
            owner for owner, sight in self._sights.items() if sight.silent < SILENT_BEATS and not owner_is_dead(owner)
        }

    def _look(self, owner: str, said: int, now_ms: int, *, beat: bool) -> _Sight:
        before = self._sights.get(owner)
        if before is None:
            fresh = now_ms - FRESH_MS <= said <= now_ms + AHEAD_MS
            return _Sight(said, 0 if fresh else SILENT_BEATS)
        return _Sight(said, before.silent + beat if said == before.said else 0)


def new_owner(token: str) -> str:
    """The name of this process in leases: host, process id, and a token for two engines of one process."""
    return f"{socket.gethostname()}:{os.getpid()}:{token}"


def owner_is_dead(owner: str) -> bool:
    """Known for certain: the owner ran on this machine, and its process is gone."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
