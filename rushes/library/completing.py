"""Completing a search line: what the word under the cursor may become. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.values import dataclass
from rushes.library.search import FIELDS, FILTERS, HAS, IS, Sort
from rushes.task import Status

__all__ = ["Completion", "complete"]

MOST = 12
_FIXED: dict[str, Sequence[str]] = {
    "has": tuple(HAS),
    "is": tuple(IS),
    "sort": tuple(Sort),
    "status": tuple(each.value.lower() for each in Status),
    "rating": (">=3", ">=4", "5", "0"),
    "cost": (">1", "<0.5"),
    "duration": ("5", "9", "10"),
    "mode": ("text_to_video", "image_to_video", "video_to_video"),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """What is offered, and the whole line with the cursor behind it if it is taken."""

    word: str
    line: str
    at: int


def complete(line: str, at: int, names: Mapping[str, Sequence[str]]) -> list[Completion]:
    """`names` has the values that the library knows, by filter (provider, model, tag)."""
    start = line.rfind(" ", 0, at) + 1
    begun = line[start:at]
    name, colon, value = begun.partition(":")
    if not colon:
        found = [f"{each}:" for each in (*FILTERS, *FIELDS) if begun and each.startswith(begun.casefold())]
        return [_taken(line, start, at, each, "") for each in found[:MOST]]
    known = names.get(name.casefold()) or _FIXED.get(name.casefold(), ())
    bare = value.strip('"').casefold()
    found = [each for each in known if each.casefold().startswith(bare) and each.casefold() != bare]
    return [_taken(line, start, at, f"{name}:{_quoted(each)}", " ") for each in found[:MOST]]


def _taken(line: str, start: int, at: int, word: str, behind: str) -> Completion:
    new = line[:start] + word + behind
    return Completion(word, new + line[at:].lstrip(" " if behind else ""), len(new))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
