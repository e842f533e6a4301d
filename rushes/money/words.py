"""Money as every face writes it."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["price", "usd"]


def usd(amount: Decimal) -> str:
    """`$0.71`, `-$0.40`, `$0.00`: a sum."""
    return f"-${-amount:.2f}" if amount < 0 else f"${amount:.2f}"


def price(amount: Decimal | None, *, unknown: str = "–") -> str:
    """`$0.71`, or `free`: what one thing costs. `unknown` where nobody knows."""
    if amount is None:
        return unknown
    return usd(amount) if amount else "free"
