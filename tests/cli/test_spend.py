"""`rushes spend`: sums, spans, CSV, budgets, and the vendors' figures, as scripts see them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Rushes, Vendors

Start = Callable[..., Vendors]
RUNWAY = ("generate", "harbour", "--provider", "runway", "-p", "duration=2", "--yes", "--no-wait", "--json")


def pressed(rushes: Rushes, vendors: Start) -> Vendors:
    """One clip of Runway, watched to its end."""
    them = vendors()
    assert rushes(*RUNWAY).code == 0
    assert rushes("watch", "--json").code == 0
    return them


def test_a_fresh_home_has_spent_nothing(rushes: Rushes) -> None:
    figures = rushes("spend", "--json").json
    assert figures["total"]["charged_usd"] == 0
    assert (figures["days"], figures["providers"], figures["budgets"], figures["warnings"]) == ([], [], [], [])
    assert figures["first"].endswith("-01")


def test_what_was_charged_stands_in_every_span_that_holds_today(rushes: Rushes, vendors: Start) -> None:
    pressed(rushes, vendors)
    for span in (["--day"], ["--month"], ["--days", "7"], ["--all"], []):
        figures = rushes("spend", *span, "--json").json
        assert figures["total"]["charged_usd"] == 0.24, span
        assert [(each["name"], each["charged_usd"]) for each in figures["models"]] == [("runway gen4.5", 0.24)]
    assert rushes("spend", "--day", "2020-01-01", "--json").json["total"]["charged_usd"] == 0
    assert rushes("spend", "--provider", "luma", "--json").json["total"]["charged_usd"] == 0
    words = rushes("spend").out
    assert "$0.24 charged (1 sent)" in words
    assert "runway gen4.5" in words


def test_practice_says_that_it_was_not_paid(rushes: Rushes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHES_SANDBOX", "1")
    assert rushes(*RUNWAY).code == 0
    practice, paid = rushes("spend", "--practice").out, rushes("spend").out
    assert practice.startswith("practice with the sandbox: nothing of this was paid\n")
    assert ("(1 sent)" in practice, "(0 sent)" in paid, "practice" in paid) == (True, True, False)
    assert rushes("spend", "--practice", "--json").json["practice"] is True


def test_the_ledger_comes_as_csv(rushes: Rushes, vendors: Start, tmp_path: Path) -> None:
    pressed(rushes, vendors)
    lines = rushes("spend", "--csv", "-").out.splitlines()
    assert lines[0].startswith("time,day,task,press,kind,usd,source")
    assert [line.split(",")[4:6] for line in lines[1:]] == [
        ["quoted", "0.24"],
        ["estimated", "0.24"],
        ["charged", "0.24"],
    ]
    path = tmp_path / "ledger.csv"
    assert rushes("spend", "--csv", str(path), "--json").json == {"file": str(path), "entries": 3}
    assert path.read_text().splitlines() == lines


def test_budgets_stand_with_what_is_used(rushes: Rushes, vendors: Start) -> None:
    rushes("settings", "set", "budget.per_day_usd", "1")
    rushes("settings", "set", "budget.providers.runway.per_month_clips", "4")
    pressed(rushes, vendors)
    budgets = {
        (each["name"], each["unit"]): (each["used"], each["limit"])
        for each in rushes("spend", "--json").json["budgets"]
    }
    assert budgets == {("today", "USD"): (0.24, 1.0), ("this month with runway", "clips"): (1.0, 4.0)}


def test_reconciling_agrees_with_the_vendors(rushes: Rushes, vendors: Start) -> None:
    pressed(rushes, vendors)
    run = rushes("spend", "--reconcile", "--json")
    assert run.code == 0
    runway = next(each for each in run.json["providers"] if each["provider"] == "runway")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert runway["agrees"] is True
    assert [(each["day"], each["vendor_usd"], each["booked_usd"]) for each in runway["days"]] == [(today, 0.24, 0.24)]
    assert "runway: agrees, $" in rushes("spend", "--reconcile").out


def test_a_vendor_that_cannot_be_reached_is_exit_9(rushes: Rushes, vendors: Start) -> None:
    them = vendors()
    them.server.close()
    run = rushes("spend", "--reconcile")
    assert run.code == 9
    assert "cannot be compared" in run.out


@pytest.mark.parametrize("args", [["--day", "soon"], ["--month", "2026"], ["--days", "0"], ["--day", "--month"]])
def test_a_span_that_cannot_be_is_a_usage_error(rushes: Rushes, args: list[str]) -> None:
    assert rushes("spend", *args).code == 2


class Typed(io.StringIO):
    """A terminal at which somebody has typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("setting", "typed", "code", "creates"), [("ask", "y", 0, 1), ("ask", "n", 6, 0), ("refuse", "y", 6, 0)]
)
def test_a_budget_is_passed_by_a_yes_where_the_settings_let_it_be_asked(
    rushes: Rushes, vendors: Start, monkeypatch: pytest.MonkeyPatch, setting: str, typed: str, code: int, creates: int
) -> None:
    them = vendors()
    rushes("settings", "set", "budget.per_day_usd", "0")
    rushes("settings", "set", "spending.over_budget", setting)
    monkeypatch.setattr("sys.stdin", Typed(f"{typed}\n"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert rushes(*RUNWAY).code == code
    assert sum("_to_video" in each.path for each in them.world.requests()) == creates


def test_without_a_terminal_no_budget_is_passed_and_yes_does_not_cover_it(rushes: Rushes, vendors: Start) -> None:
    them = vendors()
    rushes("settings", "set", "budget.per_day_clips", "0")
    rushes("settings", "set", "spending.over_budget", "ask")
    run = rushes(*RUNWAY)
    assert run.code == 6
    assert "0 clips" in run.json["error"]["message"]
    assert them.creates() == 0
