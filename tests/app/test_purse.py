"""What the budgets leave stands in the top line and beside the price."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rushes.money.budgets import Bar
from tests.app.stage import stage
from tui.budget_words import left, over, top


def bar(used: str, limit: str, unit: str = "USD", name: str = "today") -> Bar:
    return Bar(name, Decimal(used), Decimal(limit), unit)


def test_the_budget_that_is_reached_first_is_shown() -> None:
    bars = [bar("3.42", "20"), bar("9", "10", "clips", "this month")]
    assert top(bars) == ("9 / 10 clips", "$text-warning")
    assert left(bars) == "1 clip left this month"
    assert top([bar("3.42", "20")])[0] == "$3.42 / $20"
    assert left([bar("25", "20")]) == "$0.00 left today"
    assert top([]) == ("", "")


async def test_a_budget_shows_as_soon_as_it_is_set(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        assert "/ $20" not in there.text
        there.engine.settings.update("budget.per_day_usd", "20")
        await there.see("$0 / $20")
        await there.press("f8")
        await there.see("Nothing here yet")
        await there.see("$0 / $20")


async def test_a_library_that_does_not_know_what_was_spent_is_told_at_the_start(tmp_path: Path) -> None:
    left_behind = tmp_path / "home" / "in-flight" / "01OLD.json"
    left_behind.parent.mkdir(parents=True)
    left_behind.write_text("{}")
    async with stage(tmp_path) as there:
        await there.see("rushes reindex")


def test_a_price_over_a_budget_says_by_how_much_and_which() -> None:
    bars = [bar("3.42", "20"), bar("1", "2", name="today with luma"), bar("9", "10", "clips", "this month")]
    assert over(bars, "runway", Decimal(1)) == ""
    assert over(bars, "luma", Decimal("1.27")) == "$0.27 over today's budget with luma"
    assert over(bars, "runway", Decimal(20)) == "$3.42 over today's budget"
    assert over([bar("10", "10", "clips", "this month")], "luma", Decimal(1)) == "1 clip over this month's budget"
    assert over(bars, "luma", None) == "no price is known, and today's budget is limited"
    assert over(bars, "luma", Decimal(0)) == ""
