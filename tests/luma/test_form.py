"""Luma's modes and parameters in the form, and under `-p` by our names and the vendor's."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.shot import Input, Role, Shot
from rushes.shots.carry_over import Draft, carry, with_inputs, with_mode
from rushes.shots.composing import Wish, build
from tests.clock import driven
from tests.house import House
from tests.luma.kit import CATALOGUE, LINK, MODELS, TASK, model, needed
from tui.shot_desk import ShotDesk

SAMPLE = {"switch": "yes", "integer": "1", "number": "0.5", "text": "0"}


@pytest.mark.parametrize(("name", "mode"), MODELS)
def test_every_parameter_is_understood_by_our_name_and_by_the_vendors(name: str, mode: str) -> None:
    for param in model(name).params(mode):
        value = str(param.values[0]) if param.values else SAMPLE[param.kind]
        for spelling in (param.name, param.wire):
            wish = Wish("luma", "a fox", name, mode, ((spelling, value),), needed(name, mode))
            shot, problems, _notes = build(CATALOGUE, wish)
            assert problems == []
            assert param.name in shot.params


@driven
async def test_every_mode_and_parameter_can_be_reached_from_the_form(tmp_path: Path) -> None:
    house = House(tmp_path)
    engine = await house.open(start=False)
    desk = ShotDesk(engine)
    desk.choose_provider("luma")
    for name, mode in MODELS:
        desk.choose_model(name)
        desk.choose_mode(mode)
        assert desk.value("mode") == mode
        assert [each.name for each in desk.params] == ["mode", *(each.name for each in model(name).params(mode))]
    desk.choose_provider("sandbox")
    assert "mode" not in {each.name for each in desk.params}, "there it follows from the media"
    await engine.close()
    house.close()


def test_a_named_mode_stays_until_the_pictures_do_not_fit_it() -> None:
    ray = model("ray-2")
    draft = with_mode(carry(Draft("", "", ""), CATALOGUE, ray).draft, CATALOGUE, ray, "extend").draft
    draft = with_inputs(draft, CATALOGUE, ray, (Input(Role.VIDEO, TASK),)).draft
    assert draft.mode == "extend"
    flash = model("ray-flash-2")
    assert carry(draft, CATALOGUE, flash, left=ray).draft.mode == "extend"
    pictures = (Input(Role.START_IMAGE, LINK), Input(Role.END_IMAGE, LINK))
    assert with_inputs(draft, CATALOGUE, ray, pictures).draft.mode == "image_to_video"
    back = with_mode(draft, CATALOGUE, ray, "modify").draft
    assert (back.mode, back.chosen) == ("modify", ""), "it follows from the clip by itself"


def test_an_earlier_shot_comes_back_in_its_own_mode() -> None:
    ray = model("ray-2")
    old = Shot("luma", "ray-2", "upscale", "a fox", {"resolution": "4k"}, (Input(Role.VIDEO, TASK),))
    assert carry(Draft.of(old, ray), CATALOGUE, ray, left=ray).draft.shot() == old
    plain = Shot("luma", "ray-2", "image_to_video", "a fox", {}, (Input(Role.START_IMAGE, LINK),))
    draft = carry(Draft.of(plain, ray), CATALOGUE, ray, left=ray).draft
    assert with_inputs(draft, CATALOGUE, ray, ()).draft.mode == "text_to_video"
