"""Pacing: when to ask a vendor next, how long a job may still take, and how sure that is. Pure; standard library only.

No clock, no network, no storage: times come in as seconds, what was learned is learned again from the library at start.
docs/pacing.md says how it works and how well.
"""

from rushes.pacing.eta import Eta, Usual, bar, span
from rushes.pacing.memory import Key, Observation
from rushes.pacing.pacing import Pacing
from rushes.pacing.progress import ProgressSample, ProgressTrust, Reading
from rushes.pacing.waiting import Watch, back_off, list_call

__all__ = [
    "Eta",
    "Key",
    "Observation",
    "Pacing",
    "ProgressSample",
    "ProgressTrust",
    "Reading",
    "Usual",
    "Watch",
    "back_off",
    "bar",
    "list_call",
    "span",
]
