"""Playing in the terminal: what is seen, when it stops, and how much it sends over which line."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from textual.app import App, ComposeResult

from tests.pty_screen import Answers, PtyScreen
from tests.tui_widgets.clips import make_clip
from tui.pacer import LEAST, QUEUEING, START, Line, Pacer, line_of
from tui.reel import Reel
from tui.widgets.preview import Preview

DEMO = [sys.executable, str(Path(__file__).with_name("demo_preview.py"))]
FRAMES = 30
SSH = {"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 22"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 30 frames, 1.25 s."""
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", FRAMES)


@pytest.fixture
def screen(clip: Path) -> Iterator[PtyScreen]:
    """The demo with the clip loaded, standing."""
    with PtyScreen([*DEMO, str(clip)], cols=80, rows=24) as screen:
        screen.wait_text("loaded")
        screen.wait_text("24 fps")
        screen.settle()
        yield screen


def foot(screen: PtyScreen) -> str:
    """The last line."""
    return screen.text().splitlines()[-1]


# -- in a terminal -----------------------------------------------------------------------------------------------------


def test_space_plays_to_the_end_and_then_nothing_is_written(screen: PtyScreen) -> None:
    assert re.match(r"128×72 · 24 fps · 1\.2 s · \d+\.\d kB .*‖ 0 s", foot(screen))
    before = len(screen.raw)
    screen.send(" ")
    screen.wait_text("ended")
    screen.settle()
    assert foot(screen).endswith("‖ 1 s")
    assert b"\x1b[6n" not in screen.raw[before:]
    assert screen.bytes_within(1.5) == 0


def test_space_pauses_and_a_dialog_stops_it(screen: PtyScreen) -> None:
    screen.send("l ")
    screen.wait(lambda: "▶" in foot(screen), what="playing")
    screen.send(" ")
    screen.wait(lambda: "‖" in foot(screen), what="a pause")
    screen.settle()
    assert screen.bytes_within(0.5) == 0
    screen.send(" ")
    screen.wait(lambda: "▶" in foot(screen), what="playing")
    screen.send("s")
    screen.wait_text("a dialog")
    screen.settle()
    assert screen.bytes_within(0.5) == 0
    screen.send("s")
    screen.settle()
    assert "‖" in foot(screen)


def test_a_loop_goes_on_and_leaving_in_the_middle_is_clean(screen: PtyScreen) -> None:
    screen.send("l ")
    screen.wait(lambda: foot(screen).endswith("▶ 1 s loop"), what="the end")
    screen.wait(lambda: foot(screen).endswith("▶ 0 s loop"), what="the next turn")
    screen.send("\x11")
    assert screen.wait_exit() == 0
    assert not screen.changed_modes


def test_over_ssh_each_frame_is_answered(clip: Path) -> None:
    with PtyScreen([*DEMO, str(clip)], cols=80, rows=24, env=SSH) as screen:
        screen.wait_text("24 fps")
        screen.settle()
        before = len(screen.raw)
        screen.send(" ")
        screen.wait_text("ended")
        screen.settle()
        fences = bytes(screen.raw[before:]).count(b"\x1b[6n")
        assert 3 <= fences <= 1.25 * 24 + 2


def test_a_terminal_over_ssh_that_never_answers_still_plays_to_the_end(clip: Path) -> None:
    answers = Answers(cursor_reports=False)
    with PtyScreen([*DEMO, str(clip)], cols=80, rows=24, env=SSH, answers=answers) as screen:
        screen.wait_text("24 fps")
        screen.send(" ")
        screen.wait_text("ended")


def test_a_file_that_is_no_clip_becomes_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_text("<html>not here</html>")
    with PtyScreen([*DEMO, str(path)], cols=120, rows=10) as screen:
        screen.wait_text("This clip cannot be shown")


# -- without one -------------------------------------------------------------------------------------------------------


class Shell(App[None]):
    """The preview alone."""

    def compose(self) -> ComposeResult:
        yield Preview("nothing")


async def until(condition: Callable[[], bool]) -> None:
    """Lets the app run until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # nothing in the widget tells a test that it came to rest
            await asyncio.sleep(0.01)


def colour(preview: Preview) -> tuple[int, ...]:
    """A pixel near the lower edge of what is shown."""
    assert preview.image is not None
    return tuple(int(each) for each in preview.image[-2, preview.image.shape[1] // 2])


async def test_seeking_and_stepping_show_the_frame_that_was_asked_for(clip: Path) -> None:
    async with Shell().run_test(size=(128, 37)) as pilot:
        preview = pilot.app.query_one(Preview)
        preview.focus()
        await preview.load(clip)
        await until(lambda: not preview._conducting)
        assert preview.position == 0
        await pilot.press("right")
        await until(lambda: preview.position > 0.9 and not preview._conducting)
        assert preview.position == pytest.approx(1.0, abs=0.03)
        assert abs(colour(preview)[0] - 24 * 8) < 12
        await pilot.press("full_stop")
        await until(lambda: preview.position > 1.02 and not preview._conducting)
        assert preview.position == pytest.approx(25 / 24, abs=0.01)
        await pilot.press("comma", "comma")
        await until(lambda: preview.position < 0.98 and not preview._conducting)
        assert preview.position == pytest.approx(23 / 24, abs=0.01)
        await pilot.press("left")
        await until(lambda: preview.position == 0)


async def test_a_poster_stands_until_it_plays(clip: Path, tmp_path: Path) -> None:
    poster = tmp_path / "poster.jpg"
    Image.fromarray(np.full((72, 128, 3), (0, 0, 250), np.uint8)).save(poster)
    async with Shell().run_test(size=(128, 37)) as pilot:
        preview = pilot.app.query_one(Preview)
        await preview.load(clip, poster=poster)
        assert colour(preview)[2] > 200
        preview.play()
        await until(lambda: preview.position > 0.1)
        assert colour(preview)[2] < 200


async def test_of_two_clips_loaded_at_once_the_later_one_stays(clip: Path, tmp_path: Path) -> None:
    other = make_clip(tmp_path / "other.mp4", 5, width=64, height=64)
    async with Shell().run_test(size=(60, 20)) as pilot:
        preview = pilot.app.query_one(Preview)
        await asyncio.gather(preview.load(clip), preview.load(other))
        assert preview.path == other
        assert preview.facts is not None
        assert preview.facts.width == 64
        preview.clear("gone")
        assert preview.path is None
        await pilot.pause()
        assert "gone" in "".join(preview.render_line(y).text for y in range(20))


async def test_it_goes_away_while_it_plays(clip: Path) -> None:
    async with Shell().run_test(size=(60, 20)) as pilot:
        preview = pilot.app.query_one(Preview)
        preview.play(clip)
        await until(lambda: preview.playing)
        await preview.remove()
        await pilot.pause()


async def test_a_reel_leaves_out_what_is_late_and_always_ends_on_the_last_frame(clip: Path) -> None:
    length = len(await asyncio.to_thread(clip.read_bytes))
    reel = Reel(clip, (32, 18))
    facts, count = await reel.open()
    assert (facts.width, count) == (128, length)
    first, late, last, over = [await reel.until(at) for at in (0.0, 0.5, 99.0, 99.0)]
    assert first is not None
    assert late is not None
    assert last is not None
    assert first[0] == 0
    assert late[0] == pytest.approx(0.5, abs=1e-6)
    assert last[0] == pytest.approx((FRAMES - 1) / 24, abs=1e-6)
    assert over is None
    assert last[1].shape == (18, 32, 3)
    reel.close()


# -- pacing ------------------------------------------------------------------------------------------------------------


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Line(24)),
        ({"TMUX": "x"}, Line(24)),
        (SSH, Line(24, START, fence=True)),
        ({**SSH, "TMUX": "x"}, Line(8, 64_000)),
    ],
)
def test_the_environment_tells_what_line_it_is(environ: dict[str, str], expected: Line) -> None:
    assert line_of(environ) == expected


def test_a_local_line_has_no_budget() -> None:
    pacer = Pacer(Line(24), Clock())
    pacer.sent(limited=False)
    assert pacer.budget() is None


def carried(capacity: float, seconds: int) -> tuple[float, float]:
    """Plays over a simulated line of so many bytes a second: its bytes a second and longest queue, once settled."""
    clock = Clock()
    pacer = Pacer(Line(12, START, fence=True), clock)
    free_at, worst, sent = 0.0, 0.0, 0
    answers: list[float] = []
    for step in range(12 * seconds):
        clock.now = step / 12
        while answers and answers[0] <= clock.now:
            answers.pop(0)
            pacer.answered()
        budget = pacer.budget()
        if budget:
            free_at = max(free_at, clock.now) + budget / capacity
            answers.append(free_at + 0.06)
            pacer.sent(limited=True)
            if step > 6 * seconds:
                sent += budget
                worst = max(worst, free_at - clock.now)
    return sent / (seconds / 2), worst


@pytest.mark.parametrize("capacity", [30_000, 62_500, 250_000, 1_250_000])
def test_a_line_is_used_well_and_never_made_to_queue(capacity: float) -> None:
    used, queue = carried(capacity, 60)
    assert used > 0.4 * capacity
    assert queue < 0.6


def test_late_answers_hold_frames_back_and_the_rate_never_falls_to_nothing() -> None:
    clock = Clock()
    pacer = Pacer(Line(12, START, fence=True), clock)
    pacer.sent(limited=True)
    clock.now = 0.02
    pacer.answered()
    for _ in range(40):
        pacer.sent(limited=True)
        clock.now += QUEUEING + 0.2
        assert pacer.budget() == 0
        pacer.answered()
    assert pacer.rate == LEAST
    assert pacer.budget()
