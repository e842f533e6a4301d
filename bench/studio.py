"""The Studio on a real pseudo-terminal: every figure that it is held to, in one table.

Times and shares are of the machine as it is; where a multiple is asked, both are measured in this run. Only
the bytes are the same everywhere. What is running really runs: each task is polled, on a sandbox
in the process or in another.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.library import build
from bench.start import compiled, starts
from bench.studio_app import world
from bench.terminal import Terminal
from providers.sandbox.server import serve
from rushes.home import Home
from rushes.library.library import Library

READY = "Generate  ▌"
SETTLE_S = 4.0
LOOK_S = 10.0
LONG_LOOK_S = 30.0
LIBRARY = 100_000
KEYS = "qzjxkv"
"""Letters that stand nowhere else on the screen, so that one that comes is the answer to its key."""
ROUNDS = 20
ANSWER_S = 2.0
"""The longest that a key is waited for."""


class Table:
    """Prints rows, and remembers whether all held."""

    def __init__(self) -> None:
        self.missed = 0

    def row(self, name: str, measured: str, asked: str, holds: bool) -> None:
        """One figure."""
        self.missed += not holds
        print(f"  {'✓' if holds else '✗'} {name:<58} {measured:>22}   {asked}", flush=True)


@contextmanager
def _studio(home: Path, *args: str, settle_s: float = SETTLE_S) -> Iterator[Terminal]:
    """The app, its form standing and its start behind it."""
    with Terminal([sys.executable, "-m", "bench.studio_app", str(home), *args], cols=120, rows=40) as terminal:
        terminal.until(READY, 60.0)
        terminal.read(settle_s)
        yield terminal


def _fill(home: Path, tasks: int, lasts_s: int) -> None:
    """Tasks at the vendor. Those that are typed beside must outlast it: fetching and decoding are no part of this."""
    command = [sys.executable, "-m", "bench.studio_app", str(home), "--fill", str(tasks), str(lasts_s)]
    subprocess.run(command, check=True)


def _over(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Bytes a second and the share of a core, over so many seconds."""
    written, cpu = terminal.written, terminal.cpu_seconds()
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read_once(left)
    return (terminal.written - written) / seconds, (terminal.cpu_seconds() - cpu) / seconds


def _answer_ms(terminal: Terminal, letter: str) -> float:
    """From a letter's key to the chunk that shows it."""
    terminal.read(0.05)
    before = len(terminal.raw)
    started = time.perf_counter()
    terminal.send(letter.encode())
    while letter.encode() not in terminal.raw[before:]:
        if time.perf_counter() - started > ANSWER_S:
            break  # counts as so long; a crowded machine may lose one
        terminal.read_once(0.1)
    return (time.perf_counter() - started) * 1000


def _typing(terminal: Terminal) -> float:
    """The 95th percentile of many letters into the prompt, each taken away again before the next."""
    taken = []
    for _ in range(ROUNDS):
        for letter in KEYS:
            taken.append(_answer_ms(terminal, letter))
            terminal.send(b"\x7f")
            terminal.read(0.08)
    return sorted(taken)[int(len(taken) * 0.95)]


def _bytes_of(terminal: Terminal, key: bytes, times: int) -> float:
    """What one key writes, in the median."""
    found = []
    for _ in range(times):
        terminal.read(0.15)
        before = terminal.written
        terminal.send(key)
        terminal.read(0.15)
        found.append(terminal.written - before)
    return statistics.median(found)


def _start(table: Table, folder: Path) -> None:
    hello, ours = starts(folder / "start")
    table.row(
        "first paint", f"{ours.painted / hello.painted:.2f} ×", "≤ 1.25 × hello", ours.painted <= 1.25 * hello.painted
    )
    table.row("complete Studio", f"{ours.done / hello.painted:.2f} ×", "≤ 2 × hello", ours.done <= 2 * hello.painted)
    table.row("memory", f"{ours.rss_mb:.1f} MB", "≤ 60 MB", ours.rss_mb <= 60)


def _idle_and_keys(table: Table, folder: Path) -> None:
    home = folder / "few"
    _rows(home, 50)
    with _studio(home) as terminal:
        rate, share = _over(terminal, LOOK_S)
        table.row("idle: bytes in 10 s", f"{rate * LOOK_S:.0f}", "0", rate == 0)
        table.row("idle: CPU", f"{share:.2%}", "≤ 0.5 %", share <= 0.005)
        typed = _bytes_of(terminal, b"q", 20)
        table.row("one key in the prompt", f"{typed:.0f} B", "≤ 2 kB", typed <= 2000)
        terminal.send(b"\x15\x1b")
        terminal.read(0.5)
        moved = statistics.median(_bytes_of(terminal, key, 1) for key in (b"j", b"j", b"j", b"k", b"k") * 3)
        table.row("one move of the cursor in the list", f"{moved:.0f} B", "≤ 1.5 kB", 0 < moved <= 1500)
        scrolled = _bytes_of(terminal, b"j", 24)
        table.row("one move that scrolls the list", f"{scrolled:.0f} B", "no figure", scrolled > 0)


def _rows(home: Path, count: int) -> None:
    """A library with so many tasks that wait, as an earlier run left them."""
    place = Home.find(str(home))
    place.make()
    library = build(place.library, count)
    _all_wait(library)
    library.close()


def _all_wait(library: Library) -> None:
    library.connection.execute(
        "UPDATE tasks SET status = 'QUEUED', provider = 'sandbox', model = 'sandbox-hd', file = NULL, sha256 = NULL,"
        " bytes = NULL, finished_at = NULL, submitted_at = NULL, charges_sent = 0"
    )


def _many_rows(table: Table, folder: Path) -> None:
    memory = {}
    for count in (50, 5000):
        home = folder / f"rows{count}"
        _rows(home, count)
        with _studio(home) as terminal:
            memory[count] = terminal.rss_mb()
    more = memory[5000] / memory[50] - 1
    table.row("memory with 5,000 rows over 50", f"{more:+.1%} ({memory[5000]:.1f} MB)", "≤ 10 %", more <= 0.10)


def _running(table: Table, folder: Path) -> None:
    home = folder / "twenty"
    _fill(home, 20, 240)
    # The sandbox stands for machines far away: here it answers from this process, over the loopback.
    with serve(world(Home.find(str(home)))) as vendor, _studio(home, "--served", str(vendor.port)) as terminal:
        rate, own = _over(terminal, LONG_LOOK_S)
    with _studio(home) as terminal:
        _rate, share = _over(terminal, LONG_LOOK_S)
    table.row("20 running: to the terminal", f"{rate / 1000:.2f} kB/s", "≤ 4 kB/s", rate <= 4000)
    table.row("20 running: CPU, the vendor in another process", f"{own:.1%}", "≤ 6 %", own <= 0.06)
    table.row("20 running: CPU with the vendor in the process", f"{share:.1%}", "no figure", True)


def _under_load(table: Table, folder: Path) -> None:
    with _studio(folder / "empty") as terminal:
        empty = _typing(terminal)
    home = Home.find(str(folder / "full"))
    home.make()
    build(home.library, LIBRARY).close()
    _fill(folder / "full", 200, 7200)
    with _studio(folder / "full", settle_s=10.0) as terminal:
        full = _typing(terminal)
    name = f"key to paint, p95, 200 running and {LIBRARY:,} in the library"
    table.row(name, f"{full:.1f} ms", "≤ 30 ms", full <= 30)
    table.row("the same over the empty app", f"{full / empty:.2f} × ({empty:.1f} ms)", "≤ 2 ×", full <= 2 * empty)


PARTS = {
    "start": _start,
    "idle": _idle_and_keys,
    "running": _running,
    "rows": _many_rows,
    "load": _under_load,
}


def main(names: Sequence[str] = tuple(PARTS)) -> int:
    """All parts, or the named ones; 1 where a figure was missed."""
    compiled()
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            PARTS[name](table, Path(folder))
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or tuple(PARTS)))
