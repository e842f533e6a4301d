"""How long drawing and verifying clips takes, also as a ratio to merely decoding them in the same run.

`python -m bench.media` prints a table; `--quick` leaves out the large clips. Times are seconds of the wall and of the
processor; the ratio is the figure to watch, since machines differ and a plain decode differs with them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from providers.sandbox.renderer import ClipSpec, render_clip
from rushes.media import Expect, frames, probe, still, verify

SPECS = (
    ClipSpec("a paper boat", 640, 360, 5.0),
    ClipSpec("a paper boat", 1280, 720, 5.0),
    ClipSpec("A fox runs through neon rain", 1280, 720, 5.0),
    ClipSpec("A fox runs through neon rain", 1920, 1080, 10.0),
)
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Best of several runs, in seconds."""

    wall: float
    cpu: float


def timed(work: Callable[[], object], repeats: int = REPEATS) -> Timing:
    """Runs `work` and keeps the least disturbed run."""
    runs = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append(Timing(time.perf_counter() - wall, time.process_time() - cpu))
    return min(runs, key=lambda run: run.wall)


def decode(path: Path) -> int:
    """The yardstick: every frame decoded on all cores, none looked at."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        return sum(1 for _ in container.decode(video=0))


def play(path: Path) -> int:
    """Every frame at the size of a 100×28 cell player in half blocks."""
    with frames(path, width=100, height=56) as source:
        return sum(1 for _ in source)


def measure(spec: ClipSpec, folder: Path) -> None:
    """Prints one clip's block of the table."""
    path = folder / "clip.mp4"
    render = timed(lambda: render_clip(spec, path))
    size = path.stat().st_size / 1e6
    print(f"\n{spec.width}×{spec.height}, {spec.seconds:g} s, {size:.1f} MB: {spec.prompt}")
    plain = timed(lambda: decode(path))
    expect = Expect(spec.width, spec.height, spec.seconds)
    poster, strip = folder / "poster.jpg", folder / "strip.jpg"
    rows = {
        "render": render,
        "plain decode": plain,
        "verify": timed(lambda: verify(path, expect)),
        "verify + poster + filmstrip": timed(lambda: verify(path, expect, poster=poster, filmstrip=strip)),
        "all frames for the player": timed(lambda: play(path)),
        "exact still in the middle": timed(lambda: still(path, spec.seconds / 2)),
        "probe": timed(lambda: probe(path)),
    }
    for name, run in rows.items():
        print(f"  {name:<28} {run.wall:6.3f} s wall  {run.cpu:6.3f} s cpu  {run.wall / plain.wall:6.2f} × decode")


def main() -> None:
    """Reads the arguments and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only clips up to 720p")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        for spec in SPECS:
            if not (quick and spec.height > 720):
                measure(spec, Path(folder))


if __name__ == "__main__":
    main()
