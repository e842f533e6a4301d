"""Options: how a sandbox behaves. Frozen; the defaults are the vendors' smallest accounts, with short waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from providers.sandbox.faults import FaultScript

__all__ = ["AGENTS", "DAY_S", "DREAM_MACHINE", "NATIVE", "RUNWAY", "Options", "Pace"]

DREAM_MACHINE, AGENTS, RUNWAY, NATIVE = "dream_machine", "agents", "runway", "sandbox"

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a job waits in the queue and runs; `spread` is the relative half-width around the run time."""

    queue_s: float
    run_s: float
    spread: float = 0.15


def _paces() -> Mapping[str, Pace]:
    return MappingProxyType(
        {
            "sandbox-fast": Pace(0.3, 3.5, 0.1),
            "sandbox-hd": Pace(0.6, 11.0, 0.1),
            "*": Pace(2.0, 12.0),
        }
    )


def _balances() -> Mapping[str, Decimal]:
    """In each vendor's unit: US cents for Luma, credits for Runway."""
    return MappingProxyType({DREAM_MACHINE: Decimal(10_000), AGENTS: Decimal(10_000), RUNWAY: Decimal(10_000)})


def _concurrent() -> Mapping[str, int]:
    return MappingProxyType({DREAM_MACHINE: 10, AGENTS: 10, RUNWAY: 2, NATIVE: 3})


def _creates() -> Mapping[str, int]:
    """Dream Machine's Build tier allows 20 creates a minute; the Agents API typically 30 requests."""
    return MappingProxyType({DREAM_MACHINE: 20, AGENTS: 30})


@dataclass(frozen=True, slots=True)
class Options:
    """The knobs of a sandbox.

    `speed` divides every waiting and running time. `pace` is by model, `*` for the others. `link_life_s` is how long
    asset links last, by vendor; a vendor that is missing there makes links that do not expire. `any_key` accepts every
    key of the right shape; otherwise only `keys`. `prerender` draws a clip while its job runs.
    """

    speed: float = 1.0
    pace: Mapping[str, Pace] = field(default_factory=_paces)
    balances: Mapping[str, Decimal] = field(default_factory=_balances)
    concurrent: Mapping[str, int] = field(default_factory=_concurrent)
    creates_per_minute: Mapping[str, int] = field(default_factory=_creates)
    runway_daily: int = 200
    runway_monthly_usd: int = 100
    link_life_s: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({AGENTS: 3600.0, RUNWAY: DAY_S, NATIVE: DAY_S})
    )
    any_key: bool = True
    keys: frozenset[str] = frozenset()
    prerender: bool = True
    faults: FaultScript = field(default_factory=FaultScript)
    log_rows: int = 20_000

    def pace_of(self, model: str) -> Pace:
        """The pace of a model."""
        return self.pace.get(model) or self.pace.get("*") or Pace(0.0, 0.0)
