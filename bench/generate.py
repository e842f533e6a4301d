"""Generate: a 5 s 720p clip of `sandbox-fast` from a fresh home to the verified file, on a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3


def main() -> None:
    """Wall time, and how much of it the sandbox let the job run."""
    rushes = str(Path(sys.executable).with_name("rushes"))
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            command = [rushes, "generate", "a paper boat", "--provider", "sandbox", "--json", "--home", folder]
            started = time.perf_counter()
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            wall = time.perf_counter() - started
        task = json.loads(out.splitlines()[-1])
        size = f"{task['width']}×{task['height']} {task['duration_s']:g} s"
        print(f"{task['status']}  {size}  {task['bytes'] / 1e6:.1f} MB  in {wall:.1f} s")


if __name__ == "__main__":
    main()
