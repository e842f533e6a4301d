"""The doctor: is everything as it should be, and if not, what to do. One check after another, each with its fix.

    async for check in examine(patient):
        print(check.status, check.name, check.detail, check.fix)

Nothing is changed but an empty home that is made, and nothing is spent: without `live` no request leaves this machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from providers.registry import load
from rushes.doctor.check import Check, Level, fail, worst
from rushes.doctor.environment import environment
from rushes.doctor.patient import Machine, Patient, Screen
from rushes.doctor.places import places, settings
from rushes.doctor.shelf import shelf
from rushes.home import Home

__all__ = ["Check", "Level", "Machine", "Patient", "Screen", "admit", "examine", "worst"]

log = logging.getLogger("rushes.doctor")


def admit(
    home: Home,
    environ: Mapping[str, str],
    cwd: Path | None,
    *,
    screen: Screen | None = None,
    live: bool = False,
    gateway: str = "",
) -> Patient:
    """A patient on this machine."""
    return Patient(home, environ, cwd, Machine.look(), load(), screen, live, gateway)


async def examine(patient: Patient) -> AsyncIterator[Check]:
    """Every check as soon as it is done. Never raises for what it finds: a check that breaks is a finding itself."""
    far = bool(patient.home.connect)
    groups = (("environment", environment), ("home", places), ("settings", settings), ("library", shelf))
    for name, group in groups[:3] if far else groups:
        for check in await asyncio.to_thread(_all, name, group, patient):
            yield check
    async for check in _gateway(patient) if far else _network(patient):
        yield check


async def _gateway(patient: Patient) -> AsyncIterator[Check]:
    """Library, keys and vendors are the gateway's affair: it is asked how it is."""
    from rushes.doctor.remote import remote

    yield await remote(patient)


async def _network(patient: Patient) -> AsyncIterator[Check]:
    """What needs the network's modules, or the network; loaded only now, since the first checks come at once."""
    from rushes.doctor.path import path
    from rushes.doctor.remote import remote
    from rushes.doctor.vendors import keys, live, offers

    for name, group in (("keys", keys), ("vendors", offers)):
        for check in await asyncio.to_thread(_all, name, group, patient):
            yield check
    if patient.live:
        async for check in _guarded("vendors", live(patient)):
            yield check
    yield await remote(patient)
    async for check in _guarded("path", path(patient)):
        yield check


def _all(name: str, group: Callable[[Patient], Iterator[Check]], patient: Patient) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(group(patient))
    except Exception as error:  # noqa: BLE001 - the outermost edge of a group: what breaks it is a finding
        found.append(_fault(name, error))
    return found


async def _guarded(name: str, checks: AsyncIterator[Check]) -> AsyncIterator[Check]:
    try:
        async for check in checks:
            yield check
    except Exception as error:  # noqa: BLE001 - the outermost edge of a group: what breaks it is a finding
        yield _fault(name, error)


def _fault(name: str, error: Exception) -> Check:
    log.error("a fault of this program in a check", extra={"data": {"group": name}}, exc_info=error)
    words = f"these checks broke off: {type(error).__name__}: {error}"
    return fail(f"{name}.fault", words, "open an issue with rushes doctor --bundle FILE")
