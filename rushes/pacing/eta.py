"""Eta and Usual: what a person is told of the time, in figures and in words. Pure; the model behind it is elsewhere."""

from __future__ import annotations

from providers.values import dataclass

__all__ = ["BAR_TOP", "FEW", "Eta", "Usual", "bar", "span"]

BAR_TOP = 0.97
"""The bar goes no further until the vendor says done."""
FEW = 3
"""With fewer earlier jobs than this, a spread would only look exact."""


@dataclass(frozen=True, slots=True)
class Eta:
    """How long a job may still take, in seconds: the median of what is left and its P10–P90 band.

    The three are None once the job is `late` (slower than 95 % of its kind, by the model; slower than what is called
    usual, where hardly a job stands behind it) or `overdue` (99.5 %): a number would be made up. `fraction` is for the
    bar; `count` earlier jobs of this kind stand behind it. `waiting` means that it does not run yet, so the times begin
    when it does. `slower_than` is the share of the remembered jobs that were faster.
    """

    left_s: float | None
    low_s: float | None
    high_s: float | None
    fraction: float
    count: int
    late: bool = False
    overdue: bool = False
    waiting: bool = False
    slower_than: float | None = None

    @property
    def words(self) -> str:
        """`40 s left (25–70)`, `about 2 min left`, `slower than 95 % of 23 earlier jobs` …"""
        if self.left_s is None or self.low_s is None or self.high_s is None:
            return self._late_words()
        if self.waiting:
            return f"about {span(self.left_s)} once it runs"
        if self.left_s < 2:
            return "any moment now"
        if self.count < FEW:
            return f"about {span(self.left_s)} left"
        return f"{_with_band(self.left_s, self.low_s, self.high_s)}"

    def _late_words(self) -> str:
        prefix = "overdue: " if self.overdue else ""
        if self.slower_than is None or self.count < FEW:
            return f"{prefix}slower than expected"
        if self.slower_than >= 1:
            return f"{prefix}slower than all {self.count} earlier jobs"
        return f"{prefix}slower than {self.slower_than * 100:.0f} % of {self.count} earlier jobs"


@dataclass(frozen=True, slots=True)
class Usual:
    """What a kind of job usually takes: P10 and P90 in seconds, from `count` earlier jobs (0: the vendor's word)."""

    low_s: float
    high_s: float
    count: int

    @property
    def words(self) -> str:
        """`usually 60–110 s, 24 earlier jobs`."""
        low, high, unit = _pair(self.low_s, self.high_s)
        jobs = {0: "no earlier jobs", 1: "1 earlier job"}.get(self.count, f"{self.count} earlier jobs")
        return f"usually {low}–{high} {unit}, {jobs}"


def bar(shown: float, fraction: float, *, done: bool = False) -> float:
    """What the bar shows next: never less than it showed, never full before the vendor says done."""
    return 1.0 if done else max(min(shown, BAR_TOP), min(fraction, BAR_TOP))


def span(seconds: float) -> str:
    """A length of time as a person would say it: `8 s`, `45 s`, `2 min`, `2.5 min`, `1.5 h`."""
    if seconds < 90:
        return f"{_round(seconds):g} s"
    if seconds < 5400:
        return f"{_half(seconds / 60):g} min"
    return f"{_half(seconds / 3600):g} h"


def _with_band(left_s: float, low_s: float, high_s: float) -> str:
    low, high, unit = _pair(low_s, high_s)
    left = _figure(left_s, unit)
    return f"{left} {unit} left ({low}–{high})"


def _pair(low_s: float, high_s: float) -> tuple[str, str, str]:
    """Two lengths in one unit, which the longer one chooses."""
    unit = "s" if high_s < 180 else "min" if high_s < 5400 else "h"
    return _figure(low_s, unit), _figure(high_s, unit), unit


def _figure(seconds: float, unit: str) -> str:
    if unit == "s":
        return f"{_round(seconds):g}"
    return f"{_half(seconds / (60 if unit == 'min' else 3600)):g}"


def _round(seconds: float) -> float:
    """Whole seconds below 20, then fives."""
    return max(1, round(seconds)) if seconds < 20 else 5 * round(seconds / 5)


def _half(amount: float) -> float:
    return max(0.5, round(amount * 2) / 2) if amount < 10 else round(amount)
