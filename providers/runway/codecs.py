"""Codecs: parameters that a person writes in one line and the vendor wants as a list or on each input. Pure.

`shots`: `3s: a door opens | 4s: rain`. `times`: `0, 2.5, 50%`, one for each keyframe. `ranges`: `0-3, 3-6`. `tags`:
`anna, boat`, one for each reference. `list`: `#1a2b3c, #ffffff`. `subject`: one word for all references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.catalogue import put

__all__ = ["CODECS", "Codec", "keyframe", "parse_ranges", "parse_shots", "parse_tags", "parse_times"]

Range = tuple[int, int]
TAG = re.compile(r"[a-z][a-z0-9_]{2,15}")
"""Runway, reference images: 3 to 16 lower-case letters, digits and underscores."""


def parse_shots(text: str) -> list[dict[str, Any]]:
    """`[{duration, prompt}]` in whole seconds. Raises ValueError that says what is wrong."""
    found: list[dict[str, Any]] = []
    for part in re.split(r"[|\n]", text):
        match = re.fullmatch(r"\s*(\d{1,2})\s*s?\s*:\s*(\S.*?)\s*", part, re.DOTALL)
        if match is None:
            raise ValueError(f"{part.strip() or 'an empty shot'!r} is not a shot; write 3s: a door opens | 4s: rain")
        found.append({"duration": int(match[1]), "prompt": match[2]})
    return found


def parse_times(text: str) -> list[dict[str, float]]:
    """`{seconds}` or `{at}` (a share of the clip) for each keyframe. Raises ValueError."""
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,3})?)\s*(s|%)?\s*", part)
        if match is None:
            raise ValueError(f"{part.strip()!r} is no time; write seconds or percent, as 0, 2.5, 50%")
        number = float(match[1])
        if number > (100 if match[2] == "%" else 30):
            raise ValueError(f"{part.strip()} is too late; at most 30 s or 100%")
        found.append({"at": number / 100} if match[2] == "%" else {"seconds": number})
    return found


def parse_ranges(text: str) -> list[Range]:
    """First and last second of each window, whole numbers. Raises ValueError."""
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,2})\s*-\s*(\d{1,2})\s*s?\s*", part)
        if match is None or int(match[1]) >= int(match[2]):
            raise ValueError(f"{part.strip()!r} is no window; write whole seconds, as 0-3, 3-6")
        found.append((int(match[1]), int(match[2])))
    return found


def parse_tags(text: str) -> list[str]:
    """The tags, `@` allowed before each. Raises ValueError."""
    tags = [part.strip().removeprefix("@") for part in text.split(",")]
    for tag in tags:
        if not TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} is no tag; 3 to 16 of a-z, 0-9 and _, a letter first")
    return tags


def keyframe(uri: str, index: int, count: int, coded: Mapping[str, str]) -> dict[str, Any]:
    """One keyframe: at its own time, else spread evenly from the beginning to the end of the clip."""
    times = parse_times(coded["times"]) if coded.get("times") else []
    ranges = parse_ranges(coded["ranges"]) if coded.get("ranges") else []
    when: dict[str, Any] = dict(times[index]) if index < len(times) else {"at": index / max(1, count - 1)}
    found = {"uri": uri, **when}
    if index < len(ranges):
        start, end = ranges[index]
        found["range"] = {"start_seconds": start, "end_seconds": end}
    return found


@dataclass(frozen=True, slots=True)
class Codec:
    """`check` raises ValueError for a text that it cannot read; `finish` writes it into a body that has its inputs."""

    check: Callable[[str], object]
    finish: Callable[[dict[str, Any], str], None]


def _nothing(_found: dict[str, Any], _value: str) -> None:
    """Written with the keyframes already."""


def _shots(found: dict[str, Any], value: str) -> None:
    put(found, "providerSettings.multiPrompt", parse_shots(value))


def _colours(found: dict[str, Any], value: str) -> None:
    found["colors"] = [part.strip() for part in value.split(",") if part.strip()]


def _tags(found: dict[str, Any], value: str) -> None:
    for entry, tag in zip(found.get("referenceImages", ()), parse_tags(value), strict=False):
        entry["tag"] = tag


def _subject(found: dict[str, Any], value: str) -> None:
    for entry in found.get("referenceImages", ()):
        entry["subject"] = value


CODECS: Mapping[str, Codec] = {
    "shots": Codec(parse_shots, _shots),
    "times": Codec(parse_times, _nothing),
    "ranges": Codec(parse_ranges, _nothing),
    "tags": Codec(parse_tags, _tags),
    "subject": Codec(str, _subject),
    "list": Codec(str, _colours),
}
