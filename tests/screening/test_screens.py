"""Player and Compare in the app, with real clips of the sandbox: watched, marked, exported, compared, decided."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.shot import Role, Shot
from rushes.engine import Engine
from rushes.home import Home
from rushes.media import still, verify
from rushes.media.beside import beside
from rushes.task import Task
from tests.app.stage import QUICK, QuickClock, Stage, settings, stage
from tui.screens.compare import CompareScreen
from tui.screens.dialogue import Choose
from tui.screens.library import LibraryScreen
from tui.screens.player import PlayerScreen
from tui.screens.studio import StudioScreen
from tui.widgets.filmstrip import Filmstrip
from tui.widgets.history_list import HistoryList
from tui.widgets.player import Player
from tui.widgets.together import Together

PROMPTS = ("a red fox in snow", "a red fox in rain", "a paper boat", "a lamp", "two moons")


async def rendered(folder: Path, count: int) -> list[Task]:
    """A home with finished takes of one second; oldest first."""
    home = Home.find(str(folder / "home"))
    settings(home)
    engine = await Engine.open(home, environ={}, cwd=folder, clock=QuickClock(60))
    await engine.start()
    for prompt in PROMPTS[:count]:
        await engine.submit(Shot("sandbox", "sandbox-fast", "text_to_video", prompt, dict(QUICK)))
    await engine.idle()
    page = await engine.history()
    await engine.close()
    tasks = sorted(page.tasks, key=lambda each: each.id)
    assert all(each.take for each in tasks)
    return tasks


@contextlib.asynccontextmanager
async def library(folder: Path, count: int) -> AsyncIterator[tuple[Stage, list[Task]]]:
    """The app in the Library, with so many takes."""
    tasks = await rendered(folder, count)
    async with stage(folder) as there:
        await there.press("f8")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
        await there.until(lambda: len(there.library.query_one(HistoryList).takes) == count, "the takes")
        yield there, tasks


async def watched(there: Stage) -> Player:
    await there.press("f")
    await there.until(lambda: isinstance(there.app.screen, PlayerScreen), "the player")
    player = there.app.screen.query_one(Player)
    await there.until(lambda: player.facts, "the clip")
    return player


async def standing(there: Stage, player: Player) -> None:
    """Paused, at the first frame."""
    await there.until(lambda: player.playing or player.position > 0.8, "playing")
    player.pause()
    await there.press("home")
    await there.until(lambda: player.position == 0 and not player._conducting, "the first frame")


async def test_a_take_fills_the_screen_plays_at_once_and_escape_goes_back(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        player = await watched(there)
        await there.until(lambda: player.playing, "playing by itself")
        await there.see("fps")
        await there.see("a red fox in snow")
        await there.press("escape")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")


async def test_with_reduced_motion_a_take_opens_standing_and_plays_at_a_key(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        there.engine.settings.update("ui.motion", "reduced")
        player = await watched(there)
        await there.pilot.pause()
        assert not player.playing
        await there.press("space")
        await there.until(lambda: player.playing, "playing at a key")


async def test_frames_marks_speed_and_loop_answer_their_keys(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        player = await watched(there)
        await standing(there, player)
        await there.see("frame 1 ")
        await there.press("full_stop", "full_stop")
        await there.see("frame 3 ")
        await there.press("i", "full_stop", "full_stop", "u")
        assert list(player.marked or ()) == pytest.approx([2 / 24, 4 / 24], abs=0.01)
        await there.press("comma")
        await there.see("frame 4 ")
        await there.press("left_square_bracket", "l")
        await there.see("0.75×")
        await there.see("loop")
        await there.press("end")
        await there.see("frame 5 ")
        await there.press("u")
        assert player.marked is not None
        assert player.span[1] is None


async def test_a_marked_piece_loops_within_its_marks(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        player = await watched(there)
        await standing(there, player)
        await there.press("i")
        for _ in range(6):
            await there.press("full_stop")
        await there.until(lambda: player.position > 5.5 / 24, "the seventh frame")
        await there.press("u", "l", "space")
        places: set[int] = set()
        turns = 0
        before = 0.0
        for _ in range(200):
            await there.pilot.pause(0.01)
            turns += player.position < before
            before = player.position
            places.add(round(player.position * 24))
            if turns == 2:
                break
        assert turns == 2
        assert max(places) <= 7


async def test_the_frame_is_saved_as_it_is_and_a_marked_piece_as_a_clip(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, tasks):
        assert tasks[0].take
        player = await watched(there)
        await standing(there, player)
        await there.press("full_stop", "full_stop", "full_stop")
        await there.see("frame 4 ")
        await there.press("E")
        await there.see("Frame saved")
        assert len(there.app.screen.query("Toast")) == 1, "one press, one word about it"
        (picture,) = there.app.home.exports.glob("*.png")
        with Image.open(picture) as image:
            assert np.array_equal(np.asarray(image), still(tasks[0].take.file, player.position))
        await there.press("i", "full_stop", "full_stop", "u", "E")
        await there.see("Piece saved")
        (piece,) = there.app.home.exports.glob("*.mp4")
        assert verify(piece).frames == 3
        assert there.app.clipboard == str(piece)


async def test_a_frame_becomes_the_first_picture_of_the_next_shot(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        player = await watched(there)
        await standing(there, player)
        await there.press("F")
        await there.until(lambda: isinstance(there.app.screen, Choose), "the question")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen), "the Studio")
        await there.until(lambda: there.studio.desk.draft.inputs, "the picture")
        ((role, source),) = [(each.role, each.source) for each in there.studio.desk.draft.inputs]
        assert role is Role.START_IMAGE
        assert there.studio.desk.draft.mode == "image_to_video"
        with Image.open(source) as image:
            assert image.size == (640, 360)


async def test_stars_are_given_while_watching_and_paths_copied(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, tasks):
        assert tasks[0].take
        await watched(there)
        await there.press("4")
        await there.see("★★★★·")
        assert (await there.engine.need(tasks[0].id)).rating == 4
        await there.press("y")
        await there.see(".mp4")
        await there.press("Y")
        await there.see("scp")


async def test_a_clip_that_vanishes_while_it_plays_becomes_a_sentence(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, tasks):
        assert tasks[0].take
        made = beside(tasks[0].take.file)
        for path in (made.scrub, made.clip):
            path.unlink()
        await there.press("f")
        await there.see("cannot be shown")
        await there.press("space", "E", "full_stop", "i", "escape")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")


async def test_the_library_shows_the_course_of_a_clip_also_when_it_was_lost(tmp_path: Path) -> None:
    tasks = await rendered(tmp_path, 1)
    assert tasks[0].take
    made = beside(tasks[0].take.file)
    assert made.strip.exists(), "one pass at the end of the download makes it"
    assert made.scrub.exists()
    made.strip.unlink()
    async with stage(tmp_path) as there:
        await there.press("f8")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
        strip = there.library.query_one(Filmstrip)
        await there.until(lambda: strip.image is not None, "the filmstrip")
        assert made.strip.exists()


# -- comparing ---------------------------------------------------------------------------------------------------------


async def compared(there: Stage, count: int) -> tuple[CompareScreen, Together]:
    await there.press(*["x"] * count, "v")
    await there.until(lambda: there.app.screen.query(Together), "Compare")
    screen = there.app.screen
    assert isinstance(screen, CompareScreen)
    together = screen.query_one(Together)
    await there.until(lambda: together.facts and together.image is not None, "the clips")
    return screen, together


async def test_marked_takes_run_in_step_and_what_differs_is_named(tmp_path: Path) -> None:
    async with library(tmp_path, 2) as (there, _):
        _, together = await compared(there, 2)
        await there.until(lambda: together.playing, "playing")
        await there.see("2 in step")
        await there.see("A SANDBOX-FAST")
        await there.see("B SANDBOX-FAST")
        await there.see("a red fox in rain")
        await there.see("a red fox in snow")
        together.pause()
        await there.press("s", "right")
        await there.until(lambda: together.alone == 1, "the other one alone")
        at = together.position
        await there.press("right")
        await there.until(lambda: together.alone == 0 and not together._conducting, "the first one alone")
        assert together.position == pytest.approx(at, abs=0.05)
        await there.press("escape")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")


async def test_blind_no_name_is_on_the_screen(tmp_path: Path) -> None:
    async with library(tmp_path, 2) as (there, _):
        await compared(there, 2)
        await there.see("SANDBOX-FAST")
        await there.press("b")
        await there.until(lambda: "SANDBOX-FAST" not in there.text, "no names")
        await there.press("b")
        await there.see("SANDBOX-FAST")


async def test_the_marked_one_is_rated_and_the_other_left_out(tmp_path: Path) -> None:
    async with library(tmp_path, 3) as (there, _):
        screen, together = await compared(there, 3)
        await there.press("right", "5")
        await there.until(lambda: screen.here[1].rating == 5, "its stars")
        assert (await there.engine.need(screen.here[1].id)).rating == 5
        kept = [screen.here[1].id, screen.here[2].id]
        await there.press("left", "x")
        await there.until(lambda: len(screen.here) == 2 and len(together.paths) == 2, "two")
        assert [each.id for each in screen.here] == kept
        await there.press("x")
        await there.see("This one is left")
        await there.press("x", "x", "right", "space")
        assert len(screen.here) == 1


def further(screen: CompareScreen, answers: int) -> bool:
    """Whether a tournament has taken another answer."""
    return screen.cup is not None and screen.cup.answers > answers


async def test_five_takes_meet_in_pairs_and_end_in_a_ranking(tmp_path: Path) -> None:
    async with library(tmp_path, 5) as (there, tasks):
        screen, _ = await compared(there, 5)
        assert screen.blind
        worth = {task.id: PROMPTS.index(task.shot.prompt) for task in tasks}
        for _ in range(8):
            if isinstance(there.app.screen, Choose):
                break
            assert screen.cup is not None
            answers = screen.cup.answers
            better = max(screen.here, key=lambda each: worth[each.id])
            if screen.here[screen.near].id == better.id:
                await there.press("enter")
            else:
                await there.press("x")
            await there.until(partial(further, screen, answers), "the next pair")
            await there.pilot.pause(0.1)
        await there.until(lambda: isinstance(there.app.screen, Choose), "the ranking")
        assert screen.cup is not None
        assert [worth[each.id] for each in screen.cup.ranked] == [4, 3, 2, 1, 0]
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, PlayerScreen), "the best one")
        await there.see("two moons")


async def test_one_take_alone_is_not_compared(tmp_path: Path) -> None:
    async with library(tmp_path, 1) as (there, _):
        await there.press("v")
        await there.see("Mark two takes")


async def test_play_shows_one_take_and_leaving_it_ends_the_program(tmp_path: Path) -> None:
    tasks = await rendered(tmp_path, 1)
    from tui.app import RushesApp

    async def open_engine(at: Home) -> Engine:
        return await Engine.open(at, environ={}, cwd=tmp_path, clock=QuickClock())

    app = RushesApp(Home.find(str(tmp_path / "home")), open_engine=open_engine, first=tasks[0].id)
    async with app.run_test(size=(80, 24)) as pilot:
        async with asyncio.timeout(10):
            while not isinstance(app.screen, PlayerScreen):
                await pilot.pause(0.02)
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_code == 0
