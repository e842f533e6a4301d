"""The catalogue as data: nothing missing beside the official client, one form for all dialects, prices that add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.catalogue import Catalogue
from providers.catalogue_file import expand, shape
from providers.price import choices, quote
from providers.shot import Input, ParamValue, Role, Shot
from tests.runway.drift import differences
from tests.runway.kit import CATALOGUE, model, pairs, shot, usual

T, P, V = "text_to_video", "image_to_video", "video_to_video"
FIRST, CLIP, LOOK = (
    Input(Role.START_IMAGE, "first.png"),
    Input(Role.VIDEO, "clip.mp4"),
    Input(Role.REFERENCE, "look.png"),
)


def changed(name: str, /, **changes: object) -> Catalogue:
    """The catalogue with one model changed."""
    models = [each.but(**changes) if each.name == name else each for each in CATALOGUE.model]
    return CATALOGUE.but(model=tuple(models))


def test_the_catalogue_has_all_that_the_official_client_has_and_nothing_else() -> None:
    assert differences(CATALOGUE) == []


def test_what_drifts_apart_is_named() -> None:
    veo = model("veo3.1")
    without_seed = changed("veo3.1", param=tuple(each for each in veo.param if each.name != "seed"))
    assert "veo3.1 text_to_video: the client has seed, the catalogue has not" in differences(without_seed)
    renamed = changed("gen4.5", name="gen5")
    assert "text_to_video: the client has gen4.5, the catalogue has not" in differences(renamed)
    assert "text_to_video: the catalogue has gen5, the client has not" in differences(renamed)
    [ratio] = [each for each in veo.param if each.name == "ratio"]
    shorter = [each.but(values=ratio.values[1:]) if each is ratio else each for each in veo.param]
    assert f"veo3.1 text_to_video: ratio: the client also takes {ratio.values[0]}" in differences(
        changed("veo3.1", param=tuple(shorter))
    )


@pytest.mark.parametrize(
    ("name", "mode", "written", "value"),
    [
        ("gen4.5", T, "16:9", "1280:720"),
        ("gen4.5", P, "21:9", "1584:672"),
        ("seedance2", T, "16:9", "1280:720"),
        ("seedance2", T, "1080p 16:9", "1920:1080"),
        ("seedance2", T, "4k 9:16", "2160:3840"),
        ("seedance2", T, "1920x1080", "1920:1080"),
        ("seedance2", T, "2206:946", "2206:946"),
        ("hailuo3", T, "21:9", "21:9"),
        ("wan3", P, "1080p auto", "auto_1080p"),
        ("grok_imagine_1_5", T, "3:2", "3:2"),
        ("grok_imagine_1_5_lite", T, "480p 16:9", "848:480"),
        ("aleph2", V, "21:9", "21:9"),
    ],
)
def test_one_word_for_the_frame_fits_every_dialect(name: str, mode: str, written: str, value: str) -> None:
    param = model(name).find_param("ratio", mode)
    assert param is not None
    assert param.parse(written) == value


@pytest.mark.parametrize(("name", "written", "value"), [("seedance2", "auto", "auto"), ("seedance2", "7s", 7)])
def test_a_length_may_be_left_to_the_model(name: str, written: str, value: ParamValue) -> None:
    param = model(name).find_param("duration", T)
    assert param is not None
    assert param.parse(written) == value


@pytest.mark.parametrize(
    ("name", "ours", "mode"), [("negativePrompt", "negative_prompt", T), ("aspect_ratio", "ratio", T)]
)
def test_the_vendors_own_names_are_understood(name: str, ours: str, mode: str) -> None:
    wanted = "veo3.1" if ours == "negative_prompt" else "router:mine"
    param = model(wanted).find_param(name, mode)
    assert param is not None
    assert param.name == ours


def test_a_router_is_a_model_of_the_name_that_was_given() -> None:
    assert model("router:mine").name == "router:mine"
    assert CATALOGUE.find("router:") is None


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_every_mode_has_a_place_for_each_of_its_needs_and_a_default_for_what_is_required(name: str, mode: str) -> None:
    found = model(name)
    assert [each.name for each in found.params(mode) if each.required and each.default is None] == []
    names = [each.name for each in found.params(mode)]
    assert len(names) == len(set(names))
    assert all(each.help for each in found.params(mode))


def test_a_common_part_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="seeed"):
        expand({"model": [{"param": [{"use": "seeed"}]}]})


@given(st.integers(1, 9000), st.integers(1, 9000))
@settings(deadline=None)
def test_a_shape_is_near_the_size_or_has_no_name(width: int, height: int) -> None:
    name = shape(f"{width}:{height}")
    if name is not None:
        across, down = (int(side) for side in name.split(":"))
        assert width / height == pytest.approx(across / down, rel=0.036)


# ── prices ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PRICES: tuple[tuple[Shot, str], ...] = (
    (shot("gen4.5", T, duration=5), "$0.60"),
    (shot("gen4.5", T, duration=10, output_format="prores"), "$1.70"),
    (shot("gen4.5", T, duration=10, output_format="hdr10"), "$3.20"),
    (shot("gen4_turbo", P, FIRST, duration=10), "$0.50"),
    (shot("veo3.1", T, duration=8), "$3.20"),
    (shot("veo3.1", T, duration=8, audio=False), "$1.60"),
    (shot("veo3.1_fast", T, duration=4, audio=False), "$0.40"),
    (shot("seedance2", T, duration=5, ratio="864:496"), "$1.80"),
    (shot("seedance2", T, duration=5, ratio="1920:1080"), "$2.00"),
    (shot("seedance2", T, duration=5, ratio="3840:2160"), "$7.50"),
    (shot("seedance2", T, duration="auto"), "at most $5.40"),
    (shot("seedance2_mini", T, duration=4), "$0.64"),
    (shot("seedance2_mini", T, duration=5), "$0.80"),
    (shot("seedance2_5", T, duration=4, ratio="854:480"), "$0.80"),
    (shot("seedance2_5", T, duration=5, ratio="1920:1080"), "$3.40"),
    (shot("seedance2_5", T, duration=5, draft=True), "$1.00"),
    (shot("seedance2_5", V, CLIP, duration=5, ratio="1280:720"), "at most $6.00"),
    (shot("seedance2_5", T, prompt="", draft_task="x"), "at most $20.40"),
    (shot("hailuo3", T, LOOK, duration=5, resolution="2k"), "$0.77"),
    (shot("hailuo3", V, CLIP, duration=5), "at most $2.00"),
    (shot("h3_max", T, duration=5, resolution="480p"), "$0.25"),
    (shot("grok_imagine_1_5", P, FIRST, duration=5, resolution="1080p"), "$1.46"),
    (shot("grok_imagine_1_5_lite", P, FIRST, duration=5, ratio="auto_1080p"), "$0.71"),
    (shot("wan3_prime", T, duration=5, ratio="832:480"), "$0.34"),
    (shot("happyhorse_1_0", P, FIRST, duration=5, resolution="1080p"), "$1.50"),
    (shot("gemini_omni_flash_1.1", T, duration=5, ratio="640:360"), "$0.17"),
    (shot("gemini_omni_flash_1.1", T, duration=5, ratio="1280:720"), "at most $1.50"),
    (shot("act_two", "character_performance", FIRST, CLIP), "at most $1.50"),
    (shot("aleph2", V, CLIP), "at most $8.40"),
    (shot("kling2.5_turbo_pro", T, duration=5), "about $0.40"),
    (shot("kling3.0_pro", T), "price unknown"),
    (shot("router:mine", T), "price unknown"),
    (shot("gen4_image", "text_to_image", ratio="1920:1080"), "$0.08"),
    (shot("gen4_image_turbo", "text_to_image", LOOK), "$0.02"),
    (Shot("runway", "gen9", T, "a boat"), "price unknown"),
)


@pytest.mark.parametrize(("wish", "words"), PRICES, ids=[f"{wish.model}-{words}" for wish, words in PRICES])
def test_a_price_adds_up_or_is_said_to_be_unknown(wish: Shot, words: str) -> None:
    assert quote(CATALOGUE, wish).words() == words


def test_a_known_length_of_the_given_clip_makes_the_price_exact() -> None:
    wish = shot("aleph2", V, CLIP)
    assert quote(CATALOGUE, wish, clip_s=Decimal(5)).words() == "$1.40"
    assert quote(CATALOGUE, wish, clip_s=Decimal(1)).words() == "$0.56"
    assert quote(CATALOGUE, shot("hailuo3", V, CLIP, duration=5), clip_s=Decimal(20)).words() == "$2.00"


def test_sound_is_shown_with_both_prices() -> None:
    prices = choices(CATALOGUE, shot("veo3.1", T, duration=8), "audio")
    assert {value: each.words() for value, each in prices.items()} == {True: "$3.20", False: "$1.60"}


@pytest.mark.parametrize(("name", "mode"), pairs())
def test_a_quote_names_its_parts_where_there_is_a_price(name: str, mode: str) -> None:
    found = quote(CATALOGUE, usual(name, mode))
    assert bool(found.parts) is (found.usd is not None)
