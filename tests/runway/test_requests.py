"""Every request of every model and mode fits the official client's own types and the vendor's documented limits."""

from __future__ import annotations

from typing import Any

import pytest

from providers.runway.dialect import body
from providers.sandbox.schema import check_body, load_fields, utf16
from providers.shot import Input, Role, Shot
from tests.runway import sdk_types
from tests.runway.kit import CATALOGUE, given, media, model, pairs, shot, usual


def request(wish: Shot, *, links: bool = True) -> dict[str, Any]:
    """The body as it would be sent."""
    return body(wish, CATALOGUE.find(wish.model), media(wish, links=links))


def wire_mode(name: str, mode: str) -> tuple[str, str]:
    """The mode and model as the client's types name them."""
    return (sdk_types.ROUTER_MODE, "*") if name.startswith("router:") else (mode, name)


def judge(wish: Shot, *, links: bool = True) -> list[str]:
    """What the client's types and the documented limits say against a shot's request."""
    sent = request(wish, links=links)
    mode, name = wire_mode(wish.model, wish.mode)
    found = sdk_types.faults(sent, sdk_types.bodies(mode)[name])
    rules = load_fields("runway_fields")["modes"][mode][name]
    issues = check_body(sent, rules["fields"], strict=True, length=utf16)
    return found + [f"{'.'.join(map(str, each.path))}: {each.message}" for each in issues]


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_the_usual_request_fits_the_clients_types(name: str, mode: str) -> None:
    assert judge(usual(name, mode)) == []


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_every_value_of_every_parameter_fits(name: str, mode: str) -> None:
    plain = usual(name, mode)
    found: dict[str, list[str]] = {}
    for param in model(name).params(mode):
        if param.codec or param.name == "draft_task":
            continue
        ends = [each for each in (param.min, param.max) if each is not None]
        numbers = [int(each) if param.kind == "integer" else each for each in ends]
        values = param.values or {"switch": (True, False), "text": ("words",)}.get(param.kind) or numbers
        for value in values:
            wish = Shot("runway", plain.model, mode, plain.prompt, {**plain.params, param.name: value}, plain.inputs)
            if faults := judge(wish):
                found[f"{param.name}={value}"] = faults
    assert found == {}


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_every_input_in_its_fullest_number_fits(name: str, mode: str) -> None:
    plain = usual(name, mode)
    for slot in model(name).slots(mode):
        others = [each for each in plain.inputs if each.role is not slot.role and slot.form != "position"]
        if name == "act_two":
            others = [each for each in plain.inputs if each.role is Role.VIDEO and slot.role is not Role.VIDEO]
        needed = [given(each) for each in model(name).slots(mode) if each.required and each.role is not slot.role]
        beside = {each for each in (*others, *needed) if _wire(name, mode, each) == slot.wire}
        inputs = [given(slot, number + 1) for number in range(max(1, slot.max_count - len(beside)))]
        everything = dict.fromkeys((*others, *needed, *inputs))
        wish = Shot("runway", plain.model, mode, plain.prompt, plain.params, tuple(everything))
        if name == "act_two" and not any(each.role is not Role.VIDEO for each in wish.inputs):
            continue
        assert judge(wish) == [], slot.label


def _wire(name: str, mode: str, each: Input) -> str:
    slot = model(name).slot(each, mode)
    return slot.wire if slot else ""


@pytest.mark.parametrize(("name", "mode"), [pair for pair in pairs() if usual(*pair).inputs])
def test_small_pictures_travel_inside_the_request(name: str, mode: str) -> None:
    sent = str(request(usual(name, mode), links=False))
    wants_picture = any(each.source.endswith("png") for each in usual(name, mode).inputs)
    assert ("data:image/png;base64," in sent) is wants_picture


def test_a_single_first_frame_is_a_plain_address_and_two_frames_are_a_list() -> None:
    first, last = Input(Role.START_IMAGE, "start_image1.png"), Input(Role.END_IMAGE, "end_image1.png")
    assert request(shot("veo3.1", "image_to_video", first))["promptImage"] == "https://example.com/start_image1.png"
    assert request(shot("veo3.1", "image_to_video", first, last))["promptImage"] == [
        {"uri": "https://example.com/start_image1.png", "position": "first"},
        {"uri": "https://example.com/end_image1.png", "position": "last"},
    ]


def test_references_stand_without_a_position_where_the_model_wants_them_beside_frames() -> None:
    looks = [Input(Role.REFERENCE, f"ref{number}.png") for number in (1, 2)]
    sent = request(shot("seedance2", "image_to_video", *looks))
    assert sent["promptImage"] == [{"uri": "https://example.com/ref1.png"}, {"uri": "https://example.com/ref2.png"}]


def test_references_are_told_apart_by_their_kind() -> None:
    refs = [Input(Role.REFERENCE, name) for name in ("look.png", "move.mp4", "song.wav")]
    sent = request(shot("seedance2", "text_to_video", *refs))
    assert sent["references"] == [{"uri": "https://example.com/look.png"}]
    assert sent["referenceVideos"] == [{"type": "video", "uri": "https://example.com/move.mp4"}]
    assert sent["referenceAudio"] == [{"type": "audio", "uri": "https://example.com/song.wav"}]


@pytest.mark.parametrize(
    ("name", "field"), [("aleph2", "videoUri"), ("gemini_omni_flash", "videoUri"), ("hailuo3", "promptVideo")]
)
def test_the_given_clip_goes_where_the_model_looks_for_it(name: str, field: str) -> None:
    sent = request(shot(name, "video_to_video", Input(Role.VIDEO, "video1.mp4")))
    assert sent[field] == "https://example.com/video1.mp4"


def test_several_shots_become_the_vendors_list() -> None:
    wish = shot("kling3.0_pro", "text_to_video", prompt="", shots="3s: a door opens | 2: rain falls", duration=5)
    assert judge(wish) == []
    assert request(wish)["providerSettings"]["multiPrompt"] == [
        {"duration": 3, "prompt": "a door opens"},
        {"duration": 2, "prompt": "rain falls"},
    ]


def test_keyframes_have_their_own_times_and_windows_or_are_spread() -> None:
    frames = [Input(Role.VIDEO, "video1.mp4"), *(Input(Role.REFERENCE, f"ref{n}.png") for n in (1, 2))]
    timed = shot("aleph2", "video_to_video", *frames, keyframe_times="1.5, 4", keyframe_ranges="0-3, 3-6")
    assert judge(timed) == []
    assert [(each["seconds"], each["range"]) for each in request(timed)["keyframes"]] == [
        (1.5, {"start_seconds": 0, "end_seconds": 3}),
        (4.0, {"start_seconds": 3, "end_seconds": 6}),
    ]
    spread = shot("aleph2", "video_to_video", *frames)
    assert [each["at"] for each in request(spread)["keyframes"]] == [0.0, 1.0]


def test_tags_and_subjects_go_to_each_reference() -> None:
    refs = [Input(Role.REFERENCE, f"ref{n}.png") for n in (1, 2)]
    wish = shot("gemini_image3_pro", "text_to_image", *refs, tags="anna, @the_boat", subject="human")
    assert judge(wish) == []
    assert [(each["tag"], each["subject"]) for each in request(wish)["referenceImages"]] == [
        ("anna", "human"),
        ("the_boat", "human"),
    ]


def test_a_draft_is_made_whole_with_nothing_beside_its_id() -> None:
    wish = shot("seedance2_5", "text_to_video", prompt="", draft_task="6d4d2d1e-0000-4000-8000-000000000000")
    assert request(wish) == {"model": "seedance2_5", "draftTaskId": "6d4d2d1e-0000-4000-8000-000000000000"}


def test_an_unknown_model_gets_its_parameters_as_they_were_given() -> None:
    wish = Shot("runway", "gen9", "image_to_video", "a boat", {"ratio": "1:1"}, (Input(Role.START_IMAGE, "a.png"),))
    assert body(wish, None, media(wish, links=True)) == {
        "model": "gen9",
        "promptText": "a boat",
        "ratio": "1:1",
        "promptImage": [{"uri": "https://example.com/a.png", "position": "first"}],
    }


def test_a_model_without_words_is_sent_none() -> None:
    wish = usual("act_two", "character_performance")
    assert "promptText" not in request(Shot("runway", "act_two", wish.mode, "a title", wish.params, wish.inputs))


def test_without_the_files_the_request_shows_their_names() -> None:
    wish = shot("gen4.5", "image_to_video", Input(Role.START_IMAGE, "/home/me/harbour.png"))
    assert body(wish, model("gen4.5"))["promptImage"] == "(harbour.png)"
