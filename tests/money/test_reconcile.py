"""The vendors' figures beside ours: agreement to the cent, and every difference by its name."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import DayUse, Usage
from providers.errors import Malformed
from providers.runway.usage import bodies, read_usage
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.sandbox.transport import SandboxTransport
from providers.shot import Shot
from rushes.money.books import Sums
from rushes.money.reconcile import DayLine, Reconciled, compare_days, explain, words
from rushes.task import Status
from tests.clock import beside, driven
from tests.money.house import House, dream, runway, until

D = Decimal
DAY = date(2026, 11, 22)


def by_name(found: list[Reconciled]) -> dict[str, Reconciled]:
    return {each.provider: each for each in found}


@driven
async def test_runway_agrees_by_day_and_model_and_luma_by_its_balance(tmp_path: Path) -> None:
    engine = await House(tmp_path).open()
    first = by_name(await engine.accounts.reconcile(DAY, DAY))
    assert first["luma"].since is None
    assert first["luma"].days is None
    assert first["luma"].balance == D(100)
    for shot in (runway("one"), runway("two [fail:INTERNAL]"), dream("three"), dream("four [fail:job failed]")):
        (task,) = await engine.submit(shot)
        await until(engine, task, Status.DOWNLOADING, Status.FAILED)
    found = by_name(await engine.accounts.reconcile(DAY, DAY))
    assert all(each.agrees for each in found.values()), found
    assert found["runway"].days == (DayLine(DAY, "gen4.5", D("0.24"), D("0.24")),)
    since = found["luma"].since
    assert since is not None
    assert (since.fell, since.booked) == (D("0.40"), D("0.40"))
    await engine.close()


@driven
async def test_what_another_program_spends_is_named(tmp_path: Path) -> None:
    house = House(tmp_path)
    engine = await house.open()
    await engine.accounts.reconcile(DAY, DAY)
    await spend_elsewhere(house)
    (waits,) = await engine.submit(Shot("sandbox", "sandbox-fast", "text_to_video", "a boat [stuck]"))
    await until(engine, waits, Status.RUNNING)
    found = by_name(await engine.accounts.reconcile(DAY, DAY))
    assert "in flight" not in " ".join(found["runway"].hints), "what flies elsewhere explains nothing here"
    assert [(line.model, line.difference) for line in found["runway"].differences] == [("gen4.5", D("0.60"))]
    assert "other programs" in " ".join(found["runway"].hints)
    since = found["luma"].since
    assert since is not None
    assert since.difference == D("0.40")
    assert "fell by $0.40, booked are $0.00" in words(found["luma"])
    await engine.close()


async def spend_elsewhere(house: House) -> None:
    """The same accounts, without this program."""
    line = SandboxTransport(house.world, sleep=house.clock.sleep, in_thread=beside)
    keys, urls = practice_keys(), practice_base_urls()
    async with httpx.AsyncClient(transport=line) as client:
        runway_headers = {"authorization": f"Bearer {keys['runway']}", "x-runway-version": "2024-11-06"}
        body = {"model": "gen4.5", "promptText": "elsewhere", "ratio": "1280:720", "duration": 5}
        answer = await client.post(f"{urls['runway']}/v1/text_to_video", json=body, headers=runway_headers)
        assert answer.status_code == 200, answer.text
        luma_headers = {"authorization": f"Bearer {keys['dream_machine']}"}
        body = {"model": "ray-2", "prompt": "elsewhere", "resolution": "540p", "duration": "5s"}
        answer = await client.post(f"{urls['dream_machine']}/generations/video", json=body, headers=luma_headers)
        assert answer.status_code == 201, answer.text


@driven
async def test_a_vendor_that_cannot_be_asked_is_said_and_the_others_are_compared(tmp_path: Path) -> None:
    house = House(tmp_path)

    class Deaf(httpx.AsyncBaseTransport):
        def __init__(self, line: SandboxTransport) -> None:
            self.line = line

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "/usage" in request.url.path:
                raise httpx.ConnectError("no line")
            return await self.line.handle_async_request(request)

    house.line = Deaf
    engine = await house.open()
    found = by_name(await engine.accounts.reconcile(DAY, DAY))
    assert found["runway"].problem == "could not reach sandbox.invalid: no line"
    assert not found["runway"].agrees
    assert found["luma"].problem == ""
    await engine.close()


# ── pure ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 400))
def test_a_long_span_is_asked_for_in_ninety_days_at_most_without_a_gap(since: date, days: int) -> None:
    until_ = since + timedelta(days=days)
    asked = [(date.fromisoformat(b["startDate"]), date.fromisoformat(b["beforeDate"])) for b in bodies(since, until_)]
    assert all(timedelta(0) < stop - start <= timedelta(days=90) for start, stop in asked)
    assert [day for start, stop in asked for day in range(start.toordinal(), stop.toordinal())] == list(
        range(since.toordinal(), until_.toordinal())
    )


def test_use_is_read_with_whatever_is_odd_left_out() -> None:
    used = [{"model": "gen4.5", "amount": 24}, {"amount": D("-1.5")}, {"model": "x", "amount": "much"}, 5]
    days = read_usage({"results": [{"date": "2026-11-22", "usedCredits": used}, {"date": "2026-11-23"}]})
    assert days == [DayUse(DAY, "gen4.5", D(24)), DayUse(DAY, "unknown model", D("-1.5"))]
    with pytest.raises(Malformed):
        read_usage({"results": [{"date": "yesterday"}]})
    with pytest.raises(Malformed):
        read_usage({})


def test_names_of_models_meet_under_ours_and_days_without_money_are_left_out() -> None:
    usage = Usage("credit", days=(DayUse(DAY, "GEN-4.5", D(20)), DayUse(DAY, "gen4.5", D(4)), DayUse(DAY, "x", D(0))))
    lines = compare_days(usage, {(DAY, "gen4.5"): Sums(charged=D("0.20"))}, D("0.01"), lambda _name: "gen4.5")
    assert lines == (DayLine(DAY, "gen4.5", D("0.24"), D("0.20")),)
    assert compare_days(Usage("cent"), {}, D("0.01"), str) is None


def test_half_a_cent_is_rounding_and_a_cent_is_a_difference() -> None:
    assert DayLine(DAY, "m", D("1.004"), D("1.00")).agrees
    assert not DayLine(DAY, "m", D("1.01"), D("1.00")).agrees


def test_a_shot_over_midnight_is_recognised_by_sums_that_agree() -> None:
    over_night = (DayLine(DAY, "m", D(0), D("0.24")), DayLine(DAY + timedelta(days=1), "m", D("0.24"), D(0)))
    assert "midnight" in explain(over_night, unsettled=D(0), flying=0)[0]
    short = (DayLine(DAY, "m", D("0.24"), D(0)),)
    hints = explain(short, unsettled=D("0.24"), flying=2)
    assert [hint.split(" ")[0] for hint in hints] == ["2", "requests", "the"]
    assert explain((DayLine(DAY, "m", D(1), D(1)),), unsettled=D(5), flying=5) == ()
