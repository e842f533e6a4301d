"""What a reframe will do with a clip or a picture, in words, before it is sent. Pure.

Luma keeps the source whole unless it is told otherwise and paints what the new frame has more (outpainting). Where the
source stands is said by parameters: pixels in the Dream Machine API, parts of the frame in the Agents API.
"""

from __future__ import annotations

from providers.catalogue_file import shape
from providers.shot import Shot
from providers.values import dataclass

__all__ = ["preview"]

SAME = 0.98
"""A source that fills this much of the frame has its shape already."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of one side of the new frame, in parts of it."""

    start: float
    length: float

    @property
    def inside(self) -> float:
        """How much of it lies within the frame."""
        return max(0.0, min(1.0, self.start + self.length) - max(0.0, self.start))


def preview(shot: Shot, size: tuple[int, int] | None) -> list[str]:
    """Sentences for a reframe; none for any other shot. `size` is the source's, in pixels, where it is known."""
    wanted = _proportion(str(shot.params.get("ratio", "")))
    if shot.mode not in {"reframe", "image_reframe"} or wanted is None:
        return []
    ratio = str(shot.params["ratio"])
    if all(name in shot.params for name in ("source_x", "source_y", "source_width", "source_height")):
        return _placed(shot, ratio)
    by_hand = [*_cropped(shot, size), *_scaled(shot, ratio)]
    return by_hand or ([] if size is None else [_whole(size, ratio, wanted)])


def _proportion(ratio: str) -> float | None:
    across, _, down = ratio.partition(":")
    return int(across) / int(down) if across.isdigit() and down.isdigit() and int(down) and int(across) else None


def _whole(size: tuple[int, int], ratio: str, wanted: float) -> str:
    width, height = size
    own = width / height
    filled = min(own / wanted, wanted / own)
    is_now = f"The source is {width}x{height}"
    if named := shape(f"{width}:{height}"):
        is_now += f" ({named})"
    if filled >= SAME:
        return f"{is_now}, which is {ratio} already: there is hardly anything to paint."
    sides = "above and below it" if own > wanted else "left and right of it"
    return f"{is_now}; kept whole it fills {filled:.0%} of a {ratio} frame, and Luma paints the rest {sides}."


def _placed(shot: Shot, ratio: str) -> list[str]:
    """Luma Agents, source position: left, top, width and height in parts of the new frame."""
    across = _Span(_number(shot, "source_x"), _number(shot, "source_width"))
    down = _Span(_number(shot, "source_y"), _number(shot, "source_height"))
    filled = across.inside * down.inside
    whole = across.length * down.length
    words = (
        f"The source stands at {_part(across)} of the width and {_part(down)} of the height of the {ratio} frame "
        f"and fills {filled:.0%} of it; Luma paints the rest."
    )
    lost = 1 - filled / whole if whole else 0.0
    return [words, f"{lost:.0%} of the source lies outside the frame and is cut away."] if lost > 0.005 else [words]


def _part(span: _Span) -> str:
    return f"{span.start:.0%} to {span.start + span.length:.0%}"


def _cropped(shot: Shot, size: tuple[int, int] | None) -> list[str]:
    """Dream Machine, reframe: the crop box, in pixels of the source."""
    spans = []
    for start, end, name in (("x_start", "x_end", "across"), ("y_start", "y_end", "down")):
        if start in shot.params and end in shot.params:
            spans.append((_number(shot, start), _number(shot, end), name))
    if not spans:
        return []
    box = " and ".join(f"{low:g} to {high:g} px {name}" for low, high, name in spans)
    if size is None:
        return [f"Of the source, {box} is used."]
    kept = 1.0
    for low, high, name in spans:
        side = size[0] if name == "across" else size[1]
        kept *= max(0.0, min(high, side) - min(low, side)) / side
    return [f"Of the source of {size[0]}x{size[1]}, {box} is used: {1 - kept:.0%} of it is cut away."]


def _scaled(shot: Shot, ratio: str) -> list[str]:
    """Dream Machine, reframe: the size that the source is scaled to, and where it sits in the new frame."""
    words = []
    if "resized_width" in shot.params and "resized_height" in shot.params:
        words.append(f"scaled to {shot.params['resized_width']}x{shot.params['resized_height']}")
    for name, edge in (("grid_x", "left"), ("grid_y", "top")):
        if name in shot.params:
            words.append(f"{shot.params[name]} px from the {edge}")
    return [f"In the {ratio} frame the source is {', '.join(words)}; Luma paints the rest."] if words else []


def _number(shot: Shot, name: str) -> float:
    value = shot.params.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0
