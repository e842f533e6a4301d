"""The command line against a gateway, as a script uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rushes.cli import main
from tests.gateway.conftest import TOKEN, served

SMALL = ("-p", "resolution=360p", "-p", "duration=1")


def test_verbs_work_on_the_gateways_tasks_and_leave_nothing_here_but_clips_that_were_looked_at(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    monkeypatch.setenv("RUSHES_HOME", str(here))
    monkeypatch.setenv("RUSHES_TOKEN", TOKEN)

    def run(*args: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([*args, "--json"]) == code, capsys.readouterr()
        lines = capsys.readouterr().out.splitlines()
        return json.loads(lines[-1])

    with served(home / "there") as url:
        monkeypatch.setenv("RUSHES_CONNECT", url)
        made = run("generate", "a red fox", *SMALL, "-o", str(tmp_path / "fox.mp4"))
        assert (made["status"], made["charges_sent"]) == ("SUCCEEDED", 1)
        assert (tmp_path / "fox.mp4").stat().st_size == made["bytes"]
        assert Path(made["file"]).is_relative_to(here / "cache")
        name = made["id"]
        run("rate", name, "4")
        run("tag", name, "animal")
        run("note", name, "good light")
        (found,) = run("history", "tag:animal rating:>=4")["tasks"]
        assert (found["id"], found["notes"]) == (name, "good light")
        assert run("tasks")["tasks"] == []
        story = run("show", name)
        assert (story["request"]["prompt"], story["events"][-1]["now"]) == ("a red fox", "SUCCEEDED")
        assert run("models", "sandbox-fast")["models"][0]["provider"] == "sandbox"
        assert run("spend")["total"]["presses"] == 1
        assert len(run("export", name, "--to", str(tmp_path / "out"))) >= 1
        assert Path(run("poster", name)["poster"]).is_file()
        assert run("cancel", name, code=2)["errors"][0]["id"] == name
        assert run("generate", "x", "--dry-run")["quote"]["usd"] == 0
        assert main(["watch"]) == 0
        assert main(["show", name, "--log"]) == 2
        assert main(["export", name, "--to", str(tmp_path / "out"), "--how", "move"]) == 2
    assert not (here / "media").exists()
    assert not (here / "library.sqlite3").exists()
