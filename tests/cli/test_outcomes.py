"""How a generation ends, from the vendor's answer to the exit code: no outcome sends twice, none is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from tests.cli.conftest import Rushes, Vendors

Start = Callable[..., Vendors]
RUNWAY = ("generate", "harbour at dawn", "--provider", "runway", "-p", "duration=2", "--yes", "--json")
LUMA = ("generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--yes", "--json")


def on_create(fault: Fault, vendor: str) -> Rule:
    """The fault meets the first billable request."""
    path = {"runway": "/runway/v1/*_to_video", "luma": "/dream-machine/v1/generations/video"}[vendor]
    return Rule(fault, method="POST", path=path, calls=(1,))


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.RESET, Kind.HALF_BODY, Kind.MALFORMED, Kind.STATUS])
def test_a_lost_answer_of_runway_is_unknown_and_never_sent_again(rushes: Rushes, vendors: Start, kind: Kind) -> None:
    them = vendors(on_create(Fault(kind, Point.AFTER, status=502), "runway"))
    run = rushes(*RUNWAY)
    assert run.code == 8
    task = run.lines[-1]
    assert task["status"] == "UNCERTAIN"
    assert task["charges_sent"] == 1
    assert task["error"]["charged"] is None
    assert them.creates() == 1
    assert rushes("watch", "--json").code == 8
    assert them.creates() == 1


def test_an_uncertain_task_can_be_adopted_by_its_vendor_id(rushes: Rushes, vendors: Start) -> None:
    them = vendors(on_create(Fault(Kind.DROP, Point.AFTER), "runway"))
    task = rushes(*RUNWAY).lines[-1]
    vendor_id = them.world.ledger("runway")[0].job
    assert rushes("resolve", task["id"], "adopt", vendor_id).code == 0
    run = rushes("watch", task["id"], "--json")
    assert (run.code, run.lines[-1]["status"]) == (0, "SUCCEEDED")
    assert them.creates() == 1


def test_an_uncertain_task_can_be_sent_again_by_a_press_of_its_own(rushes: Rushes, vendors: Start) -> None:
    them = vendors(on_create(Fault(Kind.DROP, Point.BEFORE), "runway"))
    task = rushes(*RUNWAY).lines[-1]
    assert rushes("resolve", task["id"], "resend").code == 6
    assert them.creates() == 1
    run = rushes("resolve", task["id"], "resend", "--yes", "--json")
    assert (run.code, run.json["status"], run.json["charges_sent"]) == (0, "SUCCEEDED", 2)


def test_a_lost_answer_is_said_once_with_the_commands_that_settle_it(rushes: Rushes, vendors: Start) -> None:
    them = vendors(Rule(Fault(Kind.DROP, Point.AFTER), method="POST", path="/runway/v1/*_to_video"))
    lost = rushes(*RUNWAY[:-1])
    (task,) = rushes("tasks", "--json").json["tasks"]
    again = rushes("resolve", task["id"], "resend", "--yes")
    assert (lost.code, again.code, them.creates()) == (8, 8, 2)
    for run in (lost, again):
        assert run.err.count("no answer came back") == run.err.count("whether it was charged is not known") == 1
        assert f"rushes resolve {task['id']} adopt VENDOR_ID" in run.err
    retried = rushes("retry", task["id"])
    assert (retried.code, them.creates()) == (6, 2)
    assert retried.err.index(f"rushes resolve {task['id']}") < retried.err.index("a new press")


def test_a_lost_answer_of_luma_is_found_in_its_list(rushes: Rushes, vendors: Start) -> None:
    them = vendors(on_create(Fault(Kind.DROP, Point.AFTER), "luma"))
    run = rushes(*LUMA)
    assert run.code == 0
    assert "UNCERTAIN" in [line["status"] for line in run.lines]
    assert run.lines[-1]["charges_sent"] == 1
    assert them.creates() == 1


def test_a_refused_key_is_exit_4(rushes: Rushes, vendors: Start) -> None:
    them = vendors(any_key=False)
    run = rushes(*RUNWAY)
    assert run.code == 4
    assert run.lines[-1]["error"]["kind"] == "key"
    assert run.lines[-1]["error"]["charged"] is False
    assert them.world.ledger() == ()


@pytest.mark.parametrize("status", [400, 422])
def test_a_clear_refusal_is_exit_3_and_free(rushes: Rushes, vendors: Start, status: int) -> None:
    vendors(on_create(Fault(Kind.STATUS, Point.BEFORE, status=status, body=b'{"detail": "prompt too odd"}'), "luma"))
    run = rushes(*LUMA)
    assert run.code == 3
    assert "prompt too odd" in run.lines[-1]["error"]["message"]
    assert run.lines[-1]["cost"]["charged_usd"] == 0.0


def test_no_credits_is_exit_6(rushes: Rushes, vendors: Start) -> None:
    body = b'{"error": "You do not have enough credits to run this task."}'
    vendors(on_create(Fault(Kind.STATUS, Point.BEFORE, status=400, body=body), "runway"))
    assert rushes(*RUNWAY).code == 6


def test_runways_daily_limit_is_exit_5(rushes: Rushes, vendors: Start) -> None:
    vendors(runway_daily=0)
    run = rushes(*RUNWAY)
    assert run.code == 5
    assert run.lines[-1]["error"]["retryable"] is True


def test_a_vendors_failure_is_exit_7_with_the_reason(rushes: Rushes, vendors: Start) -> None:
    vendors()
    run = rushes("generate", "x [fail:SAFETY.INPUT.TEXT]", "--provider", "runway", "-p", "duration=2", "-y", "--json")
    assert run.code == 7
    error = run.lines[-1]["error"]
    assert (error["kind"], error["vendor_code"], error["charged"]) == ("moderation", "SAFETY.INPUT.TEXT", True)
    assert "suspend" in error["hint"]


def test_nobody_listening_is_exit_9_and_nothing_was_sent(rushes: Rushes, vendors: Start) -> None:
    them = vendors()
    them.server.close()
    run = rushes(*RUNWAY)
    assert run.code == 9
    assert run.lines[-1]["charges_sent"] == 0
    assert run.lines[-1]["error"]["charged"] is False


def test_a_clip_that_cannot_be_fetched_stays_at_the_vendor_and_is_mended_later(rushes: Rushes, vendors: Start) -> None:
    bad = Fault(Kind.STATUS, Point.BEFORE, status=500)
    them = vendors(Rule(bad, method="GET", path="/assets/*", calls=(1, 2, 3, 4)))
    run = rushes(*LUMA)
    assert run.code == 10
    assert (run.lines[-1]["status"], run.lines[-1]["error"]["kind"]) == ("DOWNLOADING", "download")
    mended = rushes("watch", "--json")
    assert (mended.code, mended.lines[-1]["status"]) == (0, "SUCCEEDED")
    assert them.creates() == 1


def test_a_clip_cut_off_in_the_middle_is_continued(rushes: Rushes, vendors: Start) -> None:
    them = vendors(Rule(Fault(Kind.HALF_BODY, Point.AFTER), method="GET", path="/assets/*", calls=(1,)))
    assert rushes(*LUMA).code == 0
    assets = [each for each in them.world.requests() if each.path.startswith("/assets/")]
    assert [each.status for each in assets] == [200, 206]


def test_no_wait_ends_when_the_vendor_has_the_task_and_watch_finishes_it(rushes: Rushes, vendors: Start) -> None:
    them = vendors()
    run = rushes(*LUMA, "--no-wait")
    assert run.code == 0
    assert run.lines[-1]["vendor_id"]
    assert rushes("watch").code == 0
    assert rushes("tasks", "--all", "--json").json["tasks"][0]["status"] == "SUCCEEDED"
    assert them.creates() == 1


def test_no_wait_prints_the_id_on_standard_output_for_the_verbs_that_follow(rushes: Rushes, vendors: Start) -> None:
    vendors()
    sent = rushes(*(each for each in LUMA if each != "--json"), "--no-wait", "--quiet")
    assert sent.code == 0
    assert rushes("show", sent.out.strip(), "--json").json["id"] == sent.out.strip()


def test_cancelling_says_what_becomes_of_the_money(rushes: Rushes, vendors: Start) -> None:
    vendors()
    task = rushes(*LUMA, "--no-wait").lines[-1]
    run = rushes("cancel", task["id"])
    assert run.code == 2
    assert "cannot cancel" in run.err
    assert rushes("forget", task["id"]).code == 0
    assert rushes("show", task["id"], "--json").json["status"] == "CANCELLED"
    assert rushes("watch", task["id"], "--json").lines[-1]["status"] == "SUCCEEDED"


def test_what_was_left_unsent_is_asked_about_like_any_press(rushes: Rushes, vendors: Start, home: Path) -> None:
    them = vendors()
    task = rushes(*LUMA, "--no-wait").lines[-1]
    sent = them.creates()
    with sqlite3.connect(home / "library.sqlite3") as db:
        db.execute(
            "UPDATE tasks SET status = 'QUEUED', vendor_id = NULL, charges_sent = 0, owner = NULL, charged = NULL"
        )
    db.close()
    told = rushes("watch")
    assert (told.code, "1 not sent; `rushes watch --release` sends them" in told.err) == (0, True)
    refused = rushes("watch", "--release", "--json")
    assert (refused.code, refused.json["error"]["hint"]) == (6, "agree to it with --yes or --max-cost 0.40")
    assert rushes("watch", "--release", "--max-cost", "0.39").code == 6
    assert them.creates() == sent
    run = rushes("watch", "--release", "--max-cost", "0.40", "--json")
    assert (run.code, run.lines[-1]["id"], run.lines[-1]["status"]) == (0, task["id"], "SUCCEEDED")
    assert them.creates() == sent + 1


def test_a_429_is_waited_out_and_every_request_that_left_is_counted(rushes: Rushes, vendors: Start) -> None:
    full = Fault(Kind.STATUS, Point.BEFORE, status=429)
    them = vendors(Rule(full, method="POST", path="/dream-machine/v1/generations/video", calls=(1, 2)))
    run = rushes(*LUMA)
    assert (run.code, run.lines[-1]["charges_sent"], them.creates()) == (0, 3, 3)
    assert len(them.world.ledger("dream_machine")) == 1
    assert len(rushes("spend", "--all", "--json").json["days"]) == 1


def test_a_vendor_that_stays_full_is_exit_5_and_nothing_is_charged(rushes: Rushes, vendors: Start) -> None:
    them = vendors(Rule(Fault(Kind.STATUS, Point.BEFORE, status=429), method="POST", path="/dream-machine/*"))
    run = rushes(*LUMA)
    assert (run.code, run.lines[-1]["charges_sent"], them.creates()) == (5, 3, 3)
    assert (run.lines[-1]["cost"]["charged_usd"], run.lines[-1]["error"]["charged"]) == (0.0, False)


def test_a_lost_answer_is_looked_for_with_words_and_what_is_not_found_is_exit_8(
    rushes: Rushes, vendors: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rushes.tasks.uncertain.LOOKS_S", (0.1, 0.2, 0.3))
    them = vendors(on_create(Fault(Kind.DROP, Point.BEFORE), "luma"))
    run = rushes(*[each for each in LUMA if each != "--json"])
    assert run.code == 8
    assert [words for words in ("again in 0.2 s", "again in 0.3 s", "probably not accepted") if words in run.err] == [
        "again in 0.2 s",
        "again in 0.3 s",
        "probably not accepted",
    ]
    assert them.creates() == 1
