"""Crash points: labelled moments at which a test may end this process as SIGKILL does. Nothing where none is asked for.

`RUSHES_CRASH_AT=label` kills at the first time that the label is passed, `label:3` at the third.
"""

from __future__ import annotations

import os
import signal

__all__ = ["LABELS", "crash_point"]

LABELS = (
    "before-intent",
    "after-intent",
    "answered",
    "landed",
    "first-look",
    "said-done",
    "part-begun",
    "part-whole",
    "sidecar-written",
    "clip-kept",
    "succeeded",
)
"""In the order of a task's life."""

_LABEL, _, _COUNT = os.environ.get("RUSHES_CRASH_AT", "").partition(":")
_left = int(_COUNT) if _COUNT.isdigit() else 1


def crash_point(label: str) -> None:
    """Ends the process here, if that was asked for."""
    if _LABEL and label == _LABEL:
        _pass()


def _pass() -> None:
    global _left
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
