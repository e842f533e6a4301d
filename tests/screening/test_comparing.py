"""What differs between takes is marked; what is the same is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from providers.shot import ParamValue, Shot
from rushes.shots.differences import differences, own_words
from rushes.task import Cost, Status, Task


def task(prompt: str, model: str = "one", price: str = "0.30", **params: ParamValue) -> Task:
    shot = Shot("sandbox", model, "text_to_video", prompt, params)
    badge = f"SANDBOX-{model.upper()}"
    return Task("01", shot, Status.SUCCEEDED, datetime(2026, 11, 22, tzinfo=UTC), badge, cost=Cost(Decimal(price)))


def own(*prompts: str) -> list[str]:
    return [" ".join(word for word, mine in words if mine) for words in own_words(prompts)]


def test_words_of_one_prompt_alone_are_its_own() -> None:
    assert own("a red fox in snow", "a red fox in rain") == ["snow", "rain"]
    assert own("a fox, asleep", "A fox asleep") == ["", ""]
    assert own("the same", "the same", "the same") == ["", "", ""]
    assert own("a fox", "a fox runs", "a fox sits") == ["", "runs", "sits"]


@given(st.lists(st.text("ab ,.", max_size=20), min_size=1, max_size=4))
def test_no_word_is_lost_on_the_way(prompts: list[str]) -> None:
    assert [[word for word, _ in words] for words in own_words(prompts)] == [prompt.split() for prompt in prompts]


def test_only_differing_parameters_are_listed_and_missing_ones_have_a_dash() -> None:
    found = differences([task("x", duration="5s", ratio="16:9"), task("x", duration="9s", ratio="16:9", seed=7)])
    assert {each.name: each.values for each in found} == {"duration": ("5s", "9s"), "seed": ("–", "7")}


def test_blind_nothing_tells_the_model() -> None:
    takes = [task("x", "one"), replace(task("x", "two", "0.90"), badge="SANDBOX-TWO")]
    assert {each.name for each in differences(takes)} == {"model", "price"}
    assert differences(takes, blind=True) == []
