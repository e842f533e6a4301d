"""The verb's words, JSON and exit codes; and the report, which holds no secret wherever one was planted."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from providers.errors import Failure, FailureKind
from providers.shot import Shot
from rushes.cli import main
from rushes.cli.doctor import exit_of_check
from rushes.cli.exits import Exit
from rushes.doctor import Check, Level, Patient
from rushes.doctor.bundle import bundle
from rushes.task import Status
from tests.doctor.conftest import shelve, task, with_environ

CANARY = "Canary7Kq9ZpXw"


def _planted(patient: Patient) -> Patient:
    """The same word as a key, in files, in settings, in the log, in a prompt, in an error, in an address."""
    home = patient.home
    home.env.write_text(f"LUMAAI_API_KEY=luma-{CANARY}-0001\nRUNWAYML_API_SECRET=key_{CANARY}\n")
    home.settings.write_text(
        f'colour = "{CANARY}"\n[media]\nfolder = "/srv/{CANARY}"\n[notify]\ncommand = "say {CANARY}"\n'
    )
    line = {
        "at": "2026-11-22T19:03:11Z",
        "level": "error",
        "from": "rushes.tasks.runner",
        "event": f"Bearer {CANARY}{CANARY}",
    }
    link = {**line, "event": f"https://cdn.example/x.mp4?X-Amz-Signature={CANARY}"}
    home.log.write_text(f"{json.dumps(line)}\n{json.dumps(link)}\nnot json key_{CANARY}{CANARY}\n")
    failure = Failure(FailureKind.MODERATION, f"no {CANARY}")
    shot = Shot("sandbox", "sandbox-fast", "text_to_video", f"a prompt with {CANARY}")
    shelve(patient, task(status=Status.FAILED, shot=shot, error=failure, tags=(CANARY,), vendor_id=CANARY))
    return with_environ(
        patient,
        LUMA_API_KEY=f"luma-api-{CANARY}",
        RUSHES_TOKEN=CANARY,
        RUNWAYML_BASE_URL=f"https://user:{CANARY}@example.org",
        AWS_SECRET_ACCESS_KEY=CANARY,
        HTTPS_PROXY=f"http://me:{CANARY}@proxy.example:3128",
    )


def test_a_report_holds_no_secret_wherever_it_was_planted(patient: Patient) -> None:
    planted = _planted(patient)
    checks = [
        Check(
            "vendors.luma.key",
            Level.FAIL,
            f"the key luma-{CANARY}-0001 was refused",
            f"https://x.example/?key={CANARY}",
        ),
        Check("gateway.health", Level.FAIL, f"http://me:{CANARY}@gate.example does not answer", "start it"),
    ]
    text = bundle(planted, checks)
    assert CANARY not in text
    assert "vendors.luma.key" in text
    assert "sandbox sandbox-fast FAILED moderation" in text
    assert "LUMA_API_KEY is set" in text


def test_a_report_does_not_tell_who_and_where(patient: Patient) -> None:
    text = bundle(patient, [Check("home.folders", Level.PASS, str(patient.home.data))])
    assert str(patient.home.data) not in text
    assert "DATA" in text


def test_a_report_says_what_it_cannot_read(patient: Patient) -> None:
    patient.home.library.write_bytes(b"no database" * 500)
    assert "the library cannot be read" in bundle(patient, [])


def test_the_verb_tells_each_check_writes_the_report_and_ends_well(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.md"
    assert main(["doctor", "--bundle", str(report)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"✓ path\.poster +640×360", out)
    assert out.rstrip().endswith("checks: all is well")
    assert "## Checks" in report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_the_verb_prints_one_json_document_and_the_code_of_the_worst(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_short")
    assert main(["doctor", "--json"]) == Exit.KEY
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "fail"
    failed = [each for each in document["checks"] if each["status"] == "fail"]
    assert [each["name"] for each in failed] == ["keys.runway"]
    assert set(failed[0]) == {"name", "status", "detail", "fix"}


def test_a_report_that_cannot_be_put_there_is_told_before_anything_else(home: Path, tmp_path: Path) -> None:
    assert main(["doctor", "--bundle", str(tmp_path / "none" / "report.md")]) == Exit.USAGE


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [
        ("library.integrity", Level.FAIL, Exit.FAULT),
        ("keys.luma.agents", Level.FAIL, Exit.KEY),
        ("vendors.luma.key", Level.FAIL, Exit.KEY),
        ("vendors.luma.balance", Level.FAIL, Exit.SPENDING),
        ("vendors.luma", Level.FAIL, Exit.NETWORK),
        ("gateway.health", Level.FAIL, Exit.NETWORK),
        ("path.clip", Level.FAIL, Exit.DOWNLOAD),
        ("path.clip", Level.WARN, Exit.DONE),
    ],
)
def test_each_kind_of_finding_has_its_exit_code(name: str, level: Level, code: Exit) -> None:
    assert exit_of_check(Check(name, level, "", "")) is code
