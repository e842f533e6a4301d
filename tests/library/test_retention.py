"""A clip that is only at the vendor says so, and until when, as far as the vendor tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.catalogue import Catalogue
from providers.registry import load
from rushes.library.retention import only_there
from rushes.task import Status
from tests.library.shelf import task

DONE = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)


def catalogue(name: str) -> Catalogue:
    return load().specs[name].load_catalogue()


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("luma", ["only at Luma", "until 2026-10-01 13:30 UTC", "is not documented"]),
        ("runway", ["only at Runway", "until 2026-10-02 12:30 UTC", "is not documented"]),
        ("sandbox", ["only at Sandbox", "kept until the sandbox's folder is emptied"]),
        ("gone", ["only at gone"]),
    ],
)
def test_a_clip_that_was_not_fetched_says_where_it_is(provider: str, words: list[str]) -> None:
    waiting = replace(task(provider=provider, status=Status.DOWNLOADING), finished_at=DONE)
    told = only_there(waiting, catalogue, DONE)
    assert all(each in told for each in words)
    assert ("good until" in told) == (provider in {"luma", "runway"})
    assert "good until" not in only_there(waiting, catalogue, DONE + timedelta(days=3))


def test_a_clip_that_is_here_needs_no_word() -> None:
    assert only_there(task(status=Status.SUCCEEDED), catalogue, DONE) == ""
