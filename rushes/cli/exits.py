"""Exit codes, and which one a task's end means. Scripts rely on them: docs/cli.md lists the same."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rushes.task import Task

__all__ = ["Exit", "Stop", "exit_of", "gravest"]


class Exit(IntEnum):
    """What a verb's end means."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    INVALID = 3
    KEY = 4
    LIMIT = 5
    SPENDING = 6
    VENDOR_FAILED = 7
    UNKNOWN = 8
    NETWORK = 9
    DOWNLOAD = 10
    INTERRUPTED = 130


class Stop(Exception):
    """Ends a verb with a message for a person and a code. `kind` stands in the JSON error object."""

    def __init__(self, code: Exit, message: str, *, kind: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.kind = kind or _KINDS.get(code, "fault")
        self.hint = hint

    def to_json(self) -> dict[str, Any]:
        """The `error` object of a verb that sent nothing."""
        return {
            "kind": self.kind,
            "message": self.message,
            "retryable": self.code in {Exit.NETWORK, Exit.LIMIT},
            "charged": False,
            "vendor_code": None,
            "hint": self.hint,
        }


_KINDS = {
    Exit.USAGE: "usage",
    Exit.INVALID: "invalid",
    Exit.KEY: "key",
    Exit.LIMIT: "rate",
    Exit.SPENDING: "budget",
    Exit.NETWORK: "network",
    Exit.DOWNLOAD: "download",
}


def exit_of(task: Task) -> Exit:
    """The code that a task's state means to whoever waited for it."""
    from providers.errors import FailureKind  # not before the app's first paint, which has no tasks yet
    from rushes.task import Status

    if task.status is Status.SUCCEEDED:
        return Exit.DONE
    if task.status is Status.UNCERTAIN:
        return Exit.UNKNOWN
    if task.status is Status.DOWNLOADING:
        return Exit.DOWNLOAD
    if task.status is Status.FAILED and task.error is not None:
        failed = {
            FailureKind.INVALID: Exit.INVALID,
            FailureKind.KEY: Exit.KEY,
            FailureKind.RATE: Exit.LIMIT,
            FailureKind.BUDGET: Exit.SPENDING,
            FailureKind.NETWORK: Exit.NETWORK,
        }
        input_refused_here = task.error.kind is FailureKind.INPUT and task.charges_sent == 0
        return Exit.INVALID if input_refused_here else failed.get(task.error.kind, Exit.VENDOR_FAILED)
    return Exit.VENDOR_FAILED if task.ended else Exit.NETWORK


def gravest(codes: Iterable[Exit]) -> Exit:
    """The largest code: a lost outcome outweighs a failure, a clip still at the vendor outweighs both."""
    return max(codes, default=Exit.DONE)
