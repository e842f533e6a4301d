"""What the app knows before its first paint: cheap, never an error, and the same as the settings proper."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.early import Early, read_early
from rushes.settings import Kind, SettingsStore, options


def test_without_a_file_the_looks_are_the_declaration_s_defaults(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    early = read_early(store.path)
    assert early == Early()
    assert same_as(early, store)


def same_as(early: Early, store: SettingsStore) -> bool:
    return all(getattr(early, each.name) == getattr(store.value.ui, each.name) for each in fields(Early))


def test_every_choice_of_the_declaration_is_known_early(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    names = {each.name for each in fields(Early)}
    choices = [
        each for each in options() if each.path[0] == "ui" and each.path[1] in names and each.kind is Kind.CHOICE
    ]
    assert {"theme", "player_glyphs"} <= {each.path[1] for each in choices}
    for option in choices:
        for choice in option.choices:
            store.update(option.key, choice)
            assert getattr(read_early(store.path), option.path[1]) == choice


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.sampled_from(["true", "false", "3", '"dark"', '"half"', '"reduced"', '"light"', '""', "[1]"])
            for name in ("theme", "mouse", "icons", "player_glyphs")
        },
    )
)
def test_early_and_proper_reading_agree_on_any_values(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("early") / "settings.toml"
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    path.write_text(f'provider = "acme"\n[ui]\n{lines}', encoding="utf-8")
    assert same_as(read_early(path), SettingsStore(path))


@given(st.binary(max_size=200))
def test_no_content_is_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("early") / "settings.toml"
    path.write_bytes(content)
    assert isinstance(read_early(path), Early)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_no_error_and_does_not_hang(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "settings.toml")
    assert read_early(tmp_path / "settings.toml") == Early()


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("rushes.early", {"pydantic", "tomllib", "tomlkit", "asyncio", "logging", "httpx", "textual"}),
        ("rushes.settings", {"httpx", "textual", "tomlkit", "dotenv", "av", "numpy", "PIL"}),
        ("rushes.keys", {"pydantic", "httpx", "textual", "dotenv", "tomlkit"}),
        ("rushes.redact", {"pydantic", "httpx", "textual", "logging"}),
        ("rushes.log", {"pydantic", "httpx", "textual"}),
    ],
)
def test_importing_loads_nothing_heavy(module: str, forbidden: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not forbidden & set(result.stdout.split())
