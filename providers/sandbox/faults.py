"""Faults: what goes wrong between a client and the sandbox, by a script that can be replayed.

A script is a list of rules; the first rule that matches a request decides. The choice depends on the script's seed and
on how many matching requests came before, never on the clock, so the same requests meet the same faults again.

    FaultScript((Rule(Fault(Kind.TIMEOUT, Point.AFTER), method="POST", path="/runway/*", calls=(1,)),))

makes the first create lose its answer although it was accepted (and charged).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

__all__ = ["SILENT", "Fault", "FaultScript", "Kind", "Point", "Rule"]


class Kind(StrEnum):
    """What goes wrong. The first six happen on the line, the others are answers."""

    CONNECT = "connect"
    TIMEOUT = "timeout"
    RESET = "reset"
    DROP = "drop"
    HALF_BODY = "half_body"
    TRICKLE = "trickle"
    SLOW = "slow"
    WRONG_LENGTH = "wrong_length"
    STATUS = "status"
    HTML = "html"
    REDIRECT = "redirect"
    HUGE = "huge"
    MALFORMED = "malformed"


class Point(StrEnum):
    """Whether the vendor got the request (AFTER: accepted, done, charged) or not (BEFORE)."""

    BEFORE = "before"
    AFTER = "after"


SILENT = frozenset({Kind.CONNECT, Kind.TIMEOUT, Kind.RESET, Kind.DROP})
"""Faults after which the client gets no answer at all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    `status`, `body`, `headers` are for the answering kinds; `seconds` is how long SLOW waits, or how long TRICKLE takes
    in all, or how long a loopback TIMEOUT holds the line; `size` is the bytes of a HUGE answer; `fraction` is how much
    of a HALF_BODY or a MALFORMED answer arrives; `delta` is what WRONG_LENGTH adds to Content-Length.
    CONNECT is always before the vendor.
    """

    kind: Kind
    point: Point = Point.AFTER
    status: int = 503
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    size: int = 16 * 2**20
    fraction: float = 0.5
    delta: int = 64

    @property
    def reaches_vendor(self) -> bool:
        """The request is handled, whatever becomes of the answer."""
        return self.point is Point.AFTER and self.kind is not Kind.CONNECT


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault happens.

    `method` empty means any; `path` is a shell pattern; `calls` are the numbers (from 1) of the matching requests that
    it hits, empty for all of them; `probability` is for each of those; `times` bounds how often it happens in all.
    """

    fault: Fault
    method: str = ""
    path: str = "*"
    calls: tuple[int, ...] = ()
    probability: float = 1.0
    times: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request counts for this rule."""
        return (not self.method or self.method == method) and fnmatchcase(path, self.path)


class FaultScript:
    """Rules with a memory of how many requests each has seen. Safe from many threads."""

    def __init__(self, rules: tuple[Rule, ...] = (), seed: int = 0) -> None:
        self.rules = rules
        self.seed = seed
        self._seen = [0] * len(rules)
        self._hits = [0] * len(rules)
        self._lock = threading.Lock()

    def pick(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, None for a quiet passage."""
        with self._lock:
            for index, rule in enumerate(self.rules):
                if rule.matches(method, path):
                    self._seen[index] += 1
                    if self._happens(index, rule):
                        self._hits[index] += 1
                        return rule.fault
        return None

    def _happens(self, index: int, rule: Rule) -> bool:
        number = self._seen[index]
        if rule.calls and number not in rule.calls:
            return False
        if rule.times is not None and self._hits[index] >= rule.times:
            return False
        return random.Random(f"{self.seed}:{index}:{number}").random() < rule.probability
