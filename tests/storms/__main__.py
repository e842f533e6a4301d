"""`python -m tests.storms --runs N --seed S`: storms in a row, each in a folder of its own; broken promises are told.

Prints a line for each broken promise with the seed that replays it, and a summary. Exit code 1 where one was broken.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.storms.kill import CASES, crowd, kill_at
from tests.storms.plan import MORE_FROM
from tests.storms.reckoning import reckon
from tests.storms.storm import run


def one(seed: int) -> tuple[int, list[str], Counter[str]]:
    """One storm; what it broke, and some figures of it."""
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    figures: Counter[str] = Counter()
    try:
        storm = run(seed, folder)
        figures["presses"] = sum(storm.books.presses.values())
        figures["billable requests"] = len(storm.books.posted)
        figures["jobs"] = len(storm.books.made_by)
        figures["deaths"] = sum(each.dead for each in storm.house.processes)
        figures.update(f"ended {status}" for status in storm.house.statuses().elements())
        return seed, reckon(storm), figures
    except Exception:  # noqa: BLE001 - whatever it is, it is told with the seed that replays it
        return seed, [traceback.format_exc(limit=-4)], figures
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Runs them."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(prog="python -m tests.storms")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=MORE_FROM, help="the first seed; storms are seed, seed + 1, …")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kill", action="store_true", help="also kill real processes at every labelled point")
    options = parser.parse_args()
    killed = _kills() if options.kill else 0
    began, broken, figures = time.monotonic(), 0, Counter[str]()
    seeds = range(options.seed, options.seed + options.runs)
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, faults, found in pool.map(one, seeds, chunksize=4):
            figures += found
            broken += bool(faults)
            for fault in faults:
                print(f"seed {seed}: {fault}", flush=True)
    took = time.monotonic() - began
    print(f"{options.runs} storms in {took:.0f} s, {broken} with a broken promise")
    print(", ".join(f"{name}: {count}" for name, count in sorted(figures.items())))
    if options.runs and not figures["billable requests"]:
        print("nothing was sent: these storms have tried nothing")
        return 1
    return 1 if broken or killed else 0


def _kills() -> int:
    """Real processes, killed at every label; how many promises were broken."""
    broken = 0
    for label, provider in (*CASES, ("crowd", "")):
        folder = Path(tempfile.mkdtemp(prefix="kill-"))
        try:
            faults = crowd(folder) if label == "crowd" else kill_at(label, provider, folder).faults(label)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        broken += len(faults)
        for fault in faults:
            print(f"{label} {provider}: {fault}", flush=True)
    print(f"{len(CASES)} kills at labelled points and a crowd, {broken} broken promises", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
