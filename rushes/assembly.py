"""Assembly: everything that an engine works with, built from a home. No work begins here."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from providers.registry import load
from providers.values import dataclass
from rushes.clock import Clock
from rushes.context import Context, Patience
from rushes.home import Home
from rushes.keys import find_keys
from rushes.library.sidecar import Receipts
from rushes.library.worker import Store
from rushes.pool import USER_AGENT, Extras, ProviderPool
from rushes.redact import Redactor
from rushes.remembered import Remembered
from rushes.settings import SettingsStore
from rushes.task import Task
from rushes.tasks.account_limits import Allowances
from rushes.tasks.assets import Downloader
from rushes.tasks.exchanges import Scribe
from rushes.tasks.leases import new_owner
from rushes.tasks.pace import Pace
from rushes.tasks.ticks import Ticks
from rushes.tasks.transfers import Transfers

if TYPE_CHECKING:
    import httpx

    from rushes.settings.store import Schedule

__all__ = ["Place", "assemble"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine is opened, and what stands in for the world around it; `Engine.open` says what each means."""

    home: Home
    environ: Mapping[str, str]
    cwd: Path | None
    clock: Clock
    patience: Patience
    sandbox: Callable[[], httpx.AsyncBaseTransport] | None = None
    network: httpx.AsyncBaseTransport | None = None
    schedule: Schedule | None = None


async def assemble(place: Place, publish: Callable[[Task], None]) -> Context:
    """Opens settings and library, finds keys, and learns how long jobs take. Raises as `Engine.open` does."""
    home, clock = place.home, place.clock
    home.make()
    settings = SettingsStore(home.settings, schedule=place.schedule)
    owner = new_owner(os.urandom(4).hex())
    store = await Store.open(home.library, now=clock.now, who=owner)
    pool = _pool(place, settings)
    pace = Pace(pool.catalogue, random.Random(random.getrandbits(64)))
    pace.learn(await store.run(lambda library: library.running_times()))
    return Context(
        store=store,
        pool=pool,
        clock=clock,
        settings=settings,
        pace=pace,
        downloads=Downloader(user_agent=USER_AGENT, at_once=settings.value.limits.downloads),
        gates={},
        owner=owner,
        patience=place.patience,
        media=_media_folder(home, settings),
        receipts=Receipts(home.receipts),
        transfers=Transfers(clock.now),
        publish=publish,
        allowances=Allowances(lambda name, practice: pool.provider(name, practice=practice), clock),
        ticks=Ticks(store, clock, owner),
        scribe=Scribe(Redactor(pool.keyring.secrets(), pool.registry.specs.values())),
    )


def _pool(place: Place, settings: SettingsStore) -> ProviderPool:
    registry = load()
    keyring = find_keys(registry.specs.values(), environ=place.environ, cwd=place.cwd, config_dir=place.home.config)
    stand_in = place.environ.get("RUSHES_SANDBOX", "") not in {"", "0"} or settings.value.sandbox.stand_in
    make = place.sandbox or (lambda: _sandbox_transport(place.home, settings, place.clock))
    extras = Extras(
        lambda name: settings.value.options.get(name, {}),
        lambda name, practice: Remembered(place.home.notes / f"{name}{'-practice' * practice}", place.clock),
    )
    return ProviderPool(registry, keyring, make, stand_in=stand_in, network=place.network, extras=extras)


def _media_folder(home: Home, settings: SettingsStore) -> Path:
    chosen = settings.value.media.folder
    return Path(chosen).expanduser() if chosen else home.media


def _sandbox_transport(home: Home, settings: SettingsStore, clock: Clock) -> httpx.AsyncBaseTransport:
    from providers.sandbox.options import Options
    from providers.sandbox.transport import SandboxTransport
    from providers.sandbox.world import World

    options = Options(speed=settings.value.sandbox.speed)
    return SandboxTransport(World(home.sandbox, clock=lambda: clock.now().timestamp(), options=options))
