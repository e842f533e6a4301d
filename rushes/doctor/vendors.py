"""Checks of keys, plug-ins and price tables; and, where that is allowed, free calls to each vendor with a key."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx

from providers.base import Access, Health, ProviderSpec
from providers.catalogue import CatalogueError
from providers.line import ssl_context
from rushes import __version__
from rushes.doctor.check import Check, fail, ok, warn
from rushes.doctor.patient import Patient
from rushes.keys import Keyring, KeyRow, find_keys
from rushes.text import show

__all__ = ["keyring", "keys", "live", "offers"]

OLD_DAYS = 90
"""A price table that is older than this may be wrong."""
SKEW_S = 120.0
"""Signed links and look-ups by time go wrong from about here."""


def keyring(patient: Patient) -> Keyring:
    """What was found where."""
    specs = patient.registry.specs.values()
    return find_keys(specs, environ=patient.environ, cwd=patient.cwd, config_dir=patient.home.config)


def keys(patient: Patient) -> Iterator[Check]:
    """The files first, then every API that needs a key."""
    found = keyring(patient)
    for problem in found.problems:
        yield warn("keys.file", problem, _file_fix(problem))
    for row in found.describe():
        if patient.registry.specs[row.provider].needs_key:
            yield from _key(row)


def _file_fix(problem: str) -> str:
    return "chmod 600 that file" if "mode" in problem or "others" in problem else "mend that line: NAME=value"


def _key(row: KeyRow) -> Iterator[Check]:
    name = f"keys.{row.provider}" if row.provider == row.api else f"keys.{row.provider}.{row.api}"
    if row.note:
        yield warn(
            name, row.note, f"put the key and {row.note.split()[0]} into one file, or the address into your own .env"
        )
    if row.problem:
        again = f"; keys: {row.key_page}" if row.key_page else ""
        yield fail(name, row.problem, f"rushes keys set {row.provider}{again}")
    elif row.usable:
        where = f"{row.variable} (…{row.tail}) from {row.where}" if row.tail else f"{row.variable} from {row.where}"
        yield ok(name, f"{where}{f', asked at {row.address}' if row.address_from else ''}")
    else:
        yield ok(name, f"no key yet: rushes keys set {row.provider} (keys: {row.key_page})")


def offers(patient: Patient) -> Iterator[Check]:
    """Plug-ins that did not load, and how old each price table is."""
    for name, reason in patient.registry.broken.items():
        yield fail("vendors.plugin", f"{name}: {reason}", f"update or remove the package that brings {name}")
    for spec in patient.registry.specs.values():
        if spec.needs_key:
            yield _prices(patient, spec)


def _prices(patient: Patient, spec: ProviderSpec) -> Check:
    try:
        as_of = spec.load_catalogue().prices_as_of
    except CatalogueError as error:
        words = f"what {spec.label} offers cannot be read: {show(str(error), 200)}"
        return fail(f"vendors.{spec.name}.catalogue", words, "install rushes, or that plug-in, again")
    days = (patient.machine.now().date() - as_of).days
    if days > OLD_DAYS:
        words = f"the price table is of {as_of}, {days} days ago"
        return warn(f"vendors.{spec.name}.prices", words, "update rushes; until then check prices at the vendor")
    return ok(f"vendors.{spec.name}.prices", f"the price table is of {as_of}")


# ── calls that cost nothing ──────────────────────────────────────────────────────────────────────────────────────────


async def live(patient: Patient) -> AsyncIterator[Check]:
    """Asks every vendor that has a usable key: reachable, key accepted, balance and limits, and its clock."""
    ring = keyring(patient)
    asked = [spec for spec in patient.registry.specs.values() if spec.needs_key and ring.ready(spec)]
    for spec in patient.registry.specs.values():
        if spec.needs_key and spec not in asked:
            yield ok(f"vendors.{spec.name}", "not asked: there is no key")
    for spec in asked:
        access_keys, urls = ring.access(spec)
        provider = spec.build(Access(access_keys, urls, None, f"rushes/{__version__}"))
        try:
            async with asyncio.timeout(patient.limit_s):
                health = await provider.health()
        except TimeoutError:
            health = Health(False, None, f"no answer within {patient.limit_s:g} s")
        finally:
            await provider.aclose()
        for check in _judge(spec, health):
            yield check
    if asked:
        _, urls = ring.access(asked[0])
        yield await _skew(patient, next(iter(urls.values())))


def _judge(spec: ProviderSpec, health: Health) -> Iterator[Check]:
    name = f"vendors.{spec.name}"
    page = next((api.key_page for api in spec.apis if api.key_page), "")
    words = show(health.message, 200)
    if health.key_accepted is False:
        yield fail(f"{name}.key", words, f"make a new key at {page}, then rushes keys set {spec.name}")
    elif not health.reachable:
        fix = "check the connection, a proxy (HTTPS_PROXY) and the vendor's status page"
        yield fail(name, words, fix)
    else:
        facts = ", ".join(f"{key} {value}" for key, value in health.facts.items())
        yield ok(name, f"{words}{f' ({show(facts, 300)})' if facts else ''}")
        if health.balance is not None and health.balance <= 0:
            yield fail(f"{name}.balance", f"{health.balance} {health.unit}s left", f"add credits at {page}")


async def _skew(patient: Patient, url: str) -> Check:
    """By the `Date` of any answer, whatever its status; the request holds no key."""
    verify = ssl_context() if url.startswith("https") else False
    try:
        async with httpx.AsyncClient(verify=verify, timeout=10.0, follow_redirects=False) as client:
            answer = await client.head(url)
        said = email.utils.parsedate_to_datetime(answer.headers.get("date", ""))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError):
        return ok("vendors.clock", "no vendor told its time")
    if said.tzinfo is None:
        said = said.replace(tzinfo=UTC)
    return _judge_skew(patient.machine.now(), said)


def _judge_skew(here: datetime, there: datetime) -> Check:
    seconds = (here - there).total_seconds()
    if abs(seconds) > SKEW_S:
        way = "ahead of" if seconds > 0 else "behind"
        words = f"this machine's clock is {abs(seconds):.0f} s {way} the vendor's"
        return warn("vendors.clock", words, "set the clock: timedatectl set-ntp true")
    return ok("vendors.clock", f"within {SKEW_S:.0f} s of the vendor's")
