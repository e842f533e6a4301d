"""The library's file: newer, damaged, locked, full, copied, rebuilt. Nothing in it is lost without a word."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.sandbox.faults import Fault, Kind, Rule
from rushes.library.library import Library, LibraryBroken, LibraryError, LibraryTooNew
from rushes.library.migrations import MIGRATIONS
from rushes.library.opening import connect, enter_wal
from rushes.library.reindex import rebuild
from rushes.library.sidecar import Receipts
from rushes.library.upkeep import backup, integrity, vacuum
from rushes.task import Status, Task
from tests.clock import Process, driven
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, RUNWAY_SHOT, SANDBOX, House

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TASK = Task("01TASK", SANDBOX, Status.QUEUED, NOW)


def library_at(path: Path) -> Library:
    return Library(path, now=lambda: NOW)


def test_a_library_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    library = library_at(path)
    library.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    library.close()
    before = path.read_bytes()
    with pytest.raises(LibraryTooNew, match=str(len(MIGRATIONS) + 1)):
        library_at(path)
    assert path.read_bytes() == before


def test_a_library_of_the_first_version_is_brought_up_and_keeps_its_tasks(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    MIGRATIONS[0](db)
    db.execute("PRAGMA user_version = 1")
    db.execute(
        "INSERT INTO tasks (id, provider, model, mode, prompt, params, inputs, badge, practice, status, tags, "
        "created_at, submitted_at, charges_sent, forgotten, nonce, body_hash, rev) VALUES ('01OLD', 'luma', 'ray-2', "
        "'text_to_video', 'boat', '{}', '[]', 'B', 0, 'UNCERTAIN', '[]', 1, 1, 1, 0, 'n1', 'h', 1)"
    )
    db.close()
    library = library_at(path)
    old = library.get("01OLD")
    send = library.last_send("01OLD")
    assert old is not None
    assert send is not None
    assert (old.status, old.priority, send.nonce, send.outcome) == (Status.UNCERTAIN, 0, "n1", "unknown")
    library.close()


@pytest.mark.parametrize("damage", ["no database", "a torn page"])
def test_a_damaged_library_is_kept_aside_and_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "library.sqlite3"
    library_at(path).close()
    data = bytearray(path.read_bytes())
    data[:] = b"what is this" * 500 if damage == "no database" else data[:100] + b"\xff" * (len(data) - 100)
    path.write_bytes(data)
    with pytest.raises(LibraryBroken) as caught:
        library_at(path)
    assert caught.value.kept is not None
    assert caught.value.kept.read_bytes() == bytes(data)
    assert not path.exists()
    library_at(path).close()


def test_a_locked_library_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = WAL")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LibraryError, match="locked") as caught:
        connect(path, busy_s=0.05)
    assert not isinstance(caught.value, LibraryBroken)
    holder.close()
    assert path.exists()


def test_a_library_that_two_processes_begin_at_once_is_waited_for_by_the_second(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("BEGIN EXCLUSIVE")
    second = sqlite3.connect(path, isolation_level=None)
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            first.close()

    enter_wal(second, pause=pause)
    assert len(waits) == 3
    assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    second.close()


def test_a_library_that_stays_locked_while_it_is_begun_is_told_of_in_the_end(tmp_path: Path) -> None:
    first = sqlite3.connect(tmp_path / "library.sqlite3", isolation_level=None)
    first.execute("BEGIN EXCLUSIVE")
    second = sqlite3.connect(tmp_path / "library.sqlite3", isolation_level=None)
    waits: list[float] = []
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        enter_wal(second, 1.0, waits.append)
    assert sum(waits) == pytest.approx(1.0, abs=0.05)
    first.close()
    second.close()


def test_a_full_library_loses_nothing_of_what_it_said_was_written(tmp_path: Path) -> None:
    library = library_at(tmp_path / "library.sqlite3")
    library.add(TASK)
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages}")
    written: list[str] = []
    with pytest.raises(sqlite3.OperationalError, match="full"):
        _write_until_full(library, written)
    library.connection.execute("PRAGMA max_page_count = 1000000")
    assert all(library.get(each) is not None for each in written)
    assert library.get(f"01MORE{len(written)}") is None
    assert integrity(library) == []
    assert library.add(replace(TASK, id="01AFTER")).id == "01AFTER"
    library.close()


def _write_until_full(library: Library, written: list[str]) -> None:
    long = replace(SANDBOX, prompt="a paper boat " * 500)
    for number in range(10_000):
        library.add(replace(TASK, id=f"01MORE{number}", shot=long))
        written.append(f"01MORE{number}")


def test_a_copy_is_whole_private_and_made_while_the_library_is_in_use(tmp_path: Path) -> None:
    library = library_at(tmp_path / "library.sqlite3")
    library.add(TASK)
    target = tmp_path / "copy.sqlite3"
    target.write_bytes(b"an older copy")
    backup(library, target)
    library.add(replace(TASK, id="01LATER"))
    copy = library_at(target)
    assert (copy.get("01TASK"), copy.get("01LATER")) == (TASK_AS_READ(copy), None)
    assert integrity(copy) == []
    assert target.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []
    copy.close()
    vacuum(library)
    assert integrity(library) == []
    library.close()


def TASK_AS_READ(library: Library) -> Task | None:  # noqa: N802 - reads as the constant that it stands for
    found = library.get("01TASK")
    return replace(TASK, rev=found.rev) if found else None


def test_a_page_that_is_torn_later_is_found_by_the_check(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    library = library_at(path)
    for number in range(300):
        library.add(replace(TASK, id=f"01TASK{number}"))
    library.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    library.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\x07" * 3000
    path.write_bytes(data)
    try:
        library = library_at(path)
    except LibraryBroken:
        return
    assert integrity(library) != []
    library.close()


# ── the library again, from what lies beside the clips ───────────────────────────────────────────────────────────────


@driven
async def test_what_is_rebuilt_from_the_sidecars_is_what_was_there(make_house: MakeHouse) -> None:
    house = make_house(practice=False, settings="[spending]\nallow_without_asking = true\n")
    engine = await house.open()
    for shot in (LUMA, RUNWAY_SHOT, SANDBOX):
        await engine.submit(shot)
    await asyncio.wait_for(engine.idle(), 3600)
    await engine.rate(house.tasks()[1].id, 4)
    await engine.tag(house.tasks()[1].id, ["sea"])
    await engine.close()
    before = house.tasks()
    house.home.library.unlink()
    library = house.library()
    assert rebuild(library, [house.home.media], Receipts(house.home.receipts)).added == 3
    library.close()
    assert {each.id: replace(each, rev=0) for each in house.tasks()} == {
        each.id: replace(each, rev=0) for each in before
    }


def _by_id(tasks: list[Task]) -> dict[str, Task]:
    return {each.id: replace(each, rev=0) for each in tasks}


@pytest.mark.parametrize("provider", ["luma", "runway"])
@driven
async def test_a_task_in_flight_outlives_the_library(house: House, provider: str) -> None:
    engine = await house.open()
    (task,) = await engine.submit(LUMA if provider == "luma" else RUNWAY_SHOT)
    await house.until(task.id, Status.RUNNING)
    await engine.close()
    for path in house.home.data.glob("library.sqlite3*"):
        path.unlink()
    library = house.library()
    found = rebuild(library, [house.home.media], Receipts(house.home.receipts))
    assert (found.added, found.in_flight) == (1, 1)
    library.close()
    again = await house.open()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    assert list(house.home.receipts.glob("*.json")) == []
    await again.close()


@driven
async def test_sidecars_that_cannot_be_read_are_left_alone_and_named(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    await engine.close()
    assert done.take is not None
    folder = done.take.file.parent
    for name, text in (("cut", '{"id": "x", '), ("list", "[]"), ("empty", ""), ("odd", '{"id": 5, "prompt": []}')):
        (folder / f"{name}.json").write_text(text)
    (folder / "lonely.json").write_text(done.take.file.with_suffix(".json").read_text())
    shutil.copy(done.take.file.with_suffix(".json"), folder / "twice.json")
    shutil.copy(done.take.file, folder / "twice.mp4")
    house.home.library.unlink()
    library = house.library()
    result = rebuild(library, [house.home.media])
    assert result.added == 1
    assert {path.stem for path in result.broken} >= {"cut", "list", "empty", "odd"}
    library.close()


@driven
async def test_the_answer_of_the_vendor_waits_until_the_library_can_be_written_again(make_house: MakeHouse) -> None:
    """Somebody holds the library for a minute, from before the answer comes."""
    house = make_house(Rule(Fault(Kind.SLOW, seconds=5.0), "POST"))
    engine = await house.open()
    await engine._store.run(lambda library: library.connection.execute("PRAGMA busy_timeout = 0"))
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    holder = sqlite3.connect(house.home.library, timeout=0, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(60)
    (stuck,) = house.tasks()
    assert stuck.status is Status.SUBMITTING
    receipt = Receipts(house.home.receipts).read(task.id)
    assert receipt is not None
    assert receipt.task.vendor_id in house.jobs("runway")
    holder.close()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await engine.close()


@driven
async def test_an_answer_that_never_reached_the_library_is_found_in_its_receipt(make_house: MakeHouse) -> None:
    """The library is held until the process is killed; the next one finds what the vendor had answered."""
    house = make_house(Rule(Fault(Kind.SLOW, seconds=5.0), "POST"))
    process = Process("short-lived")
    engine = await house.open(process)
    await engine._store.run(lambda library: library.connection.execute("PRAGMA busy_timeout = 0"))
    with process.running():
        (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    holder = sqlite3.connect(house.home.library, timeout=0, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(20)
    process.kill()
    holder.close()
    again = await house.open()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await again.close()
