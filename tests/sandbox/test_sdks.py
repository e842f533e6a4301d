"""The vendors' own clients against the port: create, poll, download, list, and what their retries cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import luma_agents
import lumaai
import pytest
import runwayml
from runwayml.types.task_retrieve_response import Failed, Pending, Running, Succeeded

from providers.sandbox.faults import Fault, FaultScript, Kind, Rule
from providers.sandbox.options import AGENTS, DREAM_MACHINE, RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.server import Server, serve
from providers.sandbox.world import World
from tests.sandbox.kit import Clock

KEYS = practice_keys()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serve(world) as running:
        yield running


def plain() -> httpx.Client:
    """A client that knows no proxies; the SDKs take it as theirs."""
    return httpx.Client(trust_env=False)


def download(url: str) -> bytes:
    """A clip, fetched without a key."""
    with plain() as client:
        return client.get(url).raise_for_status().content


def test_lumaai_creates_polls_lists_downloads_and_deletes(server: Server, clock: Clock) -> None:
    with plain() as line:
        client = lumaai.LumaAI(
            auth_token=KEYS[DREAM_MACHINE],
            base_url=server.base_urls[DREAM_MACHINE],
            max_retries=0,
            http_client=line,
            _strict_response_validation=True,
        )
        assert client.ping.check().message == "pong"
        made = client.generations.create(model="ray-2", prompt="a paper boat", duration="5s", resolution="720p")
        assert (made.state, made.model, made.generation_type) == ("queued", "ray-2", "video")
        assert made.id is not None
        clock.forward(5)
        assert client.generations.get(made.id).state == "dreaming"
        clock.forward(20)
        done = client.generations.get(made.id)
        assert done.state == "completed"
        assert done.assets is not None
        assert done.assets.video is not None
        assert len(download(done.assets.video)) == 20_000
        listed = client.generations.list(limit=10)
        assert [each.id for each in listed.generations] == [made.id]
        assert listed.generations[0].request == done.request
        assert client.credits.get().credit_balance == 10_000 - 71
        assert "pan_left" in client.generations.concepts.list()
        client.generations.delete(made.id)
        with pytest.raises(lumaai.NotFoundError):
            client.generations.get(made.id)


def test_lumaai_understands_refusals_and_failures(server: Server, clock: Clock) -> None:
    with plain() as line:
        client = lumaai.LumaAI(
            auth_token=KEYS[DREAM_MACHINE], base_url=server.base_urls[DREAM_MACHINE], max_retries=0, http_client=line
        )
        with pytest.raises(lumaai.BadRequestError):
            client.generations.create(model="ray-2", prompt="x")
        with pytest.raises(lumaai.AuthenticationError):
            client.with_options(default_headers={"Authorization": "Bearer wrong"}).ping.check()
        made = client.generations.create(model="ray-2", prompt="a boat [fail:frame moderation failed]")
        assert made.id is not None
        clock.forward(60)
        failed = client.generations.get(made.id)
        assert (failed.state, failed.failure_reason) == ("failed", "frame moderation failed")


def test_luma_agents_uploads_creates_polls_and_downloads(server: Server, clock: Clock) -> None:
    with plain() as line:
        client = luma_agents.Luma(
            auth_token=KEYS[AGENTS],
            base_url=server.base_urls[AGENTS],
            max_retries=0,
            http_client=line,
            _strict_response_validation=True,
        )
        sent = client.files.create(mime_type="image/png", size_bytes=4, filename="a.png")
        assert sent.upload is not None
        line.put(sent.upload.url, content=b"abcd", headers=sent.upload.headers).raise_for_status()
        assert client.files.complete(sent.id).state == "pending"
        clock.forward(2)
        assert client.files.get(sent.id).state == "ready"
        made = client.generations.create(
            prompt="a paper boat", model="ray-3.2", type="video", video={"start_frame": {"file_id": sent.id}}
        )
        assert (made.state, made.type, made.model) == ("queued", "video", "ray-3.2")
        clock.forward(5)
        assert client.generations.get(made.id).state == "processing"
        clock.forward(20)
        done = client.generations.get(made.id)
        assert done.state == "completed"
        assert done.output is not None
        assert done.output[0].type == "video"
        assert len(download(done.output[0].url)) == 20_000
        listed = client.files.list(limit=5)
        assert ([each.id for each in listed.data], listed.has_more) == ([sent.id], False)
        client.files.delete(sent.id)
        assert client.files.get(sent.id).state == "deleted"


def runway(server: Server, line: httpx.Client, **options: Any) -> runwayml.RunwayML:
    """The client of `runwayml` on the port."""
    options.setdefault("max_retries", 0)
    return runwayml.RunwayML(api_key=KEYS[RUNWAY], base_url=server.base_urls[RUNWAY], http_client=line, **options)


def test_runwayml_creates_polls_downloads_and_cancels(server: Server, clock: Clock) -> None:
    with plain() as line:
        client = runway(server, line, _strict_response_validation=True)
        made = client.text_to_video.create(model="gen4.5", prompt_text="a paper boat", ratio="1280:720", duration=5)
        assert made.to_dict()["estimatedCost"] == {"credits": 60}
        assert isinstance(client.tasks.retrieve(made.id), Pending)
        clock.forward(7)
        running = client.tasks.retrieve(made.id)
        assert isinstance(running, Running)
        assert running.progress == 0.5
        clock.forward(60)
        done = client.tasks.retrieve(made.id)
        assert isinstance(done, Succeeded)
        assert done.cost.credits == 60
        assert len(download(done.output[0])) == 20_000
        account = client.organization.retrieve()
        assert (account.credit_balance, account.usage.models["gen4.5"].daily_generations) == (9940, 1)
        used = client.organization.retrieve_usage()
        assert used.results[0].used_credits[0].amount == 60
        client.tasks.delete(made.id)
        with pytest.raises(runwayml.NotFoundError):
            client.tasks.retrieve(made.id)


def test_runwayml_waits_for_a_task_by_itself(make_world: Any, clock: Clock, tmp_path: Path) -> None:
    from providers.sandbox.options import Pace

    with serve(make_world(pace={"*": Pace(0.0, 0.0)})) as server, plain() as line:
        made = runway(server, line).text_to_video.create(model="gen4.5", prompt_text="x", ratio="1280:720", duration=2)
        failed = runway(server, line).text_to_video.create(
            model="gen4.5", prompt_text="x [fail:SAFETY.INPUT.TEXT]", ratio="1280:720", duration=2
        )
        assert isinstance(runway(server, line).tasks.retrieve(made.id), Succeeded)
        ended = runway(server, line).tasks.retrieve(failed.id)
        assert isinstance(ended, Failed)
        assert ended.failure_code == "SAFETY.INPUT.TEXT"


def test_runwayml_uploads_a_picture_and_uses_it(
    server: Server, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    picture = tmp_path / "start.png"
    picture.write_bytes(b"\x89PNG" + b"0" * 1000)
    with plain() as line:
        client = runway(server, line)
        uri = client.uploads.create_ephemeral(file=picture).uri
        assert uri.startswith("runway://")
        made = client.image_to_video.create(
            model="gen4_turbo", prompt_image=uri, ratio="1280:720", prompt_text="x", duration=5
        )
        assert made.to_dict()["estimatedCost"] == {"credits": 25}


@pytest.mark.parametrize("vendor", [DREAM_MACHINE, AGENTS, RUNWAY])
def test_an_sdk_left_to_its_defaults_pays_three_times_for_one_lost_answer(
    make_world: Any, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why this program does not use them: two retries, POST included, and no idempotency key."""
    world = make_world(faults=FaultScript((Rule(Fault(Kind.STATUS, status=503), method="POST", calls=(1, 2)),)))
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with serve(world) as server, plain() as line:
        _create(server, vendor, line)
    posts = [each for each in world.requests() if each.method == "POST"]
    assert [each.status for each in posts][:2] == [503, 503]
    assert len(posts) == 3
    assert [entry.kind for entry in world.ledger(vendor)] == ["charge"] * 3


@pytest.mark.parametrize("vendor", [DREAM_MACHINE, AGENTS, RUNWAY])
def test_an_sdk_without_retries_pays_once_and_never_learns_of_it(make_world: Any, vendor: str) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.DROP), method="POST"),)))
    lost = (lumaai.APIConnectionError, luma_agents.APIConnectionError, runwayml.APIConnectionError)
    with serve(world) as server, plain() as line, pytest.raises(lost):
        _create(server, vendor, line, max_retries=0)
    assert len(world.ledger(vendor)) == 1


def _create(server: Server, vendor: str, line: httpx.Client, **options: Any) -> None:
    """One press, by the vendor's own client."""
    common: dict[str, Any] = {"base_url": server.base_urls[vendor], "http_client": line, **options}
    if vendor == DREAM_MACHINE:
        lumaai.LumaAI(auth_token=KEYS[vendor], **common).generations.create(model="ray-2", prompt="a boat")
    elif vendor == AGENTS:
        client = luma_agents.Luma(auth_token=KEYS[vendor], **common)
        client.generations.create(prompt="a boat", model="ray-3.2", type="video")
    else:
        runwayml.RunwayML(api_key=KEYS[vendor], **common).text_to_video.create(
            model="gen4.5", prompt_text="a boat", ratio="1280:720", duration=2
        )
