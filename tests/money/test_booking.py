"""The ledger's own rules: only added to, once for each press, carried over from older libraries, and always in step."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import Failure, FailureKind
from providers.shot import Shot
from rushes.library.library import Library
from rushes.library.migrations import MIGRATIONS
from rushes.money.accounts import as_csv, month_of
from rushes.money.books import Books
from rushes.money.ledger import BALANCE, EntryKind
from rushes.task import Cost, Status, Task

D = Decimal
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2026, 11, 22)
COPY = (
    "INSERT INTO ledger SELECT NULL, task_id, press, kind, nth, at, day, amount, source, provider, model, practice "
    "FROM ledger"
)
FAILED = Failure(FailureKind.SERVICE, "it failed", charged=False)


class Clock:
    """Time as it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(tmp_path: Path, clock: Clock) -> Iterator[Library]:
    made = Library(tmp_path / "library.sqlite3", now=clock)
    yield made
    made.close()


def queued(library: Library, name: str = "T1", price: str | None = "0.40", model: str = "ray-2", **more: Any) -> str:
    shot = Shot("luma", model, "text_to_video", "a boat", {"duration": "5s"})
    cost = Cost(None if price is None else D(price))
    return library.add(Task(name, shot, Status.QUEUED, NOW, cost=cost, **more)).id


def press(library: Library, task: str, number: int = 1, at: datetime = NOW) -> None:
    library.change(task, {"submitted_at": at, "charges_sent": number}, to=Status.SUBMITTING)


def take(library: Library, task: str, **values: Any) -> None:
    library.change(task, {"vendor_id": f"v-{task}", **values}, to=Status.PENDING)


def booked(library: Library, task: str = "T1") -> list[tuple[str, Decimal | None]]:
    return [(each.kind.value, each.usd) for each in library.books.story(task)]


def test_what_never_left_is_not_booked(library: Library) -> None:
    task = queued(library)
    press(library, task)
    library.change(task, {"charges_sent": 0}, to=Status.QUEUED)
    library.change(task, {"charged": D(0)}, to=Status.CANCELLED)
    assert booked(library) == []


def test_a_clear_refusal_is_not_booked(library: Library) -> None:
    task = queued(library)
    press(library, task)
    library.change(task, {"charged": D(0), "error": FAILED}, to=Status.FAILED)
    assert booked(library) == []
    assert library.books.used(NOW - timedelta(1)).clips == 0


def test_saying_the_same_again_books_nothing_again(library: Library) -> None:
    task = queued(library)
    press(library, task)
    take(library, task, charged=D("0.40"), estimated=D("0.40"))
    for _ in range(5):
        library.change(task, {"charged": D("0.40"), "estimated": D("0.40"), "progress": 0.5}, to=Status.RUNNING)
    assert booked(library) == [("quoted", D("0.40")), ("estimated", D("0.40")), ("charged", D("0.40"))]


def test_a_price_that_nobody_knows_is_booked_as_unknown_and_counted(library: Library) -> None:
    task = queued(library, price=None)
    press(library, task)
    take(library, task)
    assert booked(library) == [("quoted", None)]
    sums = library.books.total(DAY, DAY)
    assert (sums.presses, sums.unknown, sums.quoted) == (1, 1, D(0))
    assert library.books.flying().unknown == 1


def test_a_lost_answer_that_is_sent_again_may_cost_twice_and_counts_twice(library: Library) -> None:
    task = queued(library)
    press(library, task)
    library.change(task, {}, to=Status.UNCERTAIN)
    library.change(task, {}, to=Status.QUEUED)
    press(library, task, 2)
    take(library, task, charged=D("0.40"))
    kinds = [("quoted", D("0.40")), ("unsettled", D("0.40")), ("quoted", D("0.40")), ("charged", D("0.40"))]
    assert booked(library) == kinds
    sums = library.books.total(DAY, DAY)
    assert (sums.charged, sums.unsettled, sums.presses) == (D("0.40"), D("0.40"), 2)


def test_a_refund_counts_for_its_own_day_and_a_charge_for_the_day_of_the_press(library: Library, clock: Clock) -> None:
    task = queued(library)
    press(library, task)
    clock.now += timedelta(days=1)
    take(library, task, charged=D("0.40"))
    clock.now += timedelta(days=1)
    library.change(task, {"charged": D(0), "error": FAILED}, to=Status.FAILED)
    days = {day: sums.charged for day, sums in library.books.by_day(DAY, DAY + timedelta(days=9))}
    assert days == {DAY: D("0.40"), DAY + timedelta(days=2): D("-0.40")}
    assert library.books.total(DAY, DAY + timedelta(days=9)).refunded == D("0.40")


def test_a_change_of_mind_of_the_vendor_is_a_correction(library: Library) -> None:
    task = queued(library)
    press(library, task)
    take(library, task, charged=D("0.40"))
    library.change(task, {"charged": D("0.30")}, to=Status.RUNNING)
    library.change(task, {"charged": D("0.45")}, to=Status.DOWNLOADING)
    assert booked(library)[2:] == [("correction", D("-0.10")), ("correction", D("0.15"))]


def test_the_database_refuses_to_change_or_to_forget_an_entry(library: Library, tmp_path: Path) -> None:
    task = queued(library)
    press(library, task)
    take(library, task, charged=D("0.40"))
    other = sqlite3.connect(tmp_path / "library.sqlite3")
    for statement in ("UPDATE ledger SET amount = 0", "DELETE FROM ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            other.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other.execute(COPY)
    other.close()


def test_figures_that_another_program_changed_are_found_out(library: Library, tmp_path: Path) -> None:
    task = queued(library)
    press(library, task)
    take(library, task, charged=D("0.40"))
    assert library.books.check() == []
    other = sqlite3.connect(tmp_path / "library.sqlite3", isolation_level=None)
    other.execute("UPDATE tasks SET charged = 300000")
    other.close()
    assert library.books.check() == ["task T1: its row says 0.3 USD charged, its entries 0.4"]


def test_a_library_of_before_the_ledger_is_carried_over(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    old = sqlite3.connect(path, isolation_level=None)
    old.row_factory = sqlite3.Row
    for step in MIGRATIONS[: [each.__name__ for each in MIGRATIONS].index("add_ledger")]:
        step(old)
    at = int(NOW.timestamp() * 1000)
    row = """
        INSERT INTO tasks (id, provider, model, mode, prompt, params, inputs, badge, practice, status, vendor_id,
            quoted, estimated, charged, tags, created_at, submitted_at, charges_sent, forgotten, rev)
        VALUES (?, 'runway', 'gen4.5', 't', 'p', '{}', '[]', 'B', 0, ?, ?, 240000, ?, ?, '[]', ?, ?, ?, 0, 1)
    """
    old.execute(row, ("DONE", "SUCCEEDED", "v1", 240000, 240000, at, at, 1))
    old.execute(row, ("UNSENT", "QUEUED", None, None, None, at, None, 0))
    old.execute(row, ("REFUSED", "FAILED", None, None, 0, at, at, 1))
    old.execute(f"PRAGMA user_version = {[each.__name__ for each in MIGRATIONS].index('add_ledger')}")
    old.close()
    library = Library(path, now=lambda: NOW)
    assert [(kind, usd) for kind, usd in booked(library, "DONE")] == [
        ("quoted", D("0.24")),
        ("estimated", D("0.24")),
        ("charged", D("0.24")),
    ]
    assert booked(library, "UNSENT") == booked(library, "REFUSED") == []
    assert library.books.total(DAY, DAY).charged == D("0.24")
    assert library.books.check() == []
    library.close()


def test_csv_is_exact_and_no_formula(library: Library) -> None:
    task = queued(library, model="=cmd()", price="0.398131")
    press(library, task)
    take(library, task, charged=D("0.398131"))
    text = as_csv(list(library.books.entries(DAY, DAY)))
    assert "0.398131" in text
    assert ",'=cmd()," in text
    assert ",=cmd()" not in text


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_month_is_from_its_first_day_to_the_day_before_the_next(day: date) -> None:
    first, last = month_of(day)
    assert first.day == 1
    assert first <= day <= last
    assert (last + timedelta(days=1)).day == 1
    assert (last.year, last.month) == (day.year, day.month)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.one_of(st.none(), st.integers(0, 10**6))), max_size=12))
def test_the_entries_of_a_task_always_add_up_to_its_row(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, int | None]]
) -> None:
    library = Library(tmp_path_factory.mktemp("sums") / "library.sqlite3", now=lambda: NOW)
    names = [queued(library, f"T{n}") for n in range(3)]
    for name in names:
        press(library, name)
        take(library, name)
    for which, micro in said:
        charged = None if micro is None else D(micro) / 1_000_000
        library.change(names[which], {"charged": charged}, to=Status.RUNNING)
    check(library.books, [library.get(name) for name in names])
    library.close()


def check(books: Books, tasks: list[Task | None]) -> None:
    assert books.check() == []
    for task in tasks:
        assert task is not None
        sums = [each.usd for each in books.story(task.id) if each.kind in BALANCE]
        assert sum((usd for usd in sums if usd is not None), D(0)) == (task.cost.charged or D(0))
    assert sum(EntryKind(each.kind) is EntryKind.CHARGED for each in books.entries(DAY, DAY)) <= len(tasks)
