"""The states of a task and the moves between them. Pure: no clock, no files, no network.

    QUEUED ──► SUBMITTING ──► PENDING ⇄ THROTTLED ⇄ RUNNING ──► DOWNLOADING ──► SUCCEEDED
                   │  └─────► UNCERTAIN (sent, no answer: adopted, sent again by a press, or given up)
                   └────────► QUEUED (nothing left this machine) or FAILED (a clear refusal)

Only the vendor says that a generation failed. An ended task leaves its state by a person's wish alone: fetching a clip
again, or watching again what was forgotten.
"""

from __future__ import annotations

from providers.base import VendorState
from rushes.task import Status

__all__ = ["ALLOWED", "AT_VENDOR", "NotAllowed", "after_vendor", "check_move"]

_WATCHED = frozenset({Status.PENDING, Status.THROTTLED, Status.RUNNING})
_OUTCOMES = frozenset({Status.DOWNLOADING, Status.FAILED, Status.CANCELLED})

AT_VENDOR = _WATCHED
"""The vendor works on it, or has it in its queue."""

ALLOWED: dict[Status, frozenset[Status]] = {
    # The vendor's states: the answer to an earlier request came before the press that repeats it was sent.
    Status.QUEUED: _WATCHED | {Status.SUBMITTING, Status.CANCELLED, Status.FAILED},
    Status.SUBMITTING: _WATCHED | {Status.QUEUED, Status.FAILED, Status.UNCERTAIN},
    Status.UNCERTAIN: _WATCHED | {Status.QUEUED, Status.FAILED, Status.CANCELLED},
    Status.PENDING: _WATCHED | _OUTCOMES,
    Status.THROTTLED: _WATCHED | _OUTCOMES,
    Status.RUNNING: _WATCHED | _OUTCOMES,
    Status.DOWNLOADING: frozenset({Status.DOWNLOADING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset({Status.DOWNLOADING}),
    Status.FAILED: frozenset({Status.DOWNLOADING, Status.PENDING}),
    Status.CANCELLED: frozenset({Status.DOWNLOADING, Status.PENDING}),
}
"""From each state to those it may become. Staying in a watched state is a move too: the vendor's word may change."""

_FROM_VENDOR = {
    VendorState.PENDING: Status.PENDING,
    VendorState.THROTTLED: Status.THROTTLED,
    VendorState.RUNNING: Status.RUNNING,
    VendorState.SUCCEEDED: Status.DOWNLOADING,
    VendorState.FAILED: Status.FAILED,
    VendorState.CANCELLED: Status.CANCELLED,
}


class NotAllowed(Exception):
    """A move that no task may make: a fault of this program, or of a person's wish that does not fit the state."""


def check_move(was: Status, to: Status) -> None:
    """Raises NotAllowed where `was` may not become `to`."""
    if to not in ALLOWED[was]:
        raise NotAllowed(f"a task that is {was} cannot become {to}")


def after_vendor(was: Status, said: VendorState) -> Status:
    """The state after a vendor's answer. A word we do not know changes nothing but keeps the task watched."""
    if said is VendorState.UNKNOWN:
        return was if was in AT_VENDOR else Status.PENDING
    return _FROM_VENDOR[said]
