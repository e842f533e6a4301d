"""Budgets, consent and bills: pure sums first, then through the engine, to the last press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.money.budgets import (
    EVERYTHING,
    Bill,
    Line,
    Needs,
    OverBudget,
    SpendingRefused,
    Used,
    bars,
    check_budget,
    check_consent,
    deviation,
)
from rushes.money.charging import needs
from rushes.settings.check import build
from rushes.settings.model import Budget
from rushes.task import Status
from tests.clock import driven
from tests.money.house import House, dream, runway, until

D = Decimal
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
TODAY, THIS_MONTH = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
Spent = Mapping[tuple[datetime, str], Used]


@dataclass
class Books:
    """A book that says what it is told."""

    spent: Spent = field(default_factory=dict)

    def used(self, since: datetime, provider: str = "") -> Used:
        return self.spent.get((since, provider), Used())


def limits(**values: object) -> Budget:
    return build({"budget": values})[0].budget


def allowed(budget: Budget, wanted: Needs, spent: Spent | None = None) -> bool:
    try:
        check_budget(Books(spent or {}), budget, "luma", wanted, NOW)
    except OverBudget:
        return False
    return True


# ── pure ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
def test_a_press_passes_up_to_the_limit_and_not_a_cent_beyond(limit: Decimal, before: Decimal, price: Decimal) -> None:
    spent = {(TODAY, ""): Used(before)}
    assert allowed(limits(per_day_usd=limit), Needs(price), spent) == (before + price <= limit)


def test_a_day_and_a_month_begin_at_midnight_utc() -> None:
    spent = {(TODAY, ""): Used(D(1)), (THIS_MONTH, ""): Used(D(9))}
    assert allowed(limits(per_day_usd=2), Needs(D(1)), spent)
    assert not allowed(limits(per_month_usd=9), Needs(D("0.01")), spent)


def test_a_provider_has_limits_of_its_own_beside_those_of_everything() -> None:
    spent = {(TODAY, "luma"): Used(D(3)), (TODAY, ""): Used(D(5))}
    assert not allowed(limits(providers={"luma": {"per_day_usd": 3}}), Needs(D(1)), spent)
    assert allowed(limits(providers={"runway": {"per_day_usd": 3}}), Needs(D(1)), spent)
    assert not allowed(limits(per_day_usd=5, providers={"luma": {"per_day_usd": 100}}), Needs(D(1)), spent)


def test_clips_and_seconds_are_limits_that_no_price_change_moves() -> None:
    spent = {(TODAY, ""): Used(D(1), clips=9, seconds=45.0)}
    assert allowed(limits(per_day_clips=10), Needs(D(1), clips=1), spent)
    assert not allowed(limits(per_day_clips=10), Needs(D(1), clips=2), spent)
    assert allowed(limits(per_day_seconds=50), Needs(D(1), seconds=5.0), spent)
    assert not allowed(limits(per_day_seconds=50), Needs(D(1), seconds=5.1), spent)
    assert not allowed(limits(per_press_clips=3), Needs(D(1), clips=4))


def test_what_is_unknown_is_over_every_limit_that_it_touches() -> None:
    assert not allowed(limits(per_press_usd=1000), Needs(None))
    assert not allowed(limits(per_month_usd=1000), Needs(None))
    assert not allowed(limits(per_day_seconds=1000), Needs(D(1), seconds=None))
    assert allowed(limits(), Needs(None))
    assert allowed(limits(per_day_clips=1), Needs(None))


def test_sums_of_tenths_of_seconds_pass_no_limit_by_rounding() -> None:
    spent = {(TODAY, ""): Used(D(1), seconds=sum([0.1] * 9))}
    assert allowed(limits(per_day_seconds=1), Needs(D(1), seconds=0.1), spent)


def test_bars_name_every_limit_with_what_is_used() -> None:
    spent = {(TODAY, ""): Used(D("3.42"), 7, 35.5), (THIS_MONTH, "luma"): Used(D(1))}
    budget = limits(per_day_usd=20, per_day_clips=10, per_day_seconds=60, providers={"luma": {"per_month_usd": 4}})
    found = {(bar.name, bar.unit): (bar.words(), bar.part) for bar in bars(Books(spent), budget, NOW)}
    assert found == {
        ("today", "USD"): ("$3.42 of $20.00", pytest.approx(0.171)),
        ("today", "clips"): ("7 of 10 clips", 0.7),
        ("today", "s"): ("35.5 of 60 s", pytest.approx(0.5917, abs=1e-3)),
        ("this month with luma", "USD"): ("$1.00 of $4.00", 0.25),
    }


@pytest.mark.parametrize(
    ("quoted", "estimated", "part"),
    [
        ("1.00", "1.02", None),
        ("1.00", "0.98", None),
        ("1.00", "1.0201", D("0.0201")),
        ("1.00", "0.90", D("-0.1")),
        ("0", "0.10", D(1)),
    ],
)
def test_an_estimate_may_be_two_per_cent_from_the_quote(quoted: str, estimated: str, part: Decimal | None) -> None:
    assert deviation(D(quoted), D(estimated)) == part
    assert deviation(None, D(estimated)) is None


def test_consent_covers_its_sum_and_nothing_else() -> None:
    check_consent(D(0), None, D(0))
    check_consent(D(1), None, D(1))
    check_consent(D(2), D(2), D(0))
    check_consent(None, EVERYTHING, D(0))
    for needed, consent in ((D(1), None), (D("2.01"), D(2)), (None, D(1000)), (None, None)):
        with pytest.raises(SpendingRefused):
            check_consent(needed, consent, D(0))


def test_a_bill_says_the_total_and_the_dearest_line() -> None:
    bill = Bill((Line("ray-2 5 s", D("0.71"), 3), Line("gen4.5 10 s", D("1.20"), 2), Line("draft", D("0.06"))))
    assert bill.total == D("4.59")
    assert bill.words() == "6 takes for $4.59; the dearest line is gen4.5 10 s: 2 × $1.20"
    unknown = Bill((Line("a", D(1)), Line("kling", None)))
    assert unknown.total is None
    assert unknown.words() == "2 takes at a price that is unknown; the dearest line is kling: price unknown"
    assert Bill((Line("only", D("0.40")),)).words() == "1 take for $0.40"


def test_a_shot_needs_its_seconds_for_every_take() -> None:
    assert needs(runway("x", 7), D("0.84"), 3) == Needs(D("2.52"), 3, 21.0)
    assert needs(dream("x", duration="auto"), None).seconds is None


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        'budget.providers.luma.per_day_usd = "lots"',
        "budget.providers.luma = 5",
        "budget.providers = 5",
        "budget.per_day_clips = -1",
        'budget.per_day_seconds = "x"',
    ],
)
@driven
async def test_a_limit_that_cannot_be_read_lets_nothing_through(tmp_path: Path, broken: str) -> None:
    house = House(tmp_path, f"{broken}\nspending.allow_without_asking = true\n")
    engine = await house.open()
    with pytest.raises(OverBudget):
        await engine.submit(dream("a boat"))
    await engine.close()


@driven
async def test_a_price_that_nobody_knows_takes_a_plain_yes_whatever_the_settings_allow(tmp_path: Path) -> None:
    house = House(tmp_path, "spending.allow_without_asking = true\n")
    engine = await house.open()
    unknown = replace(runway("a boat"), model="zx-9000")
    with pytest.raises(SpendingRefused, match="its price is unknown"):
        await engine.submit(unknown)
    await engine.close()
    assert not house.jobs()


# ── through the engine ───────────────────────────────────────────────────────────────────────────────────────────────


@driven
async def test_what_is_in_flight_counts_and_what_is_given_back_counts_no_more(tmp_path: Path) -> None:
    house = House(tmp_path, "spending.allow_without_asking = true\nbudget.per_day_usd = 0.50\n")
    engine = await house.open()
    (first,) = await engine.submit(dream("a boat [fail:job failed]"))
    await until(engine, first, Status.PENDING, Status.RUNNING)
    with pytest.raises(OverBudget, match=r"\$0.40 of it is used"):
        await engine.submit(dream("another"))
    await until(engine, first, Status.FAILED)
    (second,) = await engine.submit(dream("another"))
    await until(engine, second, Status.DOWNLOADING)
    await engine.close()
    assert len(house.jobs()) == 2


@driven
async def test_takes_of_one_press_that_pass_together_are_refused_together(tmp_path: Path) -> None:
    engine = await House(tmp_path, "spending.allow_without_asking = true\nbudget.per_press_usd = 1\n").open()
    with pytest.raises(OverBudget):
        await engine.submit(dream("three takes"), count=3)
    assert (await engine.history()).tasks == ()
    await engine.close()


@driven
async def test_free_clips_and_practice_pass_every_budget(tmp_path: Path) -> None:
    closed = "budget.per_press_usd = 0\nbudget.per_day_clips = 0\nsandbox.stand_in = true\n"
    engine = await House(tmp_path, closed).open()
    (task,) = await engine.submit(dream("practice"))
    assert task.practice
    await until(engine, task, Status.DOWNLOADING)
    assert (await engine.accounts.spend(date(2026, 11, 22), date(2026, 11, 22))).total.charged == 0
    practised = await engine.accounts.spend(date(2026, 11, 22), date(2026, 11, 22), practice=True)
    assert practised.total.charged == D("0.40")
    await engine.close()


@driven
async def test_a_budget_is_passed_once_where_the_person_was_asked(tmp_path: Path) -> None:
    house = House(
        tmp_path, 'spending.allow_without_asking = true\nspending.over_budget = "ask"\nbudget.per_day_usd = 0\n'
    )
    engine = await house.open()
    with pytest.raises(OverBudget) as over:
        await engine.submit(dream("a boat"))
    assert over.value.may_ask
    (task,) = await engine.submit(dream("a boat"), past_budget=True)
    await until(engine, task, Status.DOWNLOADING)
    with pytest.raises(OverBudget):
        await engine.submit(dream("another"))
    await engine.close()


@driven
async def test_asking_passes_nothing_where_the_settings_refuse(tmp_path: Path) -> None:
    engine = await House(tmp_path, "spending.allow_without_asking = true\nbudget.per_day_usd = 0\n").open()
    with pytest.raises(OverBudget) as over:
        await engine.submit(dream("a boat"), past_budget=True)
    assert not over.value.may_ask
    await engine.close()
