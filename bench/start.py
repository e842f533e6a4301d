"""Start: first paint and complete Studio over a minimal Textual app; short verbs over a bare interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.terminal import Terminal

RUNS = 11
MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello and ready")
Hello().run()
"""


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _paint(command: list[str], first: str, ready: str) -> tuple[float, float, float, int]:
    with Terminal(command) as terminal:
        painted = terminal.until(first)
        done = terminal.until(ready)
        terminal.read(0.3)
        return painted, done, terminal.rss_mb(), terminal.written


def main() -> None:
    """Runs taken in turns, so that drift of the machine meets all alike; medians."""
    python = sys.executable
    rushes = str(Path(python).with_name("rushes"))
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        studio = [rushes, "--home", home]
        verbs = {"python -c pass": [python, "-c", "pass"], "rushes --version": [rushes, "--version"]}
        verbs["rushes tasks --json"] = [rushes, "tasks", "--json", "--home", home]
        _paint(studio, "1 Studio", "Generate")
        times: dict[str, list[float]] = {name: [] for name in verbs}
        paints: dict[str, list[tuple[float, float, float, int]]] = {"minimal Textual app": [], "rushes Studio": []}
        for _ in range(RUNS):
            for name, command in verbs.items():
                times[name].append(_seconds(command))
            paints["minimal Textual app"].append(_paint([python, "-c", MINIMAL], "hello", "hello and ready"))
            paints["rushes Studio"].append(_paint(studio, "1 Studio", "Generate  ▌"))
    base = statistics.median(times["python -c pass"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:<24} {middle * 1000:6.0f} ms   {middle / base:5.2f} × python -c pass")
    hello = statistics.median(each[0] for each in paints["minimal Textual app"])
    print(f"{'':<24} first paint      complete         RSS MB   bytes")
    for name, rows in paints.items():
        first, done, rss, written = (statistics.median(row[i] for row in rows) for i in range(4))
        print(
            f"{name:<24} {first * 1000:4.0f} ms {first / hello:4.2f} ×   {done * 1000:4.0f} ms {done / hello:4.2f} ×"
            f"   {rss:5.1f}   {written:6.0f}"
        )


if __name__ == "__main__":
    main()
