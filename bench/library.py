"""The library with many takes, beside an empty one in the same run: on the real screen, and query by query.

`python -m bench.library [N …]` builds libraries of N takes (100 000 without any; `--million` adds 1 000 000) below the
temporary folder. `--screen` leaves out the queries, `--queries` the screen and the rebuilding.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from providers.shot import Shot
from rushes.home import Home
from rushes.ids import new_id
from rushes.library.finding import page_statement
from rushes.library.library import Library
from rushes.library.reindex import rebuild
from rushes.library.search import parse
from rushes.library.sidecar import write_sidecar
from rushes.task import Status, Task

SUBJECTS = ["fox", "boat", "harbour", "lantern", "glacier", "violin", "dragonfly", "train", "lighthouse", "orchard"]
SUBJECTS += ["robot", "whale", "market", "dancer"]
PLACES = ["in neon rain", "at dawn", "under a red moon", "on a paper sea", "through tall grass", "beside the window"]
STYLES = ["slow dolly in", "handheld", "stop motion", "macro", "aerial", "one long take"]
MODELS = (("luma", "ray-2"), ("luma", "ray-3.2"), ("runway", "gen4.5"), ("runway", "veo3.1"), ("sandbox", "sandbox-hd"))
TAGS = ("keeper", "titles", "client", "b-roll", "night")
SCREEN = 40
"""Rows of the largest usual screen."""
START_MS = 1_600_000_000_000
PAGES: tuple[str, ...] = (
    "",
    "provider:luma",
    "model:veo",
    "status:FAILED",
    "tag:keeper",
    "rating:>=4",
    "rating:5 provider:runway",
)
PAGES += ("has:loop", "after:2021-01", "before:2020-10", "cost:<0.1", "sort:rating", "sort:cost", "sort:oldest")
TYPED = ("f", "fo", "fox", "fox n", "fox neon", "l", "glacier macro", "zebra")


def build(path: Path, count: int, *, seed: int = 7) -> Library:
    """A library of `count` takes, the same for the same seed. Rows are written at once, past the life of a task."""
    library = Library(path, now=lambda: datetime.now(UTC))
    db, rng = library.connection, random.Random(seed)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    names = list(_row(0, rng))
    sql = f"INSERT INTO tasks ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
    db.executemany(sql, (tuple(_row(number, rng).values()) for number in range(count)))
    db.execute("COMMIT")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return library


def _row(number: int, rng: random.Random) -> dict[str, Any]:
    provider, model = MODELS[min(len(MODELS) - 1, int(rng.expovariate(1.0)))]
    prompt = f"{rng.choice(SUBJECTS)} {rng.choice(PLACES)}, {rng.choice(STYLES)}, number {number}"
    params = {"duration": rng.choice(("5s", "9s")), "resolution": "720p", **({"loop": True} if number % 9 == 0 else {})}
    failed = number % 23 == 0
    at = START_MS + number * 60_000
    tags = [tag for tag in TAGS if rng.random() < 0.03]
    return {
        "id": f"01{number:024d}",
        "provider": provider,
        "model": model,
        "mode": "text_to_video",
        "prompt": prompt,
        "params": json.dumps(params),
        "inputs": "[]",
        "badge": f"{provider}-{model}".upper(),
        "practice": 0,
        "status": "FAILED" if failed else "SUCCEEDED",
        "quoted": rng.randrange(100_000, 2_000_000),
        "file": None if failed else f"media/2026-11/{prompt.replace(' ', '-')[:40]}-{number}.mp4",
        "sha256": None if failed else f"{rng.getrandbits(256):064x}",
        "bytes": None if failed else rng.randrange(1 << 20, 1 << 24),
        "width": None if failed else 1280,
        "height": None if failed else 720,
        "duration_s": None if failed else rng.choice((5.0, 9.0)),
        "fps": None if failed else 24.0,
        "rating": rng.choice((None, None, None, 1, 2, 3, 4, 5)),
        "tags": json.dumps(tags),
        "created_at": at,
        "submitted_at": at + 1000,
        "finished_at": at + 60_000,
        "charges_sent": 1,
        "forgotten": 0,
        "rev": number,
    }


def spread(call: Callable[[], object], runs: int = 40) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), sorted(taken)[int(runs * 0.95)]


def steps(db: sqlite3.Connection, query: str) -> int:
    """Thousands of instructions of SQLite's machine that a page costs: the same on every machine."""
    seen = [0]

    def step() -> int:
        seen[0] += 1
        return 0

    statement = page_statement(db, parse(query), cursor=None, limit=SCREEN)
    db.set_progress_handler(step, 1000)
    try:
        db.execute(statement.sql, statement.values).fetchall()
    finally:
        db.set_progress_handler(None, 0)
    return seen[0]


def _tell(name: str, figures: tuple[float, float], note: str = "") -> None:
    print(f"  {name:<34} {figures[0]:9.2f} {figures[1]:9.2f}   {note}", flush=True)


def _paging(library: Library, query: str) -> Callable[[], object]:
    return lambda: library.page(query, limit=SCREEN)


def _counting(library: Library, query: str) -> Callable[[], object]:
    return lambda: library.count(query)


def measure(library: Library) -> None:
    """Everything that a person waits for."""
    print(f"  {'':<34} {'p50 ms':>9} {'p95 ms':>9}")
    for query in PAGES:
        cost = steps(library.connection, query)
        _tell(f"page  {query or '(all)'}", spread(_paging(library, query)), f"{cost} k steps")
    for query in TYPED:
        _tell(f"typed {query}", spread(_paging(library, query)))
    _tell("sorted by rating: fox", spread(lambda: library.page("fox sort:rating", limit=SCREEN), 10))
    for query in ("", "fox", "provider:luma rating:>=3"):
        _tell(f"count {query or '(all)'}", spread(_counting(library, query), 10))
    oldest = library.page("sort:oldest", limit=1).tasks[0].id
    _tell("to the end and back", spread(lambda: (library.page("sort:oldest"), library.page(""))))
    stars = iter(range(10_000))
    _tell("a change, written durably", spread(lambda: library.change(oldest, {"rating": next(stars) % 6}), 200))


def changes(library: Library, runs: int = 300) -> tuple[float, float]:
    """A task's moves between the vendor's states, each written durably."""
    now = datetime.now(UTC)
    shot = Shot("sandbox", "sandbox-hd", "text_to_video", "a task under way", {"duration": "5s"})
    task = library.add(Task(new_id(now), shot, Status.PENDING, now, badge="SANDBOX-HD"))
    states = cycle((Status.RUNNING, Status.THROTTLED, Status.PENDING))
    parts = iter(range(runs + 1))
    return spread(lambda: library.change(task.id, {"progress": next(parts) / runs}, to=next(states)), runs)


def rebuilding(folder: Path, count: int) -> None:
    """Reindex from sidecars: how many a second, and whether the result is the library that there was."""
    home = Home.find(str(folder / "rebuilt"))
    home.make()
    library = build(home.library, count)
    tasks = [task for task in library.page("status:succeeded", limit=count).tasks if task.take]
    for task in tasks:
        if task.take is not None:
            task.take.file.parent.mkdir(parents=True, exist_ok=True)
            task.take.file.touch()
            write_sidecar(task, task.take)
    before = {task.id: task.to_json() for task in tasks}
    library.close()
    again = Library(home.data / "again.sqlite3", now=lambda: datetime.now(UTC))
    started = time.perf_counter()
    result = rebuild(again, [home.media])
    took = time.perf_counter() - started
    after = {task.id: task.to_json() for task in again.page("", limit=count).tasks}
    same = sum(_forgets(after.get(name)) == _forgets(data) for name, data in before.items())
    print(f"  reindex: {result.added} of {len(before)}, {result.added / took:.0f} a second; {same} identical")
    again.close()


def _forgets(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """A finished task's sidecar says done; what this made-up library left out is not held against it."""
    return data and {**data, "progress": None}


def on_screen(folder: Path, sizes: Iterable[int]) -> None:
    """Issue by issue what a person waits for, over an empty library."""
    from bench.library_screen import look, rows_read

    empty = None
    for size in (0, *sizes):
        home = Home.find(str(folder / f"home-{size}"))
        home.make()
        build(home.library, size).close()
        seen = look(home)
        empty = empty or seen
        print(f"{size} takes on the screen: first rows after {seen.open_ms:.0f} ms, {seen.memory:.0f} MB")
        if not size:
            continue
        read, lines = rows_read(home)
        typed, ends = sorted(seen.typed), sorted(seen.ends)
        print(f"  open the Library, over the empty one     {seen.open_ms / empty.open_ms:5.2f} ×")
        print(
            f"  a typed letter to results, p50 / p95     {_ms(typed, 0.5)} / {_ms(typed, 0.95)} ms ({len(typed)} keys)"
        )
        print(f"  rows read to show a page                 {read} for {lines} lines: {read / lines:.1f} screens")
        print(f"  to the end, and back, p50 / worst        {_ms(ends, 0.5)} / {_ms(ends, 1.0)} ms")
        print(f"  memory over the empty one                {seen.memory - empty.memory:+5.1f} MB")
        library = Library(home.library, now=lambda: datetime.now(UTC))
        p50, p95 = changes(library)
        library.close()
        print(f"  a state written durably, p50 / p95       {p50:.2f} / {p95:.2f} ms", flush=True)


def _ms(values: list[float], share: float) -> str:
    return f"{1000 * values[min(len(values) - 1, int(share * len(values)))]:.0f}" if values else "–"


def main(sizes: Iterable[int] = (), *, screen: bool = True, queries: bool = True) -> None:
    """Builds, measures, deletes."""
    chosen = list(sizes) or [100_000]
    folder = Path(tempfile.mkdtemp(prefix="rushes-bench-"))
    try:
        if screen:
            on_screen(folder, chosen)
            rebuilding(folder, 10_000)
        if queries:
            by_query(folder, chosen)
    finally:
        shutil.rmtree(folder)


def by_query(folder: Path, sizes: Iterable[int]) -> None:
    """What each kind of search costs, without a screen."""
    for size in (0, *sizes):
        library = build(folder / f"{size}.sqlite3", size)
        room = (folder / f"{size}.sqlite3").stat().st_size
        print(f"{size} takes: {room / 1e6:.0f} MB")
        if size:
            measure(library)
        else:
            _tell("page  (empty library)", spread(_paging(library, "")))
        library.close()
    print(f"memory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    given = sys.argv[1:]
    numbers = [int(each) for each in given if each.isdigit()] or [100_000]
    main(
        [*numbers, *([1_000_000] if "--million" in given else [])],
        screen="--queries" not in given,
        queries="--screen" not in given,
    )
