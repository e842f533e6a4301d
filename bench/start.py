"""Start: first paint and complete Studio over a minimal Textual app; short verbs over a bare interpreter."""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

from bench.terminal import Terminal

RUNS = 11
READY = "Generate  ▌"
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


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds from exec to the first text and to the whole screen; memory then, and bytes written."""

    painted: float
    done: float
    rss_mb: float
    written: float


def _paint(command: list[str], first: str, ready: str) -> Started:
    with Terminal(command) as terminal:
        painted = terminal.until(first)
        done = terminal.until(ready)
        terminal.read(0.3)
        return Started(painted, done, terminal.rss_mb(), terminal.written)


def _middle(runs: list[Started]) -> Started:
    return Started(*(statistics.median(getattr(each, name.name) for each in runs) for name in fields(Started)))


def compiled() -> None:
    """As an installed program is: without it, what was edited since would be compiled at every start."""
    for name in ("rushes", "providers", "tui"):
        compileall.compile_dir(name, quiet=2)


def starts(home: Path) -> tuple[Started, Started]:
    """The minimal app and the Studio, run in turns, so that drift of the machine meets both alike; medians."""
    hello: list[Started] = []
    ours: list[Started] = []
    studio = [str(Path(sys.executable).with_name("rushes")), "--home", str(home)]
    _paint(studio, "Studio", READY)
    for _ in range(RUNS):
        hello.append(_paint([sys.executable, "-c", MINIMAL], "hello", "hello and ready"))
        ours.append(_paint(studio, "Studio", READY))
    return _middle(hello), _middle(ours)


def main() -> None:
    """Short verbs in turns, then the screens."""
    python = sys.executable
    compiled()
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        verbs = {"python -c pass": [python, "-c", "pass"]}
        rushes = str(Path(python).with_name("rushes"))
        verbs["rushes --version"] = [rushes, "--version"]
        verbs["rushes tasks --json"] = [rushes, "tasks", "--json", "--home", home]
        times: dict[str, list[float]] = {name: [] for name in verbs}
        for name, command in [*verbs.items()] * (RUNS + 1):
            times[name].append(_seconds(command))
        hello, ours = starts(Path(home))
    base = statistics.median(times["python -c pass"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:<24} {middle * 1000:6.0f} ms   {middle / base:5.2f} × python -c pass")
    print(f"{'':<24} first paint      complete         RSS MB   bytes")
    for name, each in (("minimal Textual app", hello), ("rushes Studio", ours)):
        first, done = each.painted / hello.painted, each.done / hello.painted
        print(
            f"{name:<24} {each.painted * 1000:4.0f} ms {first:4.2f} ×   {each.done * 1000:4.0f} ms {done:4.2f} ×"
            f"   {each.rss_mb:5.1f}   {each.written:6.0f}"
        )


if __name__ == "__main__":
    main()
