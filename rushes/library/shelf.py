"""Shelf: the library as a person uses it. Finding, sorting, writing on takes, throwing away and getting back.

The engine's part for takes that have ended; every face calls the same methods. What is written goes to the library and
into the file beside the clip; other windows hear of it as of any change.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.values import dataclass
from rushes.clock import Clock
from rushes.ids import new_id
from rushes.library import editing, kin
from rushes.library.completing import Completion, complete
from rushes.library.editing import Edited
from rushes.library.extras import sides_of
from rushes.library.kin import Kin
from rushes.library.library import Library, Page
from rushes.library.reading import Reading
from rushes.library.sidecar import write_sidecar
from rushes.library.worker import Store
from rushes.task import Status, Task
from rushes.text import clean_tag

if TYPE_CHECKING:
    from rushes.library.exporting import Exported, How
    from rushes.library.importing import Imported
    from rushes.library.verifying import Verified

__all__ = ["Emptied", "Shelf"]

LONGEST_NOTES = 20_000


@dataclass(frozen=True, slots=True)
class Emptied:
    """What went for good: takes, and bytes of their files. `kept` files could not be deleted."""

    takes: int
    bytes: int
    kept: tuple[Path, ...] = ()


class Shelf:
    """See the module. `tell` makes a change known to whoever watches."""

    def __init__(self, store: Store, clock: Clock, media: Path, tell: Callable[[Task], None]) -> None:
        self._store = store
        self._media = media
        self._clock = clock
        self._tell = tell

    # ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, query: str = "", *, cursor: str | None = None, limit: int = 50) -> Page:
        """A page of takes. Raises SearchProblem, and LookupError for a foreign cursor."""
        return await self._store.readers.pages.run(lambda reading: reading.page(query, cursor=cursor, limit=limit))

    async def count(self, query: str = "") -> int:
        """How many a query finds. A count that nobody waits for any more ends at once."""
        return await self._store.readers.sums.run(lambda reading: reading.count(query))

    async def tags(self) -> list[tuple[str, int]]:
        """Every tag with the number of its takes, most used first."""
        return await self._store.run(Library.tags)

    async def complete(self, text: str, at: int) -> list[Completion]:
        """What the word at `at` in a search line may become, best first."""

        def work(library: Library) -> list[Completion]:
            names = {column: library.names(column) for column in ("provider", "model")}
            return complete(text, at, {**names, "tag": [tag for tag, _ in library.tags()]})

        return await self._store.run(work)

    async def kin(self, task_id: str) -> Kin:
        """What a take was made from and what was made from it."""
        return await self._store.run(lambda library: kin.family(library, task_id))

    async def link(self, task_ids: Sequence[str], parent: str, kinship: str) -> None:
        """Says what new takes were made from (a kinship of `rushes.library.kin`)."""
        values = {"parent": parent, "kinship": kinship}

        def work(library: Library) -> list[Task | None]:
            return [library.change(each, values) for each in task_ids]

        for changed in await self._store.run(work):
            if changed is not None:
                self._tell(changed)

    # ── saved searches ───────────────────────────────────────────────────────────────────────────────────────────

    async def searches(self) -> dict[str, str]:
        """Saved searches: name to query, by name."""
        return await self._store.run(Library.searches)

    async def save_search(self, name: str, query: str) -> None:
        """Keeps a search under a name; an older one of that name is replaced."""
        label = clean_tag(name)
        await self._store.run(lambda library: library.save_search(label, query.strip()))

    async def drop_search(self, name: str) -> None:
        """Forgets a saved search."""
        await self._store.run(lambda library: library.drop_search(name))

    # ── writing on takes ─────────────────────────────────────────────────────────────────────────────────────────

    async def rate(self, task_ids: Sequence[str], stars: int) -> Edited:
        """0 to 5 stars for all of them."""
        if not 0 <= stars <= 5:
            raise ValueError("a rating is 0 to 5")
        return await self._edit(task_ids, lambda _task: {"rating": stars})

    async def note(self, task_ids: Sequence[str], text: str) -> Edited:
        """Notes in a person's own words; empty takes them away."""
        words = text.strip()[:LONGEST_NOTES]
        return await self._edit(task_ids, lambda _task: {"notes": words})

    async def tag(self, task_ids: Sequence[str], give: Sequence[str] = (), take: Sequence[str] = ()) -> Edited:
        """Gives and takes tags; a tag is one whatever its case."""
        given = [clean_tag(each) for each in give]
        away = {clean_tag(each).casefold() for each in take}

        def wish(task: Task) -> Mapping[str, Any]:
            kept = [each for each in task.tags if each.casefold() not in away]
            known = {each.casefold() for each in kept}
            return {"tags": [*kept, *(each for each in dict.fromkeys(given) if each.casefold() not in known)]}

        return await self._edit(task_ids, wish)

    async def rename_tag(self, old: str, new: str) -> Edited:
        """Renames a tag on every take that has it. Where a take has the new one too, the two become one."""
        was, name = clean_tag(old).casefold(), clean_tag(new)

        def wish(task: Task) -> Mapping[str, Any]:
            named = [name if each.casefold() == was else each for each in task.tags]
            return {"tags": list({each.casefold(): each for each in reversed(named)}.values())[::-1]}

        ids = await self._store.run(lambda library: library.tagged(was))
        return await self._edit(ids, wish)

    async def undo(self) -> Edited | None:
        """Takes back the last press of this process; None where there is none."""
        return await self._written(await self._store.run(editing.take_back))

    # ── the trash ────────────────────────────────────────────────────────────────────────────────────────────────

    async def trash(self, task_ids: Sequence[str]) -> Edited:
        """Out of sight, files and all kept. What has not ended is left."""
        now = self._clock.now()
        return await self._edit(task_ids, lambda task: {} if task.trashed_at else {"trashed": now})

    async def restore(self, task_ids: Sequence[str]) -> Edited:
        """Out of the trash again."""
        return await self._edit(task_ids, lambda task: {"trashed": None} if task.trashed_at else {})

    async def empty_trash(self) -> Emptied:
        """Deletes what is in the trash, with its files, for good."""
        ids = await self._store.run(Library.trashed)
        gone = await self._store.run(lambda library: editing.emptied(library, ids))
        shared = await self._store.run(lambda library: _still_used(library, gone))
        return await asyncio.to_thread(_delete, gone, shared)

    # ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def export(
        self, tasks: Sequence[Task], folder: Path, *, pattern: str, how: How, sidecars: bool = False
    ) -> list[Exported]:
        """Into a folder, by name. A moved clip is known at its new place. Raises PatternProblem, OSError."""
        from rushes.library.exporting import export

        loop = asyncio.get_running_loop()

        def moved(task: Task, target: Path) -> None:
            asyncio.run_coroutine_threadsafe(self._moved(task, target), loop).result()

        return await asyncio.to_thread(export, tasks, folder, pattern=pattern, how=how, sidecars=sidecars, moved=moved)

    async def contact_sheet(self, tasks: Sequence[Task], folder: Path) -> tuple[Path, Path]:
        """`contact-sheet.png` and `.html` in a folder. Raises OSError, and ValueError for no takes."""
        from rushes.library.contact import write_sheets

        return await asyncio.to_thread(write_sheets, tasks, folder)

    async def verify(self, *, quick: bool = False) -> Verified:
        """Looks at every clip; on a connection of its own, so that nothing waits for it."""
        from rushes.library.verifying import verify

        return await self._store.readers.sums.run(lambda reading: verify(reading, quick=quick))

    async def room(self) -> dict[str, list[tuple[str, int, int]]]:
        """Takes and bytes by month, provider and rating."""
        return await self._store.readers.sums.run(Reading.room)

    async def import_folder(self, folder: Path) -> Imported:
        """Takes in the clips of a folder. Raises OSError where it cannot be read."""
        from rushes.library.importing import import_folder

        result = await self._store.run(lambda library: import_folder(library, folder, self._media))
        for task in result.added:
            self._tell(task)
        return result

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _edit(self, task_ids: Sequence[str], wish: Callable[[Task], Mapping[str, Any]]) -> Edited:
        press = new_id(self._clock.now())
        return await self._written(
            await self._store.run(lambda library: editing.edit(library, press, task_ids, wish))
        ) or Edited(())

    async def _moved(self, task: Task, target: Path) -> None:
        changed = await self._store.run(lambda library: library.change(task.id, {"file": target}))
        if changed is not None and changed.take is not None:
            await asyncio.to_thread(write_sidecar, changed, changed.take)
            self._tell(changed)

    async def _written(self, edited: Edited | None) -> Edited | None:
        if edited is not None:
            for task in edited.tasks:
                self._tell(task)
            await asyncio.to_thread(_beside, edited.tasks)
        return edited


def _beside(tasks: Sequence[Task]) -> None:
    """The files beside the clips. Where a clip was moved away or the disk is full, the library alone knows it."""
    for task in tasks:
        if task.take is not None and task.status is Status.SUCCEEDED and task.take.file.exists():
            with contextlib.suppress(OSError):
                write_sidecar(task, task.take)


def _still_used(library: Library, gone: Sequence[Task]) -> set[Path]:
    """Files that another take has as well: a copied sidecar may have made two of one."""
    files = {each.take.file for each in gone if each.take}
    return {each for each in files if library.with_file(each.name)}


def _delete(gone: Sequence[Task], shared: set[Path]) -> Emptied:
    """The clip, and everything that lies beside it and is its own."""
    freed, kept = 0, []
    for task in gone:
        if task.take is None or task.take.file in shared:
            continue
        for path in dict.fromkeys((task.take.file, *sides_of(task.take.file))):
            try:
                size = path.stat().st_size
                path.unlink()
                freed += size
            except FileNotFoundError:
                continue
            except OSError:
                kept.append(path)
    return Emptied(len(gone), freed, tuple(kept))
