"""Choosing a picture or a clip for the shot on the desk: the finder, then the frame of a take. For a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from providers.shot import Role
from tui.screens.dialogue import Choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from providers.catalogue import InputSlot
    from rushes.interface import Engine
    from rushes.shots.media_finder import Found
    from rushes.task import Task
    from tui.app import RushesApp
    from tui.shot_desk import ShotDesk

__all__ = ["choose_slot", "choose_source", "picture_places"]

REMEMBERED = 500
"""How many of the newest takes the finder knows; older ones are found in the Library."""


async def choose_source(
    app: RushesApp, engine: Engine, slot: InputSlot, provider: str, *, takes_only: bool = False
) -> str | None:
    """What the person chooses for a slot, as it would be typed; None where they leave it.

    A slot that takes no files can only be told of the provider's own takes.
    """
    from tui.screens.find_media import FindMedia

    if not {"file", "generation"} & set(slot.accepts):
        app.notify("This model takes nothing but an https address here.", title=slot.label, markup=False)
        return None
    takes = [each for each in (await engine.history(limit=REMEMBERED)).tasks if each.take]
    if "file" not in slot.accepts:
        takes = [each for each in takes if each.shot.provider == provider]
    while True:
        files = None if takes_only or "file" not in slot.accepts else _files(app, slot.media)
        title = f"{slot.label}: {'a take' if files is None else 'a file or a take'}"
        chosen = await app.push_screen_wait(FindMedia(title, slot.media, files, takes if slot.media != "audio" else ()))
        if chosen is None:
            return None
        source = _typed(chosen) if isinstance(chosen, Path) else await _of_take(app, engine, slot, chosen)
        if source is not None:
            return source


def _files(app: RushesApp, media: str) -> Iterator[list[Found]]:
    """The working folder, and what was taken out of clips; clips themselves are there as takes."""
    from rushes.shots.media_finder import walk

    return walk([Path.cwd(), app.home.exports], media)


def _typed(path: Path) -> str:
    """A path as a person writes it: below their own folder with a tilde."""
    whole = path.absolute()
    home = Path.home()
    return f"~/{whole.relative_to(home)}" if whole.is_relative_to(home) and home != Path("/") else str(whole)


async def _of_take(app: RushesApp, engine: Engine, slot: InputSlot, task: Task) -> str | None:
    """A take as a clip is its id; as a picture it is a frame of it that the person chooses."""
    if slot.media != "image" or "file" not in slot.accepts:
        return task.id
    from tui.screens.pick_frame import PickFrame

    path = await app.push_screen_wait(PickFrame(engine, task, slot.label, last=slot.role is Role.START_IMAGE))
    return None if path is None else _typed(path)


def picture_places(desk: ShotDesk | None) -> dict[str, Role]:
    """Where a picture from this machine can go in the next shot, by the names of the fields."""
    slots = desk.slots if desk else ()
    found = {each.label: each.role for each in slots if each.media == "image" and "file" in each.accepts}
    return found or {"Start frame": Role.START_IMAGE, "End frame": Role.END_IMAGE}


async def choose_slot(app: RushesApp, slots: Sequence[InputSlot], title: str) -> InputSlot | None:
    """One of several slots; the only one is not asked about."""
    if len(slots) < 2:
        return slots[0] if slots else None
    index = await app.push_screen_wait(Choose(title, [each.label for each in slots], 0))
    return None if index is None else slots[index]
