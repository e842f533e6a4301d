# ruff: noqa: INP001 - a script beside its pictures, not part of a package
"""Makes the pictures of the README: drives the real app on the sandbox, in a home of its own, and writes SVG and PNG.

    python screenshots/make.py [NAME…]

PNG needs `rsvg-convert`; without it only the SVG is written. The clips are rendered once, which takes half a minute.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # read when Textual is imported

from textual.pilot import Pilot

from providers.shot import Shot
from rushes.engine import Engine
from rushes.home import Home
from tui.app import RushesApp
from tui.screens.base import MainScreen
from tui.screens.compare import CompareScreen
from tui.screens.details import DetailsScreen
from tui.screens.find_media import FindMedia
from tui.screens.health import HealthScreen
from tui.screens.library import LibraryScreen
from tui.screens.settings import SettingsScreen
from tui.screens.spend import SpendScreen
from tui.screens.studio import StudioScreen

FOLDER = Path(__file__).absolute().parent
CELL = 12.2
"""Width of a cell in Textual's SVG; the font is made to fit it where Textual's own is not installed."""
FONT, FONT_SIZE = "DejaVu Sans Mono", "20.26px"
PROMPTS = (
    "Snow falls on a quiet forest, dusk, slow drift",
    "Harbour at dawn, low sun over the sea, slow dolly in",
    "A fox runs through neon rain, low tracking shot",
)
DONE = (
    Shot("luma", "ray-3.2", "text_to_video", "Fireflies over tall grass, blue hour, handheld"),
    Shot("runway", "gen4.5", "text_to_video", "A paper boat on a rain-swept street, macro"),
    *(Shot("sandbox", "sandbox-fast", "text_to_video", prompt, {"seed": 7}) for prompt in PROMPTS),
)
UNDERWAY = (
    Shot("runway", "veo3.1", "text_to_video", "Storm clouds over a ridge, time-lapse", {"duration": 4}),
    Shot("runway", "gen4.5", "text_to_video", "Harbour at dawn, gulls rise, slow dolly in"),
    Shot("luma", "ray-3.2", "text_to_video", "A fox runs through neon rain, low tracking shot"),
)
"""Luma and Runway stand for themselves here: practice, drawn by the sandbox."""
FAR_ENOUGH = 0.6
"""How far the first of them is when the picture is taken."""
LIMIT_S = 120.0
ENVIRON = {"RUSHES_SANDBOX": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}

Scene = Callable[[RushesApp, "Pilot[int]"], Awaitable[object]]


def tidy(svg: str) -> str:
    """The same picture in an installed font, with leading spaces turned into places (renderers drop them)."""
    svg = svg.replace("Fira Code", FONT).replace("font-size: 20px", f"font-size: {FONT_SIZE}")
    return re.sub(r'(<text [^>]*?x=")([\d.]+)("[^>]*?textLength=")([\d.]+)("[^>]*>)((?:&#160;)+)', _moved, svg)


def _moved(found: re.Match[str]) -> str:
    by = found[6].count("&#160;") * CELL
    return f"{found[1]}{float(found[2]) + by:g}{found[3]}{max(0.1, float(found[4]) - by):g}{found[5]}"


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Lets the app run until something holds. Raises TimeoutError."""
    limit = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError("the app did not come so far")
        await pilot.pause(0.05)


def is_open(app: RushesApp) -> bool:
    """Whether the screen in front has its panes."""
    return isinstance(app.screen, MainScreen) and app.screen.has_engine


async def writing(app: RushesApp, pilot: Pilot[int]) -> StudioScreen:
    """The form with a prompt in it. Raises TypeError anywhere but in the Studio."""
    screen = app.screen
    if not isinstance(screen, StudioScreen):
        raise TypeError("the app does not begin with the Studio")
    screen.desk.set_prompt(PROMPTS[-1])
    await screen.form.sync("")
    await pilot.pause(0.2)
    return screen


async def playing(app: RushesApp, pilot: Pilot[int]) -> None:
    """A shot is written, its clip plays, the list shows what else there is."""
    screen = await writing(app, pilot)
    await pilot.press("escape", "space")
    await until(pilot, lambda: screen.takes.preview.position > 1.2)
    screen.takes.preview.pause()
    await pilot.pause(0.3)


async def rendering(app: RushesApp, pilot: Pilot[int]) -> None:
    """A shot for Luma with its price, two vendors at work, one clip playing."""
    screen = await writing(app, pilot)
    if (engine := app.engine) is None:
        raise TypeError("the app has no engine")
    screen.desk.choose_provider("luma")
    await screen.form.sync("")
    sent = [task for shot in UNDERWAY for task in await engine.submit(shot)]
    while max([(await engine.need(task.id)).progress or 0.0 for task in sent]) < FAR_ENOUGH:
        await pilot.pause(0.5)
    await playing(app, pilot)


async def library(app: RushesApp, pilot: Pilot[int]) -> None:
    """The takes, searched, with one rated and shown."""
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, LibraryScreen) and is_open(app) and app.screen.current)
    await pilot.press("4", "j", "5", "k", "slash", *"slow")
    await pilot.press("enter")
    await pilot.pause(1.2)


async def posters(app: RushesApp, pilot: Pilot[int]) -> None:
    """The takes as a grid of their pictures."""
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, LibraryScreen) and is_open(app) and app.screen.current)
    if app.engine is not None and app.engine.settings.value.ui.library_view != "posters":
        await pilot.press("w")
    await pilot.pause(2.0)


async def compare(app: RushesApp, pilot: Pilot[int]) -> None:
    """Two takes side by side, in step, standing still."""
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, LibraryScreen) and is_open(app) and app.screen.current)
    await pilot.press("x", "j", "x", "v")
    await until(pilot, lambda: isinstance(app.screen, CompareScreen))
    await pilot.pause(2.0)
    await pilot.press("space")
    await pilot.pause(0.5)


async def keys(app: RushesApp, pilot: Pilot[int]) -> None:
    """What the keys do in the task list."""
    await pilot.press("escape", "f1")
    await pilot.pause(0.3)


async def settings(app: RushesApp, pilot: Pilot[int]) -> None:
    """The settings, one of them changed."""
    await pilot.press("f12")
    await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and is_open(app))
    await pilot.press(*["j"] * 8)
    await pilot.pause(0.3)


async def light(app: RushesApp, pilot: Pilot[int]) -> None:
    """The Studio on a light background."""
    if app.engine is None:
        raise TypeError("the app has no engine")
    app.engine.settings.update("ui.theme", "light")
    await writing(app, pilot)
    await pilot.press("escape")
    await pilot.pause(0.4)


async def health(app: RushesApp, pilot: Pilot[int]) -> None:
    """Every check, done."""
    await pilot.press("f11")
    await until(pilot, lambda: isinstance(app.screen, HealthScreen) and is_open(app) and app.screen.done)
    await pilot.pause(0.3)


async def finder(app: RushesApp, pilot: Pilot[int]) -> None:
    """A picture or a take is looked for, for the first frame."""
    screen = await writing(app, pilot)
    screen.form.media[0].take_focus()
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, FindMedia) and not app.screen.looking)
    await pilot.press("o", "r")
    await pilot.pause(0.3)


async def details(app: RushesApp, pilot: Pilot[int]) -> None:
    """Everything known of a task, down to what was sent."""
    await pilot.press("escape", "enter")
    await until(pilot, lambda: isinstance(app.screen, DetailsScreen))
    await pilot.pause(0.5)


async def spend(app: RushesApp, pilot: Pilot[int]) -> None:
    """What was spent: nothing, on the sandbox."""
    await pilot.press("f10")
    await until(pilot, lambda: isinstance(app.screen, SpendScreen) and is_open(app))
    await pilot.pause(0.5)


SCENES: dict[str, tuple[tuple[int, int], Scene]] = {
    "studio-120x40": ((120, 40), rendering),  # the first: its tasks are among the takes of the others
    "studio-80x24": ((80, 24), playing),
    "studio-100x30": ((100, 30), playing),
    "studio-60x16": ((60, 16), playing),
    "form-80x24": ((80, 24), writing),
    "form-60x16": ((60, 16), writing),
    "library-120x40": ((120, 40), library),
    "library-80x24": ((80, 24), library),
    "compare-120x40": ((120, 40), compare),
    "compare-80x24": ((80, 24), compare),
    "finder-120x40": ((120, 40), finder),
    "finder-80x24": ((80, 24), finder),
    "details-120x40": ((120, 40), details),
    "details-80x24": ((80, 24), details),
    "spend-120x40": ((120, 40), spend),
    "spend-80x24": ((80, 24), spend),
    "keys-120x40": ((120, 40), keys),
    "keys-80x24": ((80, 24), keys),
    "settings-120x40": ((120, 40), settings),
    "settings-80x24": ((80, 24), settings),
    "health-120x40": ((120, 40), health),
    "health-80x24": ((80, 24), health),
    "posters-120x40": ((120, 40), posters),  # among the last: the view stays
    "posters-80x24": ((80, 24), posters),
    "light-120x40": ((120, 40), light),  # the last: the theme stays
}


async def fill(home: Home) -> None:
    """Renders the clips that the pictures show."""
    engine = await Engine.open(home, environ=ENVIRON, cwd=home.data)
    await engine.start()
    for shot in DONE:
        await engine.submit(shot)
        await engine.idle()
    await engine.close()


async def finish(home: Home) -> None:
    """Waits for what a picture left at work."""
    engine = await Engine.open(home, environ=ENVIRON, cwd=home.data)
    await engine.start()
    await engine.idle()
    await engine.close()


async def draw(home: Home, name: str) -> None:
    """Runs one scene and writes its picture."""

    async def open_engine(at: Home) -> Engine:
        return await Engine.open(at, environ=ENVIRON, cwd=at.data)

    size, scene = SCENES[name]
    app = RushesApp(home, open_engine=open_engine)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: is_open(app))
        await scene(app, pilot)
        svg = FOLDER / f"{name}.svg"
        svg.write_text(tidy(app.export_screenshot(title="rushes")), encoding="utf-8")
    if converter := shutil.which("rsvg-convert"):
        subprocess.run([converter, str(svg), "-o", str(svg.with_suffix(".png"))], check=True)  # noqa: S603, ASYNC221
        svg.unlink()


async def main(names: Sequence[str]) -> None:
    """Fills one home and draws every scene from it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.find(folder)
        home.make()
        await fill(home)
        desk = home.data / "shots"  # the working folder of the pictures: with some pictures in it
        for name in ("storyboard.png", "moods/orange dusk.jpg", "moods/harbour.jpg", "faces/portrait.png"):
            (desk / name).parent.mkdir(parents=True, exist_ok=True)
            (desk / name).touch()
        os.chdir(desk)
        for name in names or SCENES:
            await draw(home, name)
            await finish(home)
            print(name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
