"""The unit and the compose file in docs/service: what they start is what this program understands."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with schemathesis, without types

from providers.line import BILL_TIMEOUT
from rushes.cli.parser import build
from rushes.gateway.server import LAST_ANSWERS_S
from rushes.tasks.runner import LEAVE_S
from tests.gateway.conftest import TOKEN, Gate

FOLDER = Path(__file__).parents[2] / "docs" / "service"


def _service() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["rushes"]
    return found


def _unit(name: str) -> str:
    lines = (FOLDER / "rushes.service").read_text().splitlines()
    return next(each.partition("=")[2] for each in lines if each.startswith(f"{name}="))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here; .ci/run installs it")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    program = tmp_path / ".local" / "bin" / "rushes"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    command = ["systemd-analyze", "--user", "verify", str(FOLDER / "rushes.service")]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_started_is_a_verb_of_this_program() -> None:
    for line_ in (_unit("ExecStart"), _service()["command"].partition("exec ")[2].strip().strip('"')):
        program, *args = shlex.split(line_)
        assert program.endswith("/rushes")
        assert build().parse_args(args).verb == "serve"


def test_both_leave_more_time_to_end_than_the_last_answers_take() -> None:
    assert (BILL_TIMEOUT.connect or 0) + (BILL_TIMEOUT.read or 0) < LEAVE_S, "the answer to a request in the air"
    assert int(_unit("TimeoutStopSec")) > LEAVE_S + LAST_ANSWERS_S
    assert int(_service()["stop_grace_period"].removesuffix("s")) > LEAVE_S + LAST_ANSWERS_S
    assert _unit("KillSignal") == "SIGTERM"


def test_the_container_is_given_to_this_machine_alone_and_may_do_little() -> None:
    service = _service()
    assert service["ports"] == ["127.0.0.1:8440:8440"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    named = {each.partition(":")[0] for each in service["volumes"] if not each.startswith("..")}
    assert named == set(yaml.safe_load((FOLDER / "compose.yaml").read_text())["volumes"])
    assert not any(each.startswith(("../..:/app:rw", "/")) for each in service["volumes"])


def test_the_shell_understands_what_the_container_runs() -> None:
    shell, option, script = shlex.split(_service()["command"])
    assert (shell, option) == ("sh", "-c")
    done = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("requirements-dev.lock",):
        assert name in script
        assert (FOLDER.parents[1] / name).is_file()


async def test_the_container_is_well_where_the_gateway_is(line: Gate, tmp_path: Path) -> None:
    test = _service()["healthcheck"]["test"]
    token = tmp_path / "gateway.token"
    for said, code in ((TOKEN, 0), ("wrong", 1)):
        token.write_text(said)
        script = test[3].replace("/home/rushes/gateway.token", str(token)).replace("http://127.0.0.1:8440", line.url)
        done = await asyncio.create_subprocess_exec(
            sys.executable, *test[2:3], script, stderr=asyncio.subprocess.DEVNULL
        )
        assert await done.wait() == code
