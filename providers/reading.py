"""Reading what vendors send: tolerant of what is missing or odd, strict about what is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

__all__ = ["fraction", "moment", "text", "units"]


def text(data: Mapping[str, Any], name: str) -> str | None:
    """A string that is not empty, or None."""
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def fraction(value: Any) -> float | None:
    """A progress between 0 and 1, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    return number if 0.0 <= number <= 1.0 else None


def units(value: Any) -> Decimal | None:
    """An amount of money or credits that is a finite number and not negative, exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() and amount >= 0 else None


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; a time without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
