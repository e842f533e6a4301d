"""The command line as scripts see it: arguments in, exit code, standard output and standard error out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.faults import FaultScript, Rule
from providers.sandbox.options import Options
from providers.sandbox.practice import practice_keys
from providers.sandbox.server import Server, serve
from providers.sandbox.world import World
from rushes.cli import main
from rushes.clock import SystemClock
from tests.house import flat_clip

SMALL = ("-p", "resolution=360p", "-p", "duration=1")
"""The cheapest clip there is, so that tests spend their time on what they are about."""


@dataclass(frozen=True)
class Run:
    """One finished call."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document of standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON Lines of standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


Rushes = Callable[..., Run]


@pytest.fixture
def rushes(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Rushes:
    """Runs `rushes ARGS` in a home whose sandbox is a thousand times faster than life; pauses last a tenth."""
    pause = SystemClock.sleep
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: pause(self, seconds / 10))
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text("[sandbox]\nspeed = 1000.0\n")

    def run(*args: str) -> Run:
        capsys.readouterr()
        code = main(args)
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return run


@dataclass
class Vendors:
    """The vendors on a loopback port, with their own ledger."""

    world: World
    server: Server

    def creates(self) -> int:
        """How many billable requests arrived."""
        return sum(each.method == "POST" for each in self.world.requests())


@pytest.fixture
def vendors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Vendors]]:
    """Starts the vendors with a fault script, and points the program at them with keys of the right shape."""
    running: list[Vendors] = []

    def start(*rules: Rule, **options: Any) -> Vendors:
        chosen = Options(speed=1000.0, faults=FaultScript(tuple(rules)), **options)
        world = World(tmp_path / "vendors", options=chosen, renderer=flat_clip)
        server = serve(world)
        running.append(Vendors(world, server))
        keys, urls = practice_keys(), server.base_urls
        monkeypatch.setenv("LUMAAI_API_KEY", keys["dream_machine"])
        monkeypatch.setenv("LUMAAI_BASE_URL", urls["dream_machine"])
        monkeypatch.setenv("RUNWAYML_API_SECRET", keys["runway"])
        monkeypatch.setenv("RUNWAYML_BASE_URL", urls["runway"])
        return running[-1]

    yield start
    for each in running:
        each.server.close()
        each.world.close()
