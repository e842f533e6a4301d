"""Luma's answers on their way to words: states, failures, refusals, and what is no answer at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import httpx
import pytest
from luma_agents.types import GenerationFailureCode

from providers.base import Access, VendorRef, VendorState
from providers.errors import (
    FailureKind,
    KeyRefused,
    Malformed,
    NoCredits,
    NotFound,
    NotSent,
    NotSupported,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from providers.luma import agents, dream_machine
from providers.luma.failures import read_code, read_reason
from providers.luma.provider import LumaProvider
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.shot import Input, Media, Role
from tests.luma.kit import CATALOGUE, LINK, media, provider, shot

NEW, OLD = "ray-3.2", "ray-2"
KIND = FailureKind


def answering(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> httpx.MockTransport:
    """A vendor that answers everything alike."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.MockTransport(lambda _request: httpx.Response(status, content=content, headers=headers))


async def poll(body: Any, model: str = OLD, status: int = 200) -> Any:
    luma = provider(answering(status, body))
    try:
        return await luma.poll(VendorRef(model, "an-id"))
    finally:
        await luma.aclose()


async def submit(status: int, body: Any, model: str = OLD, headers: Mapping[str, str] | None = None) -> Any:
    luma = provider(answering(status, body, headers))
    try:
        return await luma.submit(shot(model))
    finally:
        await luma.aclose()


# ── states ───────────────────────────────────────────────────────────────────────────────────────────────────────────

STATES = [
    (OLD, "queued", VendorState.PENDING),
    (OLD, "dreaming", VendorState.RUNNING),
    (OLD, "completed", VendorState.SUCCEEDED),
    (OLD, "failed", VendorState.FAILED),
    (OLD, "processing", VendorState.UNKNOWN),
    (NEW, "queued", VendorState.PENDING),
    (NEW, "processing", VendorState.RUNNING),
    (NEW, "completed", VendorState.SUCCEEDED),
    (NEW, "failed", VendorState.FAILED),
    (NEW, "dreaming", VendorState.UNKNOWN),
    (NEW, "napping", VendorState.UNKNOWN),
]


@pytest.mark.parametrize(("model", "word", "state"), STATES)
async def test_every_state_is_mapped_and_keeps_the_vendors_word(model: str, word: str, state: VendorState) -> None:
    task = await poll({"id": "x", "state": word}, model)
    assert (task.state, task.word) == (state, word)


def test_links_of_both_apis_are_found_and_everything_else_may_be_missing() -> None:
    old = dream_machine.read_task({"id": "x", "state": "completed", "assets": {"video": LINK, "progress_video": "y"}})
    assert [each.url for each in old.assets] == [LINK]
    output = [{"type": "video", "url": LINK}, {"type": "exr", "url": "https://e"}, {"type": "video"}, 7]
    new = agents.read_task({"id": "x", "state": "completed", "output": output, "created_at": "2026-11-22T10:00:00Z"})
    assert [(each.kind, each.url) for each in new.assets] == [("video", LINK), ("exr", "https://e")]
    assert new.created_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    for read in (dream_machine.read_task, agents.read_task):
        bare = read({"id": "x", "assets": None, "output": None, "created_at": 5, "request": "?"})
        assert (bare.word, bare.state, bare.assets) == ("no state", VendorState.UNKNOWN, ())


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

REASONS = [
    ("Prompt contains blacklisted words", KIND.MODERATION, False),
    ("Failed to read user input frames", KIND.INPUT, False),
    ("Frame moderation failed", KIND.MODERATION, False),
    ("Advanced prompt moderation failed", KIND.MODERATION, False),
    ("Prompt processing failed", KIND.SERVICE, True),
    ("Error dispatching job", KIND.SERVICE, True),
    ("Job failed", KIND.SERVICE, True),
    ("Error processing callback", KIND.SERVICE, True),
    ("The moon was in the way", KIND.UNKNOWN, True),
    (None, KIND.UNKNOWN, True),
]
CODES = [
    ("generation_failed", KIND.SERVICE, True),
    ("output_not_found", KIND.SERVICE, True),
    ("content_moderated", KIND.MODERATION, False),
    ("budget_exhausted", KIND.BUDGET, False),
    ("image_too_large", KIND.INPUT, False),
    ("unsupported_format", KIND.INPUT, False),
    ("corrupt_input", KIND.INPUT, False),
    ("invalid_request", KIND.INVALID, False),
    ("rate_limited", KIND.RATE, True),
    ("moon_in_the_way", KIND.UNKNOWN, True),
    (None, KIND.UNKNOWN, True),
]


@pytest.mark.parametrize(("reason", "kind", "retryable"), REASONS)
def test_a_reason_says_what_kind_of_failure_it_was(reason: str | None, kind: FailureKind, retryable: bool) -> None:
    failure = read_reason(reason)
    assert (failure.kind, failure.retryable, failure.charged) == (kind, retryable, False)
    assert failure.message == (reason or "failed without a reason")


@pytest.mark.parametrize(("code", "kind", "retryable"), CODES)
def test_a_code_says_what_kind_of_failure_it_was(code: str | None, kind: FailureKind, retryable: bool) -> None:
    failure = read_code(code, None)
    assert (failure.kind, failure.retryable, failure.charged) == (kind, retryable, False)
    assert failure.vendor_code == code


def test_every_code_of_the_vendors_client_is_known() -> None:
    assert set(get_args(GenerationFailureCode)) == {code for code, *_ in CODES[:-2]}


@pytest.mark.parametrize("model", [OLD, NEW])
async def test_a_reason_of_two_hundred_lines_with_escapes_becomes_one_short_line(model: str) -> None:
    reason = "\x1b[31mFailed\x1b[0m to read user input frames\n" * 200
    task = await poll({"id": "x", "state": "failed", "failure_reason": reason, "failure_code": "\x1b[2Jodd"}, model)
    assert task.failure is not None
    for words in (task.failure.message, task.failure.vendor_code):
        assert words
        assert len(words) <= 300
        assert words.isprintable()
    weird = await poll({"id": "x", "state": "\x1b[31mdreaming\n" * 100}, model)
    assert weird.word.isprintable()
    assert len(weird.word) <= 80


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FIELDS = [{"type": "x", "loc": ["body", "video", "duration"], "msg": "not good"}, "?"]
REFUSALS: list[tuple[str, int, Any, type[Exception], str]] = [
    (OLD, 400, {"detail": "Prompt is too short"}, Refused, "too short"),
    (OLD, 400, {"detail": "Insufficient credits"}, NoCredits, "Insufficient credits"),
    (OLD, 401, {"detail": "Invalid API key"}, KeyRefused, "Invalid API key"),
    (OLD, 403, {"detail": "Not yours"}, KeyRefused, "Not yours"),
    (OLD, 422, {"detail": FIELDS}, Refused, "video.duration not good"),
    (OLD, 429, {"detail": "Slow down"}, RateLimited, "Slow down"),
    (NEW, 400, {"detail": "Unknown model: ray-9"}, Refused, "Unknown model"),
    (NEW, 402, {"detail": "Payment required"}, NoCredits, "Payment required"),
    (NEW, 403, {"detail": "No HDR access"}, KeyRefused, "No HDR access"),
    (NEW, 404, {"detail": "File not found"}, NotFound, "File not found"),
    (NEW, 413, {"detail": "Too large"}, Refused, "Too large"),
    (NEW, 422, {"detail": FIELDS}, Refused, "video.duration not good"),
    (NEW, 502, {"detail": "Bad gateway"}, OutcomeUnknown, "Bad gateway"),
    (NEW, 503, b"<html><body>down</body></html>", OutcomeUnknown, "HTTP 503"),
    (NEW, 201, b"<html>hello</html>", OutcomeUnknown, "holds no id"),
    (OLD, 201, {"state": "queued"}, OutcomeUnknown, "holds no id"),
    (OLD, 201, {"id": ""}, OutcomeUnknown, "holds no id"),
    (OLD, 400, {"detail": "\x1b[31mred\n" * 200}, Refused, "red"),
]


@pytest.mark.parametrize(("model", "status", "body", "error", "words"), REFUSALS)
async def test_every_refusal_of_a_create_has_its_kind_and_one_printable_line(
    model: str, status: int, body: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        await submit(status, body, model)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


async def test_the_two_limits_of_the_newer_api_are_told_apart() -> None:
    with pytest.raises(RateLimited) as caught:
        await submit(429, {"detail": "x"}, NEW, {"Retry-After": "7", "X-RateLimit-Limit": "30"})
    assert (caught.value.retry_after, "a minute" in (caught.value.hint or "")) == (7.0, True)
    with pytest.raises(RateLimited) as caught:
        await submit(429, {"detail": "x"}, NEW, {"Retry-After": "60"})
    assert (caught.value.retry_after, "at once" in (caught.value.hint or "")) == (60.0, True)


@pytest.mark.parametrize("model", [OLD, NEW])
async def test_a_poll_that_is_answered_with_nonsense_is_no_verdict(model: str) -> None:
    nonsense: tuple[Any, ...] = (b"<html>", [], {"state": "completed"}, {"id": 7})
    for body in nonsense:
        with pytest.raises(Malformed):
            await poll(body, model)
    with pytest.raises(NotFound):
        await poll({"detail": "Generation not found"}, model, 404)
    with pytest.raises(Unreachable):
        await poll(b"<html>", model, 502)


# ── keys, look-ups, health ───────────────────────────────────────────────────────────────────────────────────────────


def with_keys(*names: str, transport: httpx.AsyncBaseTransport | None = None) -> LumaProvider:
    keys = {name: key for name, key in practice_keys().items() if name in names}
    line = transport or answering(500)
    return LumaProvider(CATALOGUE, Access(keys, practice_base_urls(), line, "tests"))


@pytest.mark.parametrize(
    ("model", "has", "words"), [(NEW, "dream_machine", "Agents API"), (OLD, "agents", "Dream Machine")]
)
async def test_a_model_without_its_key_says_which_key_it_needs(model: str, has: str, words: str) -> None:
    luma = with_keys(has)
    with pytest.raises(KeyRefused, match=words) as caught:
        await luma.submit(shot(model))
    assert caught.value.status == 0, "nothing was asked"
    assert "https://" in (caught.value.hint or "")
    await luma.aclose()


async def test_a_lost_request_is_looked_up_in_the_list_and_only_there() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    window: dict[str, Any] = {"since": now - timedelta(minutes=2), "until": now}
    start = (Input(Role.START_IMAGE, f"{LINK}?signature=one"),)
    wanted = shot(OLD, "image_to_video", start)
    echo = {**provider().request(wanted, media(start)).body, "callback_url": None, "loop": False}
    echo["keyframes"] = {"frame0": {"type": "image", "url": f"{LINK}?signature=two"}, "frame1": None}
    row = {"id": "mine", "state": "dreaming", "created_at": "2026-11-22T11:59:00Z", "request": echo}
    others = [
        {**row, "id": "another prompt", "request": {**echo, "prompt": "a cat"}},
        {**row, "id": "more in it", "request": {**echo, "concepts": [{"key": "pov"}]}},
        {**row, "id": "too old", "created_at": "2026-11-22T11:50:00Z"},
        {**row, "id": "says nothing", "request": None},
    ]
    luma = provider(answering(200, {"generations": [*others, row], "has_more": False}))
    found = await luma.find(wanted, media(start), **window)
    assert [each.vendor_id for each in found] == ["mine"]
    for name, mode in ((NEW, "text_to_video"), (OLD, "upscale"), (OLD, "add_audio")):
        with pytest.raises(NotSupported, match="list"):
            await luma.find(shot(name, mode), **window)
    with pytest.raises(NotSupported, match="goes on, and is charged"):
        await luma.cancel(VendorRef(OLD, "mine"))
    await luma.aclose()


async def test_a_lost_request_with_a_weight_is_found_however_the_echo_writes_the_number() -> None:
    pictures = (Input(Role.REFERENCE, LINK), Input(Role.REFERENCE, LINK))
    wanted = shot("photon-1", "text_to_image", pictures, uses="image 0.8, style 1")
    body = provider().request(wanted, media(pictures)).body
    echo = {**body, "generation_type": "image", "image_ref": [{"url": LINK, "weight": 0.8}]}
    assert body["image_ref"] == echo["image_ref"]
    row = {"id": "mine", "state": "dreaming", "created_at": "2026-11-22T11:59:00Z", "request": echo}
    other = {**row, "id": "another", "request": {**echo, "image_ref": [{"url": LINK, "weight": 0.7}]}}
    luma = provider(answering(200, {"generations": [other, row], "has_more": False}))
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    found = await luma.find(
        wanted, media(pictures), since=moment - timedelta(minutes=2), until=moment + timedelta(minutes=2)
    )
    assert [each.vendor_id for each in found] == ["mine"]


async def test_one_list_call_serves_the_older_api_and_leaves_the_newer_to_single_questions() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, json={"generations": [{"id": "a", "state": "queued"}], "has_more": True})

    luma = provider(httpx.MockTransport(answer))
    refs = [VendorRef(OLD, "a"), VendorRef(NEW, "b"), VendorRef(OLD, "c")]
    assert list(await luma.poll_many(refs)) == ["a"]
    assert await luma.poll_many([VendorRef(NEW, "b")]) == {}
    assert seen == ["/dream-machine/v1/generations"]
    await luma.aclose()


async def test_health_tells_of_both_apis_and_of_what_is_missing() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/credits"):
            return httpx.Response(200, json={"credit_balance": 1234.5})
        if "agents" in request.url.path:
            return httpx.Response(401, json={"detail": "Invalid API key"})
        return httpx.Response(200, json={"message": "pong"})

    luma = provider(httpx.MockTransport(answer))
    health = await luma.health()
    assert (health.reachable, health.key_accepted) == (True, False)
    assert f"{health.balance} {health.unit}" == "1234.5 cent"
    assert "key accepted, $12.34 left" in health.message
    assert "platform.lumalabs.ai" in health.message
    await luma.aclose()
    one = with_keys("agents", transport=answering(200, {"data": []}, {"X-RateLimit-Remaining": "29"}))
    facts = (await one.health()).facts
    assert (facts["Dream Machine API"], facts["x-ratelimit-remaining"]) == ("no key", "29")
    await one.aclose()
    none = with_keys()
    health = await none.health()
    assert (health.reachable, health.key_accepted) == (False, None)
    assert "LUMA_AGENTS_API_KEY" in health.message
    assert "LUMAAI_API_KEY" in health.message
    await none.aclose()


async def test_a_take_whose_link_cannot_be_had_is_not_sent() -> None:
    clip = [Media(Role.VIDEO, vendor_id="x")]
    for status, error in ((503, NotSent), (404, NotFound)):
        luma = provider(answering(status, {"detail": "x"}))
        with pytest.raises(error):
            await luma.submit(shot(OLD, "modify", (Input(Role.VIDEO, "01KAX0000000000000000000ZZ"),)), clip)
        await luma.aclose()
