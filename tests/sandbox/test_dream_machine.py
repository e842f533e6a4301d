"""Dream Machine, as its documents promise it: bodies, limits, prices, list and delete."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox.options import DREAM_MACHINE
from providers.sandbox.world import World
from tests.sandbox.kit import Clock, Desk


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


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://pictures.example.com/a.png", "completed"),
        ("https://127.0.0.1/a.png", "failed"),
        ("data:image/png;base64,AAAA", "failed"),
        ("https://printer.local/a.png", "failed"),
    ],
)
def test_dream_machine_fails_later_on_a_picture_it_cannot_fetch(
    world: World, clock: Clock, url: str, word: str
) -> None:
    job = dream(world).create(keyframes={"frame0": {"type": "image", "url": url}}).json["id"]
    clock.forward(60)
    data = dream(world).poll(job).json
    assert data["state"] == word
    assert data["failure_reason"] == ("Failed to read user input frames" if word == "failed" else None)


def test_dream_machine_passes_over_keyframes_it_does_not_know(world: World) -> None:
    assert dream(world).create(keyframes={"frame7": 5}).status == 201
