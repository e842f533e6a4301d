"""The example file names every variable that the built-in vendors read, and sets none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.luma import SPEC as LUMA
from providers.runway import SPEC as RUNWAY
from rushes.envfile import read_env
from rushes.keys import check_address, find_keys, set_key

EXAMPLE = Path(__file__).parents[2] / ".env.example"
APIS = [*LUMA.apis, *RUNWAY.apis]


def test_the_example_as_it_is_sets_nothing() -> None:
    assert read_env(EXAMPLE).values == {}


def test_every_key_and_address_of_the_built_in_vendors_is_explained() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    names = {name for api in APIS for name in (*api.key_env, api.base_url_env)} | {"RUSHES_HOME", "RUSHES_SANDBOX"}
    assert not [name for name in sorted(names) if f"\n#{name}=" not in text]


def test_with_the_marks_taken_away_the_addresses_are_the_vendors_own(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("\n#LUMA", "\nLUMA").replace("\n#RUNWAY", "\nRUNWAY")
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    values = read_env(tmp_path / ".env").values
    assert {api.base_url_env: api.base_url for api in APIS} == {
        api.base_url_env: check_address(values[api.base_url_env]) for api in APIS
    }


@pytest.mark.parametrize(
    ("key", "api"),
    [("luma-api-0123456789abcdef", "agents"), ("luma-0123456789abcdef", "dream_machine")],
)
def test_the_shared_luma_key_goes_to_the_api_of_its_prefix(tmp_path: Path, key: str, api: str) -> None:
    set_key(tmp_path / ".env", "LUMA_API_KEY", key)
    ring = find_keys([LUMA], environ={}, cwd=None, config_dir=tmp_path)
    assert ring.access(LUMA)[0] == {api: key}


@pytest.mark.parametrize("key", ["key_" + "0f" * 64, "key_" + "0f" * 63, "0f" * 64])
def test_a_runway_key_has_128_hexadecimal_digits(tmp_path: Path, key: str) -> None:
    ring = find_keys([RUNWAY], environ={"RUNWAYML_API_SECRET": key}, cwd=None, config_dir=tmp_path)
    assert ring.ready(RUNWAY) == (len(key) == 132)
