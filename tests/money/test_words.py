"""Money as it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rushes.money.reconcile import Reconciled, Since, words
from rushes.money.words import price, usd


@pytest.mark.parametrize(
    ("amount", "told"), [("0.71", "$0.71"), ("-0.4", "-$0.40"), ("0", "$0.00"), ("1200", "$1200.00")]
)
def test_a_sum_has_its_sign_before_the_dollar(amount: str, told: str) -> None:
    assert usd(Decimal(amount)) == told


def test_a_price_of_nothing_is_free_and_one_that_nobody_knows_says_so() -> None:
    assert (price(Decimal("0.00")), price(Decimal("0.3")), price(None)) == ("free", "$0.30", "–")
    assert price(None, unknown="$?") == "$?"


def test_a_balance_that_grew_fell_by_less_than_nothing() -> None:
    since = Since(datetime(2026, 11, 22, 9, tzinfo=UTC), Decimal(-5), Decimal("0.2"))
    assert "it fell by -$5.00, booked are $0.20" in words(Reconciled("luma", since=since))
