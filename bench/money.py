"""How long sums over a ledger of a million entries take, and what booking one change costs. `python -m bench.money`"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rushes.library.library import Library
from rushes.money.books import Books, day_number

ROWS = 1_000_000
DAYS = 5 * 365
LAST = date(2026, 11, 22)
MODELS = [("luma", "ray-2"), ("luma", "ray-3.2"), ("luma", "ray-flash-2")] + [
    ("runway", f"model-{n}") for n in range(12)
]
KINDS = ("quoted", "estimated", "charged", "charged", "refund")
BUDGET_MS = 50.0
ROUNDS = 9


def fill(library: Library) -> None:
    """A million entries over five years, fifteen models and all kinds, with the sums that the trigger keeps."""
    first = day_number(LAST) - DAYS + 1
    rows = (
        (
            f"T{n // 5:07}",
            1,
            KINDS[n % 5],
            n % 5,
            0,
            first + n * DAYS // ROWS,
            10_000 + n % 977,
            "bench",
            *MODELS[n % 15],
            0,
        )
        for n in range(ROWS)
    )
    db = library._db
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    db.execute("COMMIT")


def took(work: Callable[[], object]) -> float:
    """Milliseconds, the median of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure(books: Books) -> dict[str, float]:
    """Every question that a face asks, over all five years and over the last thirty days."""
    ever, month = LAST - timedelta(days=DAYS), LAST - timedelta(days=29)
    return {
        "the sum of everything": took(lambda: books.total(ever, LAST)),
        "everything by provider": took(lambda: books.by_provider(ever, LAST)),
        "everything by model": took(lambda: books.by_model(ever, LAST)),
        "everything by day": took(lambda: books.by_day(ever, LAST)),
        "thirty days, the sum": took(lambda: books.total(month, LAST)),
        "thirty days by day": took(lambda: books.by_day(month, LAST)),
        "what counts for today's budget": took(lambda: books.used(datetime(2026, 11, 22, tzinfo=UTC))),
    }


def main() -> int:
    """Prints a line for each figure; 1 where the sum of everything is over its budget."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder) / "library.sqlite3", now=lambda: datetime.now(UTC))
        began = time.perf_counter()
        fill(library)
        print(f"{ROWS:,} entries written in {time.perf_counter() - began:.1f} s, trigger included")
        found = measure(library.books)
        library.close()
    for name, ms in found.items():
        print(f"{name:<32} {ms:8.2f} ms")
    over = found["the sum of everything"] > BUDGET_MS
    print(f"budget for the sum of everything: {BUDGET_MS:.0f} ms, {'passed over' if over else 'kept'}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
