"""What the budgets leave, in the few words that the top line and the price line have room for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushes.money.budgets import Bar

__all__ = ["left", "over", "tightest", "top"]

NARROW = 0.8
"""From this part of a budget on, the top line warns."""


def tightest(bars: Sequence[Bar]) -> Bar | None:
    """The budget that will be reached first; None where none is set."""
    return max(bars, key=lambda each: each.part, default=None)


def top(bars: Sequence[Bar]) -> tuple[str, str]:
    """`$3.42 / $20` and how it is to be coloured: the tightest budget."""
    bar = tightest(bars)
    if bar is None:
        return "", ""
    style = "$text-error" if bar.part >= 1 else "$text-warning" if bar.part >= NARROW else "$text-quiet"
    if bar.unit == "USD":
        return f"{_usd(bar.used)} / {_usd(bar.limit)}", style
    return f"{bar.used:f} / {bar.limit:f} {bar.unit}", style


def left(bars: Sequence[Bar]) -> str:
    """`$16.58 left today`: what the tightest budget still allows; nothing where none is set."""
    bar = tightest(bars)
    if bar is None:
        return ""
    rest = max(Decimal(0), bar.limit - bar.used)
    unit = bar.unit.removesuffix("s") if rest == 1 and bar.unit != "s" else bar.unit
    amount = f"${rest:.2f}" if bar.unit == "USD" else f"{rest:f} {unit}"
    return f"{amount} left {bar.name}"


def over(bars: Sequence[Bar], provider: str, usd: Decimal | None) -> str:
    """`$0.27 over today's budget`: the first budget that a press at `usd` would pass; nothing where it passes none."""
    for bar in bars:
        span, _, owner = bar.name.partition(" with ")
        if bar.unit == "s" or owner not in {"", provider} or usd == 0:
            continue
        more = Decimal(1) if bar.unit == "clips" else usd
        whose = f"{span}'s budget{f' with {owner}' if owner else ''}"
        if more is None:
            return f"no price is known, and {whose} is limited"
        if (excess := bar.used + more - bar.limit) > 0:
            amount = (
                f"${excess:.2f}" if bar.unit == "USD" else f"{excess:f} {bar.unit.removesuffix('s' * (excess == 1))}"
            )
            return f"{amount} over {whose}"
    return ""


def _usd(amount: Decimal) -> str:
    return f"${amount:.0f}" if amount == amount.to_integral_value() else f"${amount:.2f}"
