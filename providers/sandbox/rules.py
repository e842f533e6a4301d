"""Rules of the sandbox's own models that join several fields. Pure; each gives a problem that says what to change."""

from __future__ import annotations

from providers.errors import Problem
from providers.shot import Role, Shot

__all__ = ["problems"]


def problems(shot: Shot) -> list[Problem]:
    """Everything against a shot that one field alone does not show."""
    found = [_needs_a_picture(shot), _loop_has_no_end(shot)]
    return [each for each in found if each is not None]


def _needs_a_picture(shot: Shot) -> Problem | None:
    if shot.mode != "image_to_video" or shot.input(Role.START_IMAGE) or shot.input(Role.END_IMAGE):
        return None
    return Problem("start_image", "is needed for image_to_video; give a first or a last frame")


def _loop_has_no_end(shot: Shot) -> Problem | None:
    if shot.params.get("loop") is not True or shot.input(Role.END_IMAGE) is None:
        return None
    return Problem("loop", "ends where it began; switch it off or leave out the last frame", (False,))
