"""Idle: what the Studio writes and burns while nobody touches it, over a minimal Textual app."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.start import MINIMAL
from bench.terminal import Terminal

SETTLE_S = 3.0
LOOK_S = 10.0


def _idle(command: list[str], ready: str) -> tuple[int, float]:
    with Terminal(command) as terminal:
        terminal.until(ready)
        terminal.read(SETTLE_S)
        before, cpu = terminal.written, terminal.cpu_seconds()
        terminal.read(LOOK_S)
        return terminal.written - before, (terminal.cpu_seconds() - cpu) / LOOK_S


def main() -> None:
    """Bytes and CPU in ten seconds."""
    rushes = str(Path(sys.executable).with_name("rushes"))
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "minimal Textual app": _idle([sys.executable, "-c", MINIMAL], "hello and ready"),
            "rushes Studio": _idle([rushes, "--home", str(Path(folder) / "home")], "Generate  ▌"),
        }
    for name, (written, cpu) in rows.items():
        print(f"{name:<24} {written:5} bytes in {LOOK_S:.0f} s   {cpu:6.2%} CPU")


if __name__ == "__main__":
    main()
