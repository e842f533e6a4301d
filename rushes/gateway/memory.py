"""Memory: what was answered to the newest presses of other engines. Of this process; what may be charged is on disk."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

__all__ = ["Memory"]

MOST_KEPT, MOST_BYTES = 1000, 32 << 20


@dataclass(slots=True)
class Memory:
    """The answers of the newest presses, by Idempotency-Key: a press asked for again is answered, not done again."""

    answers: OrderedDict[str, tuple[str, bytes]] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def keep(self, key: str, digest: str, answer: bytes) -> None:
        """Writes one down; the oldest go."""
        self.answers[key] = (digest, answer)
        self._bytes += len(answer)
        while len(self.answers) > MOST_KEPT or (self._bytes > MOST_BYTES and len(self.answers) > 1):
            _, (_, gone) = self.answers.popitem(last=False)
            self._bytes -= len(gone)
