"""Sides: the further files of one take, fetched while the take itself waits whole in its `.part`.

They are tried for a while. What cannot be had then must not keep the clip from being stored: it is left out, in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from providers.errors import ProviderError
from providers.values import dataclass
from rushes.context import Context
from rushes.library.extras import Extra, extra_of, extra_path
from rushes.media.beside import discard
from rushes.media.kinds import words
from rushes.task import Task
from rushes.tasks.assets import AssetError, hold_part, keep
from rushes.tasks.pieces import NotWhole, Piece, download, no_room, verified

__all__ = ["SideMissing", "Sides", "bring"]

TRIES = 3
"""Fewer than a command has patience for, so that it too ends with the clip in its place."""


class SideMissing(AssetError):
    """The clip is here and whole; a file that belongs beside it could not be had now."""


@dataclass(slots=True)
class Sides:
    """What has come of them, by number, what is to be said of those, and how often one was missing."""

    here: dict[int, Extra] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    tries: int = 0

    @property
    def in_order(self) -> list[Extra]:
        """As the vendor named them."""
        return [extra for _number, extra in sorted(self.here.items())]


async def bring(context: Context, task: Task, pieces: Sequence[Piece], target: Path, sides: Sides) -> list[str]:
    """Fetches what is not in `sides` yet. Raises SideMissing; the last time it says what the take goes without."""
    faults: list[tuple[Piece, ProviderError | NotWhole]] = []
    for piece in pieces:
        if piece.number not in sides.here:
            try:
                await _bring(context, task, piece, target, sides)
            except (ProviderError, NotWhole) as error:
                faults.append((piece, error))
    sides.tries += bool(faults)
    if faults and sides.tries < TRIES:
        piece, why = faults[0]
        told = f"the {words(piece.kind)} that belongs beside it could not be fetched: {why}"
        raise SideMissing(told, retry_after=getattr(why, "retry_after", None), hint=getattr(why, "hint", None))
    return [await asyncio.to_thread(_without, task, piece, why, target, sides) for piece, why in faults]


async def _bring(context: Context, task: Task, piece: Piece, target: Path, sides: Sides) -> None:
    """It has its name before the take has its own."""
    with hold_part(piece.part):
        await download(context, task, piece)
        report, pictures = await verified(piece)
        await asyncio.to_thread(discard, pictures)
        found = Extra(extra_path(target, piece.number, report.suffix), report.sha256, report.bytes)
        try:
            await asyncio.to_thread(keep, piece.part, found.file)
        except OSError as error:
            raise no_room(error) from error
    sides.here[piece.number] = found
    sides.told += [f"{found.file.name}: {each}" for each in report.warnings]


def _without(task: Task, piece: Piece, why: Exception, target: Path, sides: Sides) -> str:
    """What came another time stays where it is, and in the sidecar."""
    before = extra_of(target, piece.number)
    if before is not None and before.file.is_file():
        sides.here[piece.number] = before
        return f"{before.file.name} could not be fetched again, and stays as it was: {why}"
    return f"the {words(piece.kind)} that belongs beside it is missing; `rushes fetch {task.id}` tries again: {why}"
