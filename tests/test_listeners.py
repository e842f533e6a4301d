"""Who is told of news."""

from __future__ import annotations

import logging

import pytest

from rushes.listeners import Listeners


def test_a_listener_hears_until_it_is_removed() -> None:
    heard: list[int] = []
    listeners: Listeners[[int]] = Listeners()
    stop = listeners.add(heard.append)
    listeners.tell(1)
    stop()
    stop()
    listeners.tell(2)
    assert heard == [1]


def test_a_listener_that_fails_is_written_down_and_keeps_no_other_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[int] = []
    listeners: Listeners[[int]] = Listeners()
    listeners.add(lambda number: 1 // (number - 1))
    listeners.add(heard.append)
    with caplog.at_level(logging.ERROR, "rushes.listeners"):
        listeners.tell(1)
    assert heard == [1]
    assert "ZeroDivisionError" in caplog.text


def test_who_goes_while_news_is_told_keeps_no_other_from_hearing() -> None:
    heard: list[int] = []
    listeners: Listeners[[int]] = Listeners()
    stop = listeners.add(lambda _number: stop())
    listeners.add(heard.append)
    listeners.tell(1)
    assert heard == [1]
