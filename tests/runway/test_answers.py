"""From the wire to the words: states, failure codes, refusals, the account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.base import VendorState
from providers.errors import FailureKind, KeyRefused, Malformed, NoCredits, RateLimited, Refused
from providers.http import Answer
from providers.runway.answers import explain, read_failure, read_limits, read_task

TASK = {"id": "0b1f", "createdAt": "2026-11-22T10:00:00.000Z"}


def task(**more: Any) -> dict[str, Any]:
    """A task as the vendor sends it."""
    return {**TASK, **more}


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        (task(status="PENDING", estimatedCost={"credits": 60}), VendorState.PENDING),
        (task(status="THROTTLED", estimatedCost={"credits": 60}), VendorState.THROTTLED),
        (task(status="RUNNING", progress=0.4), VendorState.RUNNING),
        (task(status="SUCCEEDED", output=["https://x/1.mp4?_jwt=a"], cost={"credits": 60}), VendorState.SUCCEEDED),
        (task(status="FAILED", failure="It broke", failureCode="INTERNAL", cost={"credits": 0}), VendorState.FAILED),
        (task(status="CANCELLED", cost={"credits": 0}), VendorState.CANCELLED),
        (task(status="DREAMING"), VendorState.UNKNOWN),
        (task(), VendorState.UNKNOWN),
    ],
)
def test_every_state_is_read_and_a_new_word_is_kept(sent: dict[str, Any], state: VendorState) -> None:
    said = read_task(sent)
    assert said.state is state
    assert said.word == sent.get("status", "no status")
    assert (said.failure is None) is (state is not VendorState.FAILED)


def test_what_a_task_costs_comes_from_its_answer() -> None:
    waiting = read_task(task(status="PENDING", estimatedCost={"credits": 60}))
    assert (waiting.estimated_units, waiting.charged_units) == (Decimal(60), None)
    ended = read_task(task(status="SUCCEEDED", output=["https://x/a.mp4"], cost={"credits": Decimal("12.5")}))
    assert ended.charged_units == Decimal("12.5")


def test_a_task_may_run_without_telling_how_far_it_is() -> None:
    assert read_task(task(status="RUNNING")).progress is None
    assert read_task(task(status="RUNNING", progress=7)).progress is None
    assert read_task(task(status="RUNNING", progress=0)).progress == 0.0


def test_each_file_has_the_kind_that_its_address_says() -> None:
    links = ["https://x/a.mp4?_jwt=b.zip", "https://x/a.PNG", "https://x/a.wav?x", "https://x/a.zip", "https://x/a"]
    kinds = [each.kind for each in read_task(task(status="SUCCEEDED", output=links)).assets]
    assert kinds == ["video", "image", "audio", "archive", ""], "the last says nothing: it is what was asked for"


def test_an_answer_without_an_id_is_not_a_task() -> None:
    with pytest.raises(Malformed):
        read_task({"status": "RUNNING"})


@pytest.mark.parametrize(
    ("code", "kind", "retryable", "advice"),
    [
        ("SAFETY.INPUT.TEXT", FailureKind.MODERATION, False, "change the prompt"),
        ("SAFETY.INPUT.IMAGE", FailureKind.MODERATION, False, "change the picture"),
        ("SAFETY.OUTPUT.VIDEO", FailureKind.MODERATION, False, "change the shot"),
        ("SAFETY", FailureKind.MODERATION, False, "change the shot"),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", FailureKind.MODERATION, False, "change the prompt"),
        ("INPUT_PREPROCESSING.INTERNAL", FailureKind.SERVICE, True, "after a pause"),
        ("ASSET.INVALID", FailureKind.INPUT, False, "give another"),
        ("INTERNAL.BAD_OUTPUT.CODE01", FailureKind.SERVICE, True, "text or logos"),
        ("THIRD_PARTY.UNAVAILABLE", FailureKind.SERVICE, True, "after a pause"),
        ("INTERNAL", FailureKind.SERVICE, True, "after a pause"),
        ("INTERNAL.QUEUE", FailureKind.SERVICE, True, "after a pause"),
    ],
)
def test_failure_codes_become_kinds_and_advice_by_prefix(
    code: str, kind: FailureKind, retryable: bool, advice: str
) -> None:
    failure = read_failure(code, "It broke", Decimal(0))
    assert (failure.kind, failure.retryable, failure.vendor_code) == (kind, retryable, code)
    assert advice in (failure.hint or "")
    assert ("suspend" in (failure.hint or "")) is (kind is FailureKind.MODERATION)


@pytest.mark.parametrize("code", ["SAFETYNET.X", "INTERNALS", "QUOTA.NEW", "safety.input"])
def test_an_unknown_code_is_shown_and_never_repeated(code: str) -> None:
    failure = read_failure(code, "Something new", None)
    assert (failure.kind, failure.retryable, failure.vendor_code) == (FailureKind.UNKNOWN, False, code)


def test_a_failure_without_a_code_is_the_services() -> None:
    assert read_failure(None, None, None).kind is FailureKind.SERVICE


@pytest.mark.parametrize(("cost", "charged"), [(Decimal(60), True), (Decimal(0), False), (None, None)])
def test_whether_a_failure_was_charged_is_what_its_cost_says(cost: Decimal | None, charged: bool | None) -> None:
    assert read_failure("SAFETY.INPUT.TEXT", "no", cost).charged is charged


def answer(status: int, data: Any, **headers: str) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


@pytest.mark.parametrize("status", [400, 402])
def test_missing_credits_are_known_by_their_words(status: int) -> None:
    said = explain(answer(status, {"error": "You do not have enough credits to run this task."}))
    assert isinstance(said, NoCredits)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_right_address(status: int) -> None:
    said = explain(answer(status, {"error": "no"}))
    assert isinstance(said, KeyRefused)
    assert "https://api.dev.runwayml.com" in (said.hint or "")


def test_the_daily_limit_says_when_it_opens_again() -> None:
    said = explain(answer(429, {"error": "Too many"}, retry_after="11520"))
    assert isinstance(said, RateLimited)
    assert said.daily
    assert said.hint == "it opens again in 3 h 12 min"
    assert "a day old" in (getattr(explain(answer(429, {"error": "Too many"})), "hint", "") or "")


def test_every_issue_of_a_refusal_is_told() -> None:
    issues = [{"path": ["ratio"], "message": "Bad ratio"}, {"path": ["references", 0, "uri"], "message": "Bad URI"}]
    said = explain(answer(400, {"error": "Validation of body failed", "issues": issues}))
    assert isinstance(said, Refused)
    assert [each.param for each in said.problems] == ["ratio", "references.0.uri"]
    assert "Bad URI" in said.message


@pytest.mark.parametrize("data", [None, [], "x", {"error": 5}, {"issues": "x"}, {"issues": [1, {"path": 2}]}])
def test_a_strange_refusal_is_still_a_refusal(data: Any) -> None:
    assert isinstance(explain(answer(400, data)), Refused)


def test_the_account_tells_its_limits_and_leaves_out_what_is_unbounded() -> None:
    limits = read_limits(
        {
            "creditBalance": 500,
            "tier": {
                "maxMonthlyCreditSpend": 10000,
                "models": {
                    "gen4.5": {"maxConcurrentGenerations": 2, "maxDailyGenerations": 50},
                    "veo3": {"maxConcurrentGenerations": None},
                },
            },
            "usage": {"models": {"gen4.5": {"dailyGenerations": 47}, "act_two": {"dailyGenerations": 1}}},
        }
    )
    assert (limits.balance, limits.per_month) == (Decimal(500), Decimal(10000))
    assert (limits.of("gen4.5").at_once, limits.of("gen4.5").left_today) == (2, 3)
    assert limits.of("veo3").at_once is None
    assert limits.of("act_two").used_today == 1
    assert limits.of("never heard of").left_today is None


@pytest.mark.parametrize("data", [{}, {"tier": 5}, {"tier": {"models": []}}, {"usage": {"models": {"a": "b"}}}])
def test_an_account_with_holes_is_read_as_far_as_it_goes(data: dict[str, Any]) -> None:
    assert read_limits(data).balance is None
