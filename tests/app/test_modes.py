"""Modes in the form: named where they do not follow from the pictures and clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.app.stage import Stage, stage
from tui.widgets.field import ChoiceField
from tui.widgets.shot_form import ShotForm

PRACTICE = {"RUSHES_SANDBOX": "1"}
LUMA: dict[str, Any] = {"provider": "luma", "providers": {"luma": {"model": "ray-2"}}}


def mode_field(there: Stage) -> ChoiceField | None:
    return next((each for each in there.studio.query(ChoiceField) if each.field == "mode"), None)


async def test_naming_a_mode_brings_its_fields_and_says_what_it_needs(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE, **LUMA) as there:
        field = mode_field(there)
        assert field is not None
        await there.type("more of the fox")
        await there.see("✓ ready")
        field.choose([*field.values].index("upscale"))
        await there.see("is needed for upscale")
        await there.see("enter finds a take")
        form = there.studio.query_one(ShotForm)
        await there.until(lambda: [each.field for each in form.fields] == ["mode", "resolution", "callback_url"])
        field.choose([*field.values].index("text_to_video"))
        await there.see("✓ ready")
        await there.until(lambda: "is needed" not in there.text)


async def test_where_the_mode_follows_from_the_media_there_is_no_field_for_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        assert mode_field(there) is None
