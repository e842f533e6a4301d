"""What may be said before a person agrees: crops, the price of a given clip, and the words that a list may hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from providers.sandbox.renderer import ClipSpec
from providers.shot import Input, Role
from rushes.shots.suggestions import complete_words
from tests.clock import driven
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, House, flat_clip

MOVES = replace(LUMA, params={**LUMA.params, "concepts": "puhs_in, orbit_left"})


@driven
async def test_a_camera_move_that_the_vendor_does_not_list_is_told_with_the_nearest(house: House) -> None:
    engine = await house.open(start=False)
    assert await engine.given.notes(MOVES) == ["concepts: puhs_in is not on the vendor's list; did you mean push_in?"]
    assert "orbit_left" in engine.given.offers.known(MOVES, "concepts")
    await engine.close()


@driven
async def test_a_vendors_list_is_asked_once_a_day_by_all_runs_together(make_house: MakeHouse) -> None:
    house = make_house(practice=False)
    for _ in range(2):
        engine = await house.open(start=False)
        assert "tiny_planet" in await engine.given.offers.ask(MOVES, "concepts")
        await engine.close()
    assert house.asked("/concepts/list") == 1


@driven
async def test_without_the_vendor_the_catalogue_has_to_do(make_house: MakeHouse, tmp_path: Path) -> None:
    house = make_house(practice=False)
    engine = await house.open(start=False)
    engine.renew_keys()
    assert "push_in" in engine.given.offers.known(MOVES, "concepts")
    assert await engine.given.offers.ask(MOVES, "ratio") == (), "no list for what has fixed values"
    await engine.close()
    assert house.asked("/concepts/list") == 0


@driven
async def test_a_clip_is_priced_as_soon_as_it_was_measured(house: House, tmp_path: Path) -> None:
    clip = tmp_path / "own.mp4"
    flat_clip(ClipSpec("x", 640, 360, 6.0), clip)
    engine = await house.open(start=False)
    shot = replace(LUMA, model="ray-3.2", mode="reframe", params={"resolution": "720p", "ratio": "9:16"})
    shot = replace(shot, inputs=(Input(Role.VIDEO, str(clip)),))
    assert engine.quote(shot).words() == "at most $3.60"
    facts = await engine.given.measure(shot)
    assert facts is not None
    assert facts.size == (640, 360)
    assert engine.quote(shot).words() == "$0.72"
    assert "fills 32% of a 9:16 frame" in (await engine.given.notes(shot))[0]
    clip.unlink()
    assert await engine.given.notes(shot) == [], "what cannot be opened is told by look"
    await engine.close()


def test_a_word_in_a_list_is_completed_where_it_stands() -> None:
    known = ("push_in", "pull_out", "zoom_in", "orbit_left")
    assert [each.word for each in complete_words("pu", 2, known)] == ["push_in", "pull_out"]
    assert [each.word for each in complete_words("push_in, in", 11, known)] == ["zoom_in"]
    (found,) = complete_words("orb, push_in", 3, known)
    assert (found.line, found.at) == ("orbit_left, push_in", 10)
    assert [each.word for each in complete_words("", 0, known)] == list(known)
    assert complete_words("push_in", 7, known) == []
