"""Reclaim: takes that other programs had a vendor make with the same key become takes of this library. Costs nothing.

The vendor's list says what there is; each clip comes by the same verified download as one's own. What the library knows
already, by the vendor's id, is passed over, also where it was thrown away for good. What a take cost is not known here:
nothing is booked, and no budget counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from providers.base import Past, VendorState
from providers.shot import Input, Role
from rushes.ids import new_id
from rushes.library.kin import EXTENDED, INPUT
from rushes.library.library import Library
from rushes.task import Status, Task

if TYPE_CHECKING:
    from rushes.context import Context

__all__ = ["Listed", "look", "task_of_past", "write"]

MOST_PAGES = 1_000
"""Pages that are read at most: a list that never ends is a fault of the vendor's."""
_EXTENDING = frozenset({"extend", "extend_back"})


@dataclass(frozen=True, slots=True)
class Listed:
    """What a vendor's list held. `new` are finished and not in the library, oldest first; the others are counts."""

    new: tuple[Past, ...] = ()
    known: int = 0
    failed: int = 0
    under_way: int = 0
    others: int = 0


async def look(context: Context, name: str, *, limit: int | None = None) -> Listed:
    """Reads the list, newest first, until `limit` new takes are found. Raises the provider's errors."""
    practice = context.pool.practises(name)
    provider = context.pool.provider(name, practice=practice)
    found = Listed()
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = await provider.past(cursor)
        # While the pages are read, newer generations push the others down: the same one may come twice.
        made = [each for each in page.made if each.task.vendor_id not in seen]
        seen |= {each.task.vendor_id for each in made}
        owned = await context.store.run(_owned(name, practice, [each.task.vendor_id for each in made]))
        found = _counted(found, made, owned, page.others)
        cursor = page.next
        if cursor is None or (limit is not None and len(found.new) >= limit):
            break
    return replace(found, new=tuple(reversed(found.new[:limit])))


def _owned(name: str, practice: bool, ids: Sequence[str]) -> Callable[[Library], set[str]]:
    return lambda library: library.owned_vendor_ids(name, practice=practice, vendor_ids=ids)


def _counted(so_far: Listed, made: Sequence[Past], owned: set[str], others: int) -> Listed:
    fresh = [each for each in made if each.task.vendor_id not in owned]
    done = [each for each in fresh if each.task.state is VendorState.SUCCEEDED and each.task.assets]
    failed = sum(each.task.state in {VendorState.FAILED, VendorState.CANCELLED} for each in fresh)
    return Listed(
        (*so_far.new, *done),
        so_far.known + len(made) - len(fresh),
        so_far.failed + failed,
        so_far.under_way + len(fresh) - len(done) - failed,
        so_far.others + others,
    )


def write(
    library: Library,
    found: Sequence[Past],
    *,
    practice: bool,
    labels: Mapping[str, str],
    key_mark: Callable[[Task], str | None] = lambda _task: None,
) -> list[Task]:
    """Rows for takes whose clips are still to be fetched (DOWNLOADING), in one transaction.

    `labels` are the models' badges, `key_mark` tells the key that they were found with. Known ones, should another
    process have been quicker, are left out.
    """
    tasks: dict[str, Task] = {}
    for each in found:
        tasks[each.task.vendor_id] = task_of_past(library, each, tasks, practice=practice, labels=labels)
    library.add_all(list(tasks.values()), lambda task: {"made_with": key_mark(task)})
    return [added for each in tasks.values() if (added := library.get(each.id)) is not None]


def task_of_past(
    library: Library, past: Past, before: Mapping[str, Task], *, practice: bool, labels: Mapping[str, str]
) -> Task:
    """The task that would have made it here. `before` are those of the same list, by the vendor's id."""
    made = past.task.created_at or library.now()
    shot, parent = past.shot, None
    for role, vendor_id in past.made_from.items():
        there = before.get(vendor_id)
        known = there.id if there else library.made_there(shot.provider, vendor_id, practice=practice)
        if known is not None:
            parent = parent or known
            shot = replace(shot, inputs=(*shot.inputs, Input(Role(role), known)))
    kinship = None if parent is None else EXTENDED if shot.mode in _EXTENDING else INPUT
    return Task(
        new_id(made),
        shot,
        Status.DOWNLOADING,
        made,
        badge=labels.get(shot.model, f"{shot.provider}-{shot.model}".upper()) + " PRACTICE" * practice,
        vendor_status=past.task.word,
        vendor_id=past.task.vendor_id,
        submitted_at=made,
        practice=practice,
        parent=parent,
        kinship=kinship,
    )
