"""A tournament: takes ranked by comparing two at a time, in as few comparisons as sorting allows. Pure.

Each newcomer is placed among those already ranked by halving, so n takes need about n·log2(n) − 1.4·n answers at the
most: 5 for four takes, 7 for five, 22 for ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

__all__ = ["Tournament"]

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Tournament(Generic[Entry]):
    """One state of it; `decided` gives the next. `ranked`: best first; `low`, `high`: where the newcomer may go."""

    ranked: tuple[Entry, ...]
    waiting: tuple[Entry, ...]
    low: int = 0
    high: int = 0
    answers: int = 0

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Tournament[Entry]:
        """The beginning. ValueError without entries."""
        if not entries:
            raise ValueError("a tournament needs takes")
        return cls(tuple(entries[:1]), tuple(entries[1:]), 0, 1)

    @property
    def over(self) -> bool:
        """Whether `ranked` holds all."""
        return not self.waiting

    @property
    def pair(self) -> tuple[Entry, Entry]:
        """The newcomer and the one it meets. ValueError when it is over."""
        if self.over:
            raise ValueError("the tournament is over")
        return self.waiting[0], self.ranked[(self.low + self.high) // 2]

    @property
    def left(self) -> int:
        """Answers that are still needed at the most."""
        if self.over:
            return 0
        here = (self.high - self.low).bit_length()
        later = range(len(self.ranked) + 1, len(self.ranked) + len(self.waiting))
        return here + sum(count.bit_length() for count in later)

    def decided(self, newcomer_wins: bool) -> Tournament[Entry]:
        """After the person has chosen one of the pair."""
        middle = (self.low + self.high) // 2
        low, high = (self.low, middle) if newcomer_wins else (middle + 1, self.high)
        if low < high:
            return replace(self, low=low, high=high, answers=self.answers + 1)
        ranked = (*self.ranked[:low], self.waiting[0], *self.ranked[low:])
        return Tournament(ranked, self.waiting[1:], 0, len(ranked), self.answers + 1)
