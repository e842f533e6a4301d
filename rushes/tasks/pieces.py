"""Pieces: the files of one finished task as they come in. Which of them is the take, their download, their check.

Each comes to a place of its own under `incoming`; where it goes from there is the business of `landing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from providers.base import Asset, Provider
from providers.http import shorten
from providers.values import dataclass
from rushes.context import Context
from rushes.media.beside import Beside, beside, discard
from rushes.media.kinds import ALL as KINDS
from rushes.media.kinds import Kind, words
from rushes.task import Task
from rushes.tasks.assets import AssetError, set_aside
from rushes.tasks.crash import crash_point

if TYPE_CHECKING:
    from providers.price import Expected
    from rushes.media import Report

__all__ = ["NotWhole", "Piece", "download", "no_room", "part_of", "pieces_of", "take_of", "verified"]


class NotWhole(Exception):
    """The file arrived and is not the clip."""

    def __init__(self, reason: str, sha256: str) -> None:
        super().__init__(reason)
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a task: where it comes from, where it lands first, what it must be, and its number (1: the take)."""

    url: str
    part: Path
    kind: Kind
    expect: Expected
    number: int


def pieces_of(context: Context, provider: Provider, task: Task, assets: Sequence[Asset]) -> list[Piece]:
    """The file that was asked for comes first, whatever else the vendor gives goes with it.

    Raises AssetError where that file is not among them: a picture beside the clip is not the clip.
    """
    from providers.price import Expected, expected

    wanted = expected(provider.catalogue, task.shot)
    kinds = [(asset.kind or wanted.kind, asset) for asset in assets]
    if not kinds:
        raise AssetError("the vendor says the task is done, but gives no link to a clip")
    main = next((at for at, (kind, _) in enumerate(kinds) if kind == wanted.kind), None)
    if main is None and provider.catalogue.find(task.shot.model):
        came = ", ".join(shorten(kind, 40) for kind, _ in kinds)
        raise AssetError(f"the vendor says the task is done, but gives no {words(_known(wanted.kind))}, only: {came}")
    main = main or 0  # what a model makes that nobody described is taken as it comes
    ordered = [kinds[main], *kinds[:main], *kinds[main + 1 :]]
    nothing = Expected(None, None, None)
    return [
        Piece(
            asset.url, part_of(context, task, number), _known(kind), wanted if kind == wanted.kind else nothing, number
        )
        for number, (kind, asset) in enumerate(ordered, start=1)
    ]


def take_of(context: Context, provider: Provider, task: Task) -> Piece:
    """The take's own file where it comes in, without a link to it."""
    from providers.price import expected

    wanted = expected(provider.catalogue, task.shot)
    return Piece("", part_of(context, task), _known(wanted.kind), wanted, 1)


def _known(kind: str) -> Kind:
    """What a vendor calls by a word of its own is kept unopened."""
    return next((each for each in KINDS if each == kind), "archive")


async def download(context: Context, task: Task, piece: Piece) -> None:
    """Leaves the whole file in its `.part`. Raises AssetGone, AssetError; tells the screens how far it is."""
    pool, shot = context.pool, task.shot

    def on_bytes(received: int, total: int | None) -> None:
        crash_point("part-begun")
        if context.transfers.tell(task.id, received, total):
            context.publish(task)

    await context.downloads.fetch(
        piece.url,
        piece.part,
        party=shot.provider,
        local=pool.is_local(shot.provider, shot.model),
        anywhere=pool.in_process(shot.provider, practice=task.practice),
        picture=piece.kind == "image",
        transport=pool.transport(shot.provider, practice=task.practice),
        on_bytes=on_bytes,
    )


def part_of(context: Context, task: Task, number: int = 1) -> Path:
    """Where a file of a task comes in, until it is whole."""
    name = task.id if number == 1 else f"{task.id}-{number}"
    return context.media / "incoming" / f"{name}.part"


async def verified(piece: Piece) -> tuple[Report, Beside]:
    """One decode pass in a thread, with the pictures. Raises NotWhole; what may be worth something is set aside."""
    from rushes.media import Expect, verify

    wanted, part = piece.expect, piece.part
    expect = Expect(wanted.width, wanted.height, wanted.seconds, wanted.shape, wanted.sound)
    made = beside(part)
    make = partial(verify, part, expect, poster=made.poster, filmstrip=made.strip, scrub=made.scrub, kind=piece.kind)
    try:
        report = await asyncio.to_thread(make)
        if report.ok:
            return report, made
        await asyncio.to_thread(discard, made)
        kept = await asyncio.to_thread(set_aside, part, report.sha256, report.suffix)
    except OSError as error:
        raise no_room(error) from error
    # From the folder above the clips: a client of the gateway reads this, and sees no more of this machine.
    place = kept.relative_to(part.parents[2])
    why = f"the {words(piece.kind)} did not pass its check: {report.reason} (kept as {place})"
    raise NotWhole(why, report.sha256)


def no_room(error: OSError) -> AssetError:
    """What a full disk, or one that is not there, means for a clip: it is fetched when there is a place for it."""
    return AssetError(
        f"cannot keep the clip: {error.strerror or error}",
        hint="make room, or bring the disk back; it is fetched again then",
    )
