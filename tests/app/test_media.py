"""Pictures and clips for a shot: found by a few letters, taken out of earlier takes, looked at before they are sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from providers.sandbox.renderer import ClipSpec
from providers.shot import Input, Role
from rushes.shots.media_finder import Limits, rank, walk
from tests.app.stage import Stage, stage
from tests.house import flat_clip
from tui.screens.dialogue import Choose
from tui.screens.find_media import FindMedia
from tui.screens.pick_frame import PickFrame
from tui.screens.studio import StudioScreen
from tui.widgets.field import ChoiceField, InputField
from tui.widgets.media_field import MediaField, PathInput

PRACTICE = {"RUSHES_SANDBOX": "1"}
NOBODY = "01KAXS0Q4V7V3H8N1B2C3D4E5F"


def picture(path: Path, size: tuple[int, int] = (640, 360)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (200, 80, 20)).save(path)
    return path


def media(there: Stage, label: str) -> MediaField:
    return next(each for each in there.studio.query(MediaField) if each.label == label)


async def model(there: Stage, provider: str, name: str) -> None:
    there.studio.desk.choose_provider(provider)
    await there.studio.form.sync(there.studio.desk.choose_model(name))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with pictures at several depths."""
    here = tmp_path / "shots"
    for at, name in enumerate(("fox.png", "day/neon harbour.jpg", "day/two/zoo_fox_tall.png")):
        os.utime(picture(here / name), (1e9 + at, 1e9 + at))
    (here / "notes.txt").touch()
    monkeypatch.chdir(here)
    return here


# Which files there are ------------------------------------------------------------------------------------------------


def names(folder: Path, kind: str = "image", limits: Limits | None = None) -> list[str]:
    return [each.shown for portion in walk([folder], kind, limits) for each in portion]


def test_files_of_a_kind_are_found_near_ones_first(folder: Path) -> None:
    assert names(folder) == ["fox.png", "day/neon harbour.jpg", "day/two/zoo_fox_tall.png"]
    assert names(folder, "video") == []


def test_what_no_person_put_there_is_passed_over_and_circles_end(folder: Path) -> None:
    for unwanted in (".git/a.png", "node_modules/b.png", ".hidden.png"):
        picture(folder / unwanted)
    (folder / "take.mp4").touch()
    picture(folder / "take.jpg")  # the poster of the clip
    (folder / "day" / "round").symlink_to(folder)
    assert [each for each in names(folder) if each != "fox.png"] == [
        "day/neon harbour.jpg",
        "day/two/zoo_fox_tall.png",
    ]
    assert list(walk([folder / "nowhere"], "image")) == [[]]


def test_a_huge_tree_is_walked_within_limits(tmp_path: Path) -> None:
    for at in range(40):
        (tmp_path / f"{at:02}" / "deeper").mkdir(parents=True)
        (tmp_path / f"{at:02}" / "a.png").touch()
        (tmp_path / f"{at:02}" / "deeper" / "b.png").touch()
    assert len(names(tmp_path, limits=Limits(found=7))) == 7
    assert len(names(tmp_path, limits=Limits(depth=1))) == 40
    assert 0 < len(names(tmp_path, limits=Limits(entries=60))) < 40
    ticks = iter(range(1000))
    assert (
        0
        < len(
            [each for part in walk([tmp_path], "image", Limits(seconds=5), clock=lambda: next(ticks)) for each in part]
        )
        < 10
    )


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("fox", ["fox.png", "day/zoo_fox.png", "fox/other.png", "f_o_x.png"]),
        ("zf", ["day/zoo_fox.png"]),
        ("day fox", ["day/zoo_fox.png"]),
        ("qqq", []),
        ("", ["f_o_x.png", "fox/other.png", "day/zoo_fox.png", "fox.png"]),
        ("FOX.P", ["fox.png", "day/zoo_fox.png", "f_o_x.png"]),
        (".*", []),
    ],
)
def test_letters_find_names_the_best_first(query: str, best: list[str]) -> None:
    texts = ["f_o_x.png", "fox/other.png", "day/zoo_fox.png", "fox.png"]
    found = [texts[place] for place in rank(query, texts)]
    assert [each for each in found if each in best] == best
    assert bool(found) == bool(best)


# The finder -----------------------------------------------------------------------------------------------------------


async def test_enter_in_a_field_finds_a_picture_by_a_few_letters(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("a fox")
        field = media(there, "First frame")
        field.take_focus()
        await there.see("enter Find")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, FindMedia), "the finder")
        await there.see("3 pictures")
        lines = there.text.splitlines()
        order = [
            next(at for at, line in enumerate(lines) if name in line) for name in ("zoo_", "neon harbour", "fox.png")
        ]
        assert order == sorted(order), "the newest first"
        await there.press("z", "f", "t")
        await there.see("1 fit")
        await there.press("enter")
        await there.until(lambda: field.sources == (str(folder / "day/two/zoo_fox_tall.png"),), "the path")
        await there.see("✓")
        assert there.studio.desk.shot.mode == "image_to_video"
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, FindMedia), "the finder")
        await there.press("q", "q", "q", "enter", "escape")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen), "the form")
        assert field.sources, "nothing fitted, nothing was changed"


async def test_a_file_that_is_no_picture_is_named_at_its_field_before_anything_is_sent(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    async with stage(tmp_path) as there:
        await there.type("a fox")
        media(there, "First frame").put(0, str(folder / "broken.png"))
        await there.until(lambda: media(there, "First frame").shown_problem, "the problem")
        await there.see("✗ First frame: broken.png")
        await there.press("ctrl+j")
        await there.pilot.pause()
        assert await there.tasks() == []


async def test_a_frame_of_an_earlier_take_becomes_a_picture_of_the_shot(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path) as there:
        await there.ended((await there.generate("a paper boat")).id)
        await there.press("ctrl+g")
        await there.until(lambda: isinstance(there.app.screen, Choose), "the question which")
        await there.press("down", "down", "enter")  # references
        await there.until(lambda: isinstance(there.app.screen, FindMedia), "the takes")
        assert "fox.png" not in there.text
        await there.press(*"boat", "enter")
        await there.until(lambda: isinstance(there.app.screen, PickFrame), "the player")
        player = there.app.screen
        assert isinstance(player, PickFrame)
        await there.see("References: enter takes the frame")
        await there.until(lambda: player.player.facts, "the clip")
        await there.press("right", "comma", "enter")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen), "the form")
        await there.until(lambda: media(there, "References").sources, "the picture")
        (source,) = media(there, "References").sources
        await there.see(f"{Path(source).name[-24:]}")
        await there.see("✓")
        assert Path(source).name[-24:] in there.text, "the name stays in sight beside the sign"
        with Image.open(os.path.expanduser(source)) as image:  # noqa: ASYNC240, PTH111 - once, in a test
            assert image.size == (640, 360)


async def test_pictures_clips_and_sounds_of_one_role_keep_their_fields(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE) as there:
        await model(there, "runway", "seedance2")
        media(there, "Pictures").put(0, str(folder / "fox.png"))
        await there.pilot.pause()
        clips = media(there, "Clips")
        clips.take_focus()
        await there.press(*"/no/cl")
        await there.until(lambda: clips.sources == ("/no/cl",), "what is typed stays where it is typed")
        clips.put(0, "https://example.org/a.mp4")
        await there.until(lambda: len(there.studio.desk.draft.inputs) == 2, "both")
        assert media(there, "Pictures").sources == (str(folder / "fox.png"),)
        assert media(there, "Clips").sources == ("https://example.org/a.mp4",)
        media(there, "Sounds").put(0, NOBODY)
        said = Input(Role.REFERENCE, NOBODY, "audio")
        await there.until(lambda: said in there.studio.desk.shot.inputs, "an id for a sound")
        assert media(there, "Sounds").sources == (NOBODY,)
        clips.put(0, str(folder / "fox.png"))
        await there.see("must be of kind video")
        assert clips.sources == (str(folder / "fox.png"),), "refused where it stands"


# What is told before sending ------------------------------------------------------------------------------------------


async def test_sound_that_costs_tells_both_prices(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE) as there:
        await model(there, "runway", "veo3.1")
        await there.see("off $0.80 ▐on $1.60▌")
        next(each for each in there.studio.query(ChoiceField) if each.field == "duration").choose(2)
        await there.see("off $1.60 ▐on $3.20▌")


async def test_a_clip_is_measured_and_priced_in_the_form(tmp_path: Path, folder: Path) -> None:
    flat_clip(ClipSpec("x", 640, 360, 6.0), folder / "own.mp4")
    async with stage(tmp_path, environ=PRACTICE) as there:
        await model(there, "luma", "ray-3.2")
        next(each for each in there.studio.query(ChoiceField) if each.field == "mode").choose(
            there.studio.desk.model.modes.index("reframe")
        )
        await there.until(lambda: there.studio.desk.shot.mode == "reframe", "the mode")
        media(there, "Clip").put(0, str(folder / "own.mp4"))
        await there.see("✓ 640×360 · 6.0 s")
        await there.see("The source is 640x360")


async def test_camera_moves_are_completed_and_their_spelling_told(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE) as there:
        await model(there, "luma", "ray-2")
        field = next(each for each in there.studio.query(InputField) if each.field == "concepts")
        field.take_focus()
        await there.press(*"push_in", "comma", "space", *"orbit_l")
        await there.until(lambda: field.control._suggestion == "push_in, orbit_left", "the rest of the word")
        await there.press("right")
        await there.until(lambda: field.control.value == "push_in, orbit_left", "the whole word")
        field.control.value = "puhs_in"
        await there.see("did you mean push_in?")


async def test_a_field_that_takes_no_files_finds_the_providers_own_takes(tmp_path: Path, folder: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE) as there:
        await there.ended((await there.generate("a paper boat")).id)
        await model(there, "luma", "ray-2")
        there.studio.query(PathInput).first().focus()
        await there.see("enter finds · or link, id")
        await there.press("enter")
        await there.see("Start frame: a take")
        assert "fox.png" not in there.text
        await there.see("Nothing fits")
