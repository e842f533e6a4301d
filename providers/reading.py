"""Reading what vendors send: tolerant of what is missing or odd, strict about what is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

__all__ = ["fraction", "moment", "text", "units"]

MOST_DIGITS = 12
"""No amount has more digits before its point: one that has is a slip, and fits no column of any ledger."""


def text(data: Mapping[str, Any], name: str) -> str | None:
    """A string that is not empty, or None."""
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def fraction(value: Any) -> float | None:
    """A progress between 0 and 1, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) if 0 <= value <= 1 else None


def units(value: Any) -> Decimal | None:
    """An amount of money or credits that is a finite number and not negative, exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() and amount >= 0 and amount.adjusted() < MOST_DIGITS else None


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; a time without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
