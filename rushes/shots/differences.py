"""What differs between takes: words of their prompts, and parameters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rushes.shots.carry_over import words
from rushes.task import Task

__all__ = ["Difference", "differences", "own_words"]

MISSING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """One parameter in which takes differ: its value in each, in their order."""

    name: str
    values: tuple[str, ...]


def own_words(prompts: Sequence[str]) -> list[list[tuple[str, bool]]]:
    """For each prompt its words, and whether a word is not (at its place) in all of the others."""
    split = [prompt.split() for prompt in prompts]
    return [
        [(word, not shared) for word, shared in zip(mine, _shared(mine, split[:at] + split[at + 1 :]), strict=True)]
        for at, mine in enumerate(split)
    ]


def _shared(mine: list[str], others: list[list[str]]) -> list[bool]:
    """Which of my words every other one has as well."""
    shared = [True] * len(mine)
    for other in others:
        matched = [False] * len(mine)
        # Common words are no noise in prompts of a few lines, so none is left out as junk.
        for block in SequenceMatcher(None, _plain(mine), _plain(other), autojunk=False).get_matching_blocks():
            matched[block.a : block.a + block.size] = [True] * block.size
        shared = [both and here for both, here in zip(shared, matched, strict=True)]
    return shared


def _plain(split: list[str]) -> list[str]:
    """Commas and capitals make no other word."""
    return [word.casefold().strip(".,;:!?()\"'") or word for word in split]


def differences(tasks: Sequence[Task], *, blind: bool = False) -> list[Difference]:
    """Model, mode, parameters, pictures and price, as far as they differ; blind: without what tells the model."""
    rows = [_facts(each) for each in tasks]
    names = list(dict.fromkeys(name for row in rows for name in row))
    hidden = {"model", "price", "mode"} if blind else set()
    found = [Difference(name, tuple(row.get(name, MISSING) for row in rows)) for name in names if name not in hidden]
    return [each for each in found if len(set(each.values)) > 1]


def _facts(task: Task) -> dict[str, str]:
    shot, take = task.shot, task.take
    facts = {"model": task.badge or shot.model, "mode": shot.mode.replace("_", " ")}
    facts |= {name.replace("_", " "): words(value) for name, value in shot.params.items()}
    for each in shot.inputs:
        facts[each.role.value.replace("_", " ")] = each.source
    if take:
        facts["size"] = f"{take.width}×{take.height}"
        facts["length"] = f"{take.duration_s:.1f} s"
    cost = task.cost
    known = [each for each in (cost.charged, cost.estimated, cost.quoted) if each is not None]
    if known:
        facts["price"] = f"${known[0]:.2f}"
    return facts
