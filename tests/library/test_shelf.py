"""Writing on takes: stars, tags, notes and trash, all of which can be taken back; and the files beside the clips."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from rushes.engine import Engine
from rushes.home import Home
from rushes.library.library import Library
from rushes.library.reading import Reading
from rushes.task import Status, Take, Task
from tests.library.shelf import home_in, library_of, task, with_clip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


@pytest.fixture
async def engine(home: Home) -> AsyncIterator[Engine]:
    opened = await Engine.open(home, environ={}, cwd=home.data)
    yield opened
    await opened.close()


def put(home: Home, *tasks: Task) -> list[str]:
    library = library_of(home)
    for each in tasks:
        library.add(each)
    library.close()
    return [each.id for each in tasks]


async def need(engine: Engine, task_id: str) -> Task:
    return await engine.need(task_id)


async def test_every_kind_of_word_on_a_take_can_be_taken_back(home: Home, engine: Engine) -> None:
    (one,) = put(home, with_clip(home, task(rating=2, tags=("night",))))
    await engine.shelf.rate([one], 5)
    await engine.shelf.tag([one], ["keeper"], ["night"])
    await engine.shelf.note([one], "for the titles\nmaybe")
    await engine.shelf.trash([one])
    assert (await engine.shelf.page()).tasks == ()
    for _ in range(4):
        assert await engine.shelf.undo()
    back = await need(engine, one)
    assert (back.rating, back.tags, back.notes, back.trashed_at) == (2, ("night",), "", None)
    assert await engine.shelf.undo() is None


async def test_many_takes_are_one_press(home: Home, engine: Engine) -> None:
    ids = put(home, *(task(number) for number in range(30)))
    assert len((await engine.shelf.tag(ids, ["set a"])).tasks) == 30
    assert await engine.shelf.count('tag:"set a"') == 30
    await engine.shelf.undo()
    assert await engine.shelf.count('tag:"set a"') == 0


async def test_two_windows_write_tags_at_once_and_both_can_take_back(home: Home, engine: Engine) -> None:
    (one,) = put(home, task())
    other = await Engine.open(home, environ={}, cwd=home.data)
    await engine.shelf.tag([one], ["mine"])
    await other.shelf.tag([one], ["theirs"])
    await engine.shelf.undo()
    assert (await need(engine, one)).tags == ("theirs",)
    await other.shelf.undo()
    assert (await need(engine, one)).tags == ()
    await other.close()


async def test_a_later_word_of_another_window_stands(home: Home, engine: Engine) -> None:
    (one,) = put(home, task())
    other = await Engine.open(home, environ={}, cwd=home.data)
    await engine.shelf.rate([one], 2)
    await other.shelf.rate([one], 5)
    undone = await engine.shelf.undo()
    assert undone is not None
    assert undone.left == 1
    assert (await need(engine, one)).rating == 5
    await other.close()


async def test_a_tag_is_renamed_everywhere_and_joins_one_that_is_there(home: Home, engine: Engine) -> None:
    put(home, task(1, tags=("draft", "night")), task(2, tags=("final", "draft")), task(3))
    await engine.shelf.rename_tag("Draft", "final")
    assert await engine.shelf.tags() == [("final", 2), ("night", 1)]
    await engine.shelf.undo()
    assert dict(await engine.shelf.tags()) == {"draft": 2, "night": 1, "final": 1}


async def test_words_on_a_take_stand_beside_its_clip(home: Home, engine: Engine) -> None:
    done = with_clip(home, task())
    (one,) = put(home, done)
    await engine.shelf.note([one], "for the titles")
    assert done.take
    assert json.loads(done.take.file.with_suffix(".json").read_text())["notes"] == "for the titles"


async def test_the_trash_keeps_files_until_it_is_emptied(home: Home, engine: Engine) -> None:
    done, kept = with_clip(home, task(1)), with_clip(home, task(2))
    one, two = put(home, done, kept)
    assert done.take
    assert kept.take
    await engine.shelf.trash([one])
    assert done.take.file.exists()
    gone = await engine.shelf.empty_trash()
    assert gone.takes == 1
    assert gone.bytes > done.take.bytes
    assert not done.take.file.exists()
    assert not done.take.file.with_suffix(".json").exists()
    assert kept.take.file.exists()
    assert [each.id for each in (await engine.shelf.page()).tasks] == [two]
    assert await engine.shelf.count("is:trashed") == 0
    assert await engine.shelf.undo() is None


async def test_what_was_spent_outlives_the_trash(home: Home, engine: Engine) -> None:
    at = task().created_at
    (one,) = put(home, replace(with_clip(home, task()), charges_sent=1, submitted_at=at, vendor_id="v-1"))
    before = _spent(home)
    await engine.shelf.trash([one])
    await engine.shelf.empty_trash()
    assert _spent(home) == before > 0


def _spent(home: Home) -> float:
    library = library_of(home)
    try:
        return float(library.books.used(task().created_at).usd)
    finally:
        library.close()


async def test_a_task_that_is_under_way_is_not_thrown_away(home: Home, engine: Engine) -> None:
    (one,) = put(home, task(status=Status.RUNNING))
    edited = await engine.shelf.trash([one])
    assert (edited.tasks, edited.left) == ((), 1)


async def test_a_clip_that_two_takes_share_stays_for_the_other(home: Home, engine: Engine) -> None:
    done = with_clip(home, task(1))
    twin = replace(task(2), status=Status.SUCCEEDED, take=done.take)
    one, _two = put(home, done, twin)
    await engine.shelf.trash([one])
    await engine.shelf.empty_trash()
    assert done.take
    assert done.take.file.exists()


async def test_a_picture_that_has_the_name_of_another_but_for_its_ending_stays(home: Home, engine: Engine) -> None:
    def picture(made: Task, name: str) -> Task:
        home.media.mkdir(parents=True, exist_ok=True)
        file = home.media / name
        file.write_bytes(made.id.encode())
        return replace(made, status=Status.SUCCEEDED, take=Take(file, "0" * 64, 26, 640, 360, 0.0, 0.0))

    one, _two = put(home, picture(task(1), "fox.png"), picture(task(2), "fox.jpg"))
    await engine.shelf.trash([one])
    await engine.shelf.empty_trash()
    assert sorted(each.name for each in home.media.iterdir()) == ["fox.jpg"]


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\u202e"])
async def test_a_tag_of_nothing_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(ValueError, match="at least one letter"):
        await engine.shelf.tag([], [name])


async def test_saved_searches_are_kept_replaced_and_dropped(engine: Engine) -> None:
    await engine.shelf.save_search("Best", "rating:>=4 ")
    await engine.shelf.save_search("best", "rating:5")
    assert await engine.shelf.searches() == {"Best": "rating:5"}
    await engine.shelf.drop_search("BEST")
    assert await engine.shelf.searches() == {}


async def test_completion_knows_filters_and_what_the_library_holds(home: Home, engine: Engine) -> None:
    put(home, task(tags=("b roll",), model="ray-3.2"))
    assert [each.word for each in await engine.shelf.complete("fox pro", 7)] == ["provider:", "prompt:"]
    assert [each.line for each in await engine.shelf.complete("fox tag:b", 9)] == ['fox tag:"b roll" ']
    assert [each.word for each in await engine.shelf.complete("model:", 6)] == ["model:ray-3.2"]
    assert await engine.shelf.complete("", 0) == []


async def test_a_count_that_nobody_waits_for_does_not_hold_up_the_next(home: Home, engine: Engine) -> None:
    begun = threading.Event()

    def endless(reading: Reading) -> int:
        reading._db.create_function("begun", 0, begun.set)
        sql = "WITH RECURSIVE n(x) AS (SELECT begun() UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"
        return int(reading._db.execute(sql).fetchone()[0])

    reader = engine._store.readers.sums
    asked = asyncio.ensure_future(reader.run(endless))
    assert await asyncio.to_thread(begun.wait, 5)
    asked.cancel()
    async with asyncio.timeout(5):
        assert await engine.shelf.count() == 0
    assert asked.cancelled()


async def test_kin_is_found_by_itself_and_can_be_walked(home: Home, engine: Engine) -> None:
    from providers.shot import Input, Role, Shot

    first = with_clip(home, task(1, "first"))
    assert first.take
    frame = home.exports / f"{first.take.file.stem}_3.208s.jpg"
    shot = Shot("luma", "ray-2", "image_to_video", "second", {}, (Input(Role.START_IMAGE, str(frame)),))
    second = replace(task(2), shot=shot)
    one, two = put(home, first, second)
    kin = await engine.shelf.kin(two)
    assert [(depth, each.id, how) for depth, each, how in kin.lines()] == [
        (0, one, ""),
        (1, two, "starts from a frame of"),
    ]
    assert [each.id for each in (await engine.shelf.kin(one)).children] == [two]
    assert [each.id for each in (await engine.shelf.page(f"from:{one}")).tasks] == [two]


def test_readers_cannot_write(home: Home) -> None:
    import asyncio
    import sqlite3

    library = library_of(home)
    library.close()

    async def attempt() -> None:
        from rushes.library.readers import Readers
        from tests.library.shelf import START

        readers = Readers(home.library, now=lambda: START)
        try:
            with pytest.raises(sqlite3.OperationalError):
                await readers.pages.run(lambda reading: reading._db.execute("DELETE FROM tasks"))
        finally:
            await readers.close()

    asyncio.run(attempt())


def test_the_library_is_copied_while_it_is_open(home: Home, tmp_path: Path) -> None:
    from rushes.library.upkeep import backup

    (one,) = put(home, task(1, "kept"))
    library = library_of(home)
    backup(library, tmp_path / "copy.sqlite3")
    copy = Library(tmp_path / "copy.sqlite3", now=lambda: task().created_at)
    assert [each.id for each in copy.page("kept").tasks] == [one]
    copy.close()
    library.close()
