"""What the vendors' documents promise, asked of the sandbox: status codes, bodies and meanings."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox.faults import Kind
from providers.sandbox.options import AGENTS, DREAM_MACHINE, NATIVE, RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.wire import fingerprint
from providers.sandbox.world import World
from tests.sandbox.kit import PAID, VENDORS, Clock, Desk

ERROR_FIELD = {DREAM_MACHINE: "detail", AGENTS: "detail", RUNWAY: "error", NATIVE: "error"}
LIFE = {
    DREAM_MACHINE: ("queued", "dreaming", "completed"),
    AGENTS: ("queued", "processing", "completed"),
    RUNWAY: ("PENDING", "RUNNING", "SUCCEEDED"),
    NATIVE: ("queued", "drawing", "done"),
}


@pytest.mark.parametrize("vendor", PAID)
@pytest.mark.parametrize("key", ["", "nonsense", "luma-", "key_short", "Bearer"])
def test_a_missing_or_wrong_key_is_401_in_the_vendors_own_words(world: World, vendor: str, key: str) -> None:
    answer = Desk(world, vendor, key).create()
    assert answer.status == 401
    assert answer.json[ERROR_FIELD[vendor]]
    assert world.ledger() == ()


def test_the_two_luma_apis_refuse_each_others_keys(world: World) -> None:
    keys = practice_keys()
    assert Desk(world, DREAM_MACHINE, keys[AGENTS]).get("/ping").status == 401
    assert Desk(world, AGENTS, keys[DREAM_MACHINE]).get("/files").status == 401


def test_a_world_with_a_list_of_keys_takes_no_others(make_world: Any) -> None:
    world = make_world(any_key=False, keys=frozenset({"luma-only-this-one"}))
    assert Desk(world, DREAM_MACHINE).get("/ping").status == 401
    assert Desk(world, DREAM_MACHINE, "luma-only-this-one").get("/ping").status == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_job_goes_through_the_vendors_own_states(world: World, clock: Clock, vendor: str) -> None:
    desk = Desk(world, vendor)
    created = desk.create()
    assert created.status == {RUNWAY: 200}.get(vendor, 201)
    seen = []
    for pause in (0, 5, 10):
        clock.forward(pause)
        seen.append(desk.word(created.json["id"]))
    assert tuple(seen) == LIFE[vendor]


@pytest.mark.parametrize("vendor", VENDORS)
def test_unknown_paths_are_404_and_wrong_methods_405(world: World, vendor: str) -> None:
    desk = Desk(world, vendor)
    assert desk.get("/no/such/thing").status == 404
    answer = desk.send("PATCH", {RUNWAY: "/text_to_video", NATIVE: "/clips"}.get(vendor, "/generations"))
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_job_of_another_key_is_not_there(world: World, vendor: str) -> None:
    job = Desk(world, vendor).create().json["id"]
    stranger = {
        DREAM_MACHINE: "luma-somebody-else-entirely",
        AGENTS: "luma-api-somebody-else",
        RUNWAY: "key_" + "0" * 128,
        NATIVE: "any",
    }[vendor]
    assert Desk(world, vendor, stranger).poll(job).status == 404
    assert Desk(world, vendor).poll(job).status == 200


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"a":NaN}'])
def test_a_body_that_is_no_json_object_is_refused_and_costs_nothing(world: World, vendor: str, body: bytes) -> None:
    path = {RUNWAY: "/text_to_video", NATIVE: "/clips"}.get(vendor, "/generations")
    answer = Desk(world, vendor).send("POST", path, body)
    assert answer.status == {DREAM_MACHINE: 422, AGENTS: 422}.get(vendor, 400)
    assert world.ledger() == ()


def test_the_native_dialect_names_every_problem(world: World) -> None:
    answer = Desk(world, NATIVE).create(duration="11s", ratio="5:4", motion=2, colour="red")
    assert answer.status == 400
    assert {"duration", "ratio", "motion", ""} == {each["param"] for each in answer.json["problems"]}


def test_a_native_clip_can_be_cancelled_until_it_has_ended(world: World, clock: Clock) -> None:
    desk = Desk(world, NATIVE)
    running, ended = desk.create().json["id"], desk.create().json["id"]
    clock.forward(5)
    assert desk.post(f"/clips/{running}/cancel", {}).json["state"] == "cancelled"
    clock.forward(20)
    assert desk.word(running) == "cancelled"
    assert desk.post(f"/clips/{ended}/cancel", {}).status == 409
    assert desk.post("/clips/unknown/cancel", {}).status == 404


def test_words_in_the_prompt_make_every_ending_reachable(world: World, clock: Clock) -> None:
    desk = Desk(world, NATIVE)
    stuck, odd, silent = (desk.prompt(f"a boat [{word}]").json["id"] for word in ("stuck", "word:painting", "silent"))
    slow = desk.prompt("a boat [run:100][queue:1]").json["id"]
    clock.forward(5)
    assert desk.word(odd) == "painting"
    assert desk.poll(silent).json["progress"] is None
    clock.forward(60)
    assert [desk.word(each) for each in (odd, slow)] == ["done", "drawing"]
    clock.forward(365 * 86_400)
    assert desk.word(stuck) == "drawing"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_prompt_can_ask_for_a_refusal(world: World, vendor: str) -> None:
    desk, statuses = Desk(world, vendor), (403, 429, 451, 500, 503)
    assert tuple(desk.prompt(f"a boat [refuse:{each}]").status for each in statuses) == statuses
    assert world.ledger() == ()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_prompt_can_ask_for_an_answer_that_is_lost_although_the_job_was_taken(world: World, vendor: str) -> None:
    desk = Desk(world, vendor)
    fault = desk.prompt("a boat [lose-answer]").reply.fault
    assert fault is not None
    assert fault.kind is Kind.RESET
    assert len(world.jobs(vendor, fingerprint(desk.key or ""), 10)[0]) == 1
    assert [each.kind for each in world.ledger()] == (["charge"] if vendor in PAID else [])
