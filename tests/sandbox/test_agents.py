"""Luma's Agents API, as its documents promise it: bodies, limits, prices, links."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox.options import AGENTS
from providers.sandbox.world import World
from tests.sandbox.kit import Clock, Desk, fetch


def test_agents_links_last_an_hour_and_a_new_get_makes_fresh_ones(world: World, clock: Clock) -> None:
    desk = Desk(world, AGENTS)
    job = desk.create().json["id"]
    clock.forward(60)
    first = desk.clip_url(job)
    clock.forward(3599)
    assert fetch(world, first).status == 200
    clock.forward(2)
    assert fetch(world, first).status == 403
    assert fetch(world, desk.clip_url(job)).status == 200


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
