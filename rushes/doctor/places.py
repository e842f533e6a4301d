"""Checks of the home: folders, who may read them, room on the disk, the settings file, the clock."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rushes.doctor.check import Check, fail, ok, warn
from rushes.doctor.patient import Patient
from rushes.home import HomeError
from rushes.settings import SettingsStore

__all__ = ["media_folder", "places", "settings"]

MIB, GIB = 2**20, 2**30
NO_ROOM = 64 * MIB
"""Downloads stop below this."""
LITTLE_ROOM = 2 * GIB
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this version lives before it."""


def places(patient: Patient) -> Iterator[Check]:
    """Folders, privacy, disk, log, clock."""
    try:
        patient.home.make()
    except HomeError as error:
        yield fail("home.folders", error.what, error.fix)
        return
    yield ok("home.folders", f"{patient.home.data}")
    media = media_folder(patient)
    yield _media(media)
    yield _disk(patient, media)
    yield _private(patient)
    yield _log(patient)
    yield _clock(patient)


def media_folder(patient: Patient) -> Path:
    """Where clips go, by the settings."""
    chosen = SettingsStore(patient.home.settings).value.media.folder
    return Path(chosen).expanduser() if chosen else patient.home.media


def _media(folder: Path) -> Check:
    existing = _nearest(folder)
    if not existing.is_dir():
        fix = "name another folder: rushes settings set media.folder DIR"
        return fail("home.media", f"{folder}: {existing.name} is no folder", fix)
    if not os.access(existing, os.W_OK | os.X_OK):
        fix = f"allow it (chmod u+w {existing}), or rushes settings set media.folder DIR"
        return fail("home.media", f"{folder} cannot be written to", fix)
    return ok("home.media", f"clips go to {folder}")


def _nearest(path: Path) -> Path:
    """The path itself, or the first above it that exists."""
    return next((each for each in (path, *path.parents) if each.exists()), Path(path.anchor))


def _disk(patient: Patient, folder: Path) -> Check:
    try:
        free = patient.machine.free_bytes(_nearest(folder))
    except OSError as error:
        return warn("home.disk", f"its room cannot be told: {error.strerror or error}", "look with df")
    words = f"{free / GIB:.1f} GiB free" if free >= GIB else f"{free // MIB} MiB free"
    fix = "make room, or move the clips: rushes settings set media.folder DIR; clips stay at the vendor meanwhile"
    if free < NO_ROOM:
        return fail("home.disk", f"{words}: downloads wait until there is room", fix)
    return warn("home.disk", words, fix) if free < LITTLE_ROOM else ok("home.disk", words)


def _private(patient: Patient) -> Check:
    home = patient.home
    for path in (home.env, home.library):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            level = fail if path == home.env else warn
            return level("home.privacy", f"{path.name} can be read by others (mode {mode:o})", f"chmod 600 {path}")
    return ok("home.privacy", "what lies in the home is its owner's alone")


def _log(patient: Patient) -> Check:
    path = patient.home.log
    if path.is_dir() or (path.exists() and not os.access(path, os.W_OK)):
        return warn("home.log", f"{path} cannot be written: nothing is logged", f"move it away: mv {path} {path}.old")
    return ok("home.log", f"{path}")


def _clock(patient: Patient) -> Check:
    now = patient.machine.now()
    if now < EARLIEST:
        fix = "set the clock: timedatectl set-ntp true"
        return fail("home.clock", f"this machine believes that it is {now:%Y-%m-%d}", fix)
    return ok("home.clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def settings(patient: Patient) -> Iterator[Check]:
    """The file as a whole, then every line of it that does not count."""
    store = SettingsStore(patient.home.settings)
    if store.problem:
        yield fail("settings.file", store.problem, f"mend that line: rushes settings edit ({patient.home.settings})")
        return
    if not store.faults:
        there = patient.home.settings if patient.home.settings.exists() else "none yet: the defaults count"
        yield ok("settings.file", f"{there}")
    for fault in store.faults:
        yield warn("settings.value", str(fault), f"mend it: rushes settings edit, or rushes settings reset {fault.key}")
