"""What the vendors' documents promise, asked of the sandbox: status codes, bodies and meanings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.sandbox.options import AGENTS, DREAM_MACHINE, NATIVE, RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.runway import VERSION
from providers.sandbox.wire import Request
from providers.sandbox.world import World
from tests.sandbox.kit import PAID, PREFIX, VENDORS, Answer, Clock, Desk

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


# ----- Dream Machine


def dream(world: World) -> Desk:
    return Desk(world, DREAM_MACHINE)


def test_dream_machine_echoes_the_request_and_names_no_progress(world: World) -> None:
    body = {"prompt": "a fox in rain", "aspect_ratio": "9:16", "loop": True, "duration": "9s", "resolution": "540p"}
    data = dream(world).create(**body).json
    assert data["request"] == {"generation_type": "video", "model": "ray-2", **body}
    assert data["generation_type"] == "video"
    assert "progress" not in data


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"model": "dream-machine-v1.5"}, 422),
        ({"model": "ray-3"}, 422),
        ({"model": None}, 422),
        ({"aspect_ratio": "2:1"}, 422),
        ({"duration": 5}, 422),
        ({"duration": "7s"}, 400),
        ({"resolution": "8k"}, 400),
        ({"prompt": None}, 400),
        ({"prompt": "ab"}, 400),
        ({"prompt": "x" * 5001}, 400),
        ({"loop": True, "keyframes": {"frame1": {"type": "image", "url": "https://a.example/b.png"}}}, 400),
        ({"keyframes": {"frame0": {"type": "generation", "id": "unknown"}}}, 400),
        ({"keyframes": {"frame0": {"type": "nonsense"}}}, 422),
    ],
)
def test_dream_machine_refuses_what_its_documents_refuse(world: World, changes: dict[str, Any], status: int) -> None:
    answer = dream(world).create(**changes)
    assert answer.status == status
    assert isinstance(answer.json["detail"], list if status == 422 else str)
    assert world.ledger() == ()


@pytest.mark.parametrize(
    ("model", "resolution", "duration", "cents"),
    [
        ("ray-2", "540p", "5s", 40),
        ("ray-2", "720p", "5s", 71),
        ("ray-2", "720p", "9s", 127),
        ("ray-2", "1080p", "9s", 287),
        ("ray-2", "4k", "9s", 1147),
        ("ray-flash-2", "540p", "5s", 14),
        ("ray-flash-2", "720p", "9s", 44),
        ("ray-flash-2", "4k", "5s", 219),
    ],
)
def test_dream_machine_charges_the_published_prices(
    world: World, model: str, resolution: str, duration: str, cents: int
) -> None:
    dream(world).create(model=model, resolution=resolution, duration=duration)
    assert dream(world).get("/credits").json == {"credit_balance": 10_000.0 - cents}


def test_dream_machine_lists_newest_first_in_pages(world: World, clock: Clock) -> None:
    made = []
    for _ in range(5):
        made.append(dream(world).create().json["id"])
        clock.forward(1)
    first = dream(world).get("/generations", limit=2).json
    assert [each["id"] for each in first["generations"]] == made[:2:-1]
    assert (first["has_more"], first["count"], first["limit"], first["offset"]) == (True, 2, 2, 0)
    last = dream(world).get("/generations", limit=2, offset=4).json
    assert [each["id"] for each in last["generations"]] == made[:1]
    assert last["has_more"] is False
    assert dream(world).get("/generations", limit="many").status == 422


def test_dream_machine_delete_hides_a_generation_and_gives_nothing_back(world: World, clock: Clock) -> None:
    job = dream(world).create().json["id"]
    assert dream(world).delete(f"/generations/{job}").status == 204
    assert dream(world).poll(job).status == 404
    assert dream(world).delete(f"/generations/{job}").status == 404
    clock.forward(100)
    assert [entry.kind for entry in world.ledger()] == ["charge"]


def test_dream_machine_has_ping_and_concepts(world: World) -> None:
    assert dream(world).get("/ping").json == {"message": "pong"}
    concepts = dream(world).get("/generations/concepts/list").json
    assert "dolly_zoom" in concepts
    assert all(isinstance(each, str) for each in concepts)


def test_dream_machine_upscales_what_is_finished(world: World, clock: Clock) -> None:
    job = dream(world).create(resolution="540p").json["id"]
    body = {"generation_type": "upscale_video", "resolution": "1080p"}
    assert dream(world).post(f"/generations/{job}/upscale", body).status == 400
    clock.forward(60)
    answer = dream(world).post(f"/generations/{job}/upscale", body)
    assert answer.status == 200
    assert answer.json["request"] == body


def test_dream_machine_limits_creates_a_minute_and_says_when_to_come_back(make_world: Any, clock: Clock) -> None:
    desk = Desk(make_world(creates_per_minute={DREAM_MACHINE: 2}), DREAM_MACHINE)
    assert [desk.create().status for _ in range(3)] == [201, 201, 429]
    wait = float(desk.create().headers["retry-after"])
    assert 0 < wait <= 60
    clock.forward(wait + 0.01)
    assert desk.create().status == 201


def test_dream_machine_limits_how_many_run_at_once(make_world: Any, clock: Clock) -> None:
    desk = Desk(make_world(concurrent={DREAM_MACHINE: 2}), DREAM_MACHINE)
    assert [desk.create().status for _ in range(3)] == [201, 201, 429]
    clock.forward(13)
    assert desk.create().status == 201


# ----- Luma Agents


def test_agents_links_last_an_hour_and_a_new_get_makes_fresh_ones(world: World, clock: Clock) -> None:
    desk = Desk(world, AGENTS)
    job = desk.create().json["id"]
    clock.forward(60)
    first = desk.clip_url(job)
    clock.forward(3599)
    assert _fetch(world, first).status == 200
    clock.forward(2)
    assert _fetch(world, first).status == 403
    assert _fetch(world, desk.clip_url(job)).status == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"model": "ray-2"}, 400),
        ({"model": "ray-9"}, 400),
        ({"prompt": None}, 422),
        ({"prompt": ""}, 422),
        ({"prompt": "x" * 6001}, 422),
        ({"aspect_ratio": "9:21"}, 422),
        ({"aspect_ratio": "3:1"}, 400),
        ({"seed": 5}, 422),
        ({"video": {"duration": "9s"}}, 422),
        ({"video": {"duration": "10s", "loop": True}}, 400),
        ({"video": {"duration": "10s", "hdr": True}}, 400),
        ({"video": {"hdr": True, "resolution": "540p"}}, 400),
        ({"video": {"exr_export": True}}, 400),
        ({"video": {"loop": True, "end_frame": {"url": "https://a.example/b.png"}}}, 400),
        ({"video": {"start_frame": {"url": "https://a.example/b.png", "data": "eA=="}}}, 400),
        ({"video": {"start_frame": {"data": "eA=="}}}, 400),
        ({"video": {"start_frame": {"file_id": "none"}}}, 404),
        ({"video": {"keyframes": [{"url": "https://a.example/b.png"}]}}, 400),
        ({"type": "video_edit"}, 400),
    ],
)
def test_agents_refuses_what_its_documents_refuse(world: World, changes: dict[str, Any], status: int) -> None:
    answer = Desk(world, AGENTS).create(**changes)
    assert answer.status == status
    assert "detail" in answer.json
    assert world.ledger() == ()


@pytest.mark.parametrize(
    ("video", "cents"),
    [
        ({}, 30),
        ({"resolution": "360p", "duration": "10s"}, 18),
        ({"resolution": "1080p", "duration": "10s"}, 360),
        ({"hdr": True}, 60),
        ({"hdr": True, "exr_export": True, "resolution": "1080p"}, 360),
    ],
)
def test_agents_charges_the_published_prices(world: World, video: dict[str, Any], cents: int) -> None:
    assert Desk(world, AGENTS).create(video=video).status == 201
    assert [int(entry.amount) for entry in world.ledger(AGENTS)] == [cents]


def test_agents_has_no_list_no_delete_and_no_balance(world: World) -> None:
    desk = Desk(world, AGENTS)
    job = desk.create().json["id"]
    assert desk.get("/generations").status == 405
    assert desk.delete(f"/generations/{job}").status == 405
    assert desk.get("/credits").status == 404


def test_agents_says_which_of_its_two_limits_was_met(make_world: Any) -> None:
    rate = Desk(make_world(creates_per_minute={AGENTS: 1}), AGENTS)
    rate.create()
    refused = rate.create()
    assert refused.status == 429
    assert refused.headers["x-ratelimit-limit"] == "1"
    assert int(refused.headers["retry-after"]) > 0


def test_agents_concurrency_limit_has_no_rate_headers(make_world: Any) -> None:
    desk = Desk(make_world(concurrent={AGENTS: 1}), AGENTS)
    desk.create()
    refused = desk.create()
    assert refused.status == 429
    assert refused.headers["retry-after"] == "60"
    assert not [name for name in refused.headers if name.startswith("x-ratelimit")]


def test_agents_without_money_is_402(make_world: Any) -> None:
    assert Desk(make_world(balances={}), AGENTS).create().status == 402


@pytest.mark.parametrize("code", ["content_moderated", "budget_exhausted"])
def test_agents_tells_its_failure_codes(world: World, clock: Clock, code: str) -> None:
    desk = Desk(world, AGENTS)
    job = desk.prompt(f"a boat [fail:{code}]").json["id"]
    clock.forward(60)
    data = desk.poll(job).json
    assert (data["state"], data["failure_code"], data["output"]) == ("failed", code, [])


# ----- Runway


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
    ("path", "body", "credits"),
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
def test_runway_estimates_by_the_published_prices(world: World, path: str, body: dict[str, Any], credits: int) -> None:
    answer = Desk(world, RUNWAY).post(path, body)
    assert answer.json["estimatedCost"] == {"credits": credits}


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
    ("code", "credits"),
    [
        ("SAFETY.INPUT.TEXT", 60),
        ("SAFETY.OUTPUT.IMAGE", 60),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", 0),
        ("INTERNAL.BAD_OUTPUT.CODE01", 0),
        ("THIRD_PARTY.UNAVAILABLE", 0),
    ],
)
def test_runway_charges_moderated_failures_and_no_others(world: World, clock: Clock, code: str, credits: int) -> None:
    desk = Desk(world, RUNWAY)
    job = desk.prompt(f"a boat [fail:{code}]").json["id"]
    clock.forward(60)
    data = desk.poll(job).json
    assert (data["status"], data["failureCode"], data["cost"]) == ("FAILED", code, {"credits": credits})
    assert data["failure"]
    assert int(10_000 - desk.get("/organization").json["creditBalance"]) == credits


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


# ----- the sandbox's own


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


# ----- words in the prompt


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
    assert Desk(world, vendor).prompt("a boat [refuse:403]").status == 403
    assert world.ledger() == ()


def test_numbers_in_the_answers_are_plain_json(world: World) -> None:
    assert json.loads(Desk(world, RUNWAY).create().body)["estimatedCost"]["credits"] == 60


def _fetch(world: World, url: str) -> Answer:
    return Answer(world.handle(Request.of("GET", url.split("sandbox.invalid", 1)[1])))
