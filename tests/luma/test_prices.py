"""What Luma's shots cost: every published figure, and what is said where the vendor publishes none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.price import quote
from tests.luma.kit import CATALOGUE, shot

OLD_16_9 = {
    ("ray-2", "text_to_video"): "540p .40 .72 720p .71 1.27 1080p 1.59 2.87 4k 6.37 11.47",
    ("ray-flash-2", "text_to_video"): "540p .14 .25 720p .24 .44 1080p .55 .99 4k 2.19 3.94",
}
MODIFY = {
    "ray-2": "960x540 .98 1.77 1280x720 1.75 3.15 1920x1080 3.94 7.09 3840x2160 15.75 28.34",
    "ray-flash-2": "960x540 .34 .61 1280x720 .60 1.08 1920x1080 1.35 2.44 3840x2160 5.41 9.75",
}
NEW = "360p .06 .18 540p .15 .45 720p .30 .90 1080p 1.20 3.60"
EDIT = "360p .54 1.08 540p .72 1.44 720p 1.08 2.16 1080p 2.16 4.32"


def rows(table: str) -> list[tuple[str, str, str]]:
    words = table.split()
    return [(words[at], words[at + 1], words[at + 2]) for at in range(0, len(words), 3)]


def usd(name: str, mode: str = "text_to_video", clip: Any = None, size: Any = None, **params: Any) -> Decimal | None:
    return quote(CATALOGUE, shot(name, mode, **params), clip_s=clip, clip_size=size).usd


@pytest.mark.parametrize("mode", ["text_to_video", "image_to_video", "extend"])
def test_the_older_models_follow_the_published_table(mode: str) -> None:
    for (name, _mode), table in OLD_16_9.items():
        for resolution, five, nine in rows(table):
            assert usd(name, mode, resolution=resolution, duration="5s") == Decimal(five)
            assert usd(name, mode, resolution=resolution, duration="9s") == Decimal(nine)


def test_a_change_of_a_clip_costs_by_its_size_and_length() -> None:
    for name, table in MODIFY.items():
        for pixels, five, nine in rows(table):
            width, _, height = pixels.partition("x")
            size = (int(width), int(height))
            assert usd(name, "modify", Decimal(5), size) == Decimal(five)
            assert usd(name, "modify", Decimal(9), size) == Decimal(nine)
    assert usd("ray-2", "modify") is None, "of a link nothing is known"


def test_the_newer_model_follows_the_published_table() -> None:
    for resolution, five, ten in rows(NEW):
        assert usd("ray-3.2", resolution=resolution) == Decimal(five)
        assert usd("ray-3.2", resolution=resolution, duration="10s") == Decimal(ten)
        assert usd("ray-3.2", "extend", resolution=resolution) == Decimal(five)
    assert usd("ray-3.2", hdr=True) == Decimal("0.60")
    assert usd("ray-3.2", hdr=True, exr=True) == Decimal("0.90")
    assert usd("ray-3.2", hdr=True, resolution="1080p") == Decimal("2.40")
    assert usd("ray-3.2", hdr=True, exr=True, resolution="1080p") == Decimal("3.60")
    assert usd("ray-3.2", hdr=True, resolution="540p") is None


def test_edits_and_reframes_of_the_newer_model_follow_the_clip() -> None:
    for resolution, five, ten in rows(EDIT):
        assert usd("ray-3.2", "modify", Decimal(5), resolution=resolution) == Decimal(five)
        assert usd("ray-3.2", "modify", Decimal(10), resolution=resolution) == Decimal(ten)
        assert usd("ray-3.2", "modify", Decimal(2), resolution=resolution) == Decimal(five), "five seconds at least"
    for resolution, second in (("360p", ".03"), ("540p", ".06"), ("720p", ".12"), ("1080p", ".36")):
        assert usd("ray-3.2", "reframe", Decimal(7), resolution=resolution) == 7 * Decimal(second)


def test_a_clip_of_unknown_length_is_quoted_at_most_and_an_unconfirmed_price_as_about() -> None:
    assert quote(CATALOGUE, shot("ray-3.2", "reframe")).words() == "at most $3.60"
    assert quote(CATALOGUE, shot("ray-3.2", "modify")).words() == "at most $3.89"
    assert quote(CATALOGUE, shot("ray-3.2", "modify"), clip_s=Decimal(7)).words() == "about $1.51"


@pytest.mark.parametrize("mode", ["reframe", "upscale", "add_audio"])
def test_what_the_vendor_publishes_no_price_for_is_unknown_and_not_free(mode: str) -> None:
    assert quote(CATALOGUE, shot("ray-2", mode)).words() == "price unknown"


def test_every_price_says_where_it_comes_from_and_of_when_it_is() -> None:
    assert all(price.source for model in CATALOGUE.model for price in model.price)
    told = quote(CATALOGUE, shot("ray-2"))
    assert told.as_of is not None
    assert told.parts == ("1280 × 720 × 24 × 5 s × $0.0064 a megapixel",)
