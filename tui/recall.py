"""Recall: going back through earlier prompts from an empty one, and forth again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Recall", "distinct"]


def distinct(prompts: Iterable[str]) -> list[str]:
    """Each prompt once, in the order of the first time it is met; empty ones are left out."""
    return list(dict.fromkeys(each for each in prompts if each.strip()))


class Recall:
    """`step(1)` is older, `step(-1)` newer; the newest step of all is the empty prompt."""

    def __init__(self, prompts: Iterable[str]) -> None:
        self.prompts = distinct(prompts)
        self.at = -1

    def step(self, by: int) -> str:
        """The prompt of that step; at either end it stays."""
        self.at = min(max(-1, self.at + by), len(self.prompts) - 1)
        return "" if self.at < 0 else self.prompts[self.at]
