"""Making an earlier take again: under its own model, under another one with each loss named, or with another seed.

Joins the pure rules of `rushes.shots.carry_over` with catalogues. Sends nothing: the shot goes the way of every other
one, and is quoted as a new press.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from providers.catalogue import Catalogue, Model, near
from providers.shot import Input, Role, Shot
from rushes.library.kin import EXTENDED, RERUN, VARIATION
from rushes.pool import UnknownProvider
from rushes.shots.carry_over import Draft, carry
from rushes.task import Task

__all__ = ["NoModel", "Rerun", "extension", "rerun"]

EXTEND = "extend"
"""The mode in which a vendor goes on from a clip."""

SEEDS = 2**31
"""Every vendor that takes a seed takes these."""


class NoModel(LookupError):
    """The model asked for is not offered: says which are."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """The shot to send, what it is to the earlier take, and in words what the model could not keep."""

    shot: Shot
    kinship: str
    losses: tuple[str, ...] = ()


def rerun(
    task: Task,
    catalogue_of: Callable[[str], Catalogue],
    *,
    provider: str = "",
    model: str = "",
    rng: random.Random | None = None,
) -> Rerun:
    """The shot of `task` again; with `rng`, with another seed (a variation).

    Raises NoModel, and UnknownProvider where the provider is not there any more.
    """
    catalogue = catalogue_of(provider or task.shot.provider)
    wanted = model or ("" if provider and provider != task.shot.provider else task.shot.model)
    target = catalogue.find(wanted) if wanted else catalogue.model[0]
    if target is None:
        if provider or model:
            others = near(wanted, catalogue.names()) or f"; `rushes models --provider {catalogue.provider}` lists all"
            raise NoModel(f"{catalogue.label} has no {wanted}{others}")
        raise NoModel(f"{wanted} is not offered any more; name another with --model")
    moved = task.shot
    losses: tuple[str, ...] = ()
    if (target.name, catalogue.provider) != (task.shot.model, task.shot.provider):
        left = _model_of(task, catalogue_of)
        carried = carry(Draft.of(task.shot, left), catalogue, target, left=left)
        moved, losses = carried.draft.shot(), carried.changes
    if rng is None:
        return Rerun(moved, RERUN, losses)
    return Rerun(_other_seed(moved, target, rng), VARIATION, losses)


def _model_of(task: Task, catalogue_of: Callable[[str], Catalogue]) -> Model | None:
    """The take's own model; None where its provider is not there (an imported clip): then nothing can be compared."""
    try:
        return catalogue_of(task.shot.provider).find(task.shot.model)
    except UnknownProvider:
        return None


def extension(task: Task, catalogue_of: Callable[[str], Catalogue]) -> Rerun | None:
    """The shot that has the vendor itself go on from the take; None where it cannot, or does not have the take.

    The catalogue says who can: a model with the mode `extend` whose clip may be named by its id. The take's own model
    comes first. The words and values are those of the take, as far as the mode has them.
    """
    if task.vendor_id is None or task.take is None:
        return None
    catalogue = catalogue_of(task.shot.provider)
    own = catalogue.find(task.shot.model)
    able = [each for each in catalogue.model if _extends(each) and (own is None or each.api == own.api)]
    target = next((each for each in able if own is not None and each.name == own.name), able[0] if able else None)
    if target is None:
        return None
    draft = Draft.of(replace(task.shot, inputs=(Input(Role.VIDEO, task.id),)), own)
    carried = carry(replace(draft, chosen=EXTEND), catalogue, target, left=own)
    return Rerun(carried.draft.shot(), EXTENDED, carried.changes)


def _extends(model: Model) -> bool:
    slots = model.slots(EXTEND) if EXTEND in model.modes else ()
    return any(each.role is Role.VIDEO and "generation" in each.accepts for each in slots)


def _other_seed(shot: Shot, model: Model, rng: random.Random) -> Shot:
    """Another seed where the model has one; where it has none, every press is another take anyway."""
    param = model.find_param("seed", shot.mode)
    if param is None:
        return shot
    low = int(param.min or 0)
    high = int(param.max) if param.max is not None else SEEDS
    seed = rng.randint(low, max(low, min(high, SEEDS)))
    return shot if param.problem(seed) else replace(shot, params={**shot.params, param.name: seed})
