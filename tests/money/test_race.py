"""Eight processes press at once: no limit is passed by even one press, and none is left unused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rushes.home import Home
from rushes.library.library import Library
from tests.money.racer import NOW, PRICE

PROCESSES, PRESSES = 8, 6
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ("per_day_usd = 5", 16),
        ("per_month_clips = 11", 11),
        ("per_day_seconds = 62", 12),
        ("providers.luma.per_month_usd = 2.99", 9),
    ],
)
def test_a_limit_holds_to_the_last_press(tmp_path: Path, limit: str, most: int) -> None:
    home = Home.find(str(tmp_path))
    home.make()
    home.settings.write_text(f"[budget]\n{limit}\n")
    command = [sys.executable, "-m", "tests.money.racer", str(tmp_path), str(PRESSES)]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    said = [word for racer in racers for word in racer.communicate()[0].split()]
    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    assert (said.count("sent"), said.count("refused")) == (most, PROCESSES * PRESSES - most)
    library = Library(home.library, now=lambda: NOW)
    assert library.books.used(NOW.replace(day=1, hour=0)).usd == most * PRICE
    library.close()
