"""The Health screen: the doctor's checks as they come, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.task import Status
from tests.app.stage import stage
from tests.test_plug_ins import GOOD, install
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


async def test_what_failed_and_what_is_to_be_looked_at_stands_above_what_is_well(tmp_path: Path) -> None:
    weights = {"fail": 0, "warn": 1, "pass": 2}
    (tmp_path / "settings.toml").write_text("[ui]\ntheme = 'pink'\n")
    async with stage(tmp_path, size=(80, 24)) as there:
        await there.press("f11")
        await there.until(lambda: isinstance(there.app.screen, HealthScreen) and there.app.screen.done)
        screen = there.app.screen
        assert isinstance(screen, HealthScreen)
        found = [weights[each.status.value] for each in screen.checks]
        assert found == sorted(found)
        assert found[0] < 2
        assert screen.list.cursor == 0
        await there.see(f"→ {screen.checks[0].fix[:30]}")


async def test_plug_ins_that_do_not_load_are_each_named_and_the_rest_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    install(site, "acme", "raise RuntimeError('[bold]no\\x1b[31m licence')\n")
    install(site, "torn", GOOD.replace("name='acme'", "name='torn', load_catalogue=lambda: 1 / 0"))
    async with stage(tmp_path) as there:
        assert [each.name for each in there.engine.providers()] == ["sandbox", "luma", "runway"]
        assert (await there.ended((await there.generate("a kite")).id)).status is Status.SUCCEEDED
        await there.press("f11")
        await there.see("acme: RuntimeError: [bold]no␛[31m licence")
        await there.see("torn: ZeroDivisionError")
        screen = there.app.screen
        assert isinstance(screen, HealthScreen)
        screen.list.move_to(next(at for at, each in enumerate(screen.checks) if "torn" in each.detail))
        await there.see("→ update or remove the package that brings torn")


async def test_a_settings_file_that_was_mended_is_no_longer_told_as_broken(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        file = there.app.home.settings
        good = file.read_text()
        file.write_text("[ui\n")
        await there.until(lambda: there.engine.settings.problem, "the fault")
        await there.press("f11")
        await there.until(lambda: isinstance(there.app.screen, HealthScreen) and there.app.screen.done)
        await there.see("last good settings count")
        assert "defaults count" not in there.text
        file.write_text(good)
        await there.until(lambda: "✓ settings.file" in there.text, "the check again")
