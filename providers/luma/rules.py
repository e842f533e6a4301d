"""Luma's rules that join several fields, one small function each: the problem with what to change, or None. Pure.

Sources: the guides of the Dream Machine API (key frames, loop), and the types and documentation of luma-agents 0.5.
What one field alone may be stands in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable

from providers.errors import Problem
from providers.luma.body import numbers
from providers.luma.pictures import uses_fit
from providers.shot import Role, Shot

__all__ = ["AGENTS_RULES", "DREAM_MACHINE_RULES", "Rule", "problems"]

Rule = Callable[[Shot], Problem | None]

GRID_FPS = 24
HDR_TIERS = ("720p", "1080p")
UPRIGHT = ("9:16", "3:4")
CONTROLS = (
    "strength", "pose", "pose_strength", "depth", "depth_blur", "normals", "normals_augmentation", "trajectory",
    "trajectory_sparsity", "face",
)  # fmt: skip
PLACE = ("source_x", "source_y", "source_width", "source_height")
CROP = (("x_start", "x_end", "right of"), ("y_start", "y_end", "below"))


def problems(rules: tuple[Rule, ...], shot: Shot) -> list[Problem]:
    """Everything that the rules have against a shot."""
    return [problem for rule in rules if (problem := rule(shot)) is not None]


def _on(shot: Shot, name: str) -> bool:
    return shot.params.get(name) is True


def _long(shot: Shot) -> bool:
    return shot.params.get("duration") == "10s"


def _has(shot: Shot, role: Role) -> bool:
    return shot.input(role) is not None


# ── both APIs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def needs_a_frame(shot: Shot) -> Problem | None:
    """Image to video begins or ends with a picture."""
    if shot.mode == "image_to_video" and not (_has(shot, Role.START_IMAGE) or _has(shot, Role.END_IMAGE)):
        return Problem("start_image", "is needed (or an end frame) to make a clip from a picture")
    return None


def loop_without_end_frame(shot: Shot) -> Problem | None:
    """A loop ends where it starts, so it has no end frame."""
    if _on(shot, "loop") and shot.mode == "image_to_video" and _has(shot, Role.END_IMAGE):
        if _has(shot, Role.START_IMAGE):
            return None
        return Problem("loop", "does not go with an end frame; take one of the two away")
    return None


def loop_without_both_frames(shot: Shot) -> Problem | None:
    """A clip from one picture to another cannot come back to the first."""
    both = _has(shot, Role.START_IMAGE) and _has(shot, Role.END_IMAGE)
    if _on(shot, "loop") and shot.mode == "image_to_video" and both:
        return Problem("loop", "does not go with a start and an end frame; keep one frame, or no loop")
    return None


# ── Dream Machine ────────────────────────────────────────────────────────────────────────────────────────────────────


def loop_not_backwards(shot: Shot) -> Problem | None:
    """Extending backwards ends in a clip that exists."""
    if _on(shot, "loop") and shot.mode == "extend_back":
        return Problem("loop", "does not go with extending backwards; switch it off")
    return None


def loop_not_towards(shot: Shot) -> Problem | None:
    """Extending towards a picture ends with that picture."""
    if _on(shot, "loop") and shot.mode == "extend" and _has(shot, Role.END_IMAGE):
        return Problem("loop", "does not go with extending towards a picture; take one of the two away")
    return None


def loop_not_between(shot: Shot) -> Problem | None:
    """What joins two takes ends in the second."""
    if _on(shot, "loop") and shot.mode == "interpolate":
        return Problem("loop", "does not go with joining two takes; switch it off")
    return None


def crop_has_room(shot: Shot) -> Problem | None:
    """The crop box's end lies behind its start."""
    for start, end, where in CROP:
        low, high = shot.params.get(start), shot.params.get(end)
        if isinstance(low, int) and isinstance(high, int) and high <= low:
            return Problem(end, f"must lie {where} {start} ({low})")
    return None


def crop_is_whole(shot: Shot) -> Problem | None:
    """A crop box has both ends of a side."""
    for start, end, _where in CROP:
        given = [name for name in (start, end) if name in shot.params]
        if len(given) == 1:
            missing = end if given == [start] else start
            return Problem(missing, f"is needed beside {given[0]}")
    return None


def scale_is_whole(shot: Shot) -> Problem | None:
    """A size has a width and a height."""
    given = [name for name in ("resized_width", "resized_height") if name in shot.params]
    if len(given) == 1:
        missing = "resized_height" if given == ["resized_width"] else "resized_width"
        return Problem(missing, f"is needed beside {given[0]}")
    return None


# ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def long_without_frames(shot: Shot) -> Problem | None:
    """10 s exclude start and end frames; pictures at positions of their own are possible."""
    if _long(shot) and shot.mode == "image_to_video":
        return Problem("duration", "of 10s does not go with frames; choose 5s, or the mode keyframes", ("5s",))
    return None


def long_without_loop(shot: Shot) -> Problem | None:
    """10 s exclude loop."""
    return Problem("loop", "does not go with 10s; choose 5s, or no loop") if _long(shot) and _on(shot, "loop") else None


def long_without_hdr(shot: Shot) -> Problem | None:
    """HDR is 5 s long."""
    return Problem("hdr", "does not go with 10s; choose 5s, or no HDR") if _long(shot) and _on(shot, "hdr") else None


def loop_without_hdr(shot: Shot) -> Problem | None:
    """Loop excludes HDR."""
    if _on(shot, "loop") and _on(shot, "hdr"):
        return Problem("loop", "does not go with HDR; switch one of the two off")
    return None


def hdr_needs_resolution(shot: Shot) -> Problem | None:
    """HDR is made at 720p and 1080p."""
    if _on(shot, "hdr") and shot.params.get("resolution") not in HDR_TIERS:
        return Problem("resolution", f"must be {' or '.join(HDR_TIERS)} with HDR", HDR_TIERS)
    return None


def exr_needs_hdr(shot: Shot) -> Problem | None:
    """EXR frames hold what only HDR has."""
    return Problem("exr", "needs HDR; switch HDR on") if _on(shot, "exr") and not _on(shot, "hdr") else None


def positions_are_numbers(shot: Shot) -> Problem | None:
    """Whole frames, each once."""
    try:
        found = _positions(shot)
    except ValueError as error:
        return Problem("positions", f"must be whole numbers with commas between, like 0, 60, 120: {error}")
    twice = sorted({each for each in found if found.count(each) > 1})
    return Problem("positions", f"names {twice[0]} twice; each position takes one picture") if twice else None


def positions_match_pictures(shot: Shot) -> Problem | None:
    """One position for each picture, in the same order."""
    try:
        found = len(_positions(shot))
    except ValueError:
        return None
    pictures = sum(each.role is Role.REFERENCE for each in shot.inputs)
    if shot.mode in {"keyframes", "modify"} and found != pictures:
        return Problem("positions", f"must be as many as the pictures: {found} for {pictures}")
    return None


def positions_within_clip(shot: Shot) -> Problem | None:
    """Luma Agents, key frames: positions on the grid of 24 frames a second, 0 to 120 or 0 to 240."""
    try:
        found = _positions(shot)
    except ValueError:
        return None
    last = GRID_FPS * (10 if _long(shot) else 5)
    if shot.mode == "keyframes" and any(each > last for each in found):
        return Problem("positions", f"must be 0 to {last}, which is the last frame of {last // GRID_FPS} s")
    return None


def one_way_of_guiding(shot: Shot) -> Problem | None:
    """An edit takes a first frame or pictures at positions, not both."""
    if shot.mode == "modify" and _has(shot, Role.START_IMAGE) and _has(shot, Role.REFERENCE):
        return Problem("ref", "does not go with a first frame; put that picture at position 0 instead")
    return None


def automatic_or_by_hand(shot: Shot) -> Problem | None:
    """Automatic controls leave nothing to be said by hand."""
    by_hand = [name for name in CONTROLS if name in shot.params]
    if _on(shot, "auto_controls") and by_hand:
        return Problem("auto_controls", f"does not go with {', '.join(by_hand)}; clear it, or those")
    return None


def place_is_whole(shot: Shot) -> Problem | None:
    """A place in the new frame has four figures."""
    missing = [name for name in PLACE if name not in shot.params]
    if missing and len(missing) < len(PLACE):
        return Problem(missing[0], f"is needed too: a place has {', '.join(PLACE)}")
    return None


def reframe_not_upright_1080p(shot: Shot) -> Problem | None:
    """Luma Agents, reframe: upright 1080p is not offered yet."""
    upright = shot.params.get("ratio") in UPRIGHT
    if shot.mode == "reframe" and upright and shot.params.get("resolution") == "1080p":
        return Problem("resolution", "of 1080p is not offered for upright frames yet; choose 720p", ("720p",))
    return None


def _positions(shot: Shot) -> list[int]:
    return numbers(shot.params.get("positions", ""))


DREAM_MACHINE_RULES: tuple[Rule, ...] = (
    needs_a_frame,
    loop_without_end_frame,
    loop_without_both_frames,
    loop_not_backwards,
    loop_not_towards,
    loop_not_between,
    crop_has_room,
    crop_is_whole,
    scale_is_whole,
    uses_fit,
)
AGENTS_RULES: tuple[Rule, ...] = (
    needs_a_frame,
    loop_without_end_frame,
    loop_without_both_frames,
    long_without_frames,
    long_without_loop,
    long_without_hdr,
    loop_without_hdr,
    hdr_needs_resolution,
    exr_needs_hdr,
    positions_are_numbers,
    positions_match_pictures,
    positions_within_clip,
    one_way_of_guiding,
    automatic_or_by_hand,
    place_is_whole,
    reframe_not_upright_1080p,
)
