"""Every request that can be sent is one that the vendor's own client could have sent; every difference has a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.catalogue import InputSlot, Param
from providers.sandbox.schema import check_body, load_fields
from providers.shot import Input, ParamValue, Role, Shot
from tests.luma.kit import CATALOGUE, CLIP_LINK, LINK, MODELS, TASK, media, model, needed, provider, shot
from tests.luma.schemas import OPERATIONS, faults, fields, operation

SANDBOX = {
    "agents": "generation_create",
    "create": "video_create",
    "modify": "video_modify",
    "reframe": "video_reframe",
    "upscale": "upscale",
    "audio": "audio",
    "image": "image_create",
    "image_reframe": "image_reframe",
}
LAYERS = "takes a picture apart into layers, which nothing here could put to use"
ASKS = "answers only when the picture is ready: an answer that is lost would take the id with it, so it is asked for"
LEFT_OUT = {
    ("agents", "layering.resolution"): LAYERS,
    ("image", "sync"): ASKS,
    ("image", "sync_timeout"): ASKS,
}
"""Fields of the clients that no parameter reaches, each with the reason."""
VALUES_LEFT_OUT: dict[tuple[str, str], set[str]] = {("agents", "type"): {"layering"}}
ALSO = {
    "image_ref.use": ("style_ref", "character_ref.identity0.images"),
    "modify_image_ref": ("modify_image_ref.url",),
}
"""What a parameter or slot reaches beside, or instead of, the field that it is named after."""
FROM_MODE = {"generation_type", "type", "model", "prompt"}
"""Fields that follow from the mode, the model and the words."""


@st.composite
def shots(draw: st.DrawFn) -> Shot:
    """Any model and mode, with any parameters at any of their values, and any of its inputs."""
    name, mode = draw(st.sampled_from(MODELS))
    known = model(name)
    inputs = list(needed(name, mode))
    for slot in known.slots(mode):
        if not slot.required and draw(st.booleans()):
            inputs += [Input(slot.role, draw(_sources(slot)))] * draw(st.integers(1, min(3, slot.max_count)))
    params: dict[str, ParamValue] = dict(known.defaults(mode))
    for param in known.params(mode):
        if draw(st.booleans()):
            params[param.name] = draw(_values(param))
    prompt = draw(st.sampled_from(["a fox", "ein Fuchs 🦊 im Schnee", "x" * 5000]))
    return Shot("luma", name, mode, prompt, params, tuple(dict.fromkeys(inputs)))


def _sources(slot: InputSlot) -> st.SearchStrategy[str]:
    ways = {"url": CLIP_LINK if slot.media == "video" else LINK, "generation": TASK, "file": f"a.{slot.media[:1]}"}
    ways["file"] = "fox.mp4" if slot.media == "video" else "fox.png"
    return st.sampled_from([ways[each] for each in slot.accepts])


def _values(param: Param) -> st.SearchStrategy[ParamValue]:
    match param.kind:
        case "choice":
            return st.sampled_from(param.values)
        case "switch":
            return st.booleans()
        case "integer":
            return st.integers(int(param.min or 0), int(param.max or 4000))
        case "number":
            return st.floats(param.min or 0.0, param.max or 1.0, allow_nan=False)
        case _:
            by_codec = {"numbers": ["0", "0, 24", "0, 24, 48"], "uses": ["style 0.5", "image, character", "character"]}
            return st.sampled_from(by_codec.get(param.codec, ["push_in, pan_left"]))


@given(shots())
@settings(max_examples=300, deadline=None)
def test_every_request_that_passes_the_rules_is_one_of_the_vendors_client(wanted: Shot) -> None:
    luma = provider()
    if CATALOGUE.check(wanted) or luma.problems(wanted):
        return
    wire = luma.request(wanted, media(wanted.inputs))
    name = operation(wire.url)
    assert faults(wire.body, name) == []
    api = "agents" if name == "agents" else "dream_machine"
    assert check_body(wire.body, load_fields("luma_fields")[api][SANDBOX[name]], strict=True) == []


@pytest.mark.parametrize(("name", "mode"), MODELS)
def test_the_plainest_request_of_every_mode_is_whole(name: str, mode: str) -> None:
    positions = {"positions": "0"} if mode == "keyframes" else {}
    wanted = shot(name, mode, needed(name, mode), **positions)
    wire = provider().request(wanted, media(wanted.inputs))
    assert faults(wire.body, operation(wire.url)) == []
    assert "{id}" not in wire.url


def test_the_judge_itself_finds_what_is_wrong() -> None:
    assert faults({"model": "ray-2"}, "create") == []
    assert faults({"model": "ray-9", "loop": "yes", "seed": 1}, "create") == [
        "body.model is 'ray-9', not one of ['ray-2', 'ray-flash-2']",
        "body.loop is 'yes', not boolean",
        "body.seed is unknown",
    ]
    assert faults({"prompt": "x", "video": {"source_position": {"x_norm": 0.5}}}, "agents")[0].endswith("is missing")


# ── the catalogue against the clients ────────────────────────────────────────────────────────────────────────────────


def reached(name: str) -> dict[str, set[Any]]:
    """Every wire field of an operation that the catalogue reaches, with the values that it offers."""
    found: dict[str, set[Any]] = {}
    for known in CATALOGUE.model:
        for mode in known.modes:
            if operation(f"{known.api}{known.endpoint[mode]}") != name:
                continue
            for param in known.params(mode):
                for wire in ALSO.get(param.wire, (param.wire,)):
                    found.setdefault(wire, set()).update(param.values)
            for slot in known.slots(mode):
                for wire in ALSO.get(slot.wire, (slot.wire,)):
                    found.setdefault(wire, set())
            wanted = shot(known.name, mode, needed(known.name, mode))
            body = provider().request(wanted, media(wanted.inputs)).body
            for field in FROM_MODE & set(body):
                found.setdefault(field, set()).add(body[field])
    return found


def drift(name: str) -> list[str]:
    """Every difference between the catalogue and a client's types, by name."""
    theirs, ours, told = fields(name), reached(name), []
    for field, values in theirs.items():
        if field not in ours:
            if (name, field) not in LEFT_OUT:
                told.append(f"{name}: the client has {field}, the catalogue does not")
        elif values and field != "prompt":
            missing = set(values) - ours[field] - VALUES_LEFT_OUT.get((name, field), set())
            unknown = ours[field] - set(values) if ours[field] else set()
            told += [f"{name}.{field}: the client has {each}, the catalogue does not" for each in sorted(missing)]
            told += [f"{name}.{field}: the catalogue has {each}, the client does not" for each in sorted(unknown)]
    gone = [field for field in ours if field and field not in theirs]
    return told + [f"{name}: the catalogue has {field}, the client does not" for field in gone]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_catalogue_and_the_vendors_client_have_the_same_fields_and_values(name: str) -> None:
    assert drift(name) == []


def test_what_is_left_out_on_purpose_still_exists() -> None:
    gone = [(name, field) for name, field in LEFT_OUT if field not in fields(name)]
    gone += [key for key, values in VALUES_LEFT_OUT.items() if not values <= set(fields(key[0])[key[1]])]
    assert gone == []


# ── what stands where ────────────────────────────────────────────────────────────────────────────────────────────────

UUID = "5f0c0000-0000-4000-8000-000000000000"
GENERATION = {"type": "generation", "id": UUID}
IMAGE = {"type": "image", "url": LINK}
START, END = Input(Role.START_IMAGE, LINK), Input(Role.END_IMAGE, LINK)
TAKE = Input(Role.VIDEO, TASK)

FRAMES: list[tuple[str, tuple[Input, ...], Mapping[str, Any]]] = [
    ("image_to_video", (START,), {"frame0": IMAGE}),
    ("image_to_video", (END,), {"frame1": IMAGE}),
    ("image_to_video", (START, END), {"frame0": IMAGE, "frame1": IMAGE}),
    ("extend", (TAKE,), {"frame0": GENERATION}),
    ("extend", (TAKE, END), {"frame0": GENERATION, "frame1": IMAGE}),
    ("extend_back", (TAKE,), {"frame1": GENERATION}),
    ("extend_back", (TAKE, START), {"frame0": IMAGE, "frame1": GENERATION}),
    (
        "interpolate",
        (Input(Role.START_IMAGE, TASK), Input(Role.END_IMAGE, TASK)),
        {"frame0": GENERATION, "frame1": GENERATION},
    ),
]


@pytest.mark.parametrize(("mode", "inputs", "frames"), FRAMES)
def test_key_frames_of_both_kinds_stand_where_they_belong(
    mode: str, inputs: tuple[Input, ...], frames: Mapping[str, Any]
) -> None:
    wire = provider().request(shot("ray-2", mode, inputs), media(inputs))
    assert wire.url.endswith("/dream-machine/v1/generations/video")
    assert wire.body["keyframes"] == frames


def test_an_upscale_names_its_take_in_the_address_and_takes_no_words() -> None:
    wire = provider().request(shot("ray-2", "upscale", (TAKE,), resolution="4k"), media((TAKE,)))
    assert wire.url.endswith(f"/generations/{UUID}/upscale")
    assert wire.body == {"generation_type": "upscale_video", "resolution": "4k"}


def test_sound_is_made_of_words_and_of_what_must_not_be_heard() -> None:
    wanted = shot("ray-flash-2", "add_audio", (TAKE,), prompt="rain", negative_prompt="voices")
    wire = provider().request(wanted, media((TAKE,)))
    assert wire.url.endswith(f"/generations/{UUID}/audio")
    assert wire.body == {"generation_type": "add_audio", "prompt": "rain", "negative_prompt": "voices"}


def test_concepts_and_positions_are_lists_on_the_wire() -> None:
    body = provider().request(shot("ray-2", concepts="push_in,  orbit_left")).body
    assert body["concepts"] == [{"key": "push_in"}, {"key": "orbit_left"}]
    pictures = [Input(Role.REFERENCE, LINK), Input(Role.REFERENCE, TASK)]
    body = provider().request(shot("ray-3.2", "keyframes", pictures, positions="0, 96"), media(pictures)).body
    assert body["video"]["keyframes"] == [{"url": LINK}, {"generation_id": UUID}]
    assert body["video"]["keyframe_indexes"] == [0, 96]


def test_an_edit_of_a_linked_clip_says_its_type_and_nests_its_controls() -> None:
    clip = Input(Role.VIDEO, CLIP_LINK)
    body = provider().request(shot("ray-3.2", "modify", (clip,), strength="adhere_2", depth=True, depth_blur=0.5)).body
    assert body["video"]["edit"] == {"strength": "adhere_2", "controls": {"depth": {"enabled": True, "blur": 0.5}}}
    body = provider().request(shot("ray-3.2", "modify", (clip,)), media((clip,))).body
    assert body["type"] == "video_edit"
    assert body["source"] == {"url": CLIP_LINK, "media_type": "video/mp4"}


def test_switches_that_are_off_anyway_are_not_sent() -> None:
    assert provider().request(shot("ray-3.2")).body == {
        "type": "video",
        "model": "ray-3.2",
        "prompt": "a fox",
        "aspect_ratio": "16:9",
        "video": {"duration": "5s", "resolution": "720p"},
    }


def test_a_model_that_nobody_described_is_sent_as_it_was_given() -> None:
    wire = provider().request(Shot("luma", "ray-9", "text_to_video", "a fox", {"sparkle": 3}))
    assert wire.url.endswith("/agents/v1/generations")
    assert wire.body == {"type": "video", "model": "ray-9", "prompt": "a fox", "sparkle": 3}


def test_the_old_names_of_the_product_become_the_model_that_runs() -> None:
    for name in ("dream-machine-v1", "dream-machine-v1.5"):
        assert provider().request(Shot("luma", name, "text_to_video", "a fox")).body["model"] == "ray-2"
