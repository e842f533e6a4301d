"""`rushes serve` as a process: what it prints, how it ends, and what becomes of its tasks."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.cli import main
from rushes.cli.exits import Exit
from rushes.gateway.server import listen
from tests.gateway.conftest import SMALL, bearer

END_S = 25.0


@contextmanager
def serving(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A gateway in a process of its own, and a client for it."""
    command = [sys.executable, "-m", "rushes", "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        token = Path(said["token_file"]).read_text().strip()
        with httpx.Client(base_url=said["origin"], headers=bearer(token), timeout=10) as client:
            yield process, client
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(client: httpx.Client, video_id: str, key: str) -> dict[str, Any]:
    """Asks until the video has something under a key."""
    end = time.monotonic() + END_S
    while time.monotonic() < end:
        video: dict[str, Any] = client.get(f"/v1/videos/{video_id}").json()
        if video[key]:
            return video
    raise AssertionError(f"{key} did not come")


@pytest.fixture
def quick(home: Path) -> Path:
    """A home whose sandbox runs at ten times life."""
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text("[sandbox]\nspeed = 10.0\n")
    return home


def test_sigterm_ends_it_well_and_the_next_start_carries_on(quick: Path) -> None:
    with serving(quick) as (process, client):
        body = {"prompt": "a fox [run:12]", "params": SMALL}
        video_id = client.post("/v1/videos", json=body).json()["videos"][0]["id"]
        wait_for(client, video_id, "vendor_id")
        with client.stream("GET", "/v1/events") as events:
            lines = events.iter_lines()
            assert next(lines) == "retry: 2000"
            process.send_signal(signal.SIGTERM)
            assert "event: hello" in list(lines)
        assert process.wait(END_S) == 0
        assert process.stderr is not None
        assert "1 tasks go on" in process.stderr.read()
    with serving(quick) as (process, client):
        video = wait_for(client, video_id, "finished_at")
        assert (video["status"], video["charges_sent"]) == ("SUCCEEDED", 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(END_S) == 0


def test_the_token_is_in_a_private_file_and_not_printed_where_there_is_no_terminal(quick: Path) -> None:
    token_file = quick / "gateway.token"
    process = subprocess.Popen(
        [sys.executable, "-m", "rushes", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    origin = process.stdout.readline().strip()
    answer = httpx.get(f"{origin}/health", headers=bearer(token_file.read_text().strip()))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=END_S)
    assert (answer.status_code, process.returncode) == (200, 0)
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    token = token_file.read_text().strip()
    assert token not in out + err
    assert token not in (quick / "rushes.log").read_text() if (quick / "rushes.log").exists() else True


def test_small_answers_do_not_wait_for_the_network_to_acknowledge() -> None:
    """asyncio turns off Nagle's algorithm only where the socket names its protocol; else each answer takes 40 ms."""
    with listen("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_told(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(quick) as (_process, client):
        port = str(client.base_url.port)
        assert main(["serve", "--port", port]) == Exit.NETWORK
    assert "--port 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "99999"),
        ("--allow-origin", "example.org"),
        ("--allow-origin", "https://example.org/page"),
        ("--public-url", "http://example.org"),
    ],
)
def test_options_that_cannot_be_are_usage(quick: Path, options: tuple[str, ...]) -> None:
    assert main(["serve", *options]) == Exit.USAGE


def test_a_token_file_that_others_can_read_is_refused(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (quick / "gateway.token").write_text("t" * 40)
    (quick / "gateway.token").chmod(0o644)
    assert main(["serve", "--port", "0"]) == Exit.KEY
    assert "chmod 600" in capsys.readouterr().err
