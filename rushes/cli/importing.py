"""`import`: clips of a folder, or what a vendor's own list has of this key, become takes of the library."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from providers.base import Past
from providers.catalogue import near
from providers.errors import NotSupported
from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, print_json, say
from rushes.cli.session import local_engine_of, run_verb
from rushes.home import Home
from rushes.interface import Engine
from rushes.library.reclaim import Listed
from rushes.task import Status, Task

__all__ = ["import_"]


def import_(home: Home, options: Namespace) -> int:
    """A provider's name is that provider; a folder of the same name is written `./luma`."""

    async def act() -> int:
        async with local_engine_of(home) as engine:
            if options.source in {each.name for each in engine.providers()}:
                return await _vendor(engine, options)
            if options.list or options.limit is not None:
                raise Stop(Exit.USAGE, f"{options.source} is no provider; --list and --limit are for a vendor's list")
            return await _folder(engine, options)

    return run_verb(act)


async def _folder(engine: Engine, options: Namespace) -> int:
    folder = Path(options.source).expanduser()  # noqa: ASYNC240 - one look at a local path
    if not folder.is_dir():
        nearest = near(options.source, [each.name for each in engine.providers()])
        raise Stop(Exit.USAGE, f"{options.source} is neither a folder nor a provider{nearest}")
    result = await engine.shelf.import_folder(folder)
    if options.json:
        skipped = [{"file": str(each.file), "why": each.why} for each in result.skipped]
        print_json({"added": [each.to_json() for each in result.added], "known": result.known, "skipped": skipped})
    else:
        print(f"{len(result.added)} added, {result.known} known already")
        for each in result.skipped:
            say(f"rushes: {each.file}: {each.why}")
    return Exit.DONE


async def _vendor(engine: Engine, options: Namespace) -> int:
    try:
        found = await engine.past(options.source, limit=options.limit)
    except NotSupported as error:
        raise Stop(Exit.USAGE, error.message) from error
    if options.list:
        return _told(found, [], options)
    say(f"rushes: {counted(len(found.new), 'take')} to fetch; nothing is charged", quiet=options.quiet)
    await engine.start(everything=False)
    ids = [each.id for each in await engine.reclaim(options.source, found)]
    await engine.idle()
    return _told(found, [await engine.need(each) for each in ids], options)


def _told(found: Listed, tasks: list[Task], options: Namespace) -> int:
    came = [each for each in tasks if each.status is Status.SUCCEEDED]
    left = [each for each in tasks if each.status is not Status.SUCCEEDED]
    counts = {"known": found.known, "failed_there": found.failed, "under_way": found.under_way, "others": found.others}
    if options.json:
        listed = [_listed(each) for each in found.new] if options.list else []
        more: dict[str, Any] = {"listed": listed} if options.list else {}
        print_json({"added": [e.to_json() for e in came], "not_fetched": [e.to_json() for e in left], **counts, **more})
    else:
        for past in found.new if options.list else ():
            print(f"{past.task.vendor_id}  {past.shot.model}  {past.shot.prompt[:60]}")
        head = f"{len(found.new)} not here yet" if options.list else f"{len(came)} added, {len(left)} not fetched"
        print(f"{head}, {found.known} known already, {found.failed} failed there, {found.under_way} under way there")
        if found.others:
            print(f"{found.others} are no clips")
        for each in left:
            say(f"rushes: {each.id}: {each.error.message if each.error else each.status.value.lower()}")
    return Exit.DOWNLOAD if left else Exit.DONE


def _listed(past: Past) -> dict[str, Any]:
    return {"vendor_id": past.task.vendor_id, **past.shot.to_json()}
