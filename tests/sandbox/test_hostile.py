"""Whatever is sent, the sandbox answers, and never with a fault of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.sandbox.native import MODELS
from providers.sandbox.options import Options
from providers.sandbox.schema import load_fields
from providers.sandbox.wire import Request
from providers.sandbox.world import World
from tests.sandbox.kit import CREATE, PREFIX, VENDORS, Clock, Desk, scribble

ROOMY = Options(
    prerender=False,
    creates_per_minute={},
    concurrent={},
    balances=dict.fromkeys(VENDORS, Options().balances["runway"] * 10**9),
    runway_daily=10**9,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ROUTES = (
    "/generations", "/generations/{}", "/generations/video", "/generations/video/modify", "/generations/video/reframe",
    "/generations/{}/upscale", "/generations/{}/audio", "/files", "/files/{}", "/files/{}/complete", "/text_to_video",
    "/image_to_video", "/video_to_video", "/tasks/{}", "/organization/usage", "/uploads", "/clips", "/clips/{}",
    "/clips/{}/cancel", "/runway/{}", "/agents/{}.mp4", "/sandbox/{}.mp4", "{}",
)  # fmt: skip
PATHS = st.tuples(
    st.sampled_from([*PREFIX.values(), "/assets", "/storage", ""]),
    st.sampled_from(ROUTES),
    st.text(max_size=30) | st.uuids().map(str),
).map(lambda parts: parts[0] + parts[1].replace("{}", parts[2]))
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "", "é"])
LUMA = load_fields("luma_fields")
NAMES = {
    "dream_machine": sorted({name for fields in LUMA["dream_machine"].values() for name in fields}),
    "agents": sorted(LUMA["agents"]["generation_create"]),
    "runway": sorted(
        {
            name
            for mode in load_fields("runway_fields")["modes"].values()
            for rules in mode.values()
            for name in rules["fields"]
        }
    ),
    "sandbox": sorted(MODELS["sandbox-fast"]),
}
VIDEO = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.none() | st.booleans() | st.sampled_from(["5s", "10s", "720p", "360p"])
        for name in LUMA["agents"]["generation_create"]["video"]["fields"]
    },
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        made = World(Path(folder), clock=Clock(), options=ROOMY, renderer=scribble)
        yield made
        made.close()


@given(
    method=METHODS,
    target=PATHS,
    query=st.text(max_size=30),
    vendor=st.sampled_from(VENDORS),
    headers=st.lists(st.tuples(st.sampled_from(["range", "content-type", "if-range", "host"]), st.text(max_size=30))),
    body=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()),
)
@settings(max_examples=250, deadline=None)
def test_any_request_gets_an_answer(
    world: World, method: str, target: str, query: str, vendor: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    named = [*Desk(world, vendor).headers().items(), *headers]
    reply = world.handle(Request.of(method, f"{target}?{query}", named, body))
    assert 200 <= reply.status < 500


@given(vendor=st.sampled_from(VENDORS), data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_body_is_accepted_or_refused(world: World, vendor: str, data: st.DataObject) -> None:
    path, body = CREATE[vendor]
    names = st.sampled_from(NAMES[vendor])
    changes = data.draw(st.dictionaries(names, JSON, max_size=3) | VIDEO.map(lambda video: {"video": video}))
    before = len(world.ledger(vendor))
    answer = Desk(world, vendor).post(path, {**body, **changes})
    assert answer.status in {200, 201, 400, 403, 404, 422}
    if vendor != "sandbox":
        assert len(world.ledger(vendor)) == before + (answer.status < 300)


@given(mode=st.sampled_from(sorted(load_fields("runway_fields")["modes"])), data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_runway_model_can_be_priced(world: World, mode: str, data: st.DataObject) -> None:
    models = load_fields("runway_fields")["modes"][mode]
    model = data.draw(st.sampled_from(sorted(models)))
    body = {
        name: data.draw(_fitting(rule), label=name)
        for name, rule in models[model]["fields"].items()
        if rule.get("required") or data.draw(st.booleans())
    }
    answer = Desk(world, "runway").post(f"/{mode}", {**body, "model": model})
    assert answer.status in {200, 400}
    if answer.status == 200:
        assert answer.json["estimatedCost"]["credits"] > 0


def _fitting(rule: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a field, most of the time."""
    if "enum" in rule:
        return st.sampled_from(rule["enum"])
    if "one_of" in rule:
        return st.one_of([_fitting(each) for each in rule["one_of"]])
    match rule.get("type"):
        case "integer":
            return st.integers(rule.get("min", 1), rule.get("max", 30))
        case "boolean":
            return st.booleans()
        case "string":
            return st.just("https://a.example/b.png") if "uri_forms" in rule else st.just("1280:720")
        case "array":
            fewest = rule.get("min_items", 0)
            return st.lists(_fitting(rule.get("items", {})), min_size=fewest, max_size=max(1, fewest))
        case "object":
            return st.fixed_dictionaries({name: _fitting(each) for name, each in rule.get("fields", {}).items()})
        case _:
            return JSON


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_huge_prompt_is_refused(world: World, vendor: str) -> None:
    assert Desk(world, vendor).prompt("x" * 2_000_000).status in {400, 422}


def test_text_with_lone_surrogates_and_control_characters_is_survived(world: World) -> None:
    body = b'{"model": "sandbox-fast", "prompt": "\\ud800 \\u0000 \\u001b[31m"}'
    answer = Desk(world, "sandbox").send("POST", "/clips", body)
    assert answer.status in {201, 400}
