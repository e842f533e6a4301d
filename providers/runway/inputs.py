"""Checks of the files themselves before anything is uploaded or billed, and how pictures will be cropped. Pure.

Sources: Runway, inputs (JPEG, PNG, WebP; 512 bytes to 200 MB by upload) and the field descriptions of runwayml 5.24.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from providers.catalogue import InputSlot, Model
from providers.errors import Problem
from providers.probe import Facts, probe
from providers.shot import Input, Media, Role, Shot

__all__ = ["LARGEST", "SMALLEST", "Seen", "check_files", "crops", "look"]

SMALLEST, LARGEST = 512, 200 * 10**6
"""Bytes of an upload."""
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
CROP_WORTH_TELLING = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """One input with its slot and what its bytes say; `facts` are empty for links."""

    given: Input
    media: Media
    slot: InputSlot | None
    facts: Facts


def look(shot: Shot, model: Model | None, media: Sequence[Media]) -> list[Seen]:
    """Each input beside its slot, in order."""
    return [
        Seen(each, file, model.slot(each, shot.mode) if model else None, probe(file.data) if file.data else Facts())
        for each, file in zip(shot.inputs, media, strict=True)
    ]


def check_files(seen: Sequence[Seen]) -> list[Problem]:
    """What is wrong with the files, each under the name of its input."""
    found = [Problem(each.given.role.value, fault) for each in seen if (fault := _fault(each))]
    return found or _too_long_together(seen)


def _fault(each: Seen) -> str | None:
    data, facts, slot = each.media.data, each.facts, each.slot
    if data is None:
        return None
    name = each.media.name or each.given.source
    kind = facts.media_type or each.media.media_type or ""
    if kind == "image/gif":
        return f"{name} is a GIF, which Runway does not take; give a JPEG, PNG or WebP"
    if slot is not None and (fault := _kind_fault(name, kind, slot)):
        return fault
    if not SMALLEST <= len(data) <= LARGEST:
        return f"{name} has {len(data)} bytes; Runway takes {SMALLEST} bytes to {LARGEST // 10**6} MB"
    return (_size_fault(name, facts, slot) or _length_fault(name, facts, slot)) if slot else None


def _kind_fault(name: str, kind: str, slot: InputSlot) -> str | None:
    if slot.media == "image" and kind not in PICTURES:
        return f"{name} is not a JPEG, PNG or WebP picture"
    if slot.media != "image" and not kind.startswith(slot.media):
        return f"{name} is no {'clip' if slot.media == 'video' else 'sound'}"
    return None


def _size_fault(name: str, facts: Facts, slot: InputSlot) -> str | None:
    if not facts.width or not facts.height:
        return None
    if slot.least_px and min(facts.width, facts.height) < slot.least_px:
        return f"{name} is {facts.width}x{facts.height}; both sides must be at least {slot.least_px} pixels"
    if slot.shape and not slot.shape[0] <= facts.width / facts.height <= slot.shape[1]:
        low, high = slot.shape
        return f"{name} is {facts.width}x{facts.height}; its width must be {low:g} to {high:g} times its height"
    return None


def _length_fault(name: str, facts: Facts, slot: InputSlot) -> str | None:
    if facts.seconds is None:
        return None
    if slot.least_s and facts.seconds < slot.least_s:
        return f"{name} lasts {facts.seconds:.1f} s; at least {slot.least_s:g} s"
    if slot.most_s and facts.seconds > slot.most_s:
        return f"{name} lasts {facts.seconds:.1f} s; at most {slot.most_s:g} s"
    return None


def _too_long_together(seen: Sequence[Seen]) -> list[Problem]:
    """References of one kind share their seconds."""
    totals: dict[str, tuple[InputSlot, float]] = {}
    for each in seen:
        if each.slot is not None and each.slot.most_s and each.facts.seconds:
            totals[each.slot.wire] = (each.slot, totals.get(each.slot.wire, (each.slot, 0.0))[1] + each.facts.seconds)
    return [
        Problem(slot.role.value, f"{slot.label} last {total:.1f} s together; at most {slot.most_s:g} s")
        for slot, total in totals.values()
        if slot.most_s and total > slot.most_s
    ]


def crops(shot: Shot, seen: Sequence[Seen]) -> list[str]:
    """How much of each frame the vendor will cut away, in words: Runway crops pictures to the ratio."""
    sides = re.fullmatch(r"(\d+):(\d+)", str(shot.params.get("ratio", "")))
    if sides is None:
        return []
    wanted = int(sides[1]) / int(sides[2])
    frames = [each for each in seen if each.given.role in {Role.START_IMAGE, Role.END_IMAGE}]
    return [words for each in frames if (words := _crop(each, wanted, sides[0]))]


def _crop(each: Seen, wanted: float, ratio: str) -> str | None:
    width, height = each.facts.width, each.facts.height
    if not width or not height:
        return None
    kept = min(wanted / (width / height), width / height / wanted)
    if 1 - kept < CROP_WORTH_TELLING:
        return None
    side = "width" if width / height > wanted else "height"
    name = each.media.name or each.given.role.value
    return f"{name} is {width}x{height}; for {ratio} Runway cuts away {round(100 * (1 - kept))}% of its {side}"
