"""What Runway says was used, by day and model: `POST /v1/organization/usage`, at most ninety days a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from providers.base import DayUse
from providers.errors import Malformed

__all__ = ["PATH", "bodies", "read_usage"]

PATH = "/v1/organization/usage"
LONGEST = timedelta(days=90)


def bodies(since: date, until: date) -> Iterator[dict[str, str]]:
    """The requests for the days from `since` up to, and without, `until`."""
    while since < until:
        stop = min(until, since + LONGEST)
        yield {"startDate": since.isoformat(), "beforeDate": stop.isoformat()}
        since = stop


def read_usage(data: Mapping[str, Any]) -> list[DayUse]:
    """`{results: [{date, usedCredits: [{model, amount}]}]}`. Raises Malformed without results."""
    results = data.get("results")
    if not isinstance(results, list):
        raise Malformed("the days of use are missing from the answer")
    return [use for each in results if isinstance(each, dict) for use in _day(each)]


def _day(data: Mapping[str, Any]) -> Iterator[DayUse]:
    try:
        day = date.fromisoformat(str(data.get("date"))[:10])
    except ValueError:
        raise Malformed("a day of use has no date") from None
    used = data.get("usedCredits")
    for each in used if isinstance(used, list) else ():
        amount = each.get("amount") if isinstance(each, dict) else None
        if isinstance(amount, int | Decimal) and not isinstance(amount, bool) and Decimal(amount).is_finite():
            yield DayUse(day, str(each.get("model") or "unknown model"), Decimal(amount))
