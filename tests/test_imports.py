"""What each entry point loads: start-up time is a feature, and the layers hold at run time too."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HEAVY = {"textual", "httpx", "pydantic", "av", "numpy", "PIL", "sqlite3", "rich", "tomlkit"}
NETWORK_AND_SCREEN = {"textual", "httpx", "rich", "av", "numpy", "PIL"}

REPORT = """
import contextlib, io, json, sys
from rushes.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = main(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted({name.split(".")[0] for name in sys.modules})}))
"""


def loaded_by(home: Path, *args: str) -> set[str]:
    """The top-level modules in memory after a verb has run."""
    out = subprocess.run(
        [sys.executable, "-c", REPORT, *args],
        capture_output=True,
        text=True,
        check=True,
        env={"RUSHES_HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=home.parent,
    ).stdout
    report = json.loads(out)
    assert report["code"] == 0
    return set(report["modules"])


def test_version_loads_nothing_heavy(home: Path) -> None:
    assert loaded_by(home, "--version").isdisjoint(HEAVY)


def test_version_loads_hardly_anything() -> None:
    code = (
        "import json, sys; before = set(sys.modules); import rushes.cli; rushes.cli.main(['--version']);"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"pathlib", "typing", "argparse", "dataclasses", "rushes.home"}.isdisjoint(json.loads(out.splitlines()[1]))


@pytest.mark.parametrize("args", [("tasks", "--json"), ("history", "fox", "--json")])
def test_listing_loads_neither_screens_nor_network(home: Path, args: tuple[str, ...]) -> None:
    assert loaded_by(home, *args).isdisjoint(NETWORK_AND_SCREEN | {"pydantic"})


def test_models_and_settings_load_neither_screens_nor_network(home: Path) -> None:
    for args in (("models", "--json"), ("settings", "--json"), ("keys", "--json")):
        assert loaded_by(home, *args).isdisjoint(NETWORK_AND_SCREEN | {"pydantic"})


def test_generate_loads_no_screens(home: Path) -> None:
    args = ("generate", "a boat", "--provider", "sandbox", "--dry-run", "--json")
    assert loaded_by(home, *args).isdisjoint({"textual", "tui"})


def test_providers_load_nothing_of_the_engine_or_the_screens() -> None:
    code = (
        "import sys, providers.registry as r\n"
        "for spec in r.load().specs.values(): spec.load_catalogue()\n"
        "import providers.luma.provider, providers.runway.client, providers.sandbox.client, providers.sandbox.server\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in {'rushes', 'tui', 'textual'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


ROOT = Path(__file__).parents[1]
PUBLIC = ("rushes", "providers")
"""Packages whose modules name what others may import."""


def names_of(path: Path) -> set[str] | None:
    """`__all__` of a module, None where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))
    return None


def imported() -> Iterator[tuple[str, str]]:
    """What the program takes from its own modules: module and name."""
    for package in (*PUBLIC, "tui"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PUBLIC:
                    yield from ((node.module, each.name) for each in node.names)


def test_what_is_imported_from_a_module_stands_in_its_list() -> None:
    hidden = set()
    for module, name in imported():
        path = ROOT / module.replace(".", "/")
        listed = names_of(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
        submodule = (path / f"{name}.py").exists() or (path / name).is_dir()
        if listed is not None and name not in listed and not submodule:
            hidden.add(f"{module}: {name}")
    assert sorted(hidden) == []
