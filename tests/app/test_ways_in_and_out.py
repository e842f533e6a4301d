"""Starting light, homes that cannot be opened, and leaving."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.home import Home
from rushes.library.library import Library
from rushes.task import Status
from tests.app.stage import settings, stage
from tui.app import RushesApp
from tui.leaving import words
from tui.screens.dialogue import Confirm
from tui.screens.notice import NoticeScreen

HEAVY = ("pydantic", "httpx", "sqlite3", "av", "numpy", "PIL")


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from rushes.home import Home
from tui.app import RushesApp

async def never(home):
    print([each for each in {HEAVY!r} if each in sys.modules])
    await asyncio.Event().wait()

async def main():
    async with RushesApp(Home.find({str(tmp_path)!r}), open_engine=never).run_test(size=(120, 40)) as pilot:
        await pilot.pause()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_way_in_imports_no_textual() -> None:
    code = "import sys, tui.start; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def refused(home: Home) -> tuple[str, int | None]:
    """What the app says of a home that it cannot open, and how it ends."""
    app = RushesApp(home)
    async with app.run_test() as pilot:
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, NoticeScreen):
                break
        assert isinstance(app.screen, NoticeScreen)
        await pilot.press("enter")
        await pilot.pause()
    return app.refusal, app.return_code


async def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the way")
    reason, code = await refused(Home.find(str(tmp_path / "home")))
    assert "home" in reason
    assert code == 1


async def test_a_damaged_library_is_told(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"))
    settings(home)
    home.library.write_bytes(b"this is no database at all" * 400)
    reason, code = await refused(home)
    assert reason
    assert code == 1


async def test_a_library_of_a_newer_version_is_told(tmp_path: Path) -> None:
    import sqlite3

    home = Home.find(str(tmp_path / "home"))
    settings(home)
    async with stage(tmp_path):
        pass
    with sqlite3.connect(home.library) as database:
        database.execute("PRAGMA user_version = 9999")
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        if "migrations" in tables:
            columns = [row[1] for row in database.execute("PRAGMA table_info(migrations)")]
            values = ["9999_from_the_future" if each == "name" else 9999 for each in columns]
            marks = ", ".join("?" * len(columns))
            database.execute(f"INSERT INTO migrations VALUES ({marks})", values)
    reason, code = await refused(home)
    assert "newer" in reason
    assert code == 1


async def test_leaving_with_nothing_open_asks_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("escape", "q")
        await there.until(lambda: there.app.return_code == 0, "the end")


async def test_leaving_says_what_goes_on_and_stays_when_asked_to(tmp_path: Path) -> None:
    async with stage(tmp_path, speed=1.0) as there:
        await there.generate("a slow fox")
        await there.press("ctrl+q")
        await there.until(lambda: isinstance(there.app.screen, Confirm), "the question")
        assert "a slow fox" in there.text or "on the way" in there.text
        await there.press("n")
        assert there.app.return_code is None
        await there.press("ctrl+q")
        await there.until(lambda: isinstance(there.app.screen, Confirm), "the question")
        await there.press("enter")
        await there.until(lambda: there.app.return_code == 0, "the end")


@pytest.mark.parametrize(("seconds", "key"), [(60.0, "y"), (3.0, "n")])
async def test_leaving_waits_for_an_answer_that_is_on_its_way_unless_the_person_will_not(
    tmp_path: Path, seconds: float, key: str
) -> None:
    slow = Rule(Fault(Kind.SLOW, Point.AFTER, seconds=seconds), "POST")
    async with stage(tmp_path, speed=1.0, faults=[slow]) as there:
        made = await there.generate("a slow fox")
        await there.until(lambda: there.studio.takes.known[made.id].status is Status.SUBMITTING, "the sending")
        await there.press("ctrl+q")
        await there.until(lambda: isinstance(there.app.screen, Confirm), "the question")
        await there.press("y")
        await there.see("Waiting for an answer")
        await there.press(key)
        await there.until(lambda: there.app.return_code == 0, "the end")
    library = Library(there.app.home.library, now=lambda: datetime.now(UTC))
    (left,) = library.active()
    library.close()
    assert (left.status is Status.SUBMITTING) == (key != "n")


async def test_leaving_before_the_engine_is_open_is_quiet(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"))
    app = RushesApp(home)
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_unsent_shots_are_named_when_leaving(tmp_path: Path) -> None:
    from tests.app.stage import queued

    task = await queued(tmp_path, "left over")
    assert words([task]) == ["1 not sent yet; the next start asks before sending."]
    assert task.status is Status.QUEUED


@pytest.mark.parametrize("key", ["ctrl+c"])
async def test_the_interrupt_key_says_how_to_leave(tmp_path: Path, key: str) -> None:
    async with stage(tmp_path) as there:
        await there.press("escape", key)
        await there.see("q leaves rushes")
