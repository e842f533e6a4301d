"""The OpenAPI document against the gateway: no answer breaks it, and nothing that it allows is a fault of ours."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.cases import try_cases
from tests.gateway.conftest import Gate

CASES = 160
"""The whole of 2,000 is `python -m tests.gateway.cases`."""


async def test_every_call_is_in_the_document_with_its_answers(gate: Gate) -> None:
    document = (await gate.client.get("/openapi.json")).json()
    calls = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert calls == {
        ("get", "/health"),
        ("get", "/v1/providers"),
        ("get", "/v1/models"),
        ("get", "/v1/spend"),
        ("get", "/v1/events"),
        ("get", "/v1/videos"),
        ("post", "/v1/videos"),
        ("get", "/v1/videos/{video_id}"),
        ("patch", "/v1/videos/{video_id}"),
        ("delete", "/v1/videos/{video_id}"),
        ("get", "/v1/videos/{video_id}/content"),
        ("get", "/v1/videos/{video_id}/poster"),
        ("get", "/v1/engine"),
        ("post", "/v1/engine/{call}"),
        ("get", "/v1/engine/events"),
        ("put", "/v1/uploads/{name}"),
    }
    page = (await gate.client.get("/docs")).text
    assert all(path in page for _, path in calls)


def test_generated_requests_find_no_fault_and_no_answer_outside_the_document(home: Path) -> None:
    tally = try_cases(home, CASES)
    assert tally.problems == []
    assert tally.cases >= CASES
    assert {200, 201, 404, 422} <= set(tally.statuses)
