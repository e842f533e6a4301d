"""Pictures that guide a picture in the Dream Machine API: each is for the content, the style or one character. Pure.

Source: the OpenAPI document of 2025-06-24 (`image_ref`, at most 4; `style_ref`; `character_ref.identity0.images`, at
most 4). A person says it in one line: `image, style 0.8, character`, in the order of the pictures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from providers.errors import Problem
from providers.shot import Media, Role, Shot
from providers.values import dataclass

__all__ = ["PICTURES", "link_of", "place_pictures", "uses_fit"]

PICTURES = "image_ref"
USES = ("image", "style", "character")
MOST = {"image": 4, "character": 4}


@dataclass(frozen=True, slots=True)
class Use:
    """What one picture is for, and how much it counts (0 to 1, None: as Luma has it)."""

    name: str
    weight: float | None = None


def parse_uses(text: str) -> list[Use]:
    """`image, style 0.8, character`. Raises ValueError that says what is wrong."""
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;]", text))):
        match = re.fullmatch(r"([a-z]+)(?:[\s:=]+(\d(?:\.\d{1,3})?))?", part.casefold())
        if match is None or match[1] not in USES:
            raise ValueError(f"{part!r} is no use; write {', '.join(USES)}, each with a weight if you like: style 0.8")
        weight = float(match[2]) if match[2] else None
        if weight is not None and weight > 1:
            raise ValueError(f"{part!r}: a weight is 0 to 1")
        if weight is not None and match[1] == "character":
            raise ValueError(f"{part!r}: a character has no weight")
        found.append(Use(match[1], weight))
    return found


def place_pictures(body: dict[str, Any], shot: Shot, pictures: Sequence[Media]) -> None:
    """Puts each picture where its use belongs."""
    uses = parse_uses(str(shot.params.get("uses", "")))
    for number, media in enumerate(pictures):
        use = uses[number] if number < len(uses) else Use("image")
        url = link_of(media)
        if use.name == "character":
            identity = body.setdefault("character_ref", {}).setdefault("identity0", {})
            identity.setdefault("images", []).append(url)
            continue
        weight = {} if use.weight is None else {"weight": use.weight}
        body.setdefault(f"{use.name}_ref", []).append({"url": url, **weight})


def link_of(media: Media) -> str:
    """The link; of an earlier take the words that stand for it until Luma was asked for its link."""
    return media.url or f"(the link of {media.vendor_id})"


def uses_fit(shot: Shot) -> Problem | None:
    """One use for each picture at most, and no more of a use than Luma takes."""
    try:
        uses = parse_uses(str(shot.params.get("uses", "")))
    except ValueError as error:
        return Problem("uses", str(error))
    count = sum(each.role is Role.REFERENCE for each in shot.inputs)
    if "uses" in shot.params and len(uses) > count:
        return Problem("uses", f"names {len(uses)} for {count} pictures; name one for each")
    counts = Counter(uses[number].name if number < len(uses) else "image" for number in range(count))
    over = next((name for name, most in MOST.items() if counts[name] > most), None)
    return None if over is None else Problem("ref", f"{counts[over]} as {over}; at most {MOST[over]}")
