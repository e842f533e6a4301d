"""Every fault is named by its own check, nothing else is blamed for it, and the fix says what to do."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from providers.base import ProviderSpec
from providers.errors import Failure, FailureKind
from providers.registry import Registry
from rushes.doctor import Check, Level, Patient
from rushes.doctor.environment import environment
from rushes.doctor.places import places, settings
from rushes.doctor.shelf import shelf
from rushes.doctor.vendors import keys, offers
from rushes.task import Status
from tests.doctor.conftest import GIB, NOW, clip, ill, shelve, task, with_environ, with_machine

Group = Callable[[Patient], Iterator[Check]]
Injury = Callable[[Patient], Patient]
RUNWAY_KEY = "key_" + "ab" * 64


def _settings(text: str) -> Injury:
    def injure(patient: Patient) -> Patient:
        patient.home.settings.write_text(text)
        return patient

    return injure


def _home_is_a_file(patient: Patient) -> Patient:
    blocked = patient.home.config.parent / "file"
    blocked.write_text("")
    return replace(patient, home=replace(patient.home, data=blocked / "data"))


def _open_keys(patient: Patient) -> Patient:
    patient.home.env.write_text("# nothing yet\n")
    patient.home.env.chmod(0o644)
    return patient


def _log_is_a_folder(patient: Patient) -> Patient:
    patient.home.log.mkdir()
    return patient


def _media_is_a_file(patient: Patient) -> Patient:
    blocked = patient.home.config.parent / "clips"
    blocked.write_text("")
    patient.home.settings.write_text(f'[media]\nfolder = "{blocked}"\n')
    return patient


def _newer_library(patient: Patient) -> Patient:
    shelve(patient, task())
    _sql(patient, "PRAGMA user_version = 99")
    return patient


def _no_database(patient: Patient) -> Patient:
    patient.home.library.write_bytes(b"this is no database" * 400)
    return patient


def _other_database(patient: Patient) -> Patient:
    _sql(patient, "CREATE TABLE recipes (name TEXT)")
    return patient


def _damaged_page(patient: Patient) -> Patient:
    """Bytes in the middle of the file are not what they were; the head is whole."""
    shelve(patient, *(task(number, vendor_id=f"v{number}", tags=("x" * 300,)) for number in range(200)))
    _sql(patient, "PRAGMA wal_checkpoint(TRUNCATE)")
    db = sqlite3.connect(patient.home.library)
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tasks_vendor'").fetchone()[0]
    size = db.execute("PRAGMA page_size").fetchone()[0]
    db.close()
    with patient.home.library.open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 64)
    return patient


def _index_out_of_step(patient: Patient) -> Patient:
    shelve(patient, task(1), task(2))
    _sql(patient, "DELETE FROM words_docsize WHERE id = 1")
    return patient


def _clip_gone(patient: Patient) -> Patient:
    take = clip(patient)
    shelve(patient, task(take=take))
    take.file.unlink()
    return patient


def _clip_changed(patient: Patient) -> Patient:
    take = clip(patient)
    shelve(patient, task(take=take))
    take.file.write_bytes(b"short")
    return patient


def _waits(status: Status) -> Injury:
    def injure(patient: Patient) -> Patient:
        shelve(patient, task(status=status, vendor_id="v"))
        return patient

    return injure


def _bad_clip(patient: Patient) -> Patient:
    words, hint = "the clip did not pass its check", "`rushes retry 01KAX…` is a new press"
    error = Failure(FailureKind.DOWNLOAD, words, retryable=True, charged=True, hint=hint)
    shelve(patient, task(status=Status.DOWNLOADING, vendor_id="v", error=error))
    return patient


def _future(patient: Patient) -> Patient:
    shelve(patient, task(created_at=NOW + timedelta(days=3), take=clip(patient)))
    return patient


def _env_file(text: str) -> Injury:
    def injure(patient: Patient) -> Patient:
        patient.home.env.write_text(text)
        patient.home.env.chmod(0o600)
        return patient

    return injure


def _stranger_redirects(patient: Patient) -> Patient:
    """A key of the environment, and an address for it in the working folder."""
    assert patient.cwd is not None
    (patient.cwd / ".env").write_text("RUNWAYML_BASE_URL=https://elsewhere.example\n")
    (patient.cwd / ".env").chmod(0o600)
    return with_environ(patient, RUNWAYML_API_SECRET=RUNWAY_KEY)


def _broken_plugin(patient: Patient) -> Patient:
    return replace(patient, registry=Registry(patient.registry.specs, {"acme": "ImportError: no module acme_api"}))


def _broken_catalogue(patient: Patient) -> Patient:
    from providers.catalogue import Catalogue

    path = patient.home.config / "broken.toml"
    path.write_text("provider = 1\n")
    spec = ProviderSpec("acme", "Acme", (), lambda: Catalogue.load(path), patient.registry.specs["sandbox"].build)
    return replace(patient, registry=Registry({**patient.registry.specs, "acme": spec}))


def _sql(patient: Patient, statement: str) -> None:
    db = sqlite3.connect(patient.home.library)
    db.execute(statement)
    db.commit()
    db.close()


FAULTS: list[tuple[str, Group, Injury, str, Level, str]] = [
    (
        "an old Python",
        environment,
        lambda p: with_machine(p, python=(3, 9, 2)),
        "environment.python",
        Level.FAIL,
        "3.11",
    ),
    (
        "a package that is missing",
        environment,
        lambda p: with_machine(p, packages={"av": "", "httpx": "1"}),
        "environment.packages",
        Level.FAIL,
        "pip install av",
    ),
    (
        "an app that cannot be imported",
        environment,
        lambda p: with_machine(p, app=lambda: "ModuleNotFoundError: No module named 'tui'"),
        "environment.app",
        Level.FAIL,
        "install rushes anew",
    ),
    (
        "an old SQLite",
        environment,
        lambda p: with_machine(p, sqlite=(3, 31, 0)),
        "environment.sqlite",
        Level.FAIL,
        "3.35",
    ),
    ("no FTS5", environment, lambda p: with_machine(p, full_text=False), "environment.sqlite", Level.FAIL, "FTS5"),
    (
        "no UTF-8",
        environment,
        lambda p: with_machine(p, encoding="ANSI_X3.4-1968"),
        "environment.text",
        Level.WARN,
        "LC_ALL",
    ),
    (
        "a dumb terminal",
        environment,
        lambda p: with_environ(p, TERM="dumb"),
        "environment.terminal",
        Level.WARN,
        "TERM",
    ),
    (
        "a small terminal",
        environment,
        lambda p: replace(p, screen=replace(p.screen, columns=20, rows=5) if p.screen else None),
        "environment.size",
        Level.WARN,
        "60 columns",
    ),
    (
        "few colours",
        environment,
        lambda p: replace(
            with_environ(p, TERM="xterm"), screen=replace(p.screen, true_colour=False) if p.screen else None
        ),
        "environment.colours",
        Level.WARN,
        "256color",
    ),
    (
        "tmux with a TERM that is not its own",
        environment,
        lambda p: with_environ(p, TMUX="/tmp/t,1,0", TERM="xterm-256color"),
        "environment.tmux",
        Level.WARN,
        "default-terminal",
    ),
    (
        "tmux without 16 million colours",
        environment,
        lambda p: replace(
            with_environ(p, TMUX="/tmp/t,1,0", TERM="tmux-256color"),
            screen=replace(p.screen, true_colour=False) if p.screen else None,
        ),
        "environment.tmux",
        Level.WARN,
        "terminal-features",
    ),
    ("a home that is a file", places, _home_is_a_file, "home.folders", Level.FAIL, "--home"),
    ("a media folder that is a file", places, _media_is_a_file, "home.media", Level.FAIL, "media.folder"),
    (
        "a full disk",
        places,
        lambda p: with_machine(p, free_bytes=lambda _: 2**20),
        "home.disk",
        Level.FAIL,
        "make room",
    ),
    (
        "a nearly full disk",
        places,
        lambda p: with_machine(p, free_bytes=lambda _: GIB),
        "home.disk",
        Level.WARN,
        "make room",
    ),
    ("keys that others can read", places, _open_keys, "home.privacy", Level.FAIL, "chmod 600"),
    ("a log that cannot be written", places, _log_is_a_folder, "home.log", Level.WARN, "mv "),
    (
        "a clock that was never set",
        places,
        lambda p: with_machine(p, now=lambda: NOW.replace(year=1980)),
        "home.clock",
        Level.FAIL,
        "timedatectl",
    ),
    ("settings with a syntax error", settings, _settings("[ui\n"), "settings.file", Level.FAIL, "settings edit"),
    (
        "a setting that cannot be",
        settings,
        _settings('[ui]\ntheme = "pink"\n'),
        "settings.value",
        Level.WARN,
        "ui.theme",
    ),
    (
        "a setting that nobody knows",
        settings,
        _settings("[ui]\nthem = 1\n"),
        "settings.value",
        Level.WARN,
        "settings edit",
    ),
    ("a newer library", shelf, _newer_library, "library.format", Level.FAIL, "newer rushes"),
    ("a library that is no database", shelf, _no_database, "library.file", Level.FAIL, "reindex"),
    ("a database of another program", shelf, _other_database, "library.format", Level.FAIL, "reindex"),
    ("a damaged page", shelf, _damaged_page, "library.integrity", Level.FAIL, "reindex"),
    ("an index out of step", shelf, _index_out_of_step, "library.search", Level.WARN, "reindex"),
    ("a clip that is gone", shelf, _clip_gone, "library.clips", Level.WARN, "rushes fetch 01KAX"),
    ("a clip that was changed", shelf, _clip_changed, "library.sizes", Level.WARN, "rushes fetch 01KAX"),
    ("an unknown outcome", shelf, _waits(Status.UNCERTAIN), "library.waiting", Level.WARN, "rushes resolve 01KAX"),
    ("a clip not fetched yet", shelf, _waits(Status.DOWNLOADING), "library.waiting", Level.WARN, "rushes watch"),
    ("a clip that fails its check", shelf, _bad_clip, "library.waiting", Level.WARN, "rushes retry 01KAX"),
    ("a shot never sent", shelf, _waits(Status.QUEUED), "library.waiting", Level.WARN, "--release"),
    ("a clock that went back", shelf, _future, "library.times", Level.WARN, "timedatectl"),
    (
        "half a key",
        keys,
        lambda p: with_environ(p, RUNWAYML_API_SECRET="key_123"),
        "keys.runway",
        Level.FAIL,
        "rushes keys set runway",
    ),
    (
        "an address that is none",
        keys,
        lambda p: with_environ(p, RUNWAYML_API_SECRET=RUNWAY_KEY, RUNWAYML_BASE_URL="http://elsewhere.example"),
        "keys.runway",
        Level.FAIL,
        "rushes keys set runway",
    ),
    ("a stranger's address", keys, _stranger_redirects, "keys.runway", Level.WARN, "RUNWAYML_BASE_URL"),
    ("a line that is no variable", keys, _env_file("= what\n"), "keys.file", Level.WARN, "NAME=value"),
    ("a plug-in that does not load", offers, _broken_plugin, "vendors.plugin", Level.FAIL, "acme"),
    ("a catalogue that cannot be read", offers, _broken_catalogue, "vendors.acme.catalogue", Level.FAIL, "again"),
]


@pytest.mark.parametrize(
    ("group", "injury", "name", "level", "fix"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_is_named_by_its_own_check_alone(
    patient: Patient, group: Group, injury: Injury, name: str, level: Level, fix: str
) -> None:
    assert ill(group(patient)) == []
    found = ill(group(injury(patient)))
    assert [(each.name, each.status) for each in found] == [(name, level)]
    assert fix in found[0].fix
    assert "\n" not in found[0].fix


def test_old_prices_are_told_for_each_vendor(patient: Patient) -> None:
    found = ill(offers(with_machine(patient, now=lambda: NOW + timedelta(days=365))))
    assert {each.name for each in found} == {"vendors.luma.prices", "vendors.runway.prices"}
    assert all("update" in each.fix for each in found)


def test_a_library_that_somebody_holds_is_told_as_locked(patient: Patient) -> None:
    shelve(patient, task(take=clip(patient)))
    holder = sqlite3.connect(patient.home.library, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        found = ill(shelf(patient))
    finally:
        holder.close()
    assert [each.name for each in found] == ["library.lock"]


def test_the_library_is_looked_at_and_left_as_it_is(patient: Patient) -> None:
    """Opening a damaged one as the program does would move it aside; the doctor does not."""
    injured = _no_database(patient)
    before = injured.home.library.read_bytes()
    assert ill(shelf(injured))
    assert injured.home.library.read_bytes() == before
    assert [path.name for path in injured.home.data.glob("library*")] == ["library.sqlite3"]


def test_a_library_made_by_the_program_is_in_good_health(patient: Patient) -> None:
    shelve(patient, *(task(number, take=clip(patient, f"{number}.mp4")) for number in range(5)))
    checks = list(shelf(patient))
    assert ill(checks) == []
    assert len(checks) >= 6


def test_a_key_is_shown_by_its_end_alone(patient: Patient) -> None:
    checks = list(keys(with_environ(patient, RUNWAYML_API_SECRET=RUNWAY_KEY)))
    assert ill(checks) == []
    text = " ".join(each.detail for each in checks)
    assert "…abab" in text
    assert not re.search("(ab){4}", text)


def test_keys_written_by_the_program_are_private(patient: Patient) -> None:
    from rushes.keys import set_key

    set_key(patient.home.env, "RUNWAYML_API_SECRET", RUNWAY_KEY)
    assert stat.S_IMODE(Path(patient.home.env).stat().st_mode) == 0o600
    assert ill(places(patient)) == []
