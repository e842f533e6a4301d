"""ProgressTrust: how much a vendor's own progress says about when a job ends. Fitted from a log, never assumed.

A reading of progress p at elapsed t claims that the job takes t / p. Whether that is so is asked of the log: within one
kind of job, in three bands of p, the log of the true running time is regressed on the log of the claim. The slope says
how far a claim moves our own guess, the variance explained says how much narrower the guess may become. Both are pulled
to nothing by pseudo-jobs, so that a few lucky readings buy little. The regression also sees through the two usual lies:
a vendor's timer with a fixed length (the claim never varies, so it explains nothing) and a bar that leaps or sticks
(the claim varies without the truth). A steady bias (always too early by a third) is learned and taken out.

Readings of one job share their errors; so one per job and band is fitted, and only the latest is ever used. It is the
first in the band: a later one exists only because the job was not done yet, and would tell by its mere age.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from providers.values import dataclass
from rushes.pacing.curve import Shape
from rushes.pacing.memory import Key

__all__ = ["ProgressSample", "ProgressTrust", "Reading"]

BANDS = ((0.08, 0.35), (0.35, 0.65), (0.65, 0.97))
"""Progress outside these says nothing: near 0 it is too coarse, near 1 it comes too late."""
LEAST_JOBS = 6
"""Below so many jobs in a band nothing is used."""
SLOPE_WORTH = 2.0
SPREAD_WORTH = 4.0
"""Pseudo-jobs that say progress is worthless: for the slope, and for the variance explained."""
WORTHLESS = 0.9
"""With more than this share of the variance left over, the risk is not worth the gain."""
STRANGE = 3.0
"""A claim more than so many σ from those of the log (a bar that sticks, a new kind of teller) is not listened to."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The vendor said `progress` (0 to 1) when the job had run for `elapsed_s` seconds."""

    progress: float
    elapsed_s: float

    @property
    def band(self) -> int | None:
        """Which band it falls into; None where it says nothing."""
        if self.elapsed_s <= 0:
            return None
        return next((i for i, (low, high) in enumerate(BANDS) if low <= self.progress < high), None)

    @property
    def claim(self) -> float:
        """The log of the running time that it claims."""
        return math.log(self.elapsed_s / self.progress)


@dataclass(frozen=True, slots=True)
class ProgressSample:
    """One logged reading of a job that completed after `total_s` seconds; `job` tells jobs apart."""

    key: Key
    job: str
    progress: float
    elapsed_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class _Band:
    """What one band's fit says: log T ≈ mu + slope × (claim − mu − bias), with `kept` of the variance left over;
    `spread` is one σ of the claims around it.
    """

    jobs: int
    bias: float = 0.0
    slope: float = 0.0
    kept: float = 1.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class ProgressTrust:
    """The fits of one provider and model. Without any, progress is shown and never used."""

    bands: Mapping[int, _Band] = field(default_factory=dict)

    @classmethod
    def fit(cls, samples: Iterable[ProgressSample]) -> ProgressTrust:
        """Fits every band that has enough jobs. Samples may come in any order."""
        by_band: dict[int, dict[tuple[Key, str], tuple[float, float]]] = {}
        for each in sorted(samples, key=lambda sample: sample.elapsed_s):
            reading = Reading(each.progress, each.elapsed_s)
            band = reading.band
            if band is not None and each.total_s > 0:
                jobs = by_band.setdefault(band, {})
                jobs.setdefault((each.key, each.job), (math.log(each.total_s), reading.claim))
        return cls({band: _fit(jobs) for band, jobs in by_band.items()})

    def honesty(self, reading: Reading) -> float:
        """The share of the spread that a reading takes away, 0 (says nothing) to 1 (says all)."""
        fit = self._band(reading)
        return 1 - fit.kept if fit else 0.0

    def sharpen(self, shape: Shape, reading: Reading) -> Shape:
        """The shape moved and narrowed as far as the reading deserves; the same object where it deserves nothing."""
        fit = self._band(reading)
        if fit is None or fit.kept > WORTHLESS:
            return shape
        surprise = reading.claim - shape.mu - fit.bias
        if abs(surprise) > STRANGE * fit.spread:
            return shape
        mu = shape.mu + fit.slope * surprise
        return replace(shape, mu=mu, sigma=max(0.05, shape.sigma * math.sqrt(fit.kept)))

    def _band(self, reading: Reading) -> _Band | None:
        band = reading.band
        fit = self.bands.get(band) if band is not None else None
        return fit if fit and fit.jobs >= LEAST_JOBS else None


def _fit(jobs: Mapping[tuple[Key, str], tuple[float, float]]) -> _Band:
    """Ridge regression of log T on the claim, both less the mean log T of their kind of job."""
    means = _means(jobs)
    true = [total - means[key] for (key, _), (total, _) in jobs.items()]
    claims = [claim - means[key] for (key, _), (_, claim) in jobs.items()]
    n = len(jobs)
    bias = math.fsum(claims) / n
    spread = math.fsum(u * u for u in true) / n
    if n < LEAST_JOBS or spread < 1e-6:
        return _Band(n)
    claimed = math.fsum((v - bias) ** 2 for v in claims)
    together = math.fsum(u * (v - bias) for u, v in zip(true, claims, strict=True))
    slope = min(max(together / (claimed + SLOPE_WORTH * spread), 0.0), 1.0)
    unexplained = math.fsum((u - slope * (v - bias)) ** 2 for u, v in zip(true, claims, strict=True))
    kept = (unexplained + SPREAD_WORTH * spread) / ((n + SPREAD_WORTH) * spread)
    return _Band(n, bias, slope, min(kept, 1.0), math.sqrt(claimed / n))


def _means(jobs: Mapping[tuple[Key, str], tuple[float, float]]) -> dict[Key, float]:
    """The mean log T of every kind of job."""
    totals: dict[Key, list[float]] = {}
    for (key, _), (total, _) in jobs.items():
        totals.setdefault(key, []).append(total)
    return {key: math.fsum(values) / len(values) for key, values in totals.items()}
