"""What moves along when a shot goes to another model, and that going back loses nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue import Catalogue, Model, Param
from providers.shot import Input, ParamValue, Role, Shot
from rushes.shots.carry_over import Draft, Wish, carry, mode_for, nearest, slots, with_inputs, with_param


def duration(*values: Any, unit: str = "s", default: Any = None) -> dict[str, Any]:
    return {"name": "duration", "label": "Duration", "kind": "choice", "wire": "d", "unit": unit, "values": values} | (
        {} if default is None else {"default": default}
    )


RATIO = {"name": "ratio", "label": "Ratio", "kind": "choice", "wire": "r", "values": ["16:9", "9:16", "1:1"]}
PIXELS = {
    "name": "ratio",
    "label": "Ratio",
    "kind": "choice",
    "wire": "ratio",
    "values": ["1280:720", "720:1280"],
    "forms": {"16:9": "1280:720", "9:16": "720:1280"},
}
LOOP = {"name": "loop", "label": "Loop", "kind": "switch", "wire": "loop", "default": False}
SEED = {"name": "seed", "label": "Seed", "kind": "integer", "wire": "seed", "min": 0, "max": 100}
START = {"role": "start_image", "wire": "s", "label": "Start", "modes": ["image_to_video"]}
VIDEO = {"role": "video", "wire": "v", "label": "Video", "modes": ["video_to_video"]}


def catalogue(provider: str, **models: dict[str, Any]) -> Catalogue:
    entries = [
        {"name": name, "label": name.title(), "badge": name.upper(), "api": "x", "prompt": {"max": 100}}
        | {"modes": ["text_to_video"]}
        | extra
        for name, extra in models.items()
    ]
    return Catalogue.read(
        {"provider": provider, "label": provider, "unit": "credits", "usd_per_unit": "0.01"}
        | {"prices_as_of": "2026-11-01", "model": entries}
    )


FILM = catalogue(
    "film",
    short={"param": [duration("5s", "9s", default="5s"), RATIO | {"default": "16:9"}, LOOP, SEED]},
    pictures={"modes": ["text_to_video", "image_to_video", "video_to_video"], "input": [START, VIDEO]},
)
TAPE = catalogue("tape", long={"param": [duration(5, 10, default=5), PIXELS | {"default": "1280:720"}]})
SHORT, PICTURES = FILM.model
LONG = TAPE.model[0]


def param(model: Model, name: str) -> Param:
    found = model.find_param(name, "text_to_video")
    assert found is not None
    return found


def fresh() -> Draft:
    return carry(Draft("", "", "", prompt="a fox"), FILM, SHORT).draft


def test_a_fresh_draft_has_the_defaults_and_the_prompt() -> None:
    draft = fresh()
    assert (draft.provider, draft.model, draft.mode, draft.prompt) == ("film", "short", "text_to_video", "a fox")
    assert dict(draft.params) == {"duration": "5s", "ratio": "16:9", "loop": False}


def test_values_that_mean_the_same_move_without_a_word() -> None:
    carried = carry(fresh(), TAPE, LONG, left=SHORT)
    assert dict(carried.draft.params) == {"duration": 5, "ratio": "1280:720"}
    assert carried.changes == ()


def test_a_value_that_does_not_fit_becomes_the_nearest_and_is_named() -> None:
    draft = with_param(fresh(), param(SHORT, "duration"), "9s")
    draft = with_param(draft, param(SHORT, "loop"), True)
    carried = carry(draft, TAPE, LONG, left=SHORT)
    assert carried.draft.params["duration"] == 10
    assert carried.words == "Duration 9s → 10s, Loop: not with Long"


def test_of_two_values_as_near_the_smaller_one_counts_which_costs_less() -> None:
    steps = Param(name="duration", label="Duration", kind="choice", wire="duration", values=(4, 6, 8))
    assert nearest(steps, Wish(5)) == 4
    assert nearest(steps, Wish("7s", ("7",))) == 6


def test_going_back_restores_what_was_there() -> None:
    draft = fresh()
    values: dict[str, ParamValue] = {"duration": "9s", "ratio": "1:1", "loop": True, "seed": 7}
    for name, value in values.items():
        draft = with_param(draft, param(SHORT, name), value)
    there = carry(draft, TAPE, LONG, left=SHORT).draft
    back = carry(there, FILM, SHORT, left=LONG).draft
    assert dict(back.params) == dict(draft.params)


def test_a_value_chosen_on_the_way_is_the_new_wish() -> None:
    draft = with_param(fresh(), param(SHORT, "duration"), "9s")
    there = with_param(carry(draft, TAPE, LONG, left=SHORT).draft, param(LONG, "duration"), 5)
    assert carry(there, FILM, SHORT, left=LONG).draft.params["duration"] == "5s"


def test_what_a_provider_remembers_counts_only_where_the_draft_is_silent() -> None:
    remembered: dict[str, ParamValue] = {"duration": "9s", "seed": 42, "ratio": "nonsense"}
    draft = carry(fresh(), TAPE, LONG, left=SHORT).draft
    back = carry(draft, FILM, SHORT, left=LONG, remembered=remembered).draft
    assert back.params["seed"] == 42
    assert back.params["duration"] == "5s"
    first = carry(Draft("", "", ""), FILM, SHORT, remembered=remembered).draft
    assert first.params["duration"] == "9s"
    assert first.params["ratio"] == "16:9", "a value that the catalogue no longer has falls back to the default"


def test_the_mode_follows_from_the_media() -> None:
    assert mode_for(PICTURES, ()) == "text_to_video"
    assert mode_for(PICTURES, [Input(Role.START_IMAGE, "a.png")]) == "image_to_video"
    assert mode_for(PICTURES, [Input(Role.VIDEO, "a.mp4")]) == "video_to_video"
    assert mode_for(SHORT, [Input(Role.VIDEO, "a.mp4")]) == "text_to_video"
    assert [each.role for each in slots(PICTURES)] == [Role.START_IMAGE, Role.VIDEO]


def test_a_picture_without_a_place_waits_on_the_shelf() -> None:
    picture = Input(Role.START_IMAGE, "fox.png")
    with_picture = with_inputs(carry(fresh(), FILM, PICTURES, left=SHORT).draft, FILM, PICTURES, (picture,)).draft
    assert with_picture.mode == "image_to_video"
    away = carry(with_picture, TAPE, LONG, left=PICTURES)
    assert away.draft.shot().inputs == ()
    assert "start image: not with Long" in away.changes
    assert carry(away.draft, FILM, PICTURES, left=LONG).draft.shot().inputs == (picture,)


def test_an_emptied_text_is_not_sent() -> None:
    note = Param(name="note", label="Note", kind="text", wire="note")
    draft = with_param(fresh(), note, "")
    assert "note" not in draft.shot().params
    assert "seed" not in with_param(with_param(fresh(), param(SHORT, "seed"), 3), param(SHORT, "seed"), None).params


def test_a_new_shot_from_an_earlier_one_takes_its_values_as_wishes() -> None:
    shot = Shot("film", "short", "text_to_video", "a fox", {"duration": "9s", "loop": True})
    draft = Draft.of(shot, SHORT)
    assert draft.shot() == shot
    assert carry(draft, TAPE, LONG, left=SHORT).draft.params["duration"] == 10


VALUES = st.one_of(st.text(max_size=12), st.integers(), st.floats(allow_nan=True), st.booleans())


@given(VALUES)
def test_the_nearest_value_is_always_one_that_the_parameter_allows(value: Any) -> None:
    for each in (*SHORT.param, *LONG.param):
        found = nearest(each, Wish(value))
        assert found is None or each.problem(found) is None
