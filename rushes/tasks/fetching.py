"""Fetching: gets the clip of a finished task, as often as it takes, and says what stands in the way.

`landing` does it once. Until the clip is kept the task stays DOWNLOADING: it is paid for and still at the vendor.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path

from providers.base import Asset, Provider, VendorRef, VendorState, VendorTask
from providers.errors import Failure, FailureKind, NotFound, ProviderError
from providers.values import dataclass
from rushes.context import Context
from rushes.log import log_of
from rushes.task import Task
from rushes.tasks.assets import AssetError, AssetRefused, is_here
from rushes.tasks.crash import crash_point
from rushes.tasks.landing import kept_before, land, rescue, succeeded
from rushes.tasks.other_key import weighed
from rushes.tasks.pieces import NotWhole, no_room, part_of
from rushes.tasks.sides import SideMissing, Sides

__all__ = ["fetch"]

LATER = "the clip is still at the vendor; `rushes fetch` or the next `rushes watch` gets it"
THEIRS = (
    "what comes again and again is the vendor's own file: look at it, and ask the vendor for the money back; "
    "`rushes forget {0}` ends the looking, `rushes retry {0}` is a new press"
)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 600.0
LONGEST_ASKED_S = 3600.0
LASTING_MISSES = 4
LASTING_S = 60.0
"""As with polls: a 404 counts when it has come this often over this long."""

SAME_AGAIN, SAME_AGAIN_PAUSE_S = 4, 180.0
"""A file that is not the clip is the vendor's own when it has come this often, with such pauses between."""

SIDE_PAUSE_S = 20.0
"""Between the few tries for a file beside a clip that is here: a link that is down for a minute costs no file."""


class _NoClip(Exception):
    """The vendor says that the task ended badly: there is no clip to fetch."""

    def __init__(self, said: VendorTask) -> None:
        super().__init__(said.word)
        self.said = said


@dataclass(slots=True)
class _Trouble:
    """What has gone wrong so far with one clip."""

    tries: int = 0
    unknown: int = 0
    unknown_since: datetime | None = None
    most_bytes: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    sides: Sides = field(default_factory=Sides)

    @property
    def same_again(self) -> int:
        """How often the same file came that is not the clip."""
        return max(self.bad.values(), default=0)


async def fetch(context: Context, task: Task, assets: Sequence[Asset] = ()) -> Task:
    """Carries a DOWNLOADING task to SUCCEEDED; leaves it there, with the reason, when the clip is not to be had now."""
    crash_point("said-done")
    trouble = _Trouble()
    while True:
        # Each time the one of now: keys may have come, or become others, since the last try.
        provider = context.pool.provider(task.shot.provider, practice=task.practice)
        try:
            if (kept := await asyncio.to_thread(kept_before, context, task)) is not None:
                return await succeeded(context, provider, task, kept)
            return await land(context, provider, task, assets or await _links(provider, task), trouble.sides)
        except _NoClip as ended:
            return await _ended(context, provider, task, ended.said)
        except NotFound as error:
            caught: Exception = await weighed(context, task, error)
            if caught is error and _is_lost(context, trouble):
                try:
                    return await _lost(context, provider, task, error, trouble.sides)
                except (AssetError, OSError) as full:
                    caught = full if isinstance(full, AssetError) else no_room(full)
        except (ProviderError, NotWhole) as error:
            trouble.unknown = 0
            caught = error
        except OSError as error:
            # A disk that is full, broken or not mounted: the clip is still at the vendor when it is back.
            trouble.unknown = 0
            caught = no_room(error)
        # A link that failed once is asked for afresh: links expire, and the vendor signs new ones.
        assets = ()
        gives_up = _gives_up(context, task, trouble, caught)
        task = await _told(context, task, caught, THEIRS.format(task.id) if trouble.same_again > 1 else LATER)
        if gives_up:
            return task
        await context.clock.sleep(_pause(trouble, caught))


def _is_lost(context: Context, trouble: _Trouble) -> bool:
    now = context.clock.now()
    trouble.unknown_since = trouble.unknown_since if trouble.unknown and trouble.unknown_since else now
    trouble.unknown += 1
    return trouble.unknown >= LASTING_MISSES and (now - trouble.unknown_since).total_seconds() >= LASTING_S


def _gives_up(context: Context, task: Task, trouble: _Trouble, error: Exception) -> bool:
    """No more patience, a link that leads astray, or the same broken file again and again: then it is the vendor's."""
    size = _arrived(part_of(context, task))
    trouble.tries = 0 if size > trouble.most_bytes else trouble.tries + 1
    trouble.most_bytes = max(size, trouble.most_bytes)
    if isinstance(error, NotWhole):
        trouble.bad[error.sha256] += 1
    limit = context.patience.fetches
    # A 404 has its own measure of patience, in time.
    spent = limit is not None and (trouble.tries >= limit or trouble.same_again > 1) and not trouble.unknown
    return isinstance(error, AssetRefused) or trouble.same_again >= SAME_AGAIN or spent


def _arrived(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


def _pause(trouble: _Trouble, error: Exception) -> float:
    tries = max(trouble.tries, trouble.unknown, 1)
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(tries, 20) - 1))
    if trouble.unknown:
        pause = max(pause, LASTING_S / (LASTING_MISSES - 1))
    if trouble.same_again > 1:
        # Somebody between us and the vendor may be answering for it; that passes, but not within seconds.
        pause = max(pause, SAME_AGAIN_PAUSE_S)
    if isinstance(error, SideMissing):
        pause = max(pause, SIDE_PAUSE_S)
    asked = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_S)
    return max(asked, pause * random.uniform(0.8, 1.2))


async def _told(context: Context, task: Task, error: Exception, otherwise: str) -> Task:
    hint = getattr(error, "hint", None)
    failure = Failure(FailureKind.DOWNLOAD, str(error), retryable=True, charged=True, hint=hint or otherwise)
    log_of("runner", task.id).warning("not fetched", extra={"data": {"why": str(error)}})
    return await context.cannot_go_on(task, failure)


async def _lost(context: Context, provider: Provider, task: Task, error: NotFound, sides: Sides) -> Task:
    """FAILED, unless what came the first time is as it was, or what has come so far is all of it."""
    if task.take is not None and await asyncio.to_thread(is_here, task):
        return await succeeded(
            context, provider, task, task.take, words="no longer at the vendor; the one here is whole"
        )
    if _arrived(part_of(context, task)):
        with contextlib.suppress(NotWhole):
            return await rescue(context, provider, task, sides)
    why = f"lost at the vendor: the clip was finished, and is no longer kept there ({error.message})"
    return await context.fail(task, Failure(FailureKind.GONE, why, charged=True))


async def _ended(context: Context, provider: Provider, task: Task, said: VendorTask) -> Task:
    failure = said.failure or Failure(FailureKind.UNKNOWN, f"the vendor says {said.word}, and gives no reason")
    charged = None if said.charged_units is None else said.charged_units * provider.catalogue.usd_per_unit
    return await context.fail(task, failure, charged=charged, values={"vendor_status": said.word})


async def _links(provider: Provider, task: Task) -> Sequence[Asset]:
    said = await provider.poll(VendorRef(task.shot.model, task.vendor_id or ""))
    if said.state in {VendorState.FAILED, VendorState.CANCELLED}:
        raise _NoClip(said)
    if said.state is not VendorState.SUCCEEDED:
        raise AssetError(f"the vendor says {said.word} of a task that it had finished")
    return said.assets
