"""Making, finding, rating, cancelling and fetching videos over HTTP, by the rules that every face keeps."""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from providers.sandbox.world import World
from rushes.gateway.presses import Presses
from rushes.gateway.shapes import Made, Models, Plan, Providers, Refused, Spend, Video, Videos, Wellness
from rushes.ids import new_id
from rushes.task import Status
from tests.gateway.conftest import SMALL, Gate, opened

PAID = {"provider": "runway", "model": "gen4.5", "prompt": "a red fox", "params": {"duration": 5}}


SECRET = b"the server's own"


def settings(home: Path, text: str) -> None:
    """Writes the home's settings."""
    home.mkdir()
    (home / "settings.toml").write_text(text)


def lay(name: str) -> None:
    """Lays a file into the folder in which the gateway runs."""
    Path(name).write_bytes(SECRET)


async def test_a_press_becomes_a_clip(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={"prompt": "a red fox", "params": SMALL, "count": 2})
    made = Made.model_validate(answer.json())
    assert [each.charges_sent for each in made.videos] == [0, 0]
    assert answer.headers["location"] == f"/v1/videos/{made.videos[0].id}"
    videos = [Video.model_validate(await gate.ended(each.id)) for each in made.videos]
    assert [(each.status, each.charges_sent) for each in videos] == [(Status.SUCCEEDED, 1)] * 2
    assert gate.sent() == 2


async def test_no_answer_names_a_path_of_this_machine(gate: Gate) -> None:
    video = await gate.made()
    answers = [await gate.client.get(path) for path in ("/v1/videos", f"/v1/videos/{video['id']}", "/health", "/")]
    answers.append(await gate.client.get(f"/take/{video['id']}"))
    for each in answers:
        assert str(gate.house.engine.home.data) not in each.text


async def test_everything_wrong_with_a_shot_is_listed_and_nothing_is_sent(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={"prompt": "", "params": {"duration": 99, "reslution": "360p"}})
    refused = Refused.model_validate(answer.json())
    assert answer.status_code == 422
    assert [each.param for each in refused.problems] == ["duration", "reslution"]
    assert "did you mean resolution?" in refused.problems[1].message
    assert (await gate.client.get("/v1/videos")).json()["videos"] == []
    assert gate.sent() == 0


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": "a", "count": 0}, "count"),
        ({"prompt": "a", "colour": "red"}, "colour"),
        ({"prompt": ["a"]}, "prompt"),
        ({"prompt": "a", "max_cost_usd": -1}, "max_cost_usd"),
        ({"prompt": "a", "params": {"duration": {"s": 5}}}, "params.duration"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "x" * 100_001}, "prompt"),
        ([], "body"),
    ],
)
async def test_a_request_of_another_form_names_the_place(gate: Gate, body: Any, param: str) -> None:
    answer = await gate.client.post("/v1/videos", json=body)
    assert answer.status_code == 422
    assert Refused.model_validate(answer.json()).problems[0].param.startswith(param)


@pytest.mark.parametrize("body", [b"", b"{", b'{"prompt": NaN}', b"\xff\xfe", b"[" * 50_000])
async def test_what_is_no_json_is_refused(gate: Gate, body: bytes) -> None:
    answer = await gate.client.post("/v1/videos", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    Refused.model_validate(answer.json())


async def test_a_dry_run_shows_request_and_quote_and_writes_nothing(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={**PAID, "count": 3, "dry_run": True})
    plan = Plan.model_validate(answer.json())
    assert answer.status_code == 200
    assert plan.quote.usd is not None
    assert plan.quote.total_usd == pytest.approx(plan.quote.usd * 3)
    assert "authorization" not in answer.text.casefold()
    assert (await gate.client.get("/v1/videos")).json()["videos"] == []


async def test_an_unknown_provider_or_model_is_answered_with_the_nearest(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={"prompt": "a", "provider": "runwai"})
    assert (answer.status_code, "did you mean runway?" in answer.json()["error"]["message"]) == (422, True)
    for model, meant in (("sandbox-fst", "sandbox-fast (sandbox)"), ("ray2", "ray-2 (luma)")):
        answer = await gate.client.post("/v1/videos", json={"prompt": "a", "model": model, "max_cost_usd": 5})
        assert (answer.status_code, answer.json()["problems"][0]["param"]) == (422, "model")
        assert f"did you mean {meant}?" in answer.json()["problems"][0]["message"]


async def test_a_body_that_nobody_called_json_is_answered_with_the_header_to_send(gate: Gate) -> None:
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}):
        answer = await gate.client.post("/v1/videos", content=b'{"prompt": "a"}', headers=headers)
        assert answer.status_code == 422
        assert answer.json()["error"]["hint"] == "send it with the header Content-Type: application/json"


async def test_without_a_key_the_answer_says_what_to_set(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 5})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (409, "key")
    assert "RUNWAYML_API_SECRET" in answer.json()["error"]["message"]


async def test_a_model_alone_says_whose_it_is(gate: Gate) -> None:
    answer = await gate.client.post("/v1/videos", json={"prompt": "a", "model": "gen4.5", "dry_run": True})
    assert answer.json()["request"]["provider"] == "runway"


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bills(paid: World) -> int:
    """Billable requests that the vendor got."""
    return sum(each.method == "POST" for each in paid.requests())


async def test_nothing_is_spent_that_was_not_agreed_to(home: Path, paid: World) -> None:
    async with opened(home) as gate:
        silent = await gate.client.post("/v1/videos", json=PAID)
        little = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 0.1})
        enough = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 5})
        assert (silent.status_code, little.status_code, enough.status_code) == (402, 402, 201)
        assert little.json()["error"]["hint"] == "agree to it with max_cost_usd"
        assert (await gate.ended(enough.json()["videos"][0]["id"]))["status"] == "SUCCEEDED"
    assert bills(paid) == 1


async def test_a_price_that_nobody_knows_needs_a_consent_of_its_own_which_covers_no_other(
    home: Path, paid: World
) -> None:
    stranger = {"prompt": "a", "provider": "runway", "model": "zx-9000", "max_cost_usd": 5}
    async with opened(home) as gate:
        refused = await gate.client.post("/v1/videos", json=stranger)
        known = await gate.client.post("/v1/videos", json={**PAID, "accept_unknown_price": True})
        assert (refused.status_code, known.status_code, bills(paid)) == (402, 402, 0)
        assert refused.json()["error"]["hint"] == 'agree to it with "accept_unknown_price": true'
        agreed = await gate.client.post("/v1/videos", json={**stranger, "accept_unknown_price": True})
        assert (await gate.ended(agreed.json()["videos"][0]["id"]))["status"] == "FAILED"
    assert bills(paid) == 1


async def test_budgets_hold_here_as_everywhere(home: Path, paid: World) -> None:
    settings(home, "[budget]\nper_day_usd = 0.9\n")
    async with opened(home) as gate:
        first = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 5})
        assert (await gate.ended(first.json()["videos"][0]["id"]))["status"] == "SUCCEEDED"
        second = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 5})
        spend = Spend.model_validate((await gate.client.get("/v1/spend")).json())
    assert (first.status_code, second.status_code) == (201, 402)
    assert "no consent passes a budget" in second.json()["error"]["hint"]
    assert spend.today_usd > 0
    assert [each["limit"] for each in spend.budgets] == [0.9]
    assert bills(paid) == 1


async def test_the_same_key_never_charges_twice(home: Path, paid: World) -> None:
    headers = {"idempotency-key": "press-1"}
    async with opened(home) as gate:
        body = {**PAID, "max_cost_usd": 5}
        several = await asyncio.gather(*(gate.client.post("/v1/videos", json=body, headers=headers) for _ in range(8)))
        ids = {each.json()["videos"][0]["id"] for each in several}
        assert [each.status_code for each in several] == [201] * 8
        assert len(ids) == 1
        await gate.ended(ids.pop())
        later = await gate.client.post("/v1/videos", json=body, headers=headers)
        assert later.headers["idempotent-replayed"] == "true"
    async with opened(home) as gate:
        again = await gate.client.post("/v1/videos", json=body, headers=headers)
        assert again.json()["videos"][0]["status"] == "SUCCEEDED"
    assert bills(paid) == 1


async def test_a_key_for_another_request_is_refused(gate: Gate) -> None:
    headers = {"idempotency-key": "press-2"}
    body = {"prompt": "a red fox", "params": SMALL}
    assert (await gate.client.post("/v1/videos", json=body, headers=headers)).status_code == 201
    answer = await gate.client.post("/v1/videos", json={**body, "prompt": "a blue fox"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "idempotency")
    assert len((await gate.client.get("/v1/videos")).json()["videos"]) == 1


async def test_a_key_whose_press_was_refused_may_be_used_again(home: Path, paid: World) -> None:
    headers = {"idempotency-key": "press-3"}
    async with opened(home) as gate:
        refused = await gate.client.post("/v1/videos", json=PAID, headers=headers)
        agreed = await gate.client.post("/v1/videos", json={**PAID, "max_cost_usd": 5}, headers=headers)
    assert (refused.status_code, agreed.status_code) == (402, 201)


async def test_a_crash_before_sending_is_mended_by_the_same_request(home: Path) -> None:
    """The first gateway wrote the key and the tasks, and died before anything was sent."""
    headers, body = {"idempotency-key": "press-4"}, {"prompt": "a red fox", "params": SMALL, "count": 2}
    async with opened(home, started=False) as dying:
        first = (await dying.client.post("/v1/videos", json=body, headers=headers)).json()["videos"]
        assert [each["status"] for each in first] == ["QUEUED", "QUEUED"]
    async with opened(home) as gate:
        second = (await gate.client.post("/v1/videos", json=body, headers=headers)).json()["videos"]
        assert [each["id"] for each in second] == [each["id"] for each in first]
        assert [(await gate.ended(each["id"]))["charges_sent"] for each in second] == [1, 1]
        assert gate.sent() == 2


async def test_a_crash_between_the_key_and_the_tasks_is_mended_by_the_same_request(home: Path) -> None:
    body = {"prompt": "a red fox", "params": SMALL}
    async with opened(home) as gate:
        await gate.client.post("/v1/videos", json=body, headers={"idempotency-key": "learn-the-digest"})
    presses = Presses(home / "gateway.sqlite3", lambda: datetime.now(UTC))
    digest = (await presses.begin("learn-the-digest", "", [])).digest
    promised = new_id(datetime.now(UTC))
    await presses.begin("press-5", digest, [promised])
    await presses.close()
    async with opened(home) as gate:
        answer = await gate.client.post("/v1/videos", json=body, headers={"idempotency-key": "press-5"})
        assert [each["id"] for each in answer.json()["videos"]] == [promised]
        assert (await gate.ended(promised))["charges_sent"] == 1


async def test_a_key_is_kept_for_a_day(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    presses = Presses(tmp_path / "presses.sqlite3", lambda: now)
    first = await presses.begin("k", "digest", ["a"])
    now += timedelta(hours=23, minutes=59)
    second = await presses.begin("k", "digest", ["b"])
    now += timedelta(minutes=2)
    third = await presses.begin("k", "digest", ["c"])
    await presses.close()
    assert [(each.known, each.ids) for each in (first, second, third)] == [
        (False, ("a",)),
        (True, ("a",)),
        (False, ("c",)),
    ]


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "é"])
async def test_a_key_that_is_none_is_refused(gate: Gate, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1")}
    answer = await gate.client.post("/v1/videos", json={"prompt": "a"}, headers=headers)
    assert answer.status_code == 422


# ── what a client names is never opened here ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "source",
    ["/etc/passwd", "secret.png", "./secret.png", "~/secret.png", "file:///etc/passwd", "http://a.example/x.png"],
)
async def test_a_path_from_a_client_is_never_opened(gate: Gate, source: str) -> None:
    lay("secret.png")
    answer = await gate.client.post(
        "/v1/videos", json={"prompt": "a", "inputs": [{"role": "start_image", "source": source}], "dry_run": True}
    )
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["param"] == "inputs.0.source"
    assert SECRET.decode() not in answer.text


async def test_an_earlier_take_gives_the_start_frame_even_where_a_file_has_its_name(gate: Gate) -> None:
    first = await gate.made()
    lay(first["id"])
    video = await gate.made("the same fox goes on", inputs=[{"role": "start_image", "source": first["id"]}])
    assert (video["status"], video["mode"]) == ("SUCCEEDED", "image_to_video")


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_takes_are_searched_filtered_and_paged(gate: Gate) -> None:
    for prompt in ("a red fox", "a paper boat", "a fox in snow"):
        await gate.made(prompt)
    found = Videos.model_validate((await gate.client.get("/v1/videos", params={"q": "fox"})).json())
    assert [each.prompt for each in found.videos] == ["a fox in snow", "a red fox"]
    first = (await gate.client.get("/v1/videos", params={"limit": 2})).json()
    rest = (await gate.client.get("/v1/videos", params={"limit": 2, "cursor": first["next"]})).json()
    assert ([each["prompt"] for each in rest["videos"]], rest["next"]) == (["a red fox"], None)
    assert (await gate.client.get("/v1/videos", params={"status": "FAILED"})).json()["videos"] == []
    wrong = await gate.client.get("/v1/videos", params={"q": "ratng:3"})
    assert (wrong.status_code, "did you mean rating:?" in wrong.text) == (422, True)


async def test_stars_and_tags_are_written_and_found(gate: Gate) -> None:
    video = await gate.made()
    path = f"/v1/videos/{video['id']}"
    rated = (await gate.client.patch(path, json={"rating": 4, "tags": ["keeper", "fox"]})).json()
    assert (rated["rating"], rated["tags"]) == (4, ["keeper", "fox"])
    other = (await gate.client.patch(path, json={"tags": ["fox", "night"]})).json()
    assert (other["rating"], sorted(other["tags"])) == (4, ["fox", "night"])
    assert (await gate.client.patch(path, json={"tags": []})).json()["tags"] == []
    assert (await gate.client.patch(path, json={"rating": 6})).status_code == 422
    assert len((await gate.client.get("/v1/videos", params={"q": "rating:>=4"})).json()["videos"]) == 1


@pytest.mark.parametrize("video_id", ["01KAX000000000000000000001", "x", "01KA", "01kax000000000000000000001", "%20"])
async def test_a_video_that_is_not_there_is_404_for_every_call(gate: Gate, video_id: str) -> None:
    path = f"/v1/videos/{video_id}"
    answers = [await gate.client.get(f"{path}{part}") for part in ("", "/content", "/poster")]
    answers += [await gate.client.delete(path), await gate.client.patch(path, json={"rating": 1})]
    assert [each.status_code for each in answers] == [404] * 5


async def test_a_running_video_is_cancelled_and_an_ended_one_is_not(home: Path) -> None:
    async with opened(home, speed=1.0) as gate:
        body = {"prompt": "a fox [run:60]", "params": SMALL}
        video_id = (await gate.client.post("/v1/videos", json=body)).json()["videos"][0]["id"]
        await gate.until(video_id, lambda video: video["vendor_id"] is not None)
        assert (await gate.client.delete(f"/v1/videos/{video_id}")).json()["status"] == "CANCELLED"
        again = await gate.client.delete(f"/v1/videos/{video_id}")
        assert (again.status_code, again.json()["error"]["kind"]) == (409, "state")


async def test_the_clip_comes_whole_and_in_parts(line: Gate) -> None:
    video = await line.made()
    whole = await line.client.get(video["content_url"])
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    assert hashlib.sha256(whole.content).hexdigest() == video["sha256"]
    size = len(whole.content)
    for asked, start, end in (("bytes=0-99", 0, 100), ("bytes=100-", 100, size), ("bytes=-50", size - 50, size)):
        part = await line.client.get(video["content_url"], headers={"range": asked})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert part.content == whole.content[start:end]
    beyond = await line.client.get(video["content_url"], headers={"range": f"bytes={size}-"})
    assert beyond.status_code == 416
    changed = await line.client.get(video["content_url"], headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, size)
    head = await line.client.head(video["content_url"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


async def test_the_poster_is_a_picture(gate: Gate) -> None:
    video = await gate.made()
    answer = await gate.client.get(video["poster_url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")


async def test_a_clip_that_is_gone_is_404_and_says_what_to_do(gate: Gate) -> None:
    video = await gate.made()
    task = await gate.house.engine.need(video["id"])
    assert task.take is not None
    await asyncio.to_thread(task.take.file.unlink)
    answer = await gate.client.get(video["content_url"])
    assert (answer.status_code, "fetch" in answer.json()["error"]["hint"]) == (404, True)


# ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_health_tells_each_provider_and_what_is_missing(gate: Gate) -> None:
    answer = await gate.client.get("/health")
    said = Wellness.model_validate(answer.json())
    assert (answer.status_code, said.status) == (200, "ok")
    assert said.providers == {"sandbox": True, "luma": False, "runway": False}
    assert "rushes keys set luma" in answer.json()["reasons"]["luma"]


async def test_health_is_503_when_the_library_does_not_answer(gate: Gate) -> None:
    await gate.house.store.run(lambda library: library.close())
    answer = await gate.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert "library" in answer.json()["problems"][0]


async def test_every_model_comes_with_a_schema_of_its_parameters(gate: Gate) -> None:
    models = Models.model_validate((await gate.client.get("/v1/models")).json()).models
    fast = next(each for each in models if each["model"] == "sandbox-fast")
    schema = fast["modes"]["text_to_video"]["params"]
    assert schema["properties"]["resolution"]["enum"] == ["360p", "540p", "720p"]
    assert schema["properties"]["loop"]["type"] == "boolean"
    assert schema["properties"]["motion"] | {"minimum": 0, "maximum": 1} == schema["properties"]["motion"]
    assert {each["provider"] for each in models} == {"sandbox", "luma", "runway"}


async def test_providers_say_why_they_are_not_ready(gate: Gate) -> None:
    found = Providers.model_validate((await gate.client.get("/v1/providers")).json()).providers
    assert [(each["name"], each["ready"], bool(each["reason"])) for each in found] == [
        ("sandbox", True, False),
        ("luma", False, True),
        ("runway", False, True),
    ]


async def test_a_picture_that_was_sent_is_used_and_where_it_lies_is_told_to_nobody(gate: Gate, home: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), (90, 90, 90)).save(picture, "PNG")
    kept = await gate.client.put("/v1/uploads/my%20frame.png", content=picture.getvalue())
    source = kept.json()["source"]
    assert source.startswith("upload:")
    body = {"prompt": "from a frame", "params": SMALL, "inputs": [{"role": "start_image", "source": source}]}
    plan = await gate.client.post("/v1/videos", json={**body, "dry_run": True})
    assert plan.json()["request"]["inputs"] == body["inputs"]
    made = await gate.client.post("/v1/videos", json=body)
    video = await gate.ended(made.json()["videos"][0]["id"])
    assert (video["status"], video["inputs"][0]["source"]) == ("SUCCEEDED", "my_frame.png")
    assert str(home) not in plan.text + made.text + str(video)
    gone = {**body, "inputs": [{"role": "start_image", "source": f"upload:{'0' * 64}/x.png"}]}
    assert (await gate.client.post("/v1/videos", json=gone)).status_code == 422
