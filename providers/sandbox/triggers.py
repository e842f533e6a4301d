"""Triggers: words in a prompt that make the sandbox misbehave on purpose, so that every ending can be practised.

    [fail:CODE]      the job fails with that code (Runway, Agents) or reason (Dream Machine, sandbox)
    [run:SECONDS]    the job runs that long (before the speed factor), [queue:SECONDS] waits that long
    [stuck]          the job runs and never ends
    [word:NAME]      while it runs, the vendor calls the state by a name that no client knows
    [silent]         no progress is told
    [refuse:STATUS]  the create is answered with that HTTP status (400 to 599), and nothing is made
    [lose-answer]    the create is accepted and charged, and the line breaks before its answer
    [bad-clip]       the delivered file is not a clip

Only the prompt is looked at, case matters not, and the words stay in the prompt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from providers.sandbox.faults import Fault, Kind
from providers.sandbox.wire import Reply

__all__ = ["Triggers", "read_triggers"]

_PATTERN = re.compile(
    r"\[(fail|run|queue|word|refuse):([^\]\n]{1,200})\]|\[(stuck|silent|bad-clip|lose-answer)\]", re.IGNORECASE
)
FOREVER_S = 10.0 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Triggers:
    """What a prompt asked for; seconds are before the speed factor."""

    fail: str | None = None
    run_s: float | None = None
    queue_s: float | None = None
    word: str | None = None
    silent: bool = False
    refuse: int | None = None
    bad_clip: bool = False
    lose_answer: bool = False

    def answered(self, reply: Reply) -> Reply:
        """The answer to a create that was accepted, as it is to go out."""
        return replace(reply, fault=Fault(Kind.RESET)) if self.lose_answer else reply


def read_triggers(prompt: str) -> Triggers:
    """The triggers of a prompt; numbers that make no sense are passed over."""
    found: dict[str, str] = {}
    for name, value, flag in _PATTERN.findall(prompt):
        found[(name or flag).lower()] = value.strip()
    return Triggers(
        fail=found.get("fail") or None,
        run_s=FOREVER_S if "stuck" in found else _seconds(found.get("run")),
        queue_s=_seconds(found.get("queue")),
        word=found.get("word") or None,
        silent="silent" in found,
        refuse=_status(found.get("refuse")),
        bad_clip="bad-clip" in found,
        lose_answer="lose-answer" in found,
    )


def _seconds(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\d{1,7}(\.\d{1,6})?", text):
        return None
    return float(text)


def _status(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[45]\d\d", text) else None
