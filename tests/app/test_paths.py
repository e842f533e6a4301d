"""Paths in the fields for pictures: typed with help, dropped, pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.app.stage import stage
from tui.paths import completed, pasted
from tui.widgets.media_field import PathInput


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("'/home/a b/fox.png'", "/home/a b/fox.png"),
        ("/home/a\\ b/fox.png ", "/home/a b/fox.png"),
        ("file:///home/a%20b/fox.png", "/home/a b/fox.png"),
        ("https://example.org/fox.png", "https://example.org/fox.png"),
        ("'it is not closed", "'it is not closed"),
        ("two words", "two words"),
    ],
)
def test_a_dropped_file_is_the_path_that_is_meant(given: str, meant: str) -> None:
    assert pasted(given) == meant


def test_a_name_begun_is_completed_by_what_fits_the_field(tmp_path: Path) -> None:
    for name in ("fox.png", "fox.txt", "forest.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert completed(f"{tmp_path}/fo", "image") == f"{tmp_path}/fox.png"
    assert completed(f"{tmp_path}/fo", "video") == f"{tmp_path}/forest.mp4"
    assert completed(f"{tmp_path}/fol", "image") == f"{tmp_path}/folder/"
    assert completed(f"{tmp_path}/nothing", "image") is None
    assert completed("https://example.org/fo", "image") is None


async def test_the_field_offers_the_rest_of_a_path_and_the_arrow_takes_it(tmp_path: Path) -> None:
    (tmp_path / "fox.png").touch()
    async with stage(tmp_path) as there:
        field = there.studio.query(PathInput).first()
        field.focus()
        there.app.post_message(events.Paste(f"'{tmp_path}/f'"))
        await there.until(lambda: field.value == f"{tmp_path}/f", "the pasted path")
        await there.press("o")
        await there.until(lambda: field._suggestion, "the suggestion")
        await there.press("right")
        await there.until(lambda: field.value == f"{tmp_path}/fox.png", "the whole path")
