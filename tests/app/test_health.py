"""The Health screen: the doctor's checks as they come, with what to do."""

from __future__ import annotations

from pathlib import Path

from tests.app.stage import stage
from tui.screens.health import HealthScreen
from tui.screens.studio import StudioScreen


async def test_every_check_is_listed_and_the_marked_one_says_what_to_do(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("f11")
        await there.until(lambda: isinstance(there.app.screen, HealthScreen) and there.app.screen.has_engine)
        screen = there.app.screen
        assert isinstance(screen, HealthScreen)
        await there.see("environment.python")
        await there.until(lambda: any(each.fix for each in screen.checks), "a check with a fix")
        place = next(index for index, each in enumerate(screen.checks) if each.fix)
        screen.list.move_to(place)
        await there.see(f"→ {screen.checks[place].fix[:30]}")
        await there.press("escape")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen))
