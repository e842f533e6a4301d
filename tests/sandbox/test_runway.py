"""Runway, as its documents promise it: bodies, estimates, throttling, cancelling, failures, the account."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox.options import RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.runway import VERSION
from providers.sandbox.wire import Request
from providers.sandbox.world import World
from tests.sandbox.kit import PREFIX, Answer, Clock, Desk


def test_runway_wants_its_version_on_every_call(world: World) -> None:
    key = practice_keys()[RUNWAY]
    for headers in ({}, {"x-runway-version": "2023-01-01"}):
        request = Request("GET", f"{PREFIX[RUNWAY]}/organization", {}, {"authorization": f"Bearer {key}", **headers})
        answer = Answer(world.handle(request))
        assert answer.status == 400
        assert VERSION in answer.json["error"]


def test_runway_names_every_fault_of_a_body_at_once(world: World) -> None:
    answer = Desk(world, RUNWAY).create(promptText="", ratio="16:9", duration=11)
    assert answer.status == 400
    assert {issue["path"][0] for issue in answer.json["issues"]} == {"promptText", "ratio", "duration"}
    assert all({"code", "path", "message"} <= set(issue) for issue in answer.json["issues"])
    assert answer.json["docUrl"].startswith("https://")


def test_runway_tells_an_unknown_model_by_the_discriminator(world: World) -> None:
    answer = Desk(world, RUNWAY).create(model="gen3a_turbo")
    assert answer.status == 400
    assert answer.json["issues"][0]["path"] == ["model"]


def test_runway_ignores_unknown_keys_for_old_models_and_refuses_them_for_new_ones(world: World) -> None:
    desk = Desk(world, RUNWAY)
    assert desk.create(colour="red").status == 200
    new = {"model": "seedance2", "promptText": "a boat", "colour": "red"}
    answer = desk.post("/text_to_video", new)
    assert answer.status == 400
    assert answer.json["issues"][0]["code"] == "unrecognized_keys"


def test_runway_counts_a_prompt_in_utf16_units(world: World) -> None:
    desk = Desk(world, RUNWAY)
    assert desk.prompt("🦊" * 500).status == 200
    assert desk.prompt("🦊" * 501).status == 400


@pytest.mark.parametrize(
    ("path", "body", "amount"),
    [
        ("/text_to_video", {"model": "gen4.5", "promptText": "x", "ratio": "1280:720", "duration": 10}, 120),
        ("/text_to_video", {"model": "veo3.1", "promptText": "x", "ratio": "1280:720", "duration": 8}, 320),
        (
            "/text_to_video",
            {"model": "veo3.1", "promptText": "x", "ratio": "1280:720", "duration": 4, "audio": False},
            80,
        ),
        ("/text_to_video", {"model": "seedance2", "promptText": "x", "duration": 5, "ratio": "1920:1080"}, 200),
        ("/text_to_video", {"model": "seedance2_mini", "promptText": "x", "duration": 4, "ratio": "864:496"}, 64),
        (
            "/text_to_video",
            {"model": "gen4.5", "promptText": "x", "ratio": "1280:720", "duration": 2, "outputFormat": "prores"},
            34,
        ),
    ],
)
def test_runway_estimates_by_the_published_prices(world: World, path: str, body: dict[str, Any], amount: int) -> None:
    answer = Desk(world, RUNWAY).post(path, body)
    assert answer.json["estimatedCost"] == {"credits": amount}


def test_runway_bills_an_automatic_length_at_the_longest_first(world: World, clock: Clock) -> None:
    desk = Desk(world, RUNWAY)
    created = desk.post("/text_to_video", {"model": "seedance2", "promptText": "x", "duration": "auto"}).json
    assert created["estimatedCost"]["credits"] == 15 * 36
    clock.forward(60)
    assert desk.poll(created["id"]).json["cost"]["credits"] == 8 * 36
    assert [(entry.kind, int(entry.amount)) for entry in world.ledger(RUNWAY)] == [("charge", 540), ("refund", 252)]


def test_runway_throttles_over_the_limit_and_goes_on_when_a_slot_is_free(make_world: Any, clock: Clock) -> None:
    desk = Desk(make_world(concurrent={RUNWAY: 1}), RUNWAY)
    first, second, third = (desk.create().json["id"] for _ in range(3))
    assert [desk.word(each) for each in (first, second, third)] == ["PENDING", "THROTTLED", "THROTTLED"]
    assert desk.create(model="gen4.5", duration=2).status == 200
    clock.forward(13)
    assert [desk.word(each) for each in (first, second, third)] == ["SUCCEEDED", "PENDING", "THROTTLED"]
    clock.forward(12)
    assert [desk.word(each) for each in (second, third)] == ["SUCCEEDED", "PENDING"]


def test_runway_moves_waiting_tasks_up_when_one_is_cancelled(make_world: Any, clock: Clock) -> None:
    desk = Desk(make_world(concurrent={RUNWAY: 1}), RUNWAY)
    first, second, third = (desk.create().json["id"] for _ in range(3))
    clock.forward(5)
    assert desk.delete(f"/tasks/{first}").status == 204
    assert [desk.word(each) for each in (second, third)] == ["PENDING", "THROTTLED"]
    assert desk.delete(f"/tasks/{second}").status == 204
    assert desk.word(third) == "PENDING"


@pytest.mark.parametrize(("pause", "kinds"), [(0, ["charge", "refund"]), (5, ["charge"]), (60, ["charge"])])
def test_runway_gives_back_only_what_still_waits(world: World, clock: Clock, pause: float, kinds: list[str]) -> None:
    desk = Desk(world, RUNWAY)
    job = desk.create().json["id"]
    clock.forward(pause)
    assert desk.delete(f"/tasks/{job}").status == 204
    assert desk.poll(job).status == 404
    assert desk.delete(f"/tasks/{job}").status == 404
    clock.forward(60)
    assert [entry.kind for entry in world.ledger()] == kinds


@pytest.mark.parametrize(
    ("code", "amount"),
    [
        ("SAFETY.INPUT.TEXT", 60),
        ("SAFETY.OUTPUT.IMAGE", 60),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", 0),
        ("INTERNAL.BAD_OUTPUT.CODE01", 0),
        ("THIRD_PARTY.UNAVAILABLE", 0),
    ],
)
def test_runway_charges_moderated_failures_and_no_others(world: World, clock: Clock, code: str, amount: int) -> None:
    desk = Desk(world, RUNWAY)
    job = desk.prompt(f"a boat [fail:{code}]").json["id"]
    clock.forward(60)
    data = desk.poll(job).json
    assert (data["status"], data["failureCode"], data["cost"]) == ("FAILED", code, {"credits": amount})
    assert data["failure"]
    assert int(10_000 - desk.get("/organization").json["creditBalance"]) == amount


def test_runway_progress_is_the_share_of_the_running_time(world: World, clock: Clock) -> None:
    desk = Desk(world, RUNWAY)
    job = desk.create().json["id"]
    assert "progress" not in desk.poll(job).json
    clock.forward(2 + 2.5)
    assert desk.poll(job).json["progress"] == 0.25
    clock.forward(5)
    assert desk.poll(job).json["progress"] == 0.75


def test_runway_daily_limit_is_a_429_that_ends_after_a_day(make_world: Any, clock: Clock) -> None:
    desk = Desk(make_world(runway_daily=1), RUNWAY)
    assert [desk.create().status for _ in range(2)] == [200, 429]
    assert "daily" in desk.create().json["error"]
    clock.forward(86_401)
    assert desk.create().status == 200


def test_runway_without_credits_is_a_400_that_says_so(make_world: Any) -> None:
    answer = Desk(make_world(balances={}), RUNWAY).create()
    assert answer.status == 400
    assert "not have enough credits" in answer.json["error"]


def test_runway_organization_tells_balance_tier_and_use(world: World) -> None:
    desk = Desk(world, RUNWAY)
    desk.create()
    data = desk.get("/organization").json
    assert data["creditBalance"] == 10_000 - 60
    assert data["tier"]["models"]["gen4.5"] == {"maxConcurrentGenerations": 2, "maxDailyGenerations": 200}
    assert data["usage"]["models"]["gen4.5"] == {"dailyGenerations": 1}


def test_runway_usage_nets_refunds_by_day_and_model(world: World, clock: Clock) -> None:
    desk = Desk(world, RUNWAY)
    desk.create()
    desk.delete(f"/tasks/{desk.create(duration=2).json['id']}")
    data = desk.post("/organization/usage", {}).json
    assert data["models"] == ["gen4.5"]
    assert [each["usedCredits"] for each in data["results"]] == [[{"model": "gen4.5", "amount": 60}]]
    long = {"startDate": "2026-01-01", "beforeDate": "2026-12-01"}
    assert desk.post("/organization/usage", long).status == 400
    clock.forward(40 * 86_400)
    assert desk.post("/organization/usage", {}).json["results"] == []


@pytest.mark.parametrize(
    "uri",
    [
        "http://a.example/b.png",
        "https://127.0.0.1/b.png",
        "https://[::1]/b.png",
        "https://localhost/b.png",
        "https://a.example/" + "x" * 2050,
        "data:image/gif;base64,R0lGODlh",
        "data:application/octet-stream;base64,AAAA",
        "data:image/png,notbase64",
        "data:image/png;base64,%%%%",
        "runway://nobody/knows/this",
        "ftp://a.example/b.png",
    ],
)
def test_runway_refuses_pictures_it_could_not_fetch(world: World, uri: str) -> None:
    body = {"model": "gen4_turbo", "promptImage": uri, "ratio": "1280:720"}
    answer = Desk(world, RUNWAY).post("/image_to_video", body)
    assert answer.status == 400
    assert answer.json["issues"][0]["path"][0] == "promptImage"
