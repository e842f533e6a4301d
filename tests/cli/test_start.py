"""What the quick verbs load: a list, a help text or a completion is there before one has let go of the key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import contextlib, io, json, sys
before = set(sys.modules)
from rushes.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    try:
        main(sys.argv[1:])
    except SystemExit:
        pass
print(json.dumps(sorted(set(sys.modules) - before)))
"""
NEVER = {"textual", "httpx", "rich", "av", "numpy", "PIL", "pydantic", "fastapi", "asyncio"}


@pytest.mark.parametrize(
    ("args", "most"),
    [
        (("--version",), 10),
        (("--help",), 90),
        (("generate", "--help"), 90),
        (("generat",), 90),
        (("completion", "bash"), 100),
        (("tasks", "--json"), 140),
        (("history", "fox", "--json"), 140),
        (("models", "--json"), 180),
        (("keys", "--json"), 150),
        (("settings", "--json"), 140),
    ],
)
def test_a_quick_verb_loads_little(home: Path, args: tuple[str, ...], most: int) -> None:
    env = {"RUSHES_HOME": str(home), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-I", "-c", COUNT, *args], capture_output=True, text=True, check=True, env=env
    )
    loaded = json.loads(ran.stdout)
    assert NEVER.isdisjoint({name.partition(".")[0] for name in loaded})
    assert len(loaded) <= most


@pytest.mark.parametrize("args", [(), ("--home", "here")])
def test_the_way_into_the_app_builds_no_parser(home: Path, args: tuple[str, ...]) -> None:
    env = {"RUSHES_HOME": str(home), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-I", "-c", COUNT, *args], capture_output=True, text=True, check=True, env=env
    )
    assert {"argparse", "difflib", "rushes.task"}.isdisjoint(json.loads(ran.stdout))
