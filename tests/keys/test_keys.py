"""Where keys and addresses come from, which one counts, and that none of them shows."""

from __future__ import annotations

import os
import pickle
import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import Access, Api, ProviderSpec
from rushes.keys import (
    EnvFileError,
    FoundApi,
    KeyProblem,
    Keyring,
    Secret,
    check_address,
    clean_key,
    find_keys,
    forget_key,
    set_key,
)


def _unused(*_: Access) -> NoReturn:
    raise AssertionError("finding keys neither loads a catalogue nor builds a provider")


OLD = Api("old", "https://old.example/v1", "OLD_URL", ("OLD_KEY", "BOTH_KEY"), key_prefix="acme-")
NEW = Api("new", "https://new.example", "NEW_URL", ("BOTH_KEY", "NEW_KEY"), key_prefix="acme-api-")
ACME = ProviderSpec("acme", "Acme", (OLD, NEW), _unused, _unused)
STRICT = ProviderSpec(
    "strict",
    "Strict",
    (Api("strict", "https://s.example", "S_URL", ("S_KEY", "S_OTHER"), key_pattern=r"key_[0-9a-f]{128}"),),
    _unused,
    _unused,
)
FREE = ProviderSpec("free", "Free", (), _unused, _unused, needs_key=False)
OLD_KEY = "acme-0123456789abcdef"
NEW_KEY = "acme-api-0123456789abcdef"
STRICT_KEY = "key_" + "0f" * 64


class Desk:
    """A working folder, a config folder and an environment."""

    def __init__(self, root: Path) -> None:
        self.cwd = root / "work"
        self.config = root / "config"
        self.cwd.mkdir()
        self.config.mkdir()

    def near(self, text: str) -> None:
        self._write(self.cwd / ".env", text)

    def home(self, text: str) -> None:
        self._write(self.config / ".env", text)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def find(self, environ: Mapping[str, str] | None = None) -> Keyring:
        return find_keys([ACME, STRICT, FREE], environ=environ or {}, cwd=self.cwd, config_dir=self.config)

    def api(self, name: str, environ: Mapping[str, str] | None = None) -> FoundApi:
        return next(each for each in self.find(environ).found if each.api.name == name)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_without_any_key_nothing_is_ready_but_what_needs_none(desk: Desk) -> None:
    ring = desk.find()
    assert [ring.ready(spec) for spec in (ACME, STRICT, FREE)] == [False, False, True]
    assert ring.access(ACME) == ({}, {})
    assert [row.where for row in ring.describe()] == ["", "", ""]


def test_environment_comes_before_the_folder_and_the_folder_before_the_home(desk: Desk) -> None:
    desk.near("OLD_KEY=acme-near-near-near-near\n")
    desk.home("OLD_KEY=acme-home-home-home-home\n")
    assert desk.find({"OLD_KEY": OLD_KEY}).access(ACME)[0] == {"old": OLD_KEY}
    assert desk.find().access(ACME)[0] == {"old": "acme-near-near-near-near"}
    (desk.cwd / ".env").unlink()
    assert desk.find().access(ACME)[0] == {"old": "acme-home-home-home-home"}


def test_a_shared_name_is_told_apart_by_the_longest_prefix(desk: Desk) -> None:
    assert desk.find({"BOTH_KEY": NEW_KEY}).access(ACME)[0] == {"new": NEW_KEY}
    assert desk.find({"BOTH_KEY": OLD_KEY}).access(ACME)[0] == {"old": OLD_KEY}


def test_a_shared_key_of_neither_kind_is_refused_with_the_names_to_use(desk: Desk) -> None:
    ring = desk.find({"BOTH_KEY": "something-else-entirely"})
    assert not ring.ready(ACME)
    assert all("OLD_KEY or BOTH_KEY" in str(row.problem) for row in ring.describe()[:2])


def test_a_name_of_its_own_comes_before_the_shared_one(desk: Desk) -> None:
    own = "acme-api-own-own-own-own"
    keys, _ = desk.find({"BOTH_KEY": NEW_KEY, "NEW_KEY": own, "OLD_KEY": OLD_KEY}).access(ACME)
    assert keys == {"new": own, "old": OLD_KEY}


def test_a_shared_key_in_the_environment_beats_an_own_name_in_a_file(desk: Desk) -> None:
    desk.home("NEW_KEY=acme-api-from-the-home-file\n")
    assert desk.find({"BOTH_KEY": NEW_KEY}).access(ACME)[0] == {"new": NEW_KEY}


def test_a_key_of_the_other_api_is_refused_with_the_name_it_belongs_under(desk: Desk) -> None:
    found = desk.api("old", {"OLD_KEY": NEW_KEY})
    assert not found.usable
    assert "new" in str(found.problem)
    assert NEW_KEY not in str(found)


def test_an_empty_variable_counts_as_not_set(desk: Desk) -> None:
    desk.home(f"OLD_KEY={OLD_KEY}\n")
    assert desk.find({"OLD_KEY": "  "}).access(ACME)[0] == {"old": OLD_KEY}


def test_a_key_that_cannot_be_used_is_not_replaced_by_a_weaker_one(desk: Desk) -> None:
    desk.home(f"S_KEY={STRICT_KEY}\n")
    ring = desk.find({"S_KEY": "key_tooshort"})
    assert not ring.ready(STRICT)
    assert "12 characters" in str(ring.describe()[2].problem)


def test_the_shape_is_not_asked_of_a_key_for_another_address(desk: Desk) -> None:
    keys, urls = desk.find({"S_KEY": "practice", "S_URL": "http://127.0.0.1:8765/"}).access(STRICT)
    assert (keys, urls) == ({"strict": "practice"}, {"strict": "http://127.0.0.1:8765"})


def test_the_second_name_is_looked_at_second(desk: Desk) -> None:
    other = "key_" + "ab" * 64
    assert desk.find({"S_OTHER": other}).access(STRICT)[0] == {"strict": other}
    assert desk.find({"S_OTHER": other, "S_KEY": STRICT_KEY}).access(STRICT)[0] == {"strict": STRICT_KEY}


def test_a_folder_cannot_redirect_a_key_that_is_not_its_own(desk: Desk) -> None:
    desk.near("OLD_URL=https://thief.example\n")
    for environ in ({"OLD_KEY": OLD_KEY}, {}):
        desk.home(f"OLD_KEY={OLD_KEY}\n")
        found = desk.api("old", environ)
        assert found.usable
        assert found.base_url == OLD.base_url
        assert "OLD_URL" in str(found.note)


def test_a_folder_may_redirect_its_own_key(desk: Desk) -> None:
    desk.near(f"OLD_URL=https://proxy.example/v1/\nOLD_KEY={OLD_KEY}\n")
    assert desk.find().access(ACME) == ({"old": OLD_KEY}, {"old": "https://proxy.example/v1"})


def test_the_own_address_counts_when_a_folder_s_is_passed_over(desk: Desk) -> None:
    desk.near("OLD_URL=https://thief.example\n")
    desk.home(f"OLD_KEY={OLD_KEY}\nOLD_URL=https://mine.example\n")
    assert desk.api("old").base_url == "https://mine.example"


def test_an_address_that_is_refused_keeps_the_key_at_home(desk: Desk) -> None:
    ring = desk.find({"OLD_KEY": OLD_KEY, "OLD_URL": "http://proxy.example"})
    assert ring.access(ACME) == ({}, {})
    assert "https" in str(ring.describe()[0].problem)


def test_working_in_the_config_folder_reads_its_file_once_as_the_home_s(desk: Desk) -> None:
    desk.home(f"OLD_URL=https://mine.example\nOLD_KEY={OLD_KEY}\n")
    ring = find_keys([ACME], environ={}, cwd=desk.config, config_dir=desk.config)
    assert ring.access(ACME)[1] == {"old": "https://mine.example"}


def test_nothing_in_a_file_is_expanded(desk: Desk) -> None:
    desk.home("HOME_VALUE=x\nNEW_KEY='acme-api-${HOME_VALUE}$HOME_VALUE-abcdef'\n")
    assert desk.find({"HOME_VALUE": "y"}).access(ACME)[0] == {"new": "acme-api-${HOME_VALUE}$HOME_VALUE-abcdef"}


def test_a_line_that_cannot_be_read_is_named_and_the_others_count(desk: Desk) -> None:
    desk.home(f"OLD_KEY={OLD_KEY}\nthis is = 'not closed\nNEW_KEY={NEW_KEY}\n")
    ring = desk.find()
    assert "line 2" in ring.problems[0]
    assert set(ring.access(ACME)[0]) == {"old", "new"}


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda path: path.write_bytes(b"OLD_KEY=\xff\xfe\n"), lambda path: path.symlink_to(path), os.mkfifo],
)
def test_a_file_that_is_none_is_reported_and_passed_over(desk: Desk, make: object) -> None:
    assert callable(make)
    make(desk.cwd / ".env")
    desk.home(f"OLD_KEY={OLD_KEY}\n")
    ring = desk.find()
    assert ring.ready(ACME)
    assert "cannot be read" in ring.problems[0]


def test_a_file_that_others_can_read_is_reported(desk: Desk) -> None:
    desk.home(f"OLD_KEY={OLD_KEY}\n")
    (desk.config / ".env").chmod(0o644)
    assert "chmod 600" in desk.find().problems[0]


@pytest.mark.parametrize(
    "given_text",
    [f"  {OLD_KEY}\n", f'"{OLD_KEY}"', f"'{OLD_KEY}'\n", f"Bearer {OLD_KEY}", f"\t{OLD_KEY}\r\n", f'" {OLD_KEY} "'],
)
def test_what_surrounds_a_pasted_key_is_taken_off(given_text: str) -> None:
    assert clean_key(given_text) == OLD_KEY


@pytest.mark.parametrize(
    "given_text",
    [
        "",
        '""',
        "acme 123",
        "acme-\n123",
        "acme-\x1b[31m123",
        "acme-\x00123",
        "“acme-123”",
        "acme–123",
        '"acme-123',
        "<key>",
    ],
)
def test_a_key_that_may_be_another_is_refused_without_being_quoted(given_text: str) -> None:
    with pytest.raises(KeyProblem) as problem:
        clean_key(given_text)
    assert "acme" not in str(problem.value)


@given(st.text(min_size=1))
def test_a_clean_key_is_one_printable_ascii_word_and_cleaning_it_again_changes_nothing(text: str) -> None:
    try:
        key = clean_key(text)
    except KeyProblem:
        return
    assert re.fullmatch(r"[!-~]+", key)
    assert clean_key(key) == key


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/v1",
        "http://localhost:8765",
        "http://127.0.0.1",
        "http://127.8.9.10:1/x",
        "http://[::1]:9",
        "https://10.0.0.1:8443",
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_addresses(url: str) -> None:
    assert check_address(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "http://localhost.thief.example",
        "http://127.0.0.1@thief.example",
        "http://127.0.0.1.thief.example",
        "http://thief.example#localhost",
        "https://user:pass@api.example",
        "https://api.example?to=x",
        "https://api.example\\@thief.example",
        "https://api.exa mple",
        "https://api.example/\n",
        "ftp://api.example",
        "file:///etc/passwd",
        "api.example",
        "https://",
        "https://api.example:99999",
        "https://[::1",
        "http://2130706433",
        "",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    if url.endswith("\n"):
        url = url[:-1] + "a\nb"
    with pytest.raises(KeyProblem):
        check_address(url)


@given(st.from_regex(r"[!-~]{16,200}", fullmatch=True))
def test_a_secret_shows_at_most_its_last_four_characters(key: str) -> None:
    secret = Secret(key)
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{[secret]}", f"{secret:>40}"):
        assert key[:-4] not in shown
        assert key[-5:] not in shown
    assert secret.reveal() == key


def test_a_short_secret_shows_nothing() -> None:
    assert str(Secret("hunter2")) == "…"


def test_a_key_that_is_none_cannot_reach_the_terminal_by_its_last_characters(desk: Desk) -> None:
    row = desk.find({"OLD_KEY": "acme-0123456789abcdef\x1b[2J"}).describe()[0]
    assert (row.tail, row.usable) == ("", False)


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(OLD_KEY))


def test_nothing_that_is_printed_of_a_keyring_holds_a_key(desk: Desk) -> None:
    desk.near(f"S_KEY={STRICT_KEY}\nOTHER=unrelated-value\n")
    ring = desk.find({"OLD_KEY": OLD_KEY, "NEW_KEY": "acme-api-\x1bbroken-key-value"})
    printed = f"{ring!r} {ring.describe()!r} {[row.to_json() for row in ring.describe()]}"
    for secret in (OLD_KEY, STRICT_KEY, "broken-key", "unrelated-value"):
        assert secret not in printed
    assert set(ring.secrets()) >= {OLD_KEY, STRICT_KEY}


def test_a_row_says_where_a_key_was_found_and_which_variable_it_was(desk: Desk) -> None:
    desk.home(f"S_OTHER={STRICT_KEY}\n")
    row = desk.find({"OLD_KEY": OLD_KEY}).describe()
    assert (row[0].variable, row[0].where, row[0].tail, row[0].usable) == ("OLD_KEY", "environment", "cdef", True)
    assert (row[2].variable, row[2].where) == ("S_OTHER", str(desk.config / ".env"))


def test_setting_a_key_keeps_every_other_line(desk: Desk) -> None:
    text = "# mine\n\nexport OTHER='a b'  # why\nOLD_KEY=first\n\n# in between\nOLD_KEY=second\nLAST=1"
    desk.home(text)
    set_key(desk.config / ".env", "OLD_KEY", f" {OLD_KEY}\n")
    written = (desk.config / ".env").read_text(encoding="utf-8")
    assert written == f"# mine\n\nexport OTHER='a b'  # why\n\n# in between\nOLD_KEY={OLD_KEY}\nLAST=1"
    assert desk.find().access(ACME)[0] == {"old": OLD_KEY}


def test_empty_lines_around_a_changed_key_stay(desk: Desk) -> None:
    desk.home("A=1\n\n\n  OLD_KEY=x\n\nB=2\n")
    set_key(desk.config / ".env", "OLD_KEY", OLD_KEY)
    assert (desk.config / ".env").read_text(encoding="utf-8") == f"A=1\n\n\nOLD_KEY={OLD_KEY}\n\nB=2\n"


def test_a_new_key_goes_to_the_end_of_a_file_that_ends_without_a_line_break(desk: Desk) -> None:
    desk.home("LAST=1")
    set_key(desk.config / ".env", "OLD_KEY", OLD_KEY)
    assert (desk.config / ".env").read_text(encoding="utf-8") == f"LAST=1\nOLD_KEY={OLD_KEY}\n"


def test_a_key_file_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / ".env"
    set_key(path, "OLD_KEY", OLD_KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    set_key(path, "OLD_KEY", OLD_KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_forgotten_key_is_gone_and_forgetting_it_again_says_so(desk: Desk) -> None:
    desk.home(f"A=1\nOLD_KEY={OLD_KEY}\nB=2\n")
    assert forget_key(desk.config / ".env", "OLD_KEY")
    assert (desk.config / ".env").read_text(encoding="utf-8") == "A=1\nB=2\n"
    assert not forget_key(desk.config / ".env", "OLD_KEY")


def test_a_key_that_cannot_be_written_is_an_error_without_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EnvFileError) as error:
        set_key(tmp_path / "file" / ".env", "OLD_KEY", OLD_KEY)
    assert OLD_KEY not in str(error.value)


def test_a_file_that_cannot_be_read_is_not_overwritten(desk: Desk) -> None:
    (desk.config / ".env").write_bytes(b"A=\xff\n")
    with pytest.raises(EnvFileError):
        set_key(desk.config / ".env", "OLD_KEY", OLD_KEY)
    assert (desk.config / ".env").read_bytes() == b"A=\xff\n"


@given(st.from_regex(r"[!-~]{1,80}", fullmatch=True))
def test_what_was_set_is_what_is_found(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        key = clean_key(text)
    except KeyProblem:
        return
    folder = tmp_path_factory.mktemp("keys")
    set_key(folder / ".env", "ANY", text)
    spec = replace(ACME, apis=(replace(OLD, key_env=("ANY",), key_prefix=""),))
    ring = find_keys([spec], environ={}, cwd=None, config_dir=folder)
    assert ring.access(spec)[0] == {"old": key}
