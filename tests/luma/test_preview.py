"""What a reframe will do, in words, before it is sent."""

from __future__ import annotations

import pytest

from providers.shot import Input, ParamValue, Role
from tests.luma.kit import CLIP_LINK, provider, shot

CLIP = (Input(Role.VIDEO, CLIP_LINK),)
CASES: list[tuple[str, tuple[int, int] | None, dict[str, ParamValue], str]] = [
    ("ray-2", (1280, 720), {"ratio": "9:16"}, "(16:9); kept whole it fills 32% of a 9:16 frame"),
    ("ray-2", (720, 1280), {"ratio": "16:9"}, "paints the rest left and right of it"),
    ("ray-3.2", (1920, 1080), {"ratio": "16:9"}, "16:9 already: there is hardly anything to paint"),
    (
        "ray-2",
        (1280, 720),
        {"ratio": "1:1", "x_start": 0, "x_end": 640},
        "0 to 640 px across is used: 50% of it is cut",
    ),
    ("ray-2", None, {"ratio": "1:1", "y_start": 5, "y_end": 640}, "Of the source, 5 to 640 px down is used."),
    (
        "ray-2",
        None,
        {"ratio": "1:1", "resized_width": 64, "resized_height": 36, "grid_x": 9},
        "scaled to 64x36, 9 px from",
    ),
]


@pytest.mark.parametrize(("model", "size", "params", "words"), CASES)
def test_a_reframe_says_what_is_kept_cut_away_and_painted(
    model: str, size: tuple[int, int] | None, params: dict[str, ParamValue], words: str
) -> None:
    assert words in " ".join(provider().notes(shot(model, "reframe", CLIP, "a fox", **params), (), size))


def test_a_place_outside_of_the_frame_is_said_to_be_cut_away() -> None:
    place: dict[str, ParamValue] = {"source_x": -0.5, "source_y": 0.25, "source_width": 1.0, "source_height": 0.5}
    told = provider().notes(shot("ray-3.2", "reframe", CLIP, "a fox", ratio="9:16", **place), (), (1280, 720))
    assert told[0].endswith("25% to 75% of the height of the 9:16 frame and fills 25% of it; Luma paints the rest.")
    assert told[1:] == ["50% of the source lies outside the frame and is cut away."]


def test_nothing_is_said_where_nothing_is_known_or_reframed() -> None:
    assert provider().notes(shot("ray-2", "reframe", CLIP, ratio="9:16"), (), None) == []
    assert provider().notes(shot("ray-2", ratio="9:16"), (), (1280, 720)) == []
