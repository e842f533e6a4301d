"""What leaves the library as files, and files that come in: export, contact sheet, table, ledger, import.

Each function is a coroutine for a worker. What was done stands in a line in the corner; refusals do, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.dialogue import Choose, Confirm
from tui.screens.line_dialogue import LineDialogue
from tui.take_actions import many, say
from tui.task_actions import troubles

if TYPE_CHECKING:
    from datetime import date

    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = ["export", "import_", "ledger", "room", "sheet", "table"]

WAYS = ("Copies", "Hard links", "Move the clips there", "Contact sheet", "Table of the search")
NOTES = (
    "the library keeps its own",
    "no room on the same disk; a copy on another",
    "the library knows their new place",
    "the pictures as PNG, and as a page for a browser",
    "all that the search finds, as CSV",
)


async def export(app: RushesApp, engine: Engine, tasks: Sequence[Task], query: str) -> None:
    """Asks what is wanted, then for the folder."""
    chosen = await app.push_screen_wait(Choose(f"Export {many(len(tasks))}", WAYS, 0, NOTES))
    if chosen is None:
        return
    if chosen == len(WAYS) - 1:
        await table(app, engine, query)
    elif chosen == len(WAYS) - 2:
        await sheet(app, engine, tasks)
    else:
        await _clips(app, engine, tasks, ("copy", "link", "move")[chosen])


async def _clips(app: RushesApp, engine: Engine, tasks: Sequence[Task], how: str) -> None:
    from rushes.library.exporting import PATTERN, How

    clips = [each for each in tasks if each.take]
    folder = await _folder(app, engine, f"Export {many(len(clips))}") if clips else None
    if not clips:
        say(app, "There is no clip yet.")
    if folder is None:
        return
    try:
        done = await engine.shelf.export(clips, folder, pattern=PATTERN, how=How(how))
    except OSError as error:
        say(app, f"{folder}: {error.strerror or error}", bad=True)
        return
    failed = [each for each in done if each.file is None]
    words = f"; {len(failed)} not: {failed[0].problem}" if failed else ""
    copied = sum(each.how is How.COPY for each in done if each.file)
    told = {"copy": "copied", "link": "linked", "move": "moved"}[how]
    if how != "copy" and copied:
        told += f" ({copied} copied: another disk)"
    say(app, f"{len(done) - len(failed)} {told} to {folder}{words}", bad=bool(failed))


async def sheet(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """A contact sheet of the takes, as PNG and as a page."""
    folder = await _folder(app, engine, f"Contact sheet of {many(len(tasks))}")
    if folder is None:
        return
    try:
        picture, page = await engine.shelf.contact_sheet(tasks, folder)
    except (OSError, ValueError) as error:
        say(app, str(error), bad=True)
        return
    say(app, f"{picture} and {page.name}")


async def table(app: RushesApp, engine: Engine, query: str) -> None:
    """All that a search finds, as CSV."""
    folder = await _folder(app, engine, f"Table of {many(await engine.count(query))}")
    if folder is None:
        return
    from rushes.library.exporting import write_table

    page = await engine.shelf.page(query, limit=500)
    tasks = list(page.tasks)
    while page.next is not None:
        page = await engine.shelf.page(query, cursor=page.next, limit=500)
        tasks += page.tasks
    try:
        path = await asyncio.to_thread(write_table, tasks, folder / "takes.csv")
    except OSError as error:
        say(app, f"{folder}: {error.strerror or error}", bad=True)
        return
    say(app, str(path))


async def ledger(app: RushesApp, engine: Engine, first: date, last: date) -> None:
    """The ledger of a month beside the library, as CSV."""
    from rushes.atomic import write_atomically
    from rushes.money.accounts import as_csv

    entries = await engine.accounts.entries(first, last)
    path = engine.home.data / f"spend-{first:%Y-%m}.csv"
    try:
        await asyncio.to_thread(write_atomically, path, as_csv(entries).encode())
    except OSError as error:
        say(app, f"{path}: {error.strerror or error}", bad=True)
        return
    app.notify(f"{len(entries)} entries in {path}", title="Written", markup=False)


async def _folder(app: RushesApp, engine: Engine, title: str) -> Path | None:
    answer = await app.push_screen_wait(LineDialogue(title, ["To which folder?"], value=str(engine.home.exports)))
    return _path(answer) if answer and answer.strip() else None


def _path(text: str) -> Path:
    return Path(text.strip()).expanduser()


async def room(app: RushesApp, engine: Engine) -> str | None:
    """What the clips take on the disk, by month, provider and stars; the search for what the person chose."""
    from tui.text import size

    searches = {"month": "on:{}", "provider": "provider:{}", "rating": "rating:{}"}
    rows = [(by, *each) for by, found in (await engine.shelf.room()).items() for each in found]
    if not rows:
        say(app, "There is no clip yet.")
        return None
    names = [f"{by} {of}" for by, of, _, _ in rows]
    notes = [f"{size(count)} · {many(takes)}" for _, _, takes, count in rows]
    chosen = await app.push_screen_wait(Choose("Room on the disk; enter searches", names, 0, notes))
    if chosen is None:
        return None
    by, of, _, _ = rows[chosen]
    return f"has:clip {searches[by].format(of)}"


async def import_(app: RushesApp, engine: Engine) -> None:
    """A folder's clips, or what a vendor's own list has and this library does not."""
    names = [each.name for each in engine.providers() if each.ready]
    lines = ["A folder with clips, or the name of a provider that lists what was made with your key."]
    answer = await app.push_screen_wait(LineDialogue("Import", lines, suggest=names))
    if answer is None or not answer.strip():
        return
    source = answer.strip()
    try:
        await (_vendor(app, engine, source) if source in names else _from_folder(app, engine, _path(source)))
    except OSError as error:
        say(app, f"{source}: {error.strerror or error}", bad=True)
    except troubles() as error:
        say(app, str(error), bad=True)


async def _from_folder(app: RushesApp, engine: Engine, folder: Path) -> None:
    result = await engine.shelf.import_folder(folder)
    left = f"; {len(result.skipped)} left: {result.skipped[0].why}" if result.skipped else ""
    say(app, f"{len(result.added)} added, {result.known} known already{left}", bad=bool(result.skipped))


async def _vendor(app: RushesApp, engine: Engine, name: str) -> None:
    found = await engine.past(name)
    counts = f"{found.known} known already · {found.failed} failed there · {found.under_way} under way there"
    if not found.new:
        say(app, f"Nothing new: {counts}")
        return
    lines = [f"{many(len(found.new))} not here yet. Their clips are fetched and checked; nothing is charged.", counts]
    if await app.push_screen_wait(Confirm(f"Import from {name}?", lines, yes="Fetch them", eager=True)):
        tasks = await engine.reclaim(name, found)
        say(app, f"{many(len(tasks))} on the way")
