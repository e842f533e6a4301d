"""Sources: what a picture or clip looks like by its name alone (a link, an earlier task, a file), and what each slot
takes of that. Pure; nothing here opens a file or asks the network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from providers.errors import Problem
from providers.shot import Input, Shot

if TYPE_CHECKING:
    from providers.catalogue import Catalogue, InputSlot, Model

__all__ = ["SHORTEST_PART", "Way", "is_public", "is_task_id", "may_be_part_of_id", "source_problems", "way_of"]

Way = Literal["file", "url", "generation"]
"""A file (or the bytes of an earlier take), an https link, or a finished task of which the vendor is told its id."""

_WAYS: Mapping[Way, str] = {
    "file": "a file",
    "url": "a public https link",
    "generation": "a finished task of the same vendor",
}
_RESERVED = ("localhost", ".localhost", ".local", ".internal", ".invalid", ".test", ".home.arpa")


SHORTEST_PART = 4
"""Letters of an id that name a task by themselves; fewer fit by chance."""


def way_of(source: str) -> Way:
    """What a source is by its look."""
    if "://" in source:
        return "url"
    return "generation" if is_task_id(source) else "file"


def is_task_id(source: str) -> bool:
    """Whether a source looks like the id of a task (a ULID)."""
    return len(source) == 26 and source.isalnum() and source.isascii() and source[0] in "01234567"


def may_be_part_of_id(source: str) -> bool:
    """Whether a text is as a task's id is, cut short."""
    return SHORTEST_PART <= len(source) < 26 and source.isalnum() and source.isascii()


def is_public(url: str) -> bool:
    """Whether a service on the internet could fetch an address, as far as its host's name tells."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_RESERVED)


def source_problems(catalogue: Catalogue, model: Model, shot: Shot) -> list[Problem]:
    """Sources of a kind that the model does not take, each with the models that would take it."""
    found: list[Problem] = []
    for each in shot.inputs:
        slot = model.slot(each, shot.mode)
        reason = slot and _refusal(slot, each.source)
        if reason:
            others = [other.name for other in catalogue.model if _takes(other, each, shot.mode)]
            offer = f"; {' and '.join(others)} would take it" if others else ""
            found.append(Problem(each.role.value, reason + offer))
    return found


def _refusal(slot: InputSlot, source: str) -> str | None:
    way = way_of(source)
    if way == "url" and not is_public(source):
        return "is not an address that a vendor could fetch; it must be public"
    # An earlier take serves as a file too: its clip, or a frame of it.
    if way in slot.accepts or (way == "generation" and "file" in slot.accepts):
        return None
    wanted = " or ".join(_WAYS[each] for each in slot.accepts)
    return f"must be {wanted} here, not {_WAYS[way]}"


def _takes(model: Model, each: Input, mode: str) -> bool:
    slot = model.slot(each, mode) if mode in model.modes else None
    return slot is not None and _refusal(slot, each.source) is None
