"""Spend, as a person uses it: sums, budgets, the plot, other months, the table, export, and no needless drawing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from providers.shot import Shot
from rushes.home import Home
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.task import Cost, Status, Task
from tests.app.stage import Stage, settings, stage
from tui.endings import surprise
from tui.screens.spend import SpendScreen

D = Decimal


def spent(
    folder: Path,
    usd: str,
    *,
    model: str = "ray-2",
    provider: str = "luma",
    ago: timedelta = timedelta(0),
    rating: int | None = None,
    tags: tuple[str, ...] = (),
) -> None:
    """A press of some time ago that a vendor took and charged."""
    home = Home.find(str(folder / "home"))
    if not home.settings.exists():
        settings(home)
    when = datetime.now(UTC) - ago
    library = Library(home.library, now=lambda: when)
    shot = Shot(provider, model, "text_to_video", "a boat", {"duration": "5s"})
    task = library.add(
        Task(new_id(when), shot, Status.QUEUED, when, cost=Cost(D(usd)), rating=rating, tags=tags, badge=model.upper())
    )
    sent = {"submitted_at": when, "charges_sent": 1}
    library.change(task.id, sent, to=Status.SUBMITTING)
    library.change(task.id, {"vendor_id": task.id, "charged": D(usd)}, to=Status.PENDING)
    library.change(task.id, {"file": "x.mp4", "sha256": "0", "finished_at": when}, to=Status.DOWNLOADING)
    library.change(task.id, {}, to=Status.SUCCEEDED)
    library.close()


async def enter(there: Stage) -> SpendScreen:
    await there.press("f10")
    await there.until(lambda: isinstance(there.app.screen, SpendScreen), "Spend")
    await there.see("each kept")
    screen = there.app.screen
    assert isinstance(screen, SpendScreen)
    return screen


async def test_the_sums_the_table_and_what_a_kept_take_has_cost(tmp_path: Path) -> None:
    spent(tmp_path, "0.40", rating=5)
    spent(tmp_path, "0.40", rating=2)
    spent(tmp_path, "1.20", provider="runway", model="gen4.5", rating=4)
    async with stage(tmp_path) as there:
        await enter(there)
        for words in ("$2.00", "2, $1.00 each", "runway gen4.5", "luma ray-2", "no budget is set"):
            assert words in there.text, there.text
        row = next(line for line in there.text.splitlines() if "luma ray-2" in line)
        assert [word for word in row.split() if word.startswith("$")] == ["$0.80", "$0.80"]


def test_an_estimate_well_above_the_quote_is_said_once() -> None:
    shot = Shot("runway", "gen4.5", "text_to_video", "a boat")
    quoted = Task("T", shot, Status.SUBMITTING, datetime.now(UTC), cost=Cost(D(1)))
    estimated = replace(quoted, status=Status.PENDING, cost=Cost(D(1), D("1.25")))
    line = surprise(quoted, estimated)
    assert line is not None
    assert "25% above the quote of $1.00" in line.words
    assert surprise(estimated, replace(estimated, status=Status.RUNNING)) is None
    assert surprise(quoted, replace(estimated, cost=Cost(D(1), D("1.02")))) is None


async def test_the_table_goes_by_model_provider_and_tag(tmp_path: Path) -> None:
    spent(tmp_path, "0.40", tags=("titles",))
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("b")
        await there.see("by provider")
        await there.press("b")
        await there.see("by tag")
        assert "titles" in there.text
        await there.press("b")
        await there.see("by model")


async def test_budgets_are_bars_with_their_sums(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"))
    settings(home, budget={"per_day_usd": 0.5, "per_month_clips": 10})
    spent(tmp_path, "0.40")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.see("$0.40 of $0.50")
        assert "1 of 10 clips" in there.text


async def test_earlier_months_are_a_key_away_and_none_lies_ahead(tmp_path: Path) -> None:
    today = datetime.now(UTC)
    spent(tmp_path, "7.77", ago=timedelta(days=today.day + 3))
    async with stage(tmp_path) as there:
        screen = await enter(there)
        await there.press("left")
        await there.see("$7.77")
        await there.press("right", "right")
        await there.until(lambda: screen.back == 0, "this month")
        await there.see("This month")


async def test_the_ledger_is_written_as_csv(tmp_path: Path) -> None:
    spent(tmp_path, "0.40")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("x")
        path = tmp_path / "home" / f"spend-{datetime.now(UTC):%Y-%m}.csv"
        await there.until(path.exists, "the file")
        lines = path.read_text().splitlines()
        assert lines[0] == "time,day,task,press,kind,usd,source,provider,model,practice"
        assert [line.split(",")[4:6] for line in lines[1:]] == [["quoted", "0.4"], ["charged", "0.4"]]


async def test_a_ledger_that_cannot_be_written_is_told_and_ends_nothing(tmp_path: Path) -> None:
    spent(tmp_path, "0.40")
    async with stage(tmp_path) as there:
        screen = await enter(there)
        path = tmp_path / "home" / f"spend-{datetime.now(UTC):%Y-%m}.csv"
        path.mkdir()
        await there.press("x")
        await there.see("Is a directory")
        assert there.app.screen is screen


@pytest.mark.parametrize("size", [(120, 40), (100, 30), (80, 24), (60, 16)])
async def test_it_stands_in_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    spent(tmp_path, "0.40")
    async with stage(tmp_path, size=size) as there:
        await there.press("f10")
        await there.see("$0.40")
        assert max(len(line) for line in there.text.splitlines()) <= size[0]


async def test_a_task_that_ends_is_in_the_sums_at_once_and_progress_is_no_news(tmp_path: Path) -> None:
    spent(tmp_path, "0.40")
    async with stage(tmp_path) as there:
        screen = await enter(there)
        reads = 0
        read = screen.read

        def counted() -> object:
            nonlocal reads
            reads += 1
            return read()

        screen.read = counted  # type: ignore[method-assign,assignment]  # counts how often the books are asked
        task = (await there.engine.history()).tasks[0]
        screen._task_changed(task)
        for step in range(20):
            screen._task_changed(replace(task, progress=step / 20))
        assert reads == 1
        spent(tmp_path, "0.31")
        await there.see("$0.71")
