"""Every rule of Luma's both ways: what is allowed, and what is refused with the field and what to change."""

from __future__ import annotations

from typing import Any

import pytest

from providers.luma import rules
from providers.luma.pictures import uses_fit
from providers.luma.rules import AGENTS_RULES, DREAM_MACHINE_RULES
from providers.shot import Input, Role, Shot
from tests.luma.kit import CATALOGUE, CLIP_LINK, LINK, TASK, needed, provider, shot

START, END = Input(Role.START_IMAGE, LINK), Input(Role.END_IMAGE, LINK)
REF, CLIP = Input(Role.REFERENCE, LINK), Input(Role.VIDEO, CLIP_LINK)
TAKE, TO_TAKE, OF_TAKE = Input(Role.START_IMAGE, TASK), Input(Role.END_IMAGE, TASK), Input(Role.VIDEO, TASK)
NEW, OLD = "ray-3.2", "ray-2"


def picture(name: str, *inputs: Input, **params: Any) -> Shot:
    return shot(name, "image_to_video", inputs, **params)


def keyed(positions: str, count: int, **params: Any) -> Shot:
    return shot(NEW, "keyframes", (REF,) * count, positions=positions, **params)


PLACE: dict[str, Any] = {"source_x": 0.0, "source_y": 0.1, "source_width": 1.0, "source_height": 0.5}
CASES: list[tuple[Any, Shot, Shot, str, str]] = [
    (rules.needs_a_frame, picture(OLD, START), picture(OLD), "start_image", "or an end frame"),
    (rules.needs_a_frame, picture(NEW, END), picture(NEW), "start_image", "or an end frame"),
    (rules.loop_without_end_frame, picture(OLD, START, loop=True), picture(OLD, END, loop=True), "loop", "end frame"),
    (rules.loop_without_end_frame, picture(NEW, END), picture(NEW, END, loop=True), "loop", "end frame"),
    (rules.loop_without_both_frames, picture(OLD, START, END), picture(OLD, START, END, loop=True), "loop", "keep one"),
    (
        rules.loop_without_both_frames,
        picture(NEW, START, loop=True),
        picture(NEW, START, END, loop=True),
        "loop",
        "one",
    ),
    (
        rules.loop_not_backwards,
        shot(OLD, "extend", (OF_TAKE,), loop=True),
        shot(OLD, "extend_back", (OF_TAKE,), loop=True),
        "loop",
        "backwards",
    ),
    (
        rules.loop_not_towards,
        shot(OLD, "extend", (OF_TAKE, END)),
        shot(OLD, "extend", (OF_TAKE, END), loop=True),
        "loop",
        "towards",
    ),
    (
        rules.loop_not_between,
        shot(OLD, "interpolate", (TAKE, TO_TAKE)),
        shot(OLD, "interpolate", (TAKE, TO_TAKE), loop=True),
        "loop",
        "joining",
    ),
    (
        rules.crop_has_room,
        shot(OLD, "reframe", (CLIP,), x_start=10, x_end=20, y_start=0, y_end=9),
        shot(OLD, "reframe", (CLIP,), x_start=20, x_end=20),
        "x_end",
        "right of x_start (20)",
    ),
    (
        rules.crop_has_room,
        shot(OLD, "reframe", (CLIP,), y_start=0, y_end=1),
        shot(OLD, "reframe", (CLIP,), y_start=9, y_end=1),
        "y_end",
        "below",
    ),
    (
        rules.crop_is_whole,
        shot(OLD, "reframe", (CLIP,), y_start=1, y_end=5),
        shot(OLD, "reframe", (CLIP,), y_end=5),
        "y_start",
        "beside y_end",
    ),
    (
        rules.scale_is_whole,
        shot(OLD, "reframe", (CLIP,), resized_width=640, resized_height=360),
        shot(OLD, "reframe", (CLIP,), resized_width=640),
        "resized_height",
        "beside resized_width",
    ),
    (
        uses_fit,
        shot("photon-1", "text_to_image", (REF, REF), uses="style 0.8, character"),
        shot("photon-1", "text_to_image", (REF,), uses="style, character"),
        "uses",
        "names 2 for 1",
    ),
    (
        uses_fit,
        shot("photon-1", "text_to_image", [Input(Role.REFERENCE, f"{LINK}?{n}") for n in range(5)], uses="style"),
        shot("photon-1", "text_to_image", [Input(Role.REFERENCE, f"{LINK}?{n}") for n in range(5)]),
        "ref",
        "5 as image; at most 4",
    ),
    (
        uses_fit,
        shot("photon-1", "text_to_image", (REF,), uses="character"),
        shot("photon-1", "text_to_image", (REF,), uses="colour"),
        "uses",
        "'colour' is no use",
    ),
    (
        uses_fit,
        shot("photon-1", "text_to_image", (REF,), uses="image 1"),
        shot("photon-1", "text_to_image", (REF,), uses="image 1.5"),
        "uses",
        "a weight is 0 to 1",
    ),
    (rules.long_without_frames, picture(NEW, START), picture(NEW, START, duration="10s"), "duration", "5s"),
    (rules.long_without_loop, shot(NEW, duration="10s"), shot(NEW, duration="10s", loop=True), "loop", "choose 5s"),
    (rules.long_without_hdr, shot(NEW, hdr=True), shot(NEW, duration="10s", hdr=True), "hdr", "choose 5s"),
    (rules.loop_without_hdr, shot(NEW, loop=True), shot(NEW, loop=True, hdr=True), "loop", "one of the two"),
    (
        rules.hdr_needs_resolution,
        shot(NEW, hdr=True, resolution="1080p"),
        shot(NEW, hdr=True, resolution="540p"),
        "resolution",
        "720p or 1080p",
    ),
    (rules.exr_needs_hdr, shot(NEW, hdr=True, exr=True), shot(NEW, exr=True), "exr", "needs HDR"),
    (rules.positions_are_numbers, keyed("0, 60", 2), keyed("0, x", 2), "positions", "'x' is not a whole number"),
    (rules.positions_are_numbers, keyed("0 120", 2), keyed("60, 60", 2), "positions", "names 60 twice"),
    (rules.positions_match_pictures, keyed("0", 1), keyed("0", 2), "positions", "1 for 2"),
    (
        rules.positions_match_pictures,
        shot(NEW, "modify", (CLIP, REF), positions="0"),
        shot(NEW, "modify", (CLIP, REF)),
        "positions",
        "0 for 1",
    ),
    (rules.positions_within_clip, keyed("120", 1), keyed("121", 1), "positions", "0 to 120"),
    (
        rules.positions_within_clip,
        keyed("240", 1, duration="10s"),
        keyed("241", 1, duration="10s"),
        "positions",
        "0 to 240",
    ),
    (
        rules.one_way_of_guiding,
        shot(NEW, "modify", (CLIP, START)),
        shot(NEW, "modify", (CLIP, START, REF), positions="0"),
        "ref",
        "position 0",
    ),
    (
        rules.automatic_or_by_hand,
        shot(NEW, "modify", (CLIP,), auto_controls=True),
        shot(NEW, "modify", (CLIP,), auto_controls=True, strength="flex_1", face=True),
        "auto_controls",
        "strength, face",
    ),
    (
        rules.place_is_whole,
        shot(NEW, "reframe", (CLIP,), **PLACE),
        shot(NEW, "reframe", (CLIP,), source_x=0.0),
        "source_y",
        "is needed too",
    ),
    (
        rules.reframe_not_upright_1080p,
        shot(NEW, "reframe", (CLIP,), resolution="1080p", ratio="16:9"),
        shot(NEW, "reframe", (CLIP,), resolution="1080p", ratio="3:4"),
        "resolution",
        "choose 720p",
    ),
]


@pytest.mark.parametrize(
    ("rule", "fine", "broken", "param", "words"), CASES, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_rule_lets_the_right_shot_pass_and_says_what_to_change_in_the_wrong_one(
    rule: Any, fine: Shot, broken: Shot, param: str, words: str
) -> None:
    assert rule(fine) is None
    assert provider().problems(fine) == []
    problem = rule(broken)
    assert problem is not None
    assert problem.param == param
    assert words in problem.message
    assert problem in provider().problems(broken)


def test_every_rule_is_in_the_table() -> None:
    told = {case[0] for case in CASES}
    assert told == {*AGENTS_RULES, *DREAM_MACHINE_RULES}


@pytest.mark.parametrize(("name", "mode"), [(m.name, mode) for m in CATALOGUE.model for mode in m.modes])
def test_the_defaults_of_every_mode_break_no_rule(name: str, mode: str) -> None:
    positions = {"positions": "0"} if mode == "keyframes" else {}
    wanted = shot(name, mode, needed(name, mode), prompt="" if mode == "upscale" else "a fox", **positions)
    assert [*CATALOGUE.check(wanted), *provider().problems(wanted)] == []


SHORT = "is too short: 2 of at least 3 characters"
PROMPTS = [
    (OLD, "text_to_video", "fox", None),
    (OLD, "text_to_video", "ox", SHORT),
    (OLD, "text_to_video", "", "is empty"),
    (OLD, "image_to_video", "", None),
    (OLD, "extend", "", None),
    (OLD, "text_to_video", "x" * 5000, None),
    (OLD, "text_to_video", "x" * 5001, "5001 of at most 5000"),
    (NEW, "text_to_video", "x", None),
    (NEW, "text_to_video", "x" * 6000, None),
    (NEW, "text_to_video", "x" * 6001, "6001 of at most 6000"),
    (NEW, "image_to_video", "", "is empty"),
    (NEW, "extend", "", "is empty"),
]


@pytest.mark.parametrize(("name", "mode", "prompt", "words"), PROMPTS)
def test_a_prompt_has_its_length_and_may_be_missing_only_beside_a_key_frame(
    name: str, mode: str, prompt: str, words: str | None
) -> None:
    found = CATALOGUE.check(shot(name, mode, needed(name, mode), prompt=prompt))
    assert [each.param for each in found] == (["prompt"] if words else [])
    assert words is None or words in found[0].message


SOURCES = [
    (OLD, "image_to_video", Role.START_IMAGE, LINK, None),
    (OLD, "image_to_video", Role.START_IMAGE, "fox.png", "ray-3.2 would take it"),
    (OLD, "image_to_video", Role.START_IMAGE, TASK, None),
    ("photon-1", "image_edit", Role.START_IMAGE, "fox.png", "uni-1 and uni-1-max would take it"),
    ("photon-1", "image_reframe", Role.START_IMAGE, TASK, None),
    ("uni-1", "image_edit", Role.START_IMAGE, "fox.png", None),
    (OLD, "image_to_video", Role.START_IMAGE, "https://192.168.1.2/fox.png", "must be public"),
    (OLD, "image_to_video", Role.START_IMAGE, "https://[::1]/fox.png", "must be public"),
    (OLD, "image_to_video", Role.START_IMAGE, "https://nas.local/fox.png", "must be public"),
    (OLD, "modify", Role.VIDEO, TASK, None),
    (OLD, "modify", Role.VIDEO, "fox.mp4", "ray-3.2 would take it"),
    (OLD, "extend", Role.VIDEO, TASK, None),
    (OLD, "extend", Role.VIDEO, CLIP_LINK, "a finished task of the same vendor"),
    (OLD, "upscale", Role.VIDEO, "fox.mp4", "a finished task of the same vendor"),
    (NEW, "image_to_video", Role.START_IMAGE, "fox.png", None),
    (NEW, "image_to_video", Role.START_IMAGE, TASK, None),
    (NEW, "modify", Role.VIDEO, "fox.mp4", None),
    (NEW, "extend", Role.VIDEO, "fox.mp4", "a finished task of the same vendor"),
]


@pytest.mark.parametrize(("name", "mode", "role", "given", "words"), SOURCES)
def test_a_source_comes_by_a_way_that_the_model_has(
    name: str, mode: str, role: Role, given: str, words: str | None
) -> None:
    found = [each for each in CATALOGUE.check(shot(name, mode, (Input(role, given),))) if each.param == role.value]
    assert len(found) == (words is not None)
    assert words is None or words in found[0].message
