"""Inputs: from what a person named (a path, an https URL, an earlier task) to what a vendor can be sent.

A vendor that can be told the id of a take that it made itself gets the id; else an earlier take serves as a file: its
clip, or a frame of it. What lies on this machine is opened and measured before anything is sent.
"""

from __future__ import annotations

import asyncio
import mimetypes
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from providers.catalogue import media_kind
from providers.errors import Problem
from providers.shot import Input, Media, Role, Shot
from providers.sources import is_task_id, may_be_part_of_id
from providers.values import dataclass
from rushes.media.kinds import ending, kind_of, words
from rushes.task import Status, Task

if TYPE_CHECKING:
    from providers.catalogue import InputSlot
    from rushes.context import Context

__all__ = ["ClipFacts", "InputProblem", "check_inputs", "check_source", "clip_facts", "prepare", "resolve", "told"]

MAX_BYTES = 200 * 2**20
AT_VENDOR = frozenset({Status.SUCCEEDED, Status.DOWNLOADING})
"""States in which the vendor has finished a task."""


class InputProblem(Exception):
    """A picture or clip that cannot be used: says which and why."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What the price of working on a clip may depend on: seconds and pixels."""

    seconds: Decimal
    size: tuple[int, int]


async def resolve(context: Context, task: Task) -> list[Media]:
    """Every input of a task, ready for sending. Raises InputProblem."""
    return await prepare(context, task.shot, practice=task.practice)


async def prepare(context: Context, shot: Shot, *, practice: bool) -> list[Media]:
    """Every input of a shot, ready for sending. Raises InputProblem."""
    return [await _Resolver(context, shot, practice).media(each) for each in shot.inputs]


async def told(context: Context, shot: Shot) -> Shot:
    """The shot with the kind of every input whose name does not say for which field of its role it is: a take's is
    what it is or will be, a file's what its first bytes say. Of a link nothing is known; what fits no field stays."""
    model = context.pool.catalogue(shot.provider).find(shot.model)
    if model is None:
        return shot
    inputs = [await _told(context, each, model.media_for(each.role, shot.mode)) for each in shot.inputs]
    return replace(shot, inputs=tuple(inputs))


async def _told(context: Context, each: Input, kinds: tuple[str, ...]) -> Input:
    if len(kinds) < 2 or each.media or "://" in each.source or media_kind(each.source):
        return each
    if (task := await _task(context, each.source)) is not None:
        kind = _makes(context, task)
    else:
        kind = await asyncio.to_thread(_kind_inside, Path(each.source).expanduser())  # noqa: ASYNC240 - no look yet
    return replace(each, media=kind) if kind in kinds else each


def _kind_inside(path: Path) -> str:
    """By a file's first bytes; nothing where they cannot be read or are of no known kind."""
    try:
        with path.open("rb") as file:
            found = ending(file.read(512))
    except (OSError, ValueError):
        return ""
    return kind_of(Path(f"x{found}")) if found else ""


def _makes(context: Context, task: Task) -> str:
    """What kind of file a task has, or will have."""
    if task.take is not None:
        return task.take.kind
    model = context.pool.catalogue(task.shot.provider).find(task.shot.model)
    return model.output if model else "video"


async def check_inputs(context: Context, shot: Shot, *, practice: bool) -> list[Problem]:
    """What is wrong with the inputs when they are opened: damaged, too long, no picture, another vendor's take."""
    found: list[Problem] = []
    for each in shot.inputs:
        try:
            await _Resolver(context, shot, practice).media(each)
        except InputProblem as problem:
            found.append(Problem(each.role.value, str(problem).removeprefix(f"{each.role.value}: ")))
    return found


async def clip_facts(context: Context, given: Input) -> ClipFacts | None:
    """Length and size of a given clip, None where it cannot be looked at from here (a link)."""
    if "://" in given.source:
        return None
    from rushes.media import MediaError, probe, read_image

    if (task := await _task(context, given.source)) is not None:
        take = task.take
        return ClipFacts(_seconds(take.duration_s), (take.width, take.height)) if take else None
    path = Path(given.source).expanduser()  # noqa: ASYNC240 - one look at a local path
    if not await asyncio.to_thread(path.is_file):
        return None
    try:
        if media_kind(path.name) == "image":
            picture = read_image(await asyncio.to_thread(path.read_bytes))
            return ClipFacts(Decimal(0), (picture.width, picture.height))
        facts = await asyncio.to_thread(probe, path)
    except (MediaError, OSError):
        return None
    return ClipFacts(_seconds(facts.duration_s), (facts.width, facts.height))


def _seconds(length: float) -> Decimal:
    return Decimal(str(round(length, 2)))


def check_source(source: str) -> str | None:
    """What is wrong with a source, as far as that shows without fetching; None when it may be fine."""
    if not source.strip():
        return "is empty; give a path, an https link or a task's id"
    if "://" in source:
        return None if source.startswith("https://") else "must be an https link"
    path = Path(source).expanduser()
    try:
        if path.is_file():
            return None if path.stat().st_size <= MAX_BYTES else f"is larger than {MAX_BYTES // 2**20} MiB"
        if path.is_dir():
            return f"{path.name or source!r} is a folder; name a file in it"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"
    task = ", and no task of that id" if may_be_part_of_id(source) else ""
    where = f" in {path.parent}" if path.parent != Path() else ""
    return None if is_task_id(source) else f"there is no file {path.name!r}{where}{task}"


async def _task(context: Context, source: str) -> Task | None:
    return await context.store.run(lambda library: library.get(source)) if is_task_id(source) else None


@dataclass(frozen=True, slots=True)
class _Resolver:
    """The inputs of one shot. Every method raises InputProblem."""

    context: Context
    shot: Shot
    practice: bool

    async def media(self, each: Input) -> Media:
        if each.source.startswith("https://"):
            return Media(each.role, url=each.source)
        slot = self._slot(each)
        # The library first: no file may stand in for a take because it bears its id.
        if (task := await _task(self.context, each.source)) is not None:
            return await self._from_task(each.role, task, slot)
        path = Path(each.source).expanduser()  # noqa: ASYNC240 - one look at a local path
        if not await asyncio.to_thread(path.is_file):
            raise InputProblem(f"{each.role.value}: there is no file and no task {each.source!r}")
        return await _from_file(each.role, path, slot)

    def _slot(self, each: Input) -> InputSlot | None:
        model = self.context.pool.catalogue(self.shot.provider).find(self.shot.model)
        return model.slot(each, self.shot.mode) if model else None

    async def _from_task(self, role: Role, task: Task, slot: InputSlot | None) -> Media:
        accepts = slot.accepts if slot else ("file", "url")
        foreign = self._foreign(task)
        fits = _makes(self.context, task) == (slot.media if slot else "video")
        if "generation" in accepts and foreign is None and fits:
            return Media(role, vendor_id=task.vendor_id)
        if "file" not in accepts and foreign is None and not fits:
            wanted = f"makes no {words(slot.media)}" if slot else "does not fit"
            raise InputProblem(f"{role.value}: {task.id} {wanted}, and no link leads to a frame of it")
        if "file" not in accepts:
            raise InputProblem(f"{role.value}: {task.id} {foreign or 'is a take, and no link leads to it'}")
        if task.take is None:
            raise InputProblem(f"{role.value}: {task.id} has no clip; it is {task.status}")
        return await _from_take(role, task, slot)

    def _foreign(self, task: Task) -> str | None:
        """Why the vendor could not be told of a task by its id."""
        if task.shot.provider != self.shot.provider:
            return f"was made by {task.shot.provider}; {self.shot.provider} knows only its own"
        if task.practice != self.practice:
            return "is practice" if task.practice else "is real, and this is practice"
        if self._api(task.shot.model) != self._api(self.shot.model):
            return f"was made with {task.shot.model}, whose address does not share its takes with {self.shot.model}"
        if task.vendor_id is None or task.status not in AT_VENDOR:
            return f"is not finished: it is {task.status}"
        return None

    def _api(self, name: str) -> str:
        model = self.context.pool.catalogue(self.shot.provider).find(name)
        return model.api if model else ""


async def _from_file(role: Role, path: Path, slot: InputSlot | None = None) -> Media:
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise InputProblem(f"{role.value}: cannot read {path.name}: {error.strerror or error}") from error
    guessed = mimetypes.guess_type(path.name)[0] or mimetypes.guess_type(f"x{ending(data[:512]) or ''}")[0]
    kind = guessed or "application/octet-stream"
    if slot is not None:
        found: str | None = await asyncio.to_thread(_examine, role, path, data, slot)
        kind = found or kind
    return Media(role, data=data, media_type=kind, name=path.name)


def _examine(role: Role, path: Path, data: bytes, slot: InputSlot) -> str | None:
    """Opens a picture or a clip before a vendor has to; gives a picture's type by what it is, not by its name."""
    from rushes.media import MediaError, probe, read_image

    if slot.most_mb is not None and len(data) > slot.most_mb * 1_000_000:
        raise InputProblem(f"{role.value}: {path.name} is larger than {slot.most_mb:g} MB")
    try:
        if slot.media == "image":
            return f"image/{read_image(data).format.lower()}"
        if slot.media == "video":
            length = probe(path).duration_s
            if slot.most_s is not None and length > slot.most_s + 0.05:
                raise InputProblem(f"{role.value}: {path.name} lasts {length:.1f} s; at most {slot.most_s:g} s")
    except MediaError as error:
        raise InputProblem(f"{role.value}: {path.name}: {error}") from error
    return None


async def _from_take(role: Role, task: Task, slot: InputSlot | None) -> Media:
    """A picture is the picture, a clip the clip. A start frame is a clip's last picture (so that it goes on), an end
    frame its first."""
    take = task.take
    if take is None:
        raise InputProblem(f"{role.value}: {task.id} has no clip")
    wanted = slot.media if slot else "video" if role is Role.VIDEO else "image"
    if take.kind == wanted:
        return await _from_file(role, take.file, slot)
    if take.kind != "video" or wanted != "image":
        raise InputProblem(f"{role.value}: {task.id} is of the kind {take.kind}; a {words(wanted)} is wanted here")
    from rushes.media import MediaError, still_jpeg

    at_s = 0.0 if role is Role.END_IMAGE else max(0.0, take.duration_s - 1 / take.fps)
    try:
        data = await asyncio.to_thread(still_jpeg, take.file, at_s)
    except MediaError as error:
        raise InputProblem(f"{role.value}: {error}") from error
    return Media(role, data=data, media_type="image/jpeg", name=f"{task.id}.jpg")
