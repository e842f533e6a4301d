"""Every rule that joins fields, both ways: a shot that it stops, with the field it names, and one that it lets pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.errors import Problem
from providers.runway import rules
from providers.runway.rules import problems
from providers.shot import Input, Role, Shot
from tests.runway.kit import ALL, CATALOGUE, model, pairs, shot, usual

T, P, V, A = "text_to_video", "image_to_video", "video_to_video", "character_performance"
FIRST, LAST = Input(Role.START_IMAGE, "first.png"), Input(Role.END_IMAGE, "last.png")
CLIP, LOOK = Input(Role.VIDEO, "clip.mp4"), Input(Role.REFERENCE, "look.png")
MOVE, SONG = Input(Role.REFERENCE, "move.mp4"), Input(Role.REFERENCE, "song.wav")


def looks(count: int) -> tuple[Input, ...]:
    """So many picture references."""
    return tuple(Input(Role.REFERENCE, f"look{number}.png") for number in range(count))


def routed(slug: str) -> Shot:
    """A shot for a router."""
    return Shot("runway", f"router:{slug}", T, "a boat")


Case = tuple[str, Shot, Shot, str]
CASES: tuple[Case, ...] = (
    ("router_has_a_name", routed("SLUG"), routed("my-router_2"), "model"),
    ("no_gif", shot("gen4.5", P, Input(Role.START_IMAGE, "a.GIF")), shot("gen4.5", P, FIRST), "start_image"),
    (
        "links_can_be_fetched",
        shot("gen4.5", P, Input(Role.START_IMAGE, "https://93.184.216.34/a.png")),
        shot("gen4.5", P, Input(Role.START_IMAGE, "https://example.com/a.png")),
        "start_image",
    ),
    (
        "links_can_be_fetched",
        shot("gen4.5", P, Input(Role.START_IMAGE, f"https://example.com/{'a' * 2029}")),
        shot("gen4.5", P, Input(Role.START_IMAGE, f"https://example.com/{'a' * 2028}")),
        "start_image",
    ),
    ("something_to_see", shot("seedance2_5", T, prompt=""), shot("seedance2_5", T, LOOK, prompt=""), "prompt"),
    (
        "something_to_see",
        shot("kling3.0_pro", T, prompt=""),
        shot("kling3.0_pro", T, prompt="", shots="5s: a door"),
        "prompt",
    ),
    ("something_to_change", shot("aleph2", V, CLIP, prompt=""), shot("aleph2", V, CLIP, LOOK, prompt=""), "prompt"),
    ("picture_mode_has_a_picture", shot("seedance2", P), shot("seedance2", P, LOOK), "start_image"),
    ("frames_or_references", shot("seedance2", P, FIRST, LOOK), shot("seedance2", P, FIRST, LAST), "ref"),
    ("frames_or_references", shot("hailuo3", P, LAST, LOOK), shot("klingO3_pro", P, FIRST, LOOK), "ref"),
    (
        "frames_keep_their_shape",
        shot("wan3", P, FIRST, ratio="1280:720"),
        shot("wan3", P, FIRST, ratio="auto_1080p"),
        "ratio",
    ),
    (
        "frames_keep_their_shape",
        shot("wan3", P, FIRST, LAST, ratio="1280:720"),
        shot("wan3", P, LOOK, ratio="1280:720"),
        "ratio",
    ),
    (
        "adaptive_needs_a_reference",
        shot("hailuo3", T, ratio="adaptive"),
        shot("hailuo3", T, LOOK, ratio="adaptive"),
        "ratio",
    ),
    ("one_character", shot("act_two", A, CLIP), shot("act_two", A, FIRST, CLIP), "start_image"),
    ("one_character", shot("act_two", A, FIRST, MOVE, CLIP), shot("act_two", A, MOVE, CLIP), "start_image"),
    ("pictures_in_all", shot("kling_4", P, FIRST, *looks(10)), shot("kling_4", P, FIRST, *looks(9)), "ref"),
    (
        "lists_hold_so_many",
        Shot("runway", "router:r", P, "a boat", {}, (FIRST, LAST, *looks(3))),
        Shot("runway", "router:r", P, "a boat", {}, (FIRST, LAST, *looks(2))),
        "ref",
    ),
    ("sounds_have_company", shot("seedance2", P, LOOK, SONG, prompt=""), shot("seedance2", P, LOOK, SONG), "prompt"),
    ("sounds_have_company", shot("grok_imagine_1_5", T, SONG), shot("grok_imagine_1_5", T, SONG, LOOK), "ref"),
    (
        "references_stay_small",
        shot("grok_imagine_1_5", T, LOOK, resolution="1080p"),
        shot("grok_imagine_1_5", T, resolution="1080p"),
        "resolution",
    ),
    ("codes_can_be_read", shot("kling3.0_pro", T, shots="a door"), shot("kling3.0_pro", T, shots="5: a door"), "shots"),
    (
        "codes_can_be_read",
        shot("aleph2", V, CLIP, LOOK, keyframe_times="soon"),
        shot("aleph2", V, CLIP, LOOK),
        "keyframe_times",
    ),
    (
        "shots_fill_the_clip",
        shot("kling3.0_pro", T, shots="9s: a | 8s: b", duration=15),
        shot("kling3.0_pro", T, shots="8s: a | 7s: b", duration=15),
        "shots",
    ),
    (
        "shots_fill_the_clip",
        shot("kling3.0_pro", T, shots="3s: a | 3s: b", duration=5),
        shot("kling3.0_pro", T, shots="3s: a | 3s: b", duration=6),
        "duration",
    ),
    (
        "own_cuts_need_a_prompt",
        shot("kling3.0_pro", T, prompt="", shots="5s: a", shot_type="intelligence"),
        shot("kling3.0_pro", T, shots="5s: a", shot_type="intelligence"),
        "prompt",
    ),
    (
        "keyframes_have_their_times",
        shot("aleph2", V, CLIP, *looks(2), keyframe_times="1"),
        shot("aleph2", V, CLIP, *looks(2), keyframe_times="1, 50%"),
        "keyframe_times",
    ),
    (
        "keyframes_have_their_times",
        shot("aleph2", V, CLIP, LOOK, keyframe_times="4", keyframe_ranges="0-3"),
        shot("aleph2", V, CLIP, LOOK, keyframe_times="2", keyframe_ranges="0-3"),
        "keyframe_times",
    ),
    (
        "tags_fit_the_references",
        shot("gen4_image", "text_to_image", *looks(2), tags="anna"),
        shot("gen4_image", "text_to_image", *looks(2), tags="anna, boat"),
        "tags",
    ),
    (
        "tags_fit_the_references",
        shot("gen4_image", "text_to_image", *looks(2), tags="anna, anna"),
        shot("gen4_image", "text_to_image", LOOK, tags="anna"),
        "tags",
    ),
    (
        "draft_stands_alone",
        shot("seedance2_5", T, draft_task="x" * 36),
        shot("seedance2_5", T, prompt="", draft_task="x" * 36),
        "prompt",
    ),
    (
        "draft_stands_alone",
        shot("seedance2_5", T, LOOK, prompt="", draft_task="x" * 36),
        shot("seedance2_5", T, LOOK, prompt="", draft=True),
        "ref",
    ),
    (
        "draft_is_mp4",
        shot("seedance2_5", T, draft=True, output_format="mov"),
        shot("seedance2_5", T, draft=False, output_format="mov"),
        "output_format",
    ),
    (
        "clip_use_fits",
        shot("seedance2_5", V, CLIP, clip_use="edit"),
        shot("seedance2_5", V, CLIP, clip_use="edit", duration="auto"),
        "duration",
    ),
    (
        "clip_use_fits",
        shot("seedance2_5", V, CLIP, clip_use="extend", ratio="1280:720"),
        shot("seedance2_5", V, CLIP, clip_use="reference", ratio="1280:720"),
        "ratio",
    ),
    (
        "clip_use_fits",
        shot("seedance2_5", V, CLIP, clip_use="extend", prompt=""),
        shot("gemini_omni_flash_1.1", V, CLIP, clip_use="extend"),
        "prompt",
    ),
    (
        "prores_has_its_file",
        shot("gen4.5", T, prores_profile="422"),
        shot("gen4.5", T, prores_profile="422", output_format="prores"),
        "prores_profile",
    ),
    (
        "prores_has_its_file",
        shot("gen4.5", T, prores_profile="422 LT", output_format="hdr_prores"),
        shot("gen4.5", T, prores_profile="422 HQ", output_format="hdr_prores"),
        "prores_profile",
    ),
)


def said(wish: Shot) -> list[Problem]:
    """What the rules say, for a caller that keeps every kind of file."""
    return problems(wish, model(wish.model), ALL)


@pytest.mark.parametrize(("rule", "wrong", "right", "param"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_stops_one_shot_and_lets_its_neighbour_pass(rule: str, wrong: Shot, right: Shot, param: str) -> None:
    check = getattr(rules, rule)
    stopped = check(wrong, model(wrong.model))
    assert stopped is not None
    assert stopped.param == param
    assert stopped in said(wrong)
    assert check(right, model(right.model)) is None
    assert said(right) == []


def test_every_rule_is_tried() -> None:
    assert {rule.__name__ for rule in rules.RULES} == {case[0] for case in CASES}


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_the_usual_shot_of_every_model_and_mode_has_no_problem(name: str, mode: str) -> None:
    wish = usual(name, mode)
    assert CATALOGUE.check(wish) == []
    assert said(wish) == []


def _refused_by_the_catalogue() -> Iterator[tuple[Shot, str]]:
    yield shot("gen4.5", T, ratio="960:960"), "ratio"
    yield shot("gen4_turbo", "text_to_video"), "mode"
    yield shot("gen4.5", T, prompt="é" * 1001), "prompt"
    yield shot("gen4.5", T, prompt="🛶" * 501), "prompt"
    yield shot("gen4.5", P), "start_image"
    yield shot("veo3.1", T, duration=5), "duration"
    yield shot("veo3.1", P, LAST), "start_image"
    yield shot("seedance2", T, resolution="720p"), "resolution"
    yield shot("gen4.5", P, Input(Role.START_IMAGE, "clip.mp4")), "start_image"
    yield Shot("runway", "gen4_aleph", V, "rain", {}, (CLIP,)), "model"


@pytest.mark.parametrize(("wish", "param"), list(_refused_by_the_catalogue()))
def test_the_catalogue_itself_stops_what_a_model_does_not_have(wish: Shot, param: str) -> None:
    assert param in {each.param for each in CATALOGUE.check(wish)}


def test_prompts_are_measured_in_the_vendors_units() -> None:
    assert CATALOGUE.check(shot("gen4.5", T, prompt="🛶" * 500)) == []
    assert CATALOGUE.check(shot("gen4.5", T, prompt="é" * 1000)) == []


def test_retired_models_are_named_with_their_date_and_successor() -> None:
    [problem] = CATALOGUE.check(Shot("runway", "gen4_aleph", V, "rain", {}, (CLIP,)))
    assert "2026-07-30" in problem.message
    assert "aleph2" in problem.message


def test_nothing_is_paid_for_that_cannot_be_kept() -> None:
    only_clips = frozenset({"video"})
    still = usual("gen4_image", "text_to_image")
    frames = shot("gen4.5", T, output_format="png_sequence")
    assert [each.param for each in problems(still, model("gen4_image"), only_clips)] == ["model"]
    assert [each.param for each in problems(frames, model("gen4.5"), only_clips)] == ["output_format"]
    assert problems(frames, model("gen4.5"), only_clips | {"archive"}) == []
    assert problems(shot("gen4.5", T, output_format="prores"), model("gen4.5"), only_clips) == []
