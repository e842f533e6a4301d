"""An earlier take again: the same, under another model with each loss named, or as a variation; and kin."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from providers.catalogue import Catalogue
from providers.registry import load
from providers.shot import Role, Shot
from rushes.engine import Engine
from rushes.pool import UnknownProvider
from rushes.shots.rerun import NoModel, extension, rerun
from rushes.task import Task
from tests.library.shelf import home_in, task, with_clip

REGISTRY = load()


def made(model: str = "ray-2", **params: str | int | bool) -> Task:
    return task(model=model, params=dict(params) or {"duration": "9s", "loop": True})


def test_under_its_own_model_nothing_changes() -> None:
    again = rerun(made(), _catalogue)
    assert (again.shot, again.losses, again.kinship) == (made().shot, (), "rerun")


def test_under_another_model_every_loss_is_named() -> None:
    again = rerun(made(), _catalogue, provider="runway", model="gen4.5")
    assert (again.shot.provider, again.shot.model) == ("runway", "gen4.5")
    assert again.losses == ("Loop: not with Gen-4.5",)
    assert again.shot.params["duration"] == 9
    assert "loop" not in again.shot.params


def test_a_variation_has_another_seed_and_nothing_else() -> None:
    first = task(provider="sandbox", model="sandbox-hd", params={"seed": 7, "duration": "5s"})
    again = rerun(first, _catalogue, rng=random.Random(1))
    assert again.kinship == "variation"
    assert again.shot.params["seed"] != 7
    assert {**again.shot.params, "seed": 7} == dict(first.shot.params)


def test_a_model_that_is_gone_is_named() -> None:
    with pytest.raises(NoModel, match="not offered any more"):
        rerun(made("ray-0"), _catalogue)
    with pytest.raises(NoModel, match="has no"):
        rerun(made(), _catalogue, model="ray-99")


def at_vendor(home: Path, provider: str = "luma", model: str = "ray-2", **params: str | int | bool) -> Task:
    first = with_clip(home_in(home), task(provider=provider, model=model, params=dict(params) or None))
    return replace(first, vendor_id="g1")


def test_the_vendor_goes_on_from_a_take_where_its_catalogue_says_so(tmp_path: Path) -> None:
    first = at_vendor(tmp_path, duration="9s", resolution="720p")
    on = extension(first, _catalogue)
    assert on is not None
    assert (on.shot.model, on.shot.mode, on.kinship) == ("ray-2", "extend", "extended")
    assert [(each.role, each.source) for each in on.shot.inputs] == [(Role.VIDEO, first.id)]
    assert (on.shot.prompt, on.shot.params["duration"]) == (first.shot.prompt, "9s")
    assert not _catalogue("luma").check(on.shot)


@pytest.mark.parametrize(
    ("provider", "model", "vendor_id"),
    [("runway", "gen4.5", "r1"), ("sandbox", "sandbox-hd", "s1"), ("luma", "ray-2", None)],
)
def test_where_the_vendor_cannot_go_on_nothing_is_offered(
    tmp_path: Path, provider: str, model: str, vendor_id: str | None
) -> None:
    assert extension(replace(at_vendor(tmp_path, provider, model), vendor_id=vendor_id), _catalogue) is None


def test_an_imported_clip_goes_under_any_model(tmp_path: Path) -> None:
    def catalogue(name: str) -> Catalogue:
        if name == "imported":
            raise UnknownProvider(name)
        return _catalogue(name)

    again = rerun(task(provider="imported", model="mp4", params={}), catalogue, provider="luma", model="ray-2")
    assert (again.shot.provider, again.shot.model, again.losses) == ("luma", "ray-2", ())


async def test_a_rerun_is_kin_of_the_first(tmp_path: Path) -> None:
    engine = await Engine.open(home_in(tmp_path), environ={}, cwd=tmp_path)
    shot = Shot("sandbox", "sandbox-fast", "text_to_video", "a boat", {"resolution": "360p", "duration": "1s"})
    (first,) = await engine.submit(shot)
    (second,) = await engine.submit(shot)
    await engine.shelf.link([second.id], first.id, "variation")
    kin = await engine.shelf.kin(first.id)
    assert [(depth, each.id, how) for depth, each, how in kin.lines()][1:] == [(1, second.id, "a variation of")]
    await engine.close()


def _catalogue(name: str) -> Catalogue:
    return REGISTRY.specs[name].load_catalogue()
