"""`export`, `verify`, `trash`, `note`: the library's files and words, without any vendor."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

from rushes.cli.consent import yes
from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, print_json, say, table
from rushes.cli.session import engine_of, run_verb
from rushes.home import Home
from rushes.interface import Engine
from rushes.library.editing import Edited
from rushes.library.exporting import Exported
from rushes.task import Task
from rushes.text import show

__all__ = ["chosen_takes", "export", "note", "trash", "verify", "with_engine"]


def export(home: Home, options: Namespace) -> int:
    """Takes by id or by a search, into a folder."""
    return with_engine(home, lambda engine: _export(engine, options))


async def _export(engine: Engine, options: Namespace) -> int:
    from rushes.library.exporting import PatternProblem

    if options.how == "none" and not options.sheet:
        raise Stop(Exit.USAGE, "--how none is for a contact sheet alone", hint="add --sheet")
    tasks = await chosen_takes(engine, options)
    try:
        done = [] if options.how == "none" else await _exported(engine, tasks, options)
        sheet = await engine.shelf.contact_sheet(tasks, Path(options.to)) if options.sheet and tasks else ()
    except PatternProblem as problem:
        raise Stop(Exit.USAGE, str(problem)) from problem
    except OSError as error:
        raise Stop(Exit.USAGE, f"{options.to} cannot be used: {error.strerror or error}") from error
    failed = [each for each in done if each.file is None]
    if options.json:
        rows = [{"id": e.task.id, "file": str(e.file) if e.file else None, "problem": e.problem or None} for e in done]
        print_json({"exported": rows, "sheet": [str(each) for each in sheet]})
    else:
        for path in (*(each.file for each in done if each.file), *sheet):
            print(show(str(path)))
        for each in failed:
            say(f"rushes: {each.task.id}: {each.problem}")
        if not tasks:
            say("rushes: nothing found; nothing was exported", quiet=options.quiet)
    return Exit.DOWNLOAD if failed else Exit.DONE


async def _exported(engine: Engine, tasks: list[Task], options: Namespace) -> list[Exported]:
    from rushes.library.exporting import How

    folder, how = Path(options.to), How(options.how)
    return await engine.shelf.export(tasks, folder, pattern=options.name, how=how, sidecars=options.sidecars)


def verify(home: Home, options: Namespace) -> int:
    """Missing, changed and double clips; with --find, first those that were moved by hand are looked for."""
    if options.find:
        _find(home, options.find)
    return with_engine(home, lambda engine: _verify(engine, options))


def _find(home: Home, folders: list[str]) -> None:
    from datetime import UTC, datetime

    from rushes.library.library import Library
    from rushes.library.relocating import find_again

    if home.connect:
        raise Stop(Exit.USAGE, "the clips are on the gateway's machine", hint="run `rushes verify --find` there")
    if wrong := next((each for each in folders if not Path(each).expanduser().is_dir()), None):
        raise Stop(Exit.USAGE, f"{wrong} is no folder")
    home.make()
    library = Library(home.library, now=lambda: datetime.now(UTC))
    try:
        result = find_again(library, [Path(each).expanduser() for each in folders])
    finally:
        library.close()
    for task in result.found:
        say(f"rushes: found again: {task.id}  {task.take.file if task.take else ''}")


async def _verify(engine: Engine, options: Namespace) -> int:
    from rushes.library.verifying import as_json

    result = await engine.shelf.verify(quick=options.quick)
    room = await engine.shelf.room()
    if options.json:
        used = {name: [{"of": r[0], "takes": r[1], "bytes": r[2]} for r in rows] for name, rows in room.items()}
        print_json({**as_json(result), "room": used})
    else:
        for each in result.findings:
            print(f"{each.task.id}  {each.kind}: {show(each.words)}")
        for group in result.doubles:
            print(f"the same clip: {'  '.join(each.id for each in group)}")
        print(f"{counted(result.looked, 'clip')} looked at, {len(result.findings)} with something wrong")
        rows = [
            (name, of, str(takes), f"{size / 1e6:.1f} MB") for name, each in room.items() for of, takes, size in each
        ]
        table(rows, ("BY", "", "TAKES", "DISK"))
        if result.findings:
            say("rushes: `rushes fetch ID` gets a clip again while the vendor still has it")
    return Exit.DONE if result.sound else Exit.DOWNLOAD


def trash(home: Home, options: Namespace) -> int:
    """Throws away, gets back, lists, empties."""
    return with_engine(home, lambda engine: _trash(engine, options))


async def _trash(engine: Engine, options: Namespace) -> int:
    if options.empty:
        return await _empty(engine, options)
    if not options.id:
        page = await engine.shelf.page("is:trashed", limit=1000)
        return _told(list(page.tasks), options, "the trash is empty")
    ids = [(await engine.need(each)).id for each in options.id]
    edited = await (engine.shelf.restore(ids) if options.restore else engine.shelf.trash(ids))
    if edited.left:
        say(f"rushes: {edited.left} left as they are: a task that is under way is cancelled or forgotten first")
    if edited.tasks:
        say(f"rushes: {len(edited.tasks)} {'back in the library' if options.restore else 'in the trash'}")
    return _told(list(edited.tasks), options, "nothing to do") or (Exit.USAGE if edited.left else Exit.DONE)


async def _empty(engine: Engine, options: Namespace) -> int:
    count = await engine.shelf.count("is:trashed")
    if count and not options.yes:
        if not sys.stdin.isatty():
            raise Stop(Exit.USAGE, f"{counted(count, 'take')} would be deleted for good", hint="say so with --yes")
        _ask(count)
    gone = await engine.shelf.empty_trash()
    if options.json:
        print_json({"deleted": gone.takes, "bytes": gone.bytes, "kept": [str(each) for each in gone.kept]})
    else:
        print(f"{counted(gone.takes, 'take')} deleted, {gone.bytes / 1e6:.1f} MB freed")
    return Exit.FAULT if gone.kept else Exit.DONE


def _ask(count: int) -> None:
    if not yes(f"Delete {counted(count, 'take')} with all files for good?"):
        raise Stop(Exit.USAGE, "nothing was deleted")


def note(home: Home, options: Namespace) -> int:
    """Notes on a take."""

    async def act(engine: Engine) -> int:
        task = await engine.need(options.id)
        text = _from_stdin() if options.text == "-" else options.text
        edited: Edited = await engine.shelf.note([task.id], text)
        return _told(list(edited.tasks) or [task], options, "")

    return with_engine(home, act)


def _from_stdin() -> str:
    """What was piped in. Raises Stop for nothing: an earlier program that failed must not erase what was written."""
    text = sys.stdin.read()
    if not text.strip():
        hint = "'' in place of - takes the notes away"
        raise Stop(Exit.USAGE, "nothing came on standard input; the notes are as they were", hint=hint)
    return text


def with_engine(home: Home, act: Callable[[Engine], Awaitable[int]]) -> int:
    """Runs a verb on an engine that carries nothing."""

    async def run() -> int:
        async with engine_of(home) as engine:
            return await act(engine)

    return run_verb(run)


async def chosen_takes(engine: Engine, options: Namespace) -> list[Task]:
    """The takes that ids or `--query` name. Stop where neither or both are given."""
    if options.id and options.query:
        raise Stop(Exit.USAGE, "either ids or --query, not both")
    if not options.id and not options.query:
        raise Stop(Exit.USAGE, "which takes? Give ids, or --query with a search")
    named = [await engine.need(each) for each in options.id]
    tasks = list({task.id: task for task in named}.values())
    cursor: str | None = None
    while options.query:
        page = await engine.shelf.page(options.query, cursor=cursor, limit=500)
        tasks += [each for each in page.tasks if each.take]
        if (cursor := page.next) is None:
            break
    return tasks


def _told(tasks: list[Task], options: Namespace, nothing: str) -> int:
    if options.json:
        print_json({"tasks": [each.to_json() for each in tasks]})
    elif not tasks:
        print(nothing)
    for each in () if options.json else tasks:
        print(f"{each.id}  {show(each.shot.prompt, 60)}  {show(each.notes, 60)}".rstrip())
    return Exit.DONE
