"""Providers that other distributions bring: found by their entry point, named with a reason where they fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from providers.registry import load

GOOD = "from dataclasses import replace\nfrom providers.sandbox import SPEC as S\nSPEC = replace(S, name='acme')\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, name: str, code: str) -> None:
    (site / f"{name}_plugin.py").write_text(code)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[rushes.providers]\n{name} = {name}_plugin:SPEC\n")


def test_a_plug_in_stands_behind_the_built_in_ones_and_a_broken_one_is_named(site: Path) -> None:
    install(site, "acme", GOOD)
    install(site, "bad", "raise RuntimeError('no luck')\n")
    install(site, "odd", "SPEC = 5\n")
    install(site, "torn", GOOD.replace("name='acme'", "name='torn', load_catalogue=lambda: 1 / 0"))
    install(site, "twin", GOOD.replace("acme", "luma"))
    install(site, "quits", "raise SystemExit(3)\n")
    registry = load()
    assert list(registry.specs) == ["sandbox", "luma", "runway", "acme"]
    assert registry.broken == {
        "bad": "RuntimeError: no luck",
        "odd": "odd_plugin:SPEC is not a ProviderSpec",
        "torn": "ZeroDivisionError: division by zero",
        "twin": "there is a provider luma already",
        "quits": "SystemExit: 3",
    }


def test_without_a_plug_in_the_library_that_reads_them_is_not_loaded() -> None:
    code = "import sys, providers.registry as r; r.load(); print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
