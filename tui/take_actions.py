"""What a key does to takes in the Library: stars, tags, notes, trash, kin. Many at once, each taken back by u.

Each function is a coroutine for a worker. What was done stands in a line in the corner; refusals do, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.screens.dialogue import Choose, Confirm
from tui.screens.line_dialogue import LineDialogue
from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = [
    "empty_trash",
    "extend",
    "kin",
    "note",
    "rate",
    "rerun_with",
    "save",
    "saved",
    "tag",
    "trash",
    "undo",
    "vary",
]


def say(app: RushesApp, words: str, *, bad: bool = False) -> None:
    """A line in the corner."""
    app.notify(one_line(words), severity="warning" if bad else "information", markup=False)


def _ids(tasks: Sequence[Task]) -> list[str]:
    return [each.id for each in tasks]


def many(count: int) -> str:
    """`1 take`, `12 takes`."""
    return "1 take" if count == 1 else f"{count} takes"


async def rate(app: RushesApp, engine: Engine, tasks: Sequence[Task], stars: int) -> None:
    """0 to 5 stars."""
    edited = await engine.shelf.rate(_ids(tasks), stars)
    if len(tasks) > 1:
        say(app, f"{'★' * stars or 'No stars'}: {many(len(edited.tasks))}; u takes it back")


async def tag(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """Gives and takes tags; `old=new` renames one everywhere."""
    known = [name for name, _ in await engine.shelf.tags()]
    there = sorted({name for each in tasks for name in each.tags})
    lines = [f"{many(len(tasks))}: {', '.join(there) or 'no tags yet'}"]
    hint = "a, b gives · -a takes · a=b renames everywhere"
    answer = await app.push_screen_wait(LineDialogue("Tags", lines, suggest=known, hint=hint))
    if answer is None or not answer.strip():
        return
    words = [each.strip() for each in answer.split(",") if each.strip(" -=")]
    try:
        edited = await _tagged(engine, tasks, words)
    except ValueError as problem:
        say(app, str(problem), bad=True)
        return
    say(app, f"{many(edited)} changed; u takes it back")


async def _tagged(engine: Engine, tasks: Sequence[Task], words: Sequence[str]) -> int:
    renamed = [each.partition("=") for each in words if "=" in each]
    done = [await engine.shelf.rename_tag(old, new) for old, _, new in renamed]
    plain = [each for each in words if "=" not in each]
    give = [each for each in plain if not each.startswith("-")]
    take = [each[1:] for each in plain if each.startswith("-")]
    if give or take:
        done.append(await engine.shelf.tag(_ids(tasks), give, take))
    return sum(len(each.tasks) for each in done)


async def note(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """Notes in one's own words."""
    before = tasks[0].notes if len({each.notes for each in tasks}) == 1 else ""
    answer = await app.push_screen_wait(
        LineDialogue("Notes", [many(len(tasks))], value=before.replace("\n", " ").replace("\t", " "))
    )
    if answer is not None:
        await engine.shelf.note(_ids(tasks), answer)


async def trash(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """Throws away, or gets back what lies in the trash."""
    thrown = [each for each in tasks if each.trashed_at]
    if thrown:
        edited = await engine.shelf.restore(_ids(thrown))
        say(app, f"{many(len(edited.tasks))} out of the trash")
        return
    edited = await engine.shelf.trash(_ids(tasks))
    if edited.left:
        say(app, f"{many(edited.left)} under way: cancel or forget first", bad=True)
    if edited.tasks:
        say(app, f"{many(len(edited.tasks))} in the trash; u takes it back, is:trashed shows it")


async def empty_trash(app: RushesApp, engine: Engine) -> None:
    """Deletes what is in the trash, after asking."""
    count = await engine.shelf.count("is:trashed")
    if not count:
        say(app, "The trash is empty.")
        return
    lines = [f"{many(count)} with every file are deleted. This cannot be taken back."]
    if await app.push_screen_wait(Confirm("Empty the trash?", lines, yes="Delete for good", no="Keep them")):
        gone = await engine.shelf.empty_trash()
        say(app, f"{many(gone.takes)} deleted, {gone.bytes / 1e6:.1f} MB freed", bad=bool(gone.kept))


async def undo(app: RushesApp, engine: Engine) -> None:
    """Takes back the last press of this window."""
    edited = await engine.shelf.undo()
    if edited is None:
        say(app, "There is nothing to take back.")
        return
    left = f"; {edited.left} were changed elsewhere since, and stay" if edited.left else ""
    say(app, f"Taken back: {many(len(edited.tasks))}{left}")


async def kin(app: RushesApp, engine: Engine, task: Task) -> Task | None:
    """The take's family as a tree to walk: enter goes to a relative and shows its family, on the take itself it ends.

    The take that the person wants to see; None where that is the one where the walk began.
    """
    here = task
    while True:
        lines = (await engine.shelf.kin(here.id)).lines()
        if len(lines) == 1 and here.id == task.id:
            say(app, "It was not made from another take, and none was made from it.")
            return None
        values = [f"{'  ' * depth}{'└ ' if depth else ''}{one_line(each.shot.prompt, 60)}" for depth, each, _ in lines]
        notes = [f"{how} · {each.badge}" if how else each.badge for _, each, how in lines]
        at = next(place for place, (_, each, _) in enumerate(lines) if each.id == here.id)
        notes[at] += " · enter: show this take"
        chosen = await app.push_screen_wait(Choose("Where it comes from, and what came of it", values, at, notes))
        if chosen is None:
            return None
        if chosen == at:
            return here if here.id != task.id else None
        here = lines[chosen][1]


async def rerun_with(app: RushesApp, engine: Engine, task: Task) -> None:
    """The take's shot under another model, with what that cannot keep and its price beside each."""
    from rushes.shots.rerun import Rerun, rerun

    offers: list[Rerun] = []
    labels: list[tuple[str, str]] = []
    for info in engine.providers():
        for model in engine.catalogue(info.name).model if info.ready else ():
            made = rerun(task, engine.catalogue, provider=info.name, model=model.name)
            price = "practice, free" if info.practice else engine.quote(made.shot).words()
            offers.append(made)
            labels.append((f"{info.label} {model.label}", " · ".join([price, *made.losses])))
    here = (task.shot.provider, task.shot.model)
    at = next((at for at, each in enumerate(offers) if (each.shot.provider, each.shot.model) == here), 0)
    names, notes = zip(*labels, strict=True)
    chosen = await app.push_screen_wait(Choose("Again with which model?", names, at, notes))
    if chosen is not None:
        await app.again(task, offers[chosen])


async def vary(app: RushesApp, engine: Engine, task: Task) -> None:
    """The same shot with another seed, on the desk."""
    from random import SystemRandom

    from rushes.pool import UnknownProvider
    from rushes.shots.rerun import NoModel, rerun

    try:
        made = rerun(task, engine.catalogue, rng=SystemRandom())
    except (NoModel, UnknownProvider) as error:
        say(app, str(error), bad=True)
        return
    if made.shot == task.shot:
        say(app, "This model takes no seed: every press is another take.")
    await app.again(task, made)


async def extend(app: RushesApp, engine: Engine, task: Task) -> None:
    """Goes on from the take: by the vendor itself where it can, else with the take's last frame as the first one."""
    from rushes.shots.rerun import extension

    known = task.shot.provider in {each.name for each in engine.providers() if each.practice == task.practice}
    if known and (made := extension(task, engine.catalogue)) is not None:
        await app.again(task, made)
        return
    await _from_last_frame(app, engine, task)


async def _from_last_frame(app: RushesApp, engine: Engine, task: Task) -> None:
    from providers.shot import Role
    from tui.clips import frame_for_shot

    if task.take is None:
        say(app, "There is no clip yet.")
    elif (frame := await frame_for_shot(app, engine, task, task.take.duration_s)) is not None:
        await app.again(task)
        await app.use_frame(Role.START_IMAGE, frame)


async def save(app: RushesApp, engine: Engine, query: str) -> None:
    """Keeps the search under a name."""
    if not query.strip():
        say(app, "There is no search to keep.")
        return
    name = await app.push_screen_wait(LineDialogue("Keep this search as", [query]))
    if name is not None and name.strip():
        await engine.shelf.save_search(name, query)


async def saved(app: RushesApp, engine: Engine) -> str | None:
    """The query of a kept search that the person chose."""
    kept = await engine.shelf.searches()
    if not kept:
        say(app, "No search is kept yet: ctrl+s in the search line keeps one.")
        return None
    names = list(kept)
    chosen = await app.push_screen_wait(Choose("Kept searches", names, 0, [kept[each] for each in names]))
    return None if chosen is None else kept[names[chosen]]
