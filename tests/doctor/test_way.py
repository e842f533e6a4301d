"""The whole way on the sandbox, the vendors by free calls, and a gateway: whole, and with one thing broken each."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.doctor import Level, Machine, Patient, examine
from rushes.doctor.path import STEPS, path
from rushes.doctor.remote import remote
from rushes.doctor.vendors import live
from tests.doctor.conftest import faulty, gather, ill, with_environ, with_machine

Vendors = Callable[..., Patient]
CREATE, READ, FILE = ("POST", "*/clips"), ("GET", "*/clips/*"), ("GET", "*")


async def test_every_check_passes_on_a_fresh_home_without_any_key(patient: Patient) -> None:
    checks = await gather(examine(patient))
    assert ill(checks) == []
    assert [each.name for each in checks if each.group == "path"] == list(STEPS)
    assert not patient.home.library.exists()
    assert not patient.home.media.exists()


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        (Rule(Fault(Kind.CONNECT), *CREATE), "path.submit"),
        (Rule(Fault(Kind.STATUS, Point.BEFORE, status=400), *CREATE), "path.submit"),
        (Rule(Fault(Kind.STATUS, Point.BEFORE, status=503), *READ), "path.polling"),
        (Rule(Fault(Kind.MALFORMED), *READ), "path.polling"),
        (Rule(Fault(Kind.HTML), "GET", "*.mp4*"), "path.clip"),
        (Rule(Fault(Kind.STATUS, status=404), "GET", "*.mp4*"), "path.clip"),
    ],
    ids=["refused line", "refused shot", "polls fail", "polls are garbled", "the file is a page", "the file is gone"],
)
async def test_the_way_ends_at_the_step_that_is_broken(patient: Patient, rule: Rule, step: str) -> None:
    checks = await gather(path(replace(patient, sandbox=faulty(rule), limit_s=3.0)))
    assert [each.name for each in checks] == list(STEPS)
    assert [each.name for each in checks if each.status is Level.FAIL] == [step]
    after = checks[STEPS.index(step) + 1 :]
    assert all(each.status is Level.WARN and step in each.detail for each in after)


async def test_no_room_for_the_attempt_is_said(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(patient.home.data / "nowhere"))
    found = ill(await gather(path(patient)))
    assert [each.name for each in found] == ["path.prompt"]
    assert "TMPDIR" in found[0].fix


async def test_vendors_that_answer_are_well(vendors: Vendors) -> None:
    checks = await gather(live(vendors()))
    assert ill(checks) == []
    assert {"vendors.luma", "vendors.runway", "vendors.clock"} <= {each.name for each in checks}


async def test_a_refused_key_is_a_key_to_renew(vendors: Vendors) -> None:
    found = ill(await gather(live(vendors(any_key=False))))
    assert [each.name for each in found] == ["vendors.runway.key"]
    assert "rushes keys set runway" in found[0].fix


async def test_an_empty_account_is_told(vendors: Vendors) -> None:
    found = ill(await gather(live(vendors(balances={"runway": Decimal(0)}))))
    assert [each.name for each in found] == ["vendors.runway.balance"]
    assert "add credits" in found[0].fix


async def test_a_vendor_out_of_order_is_told(vendors: Vendors) -> None:
    found = ill(await gather(live(vendors(Rule(Fault(Kind.STATUS, status=503), "GET", "/runway/*")))))
    assert [each.name for each in found] == ["vendors.runway"]
    assert "connection" in found[0].fix


async def test_a_vendor_that_cannot_be_reached_is_told(vendors: Vendors) -> None:
    patient = with_environ(vendors(), RUNWAYML_BASE_URL=f"http://127.0.0.1:{_free_port()}")
    assert [each.name for each in ill(await gather(live(patient)))] == ["vendors.runway"]


@pytest.mark.parametrize("away", [timedelta(minutes=10), timedelta(minutes=-10)])
async def test_a_clock_that_is_off_by_minutes_is_told(vendors: Vendors, away: timedelta) -> None:
    patient = with_machine(vendors(), now=lambda: datetime.now(UTC) + away)
    found = ill(await gather(live(patient)))
    assert [each.name for each in found] == ["vendors.clock"]
    assert ("ahead of" if away > timedelta(0) else "behind") in found[0].detail


# ── a gateway ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_gateway_is_no_fault(patient: Patient) -> None:
    assert (await remote(patient)).status is Level.PASS


async def test_a_gateway_that_is_well_passes(patient: Patient) -> None:
    with answering(200, {"status": "ok", "version": "1.2"}) as url:
        check = await remote(with_environ(patient, RUSHES_CONNECT=url, RUSHES_TOKEN="right"))
    assert (check.status, "1.2" in check.detail) == (Level.PASS, True)


@pytest.mark.parametrize(
    ("status", "body", "level", "fix"),
    [
        (401, {"error": {}}, Level.FAIL, "RUSHES_TOKEN"),
        (200, {"hello": "world"}, Level.FAIL, "check the address"),
        (404, None, Level.FAIL, "check the address"),
        (503, {"status": "degraded", "version": "1", "problems": ["the disk is full"]}, Level.WARN, "rushes doctor"),
    ],
    ids=["wrong token", "another program", "a page", "not well"],
)
async def test_what_is_wrong_with_a_gateway_is_said(
    patient: Patient, status: int, body: dict[str, object] | None, level: Level, fix: str
) -> None:
    with answering(status, body) as url:
        check = await remote(replace(patient, gateway=url))
    assert (check.name, check.status) == ("gateway.health", level)
    assert fix in check.fix


async def test_an_address_that_would_carry_the_token_in_the_open_is_refused_before_anything_is_sent(
    patient: Patient,
) -> None:
    check = await remote(replace(patient, gateway="http://gate.example"))
    assert (check.status, "ssh -L" in check.detail) == (Level.FAIL, True)


async def test_working_against_a_gateway_its_own_health_takes_the_place_of_what_is_its_affair(patient: Patient) -> None:
    with answering(200, {"status": "ok", "version": "1.2"}) as url:
        checks = await gather(examine(replace(patient, home=replace(patient.home, connect=url))))
    assert {each.group for each in checks} == {"environment", "home", "settings", "gateway"}
    assert ill(checks) == []


async def test_a_gateway_that_is_not_there_is_told(patient: Patient) -> None:
    check = await remote(replace(patient, gateway=f"http://127.0.0.1:{_free_port()}"))
    assert check.status is Level.FAIL
    assert "rushes serve" in check.fix


@contextmanager
def answering(status: int, body: dict[str, object] | None) -> Iterator[str]:
    """A server that gives everybody the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = b"<html>" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has this name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# ── the app ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_app_is_imported_in_a_process_of_its_own_and_what_keeps_it_from_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tui.app", raising=False)
    assert Machine.look().app() == ""
    (tmp_path / "textual.py").write_text("raise ImportError('half of it is missing')")
    monkeypatch.chdir(tmp_path)
    assert Machine.look().app() == ""  # what lies in the working folder is nobody's program
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "half of it is missing" in Machine.look().app()
