"""What the player must keep to besides playing: the decode pass, stills, a terminal that stops reading, and a GIF.

Part of `python -m bench.player`.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

import av

from bench.terminal import Terminal
from providers.sandbox.renderer import ClipSpec, render_clip
from rushes.media import Expect, frames, verify
from rushes.media.beside import beside
from rushes.media.cells import fit, lines
from tui.graphics import Graphics
from tui.kitty import KittyCanvas

__all__ = ["as_gif", "decode_pass", "stall", "still_bytes"]

STILL = (80, 22)
STALL_S = 3.0
DEMO = [sys.executable, "-m", "tests.screening.demo_player"]
WATCH_S = 0.002


def as_gif(clip: Path, target: Path, seconds: float = 4.0) -> Path:
    """The clip's beginning for chafa, which plays nothing else; GIF's clock comes no nearer to 24 frames than 25."""
    with av.open(str(clip)) as source, av.open(str(target), "w", format="gif") as out:
        stream = out.add_stream("gif", rate=25)
        stream.width, stream.height, stream.pix_fmt = 400, 224, "rgb8"
        for number, frame in enumerate(source.decode(video=0)):
            if number >= seconds * 24:
                break
            small = frame.reformat(400, 224, "rgb8")
            small.pts = number
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))
    return target


def decode_pass() -> str:
    """Check, poster, filmstrip and proxy of ten seconds of 1080p in a thread, and how late the loop was meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        render_clip(ClipSpec("A fox runs through neon rain", 1920, 1080, 10.0), clip)
        took, late = asyncio.run(_watched(clip))
    return f"decode pass, 10 s of 1080p: {took:.2f} s; the loop was late by {1000 * late:.1f} ms at worst"


async def _watched(clip: Path) -> tuple[float, float]:
    made, worst = beside(clip), 0.0
    expect = Expect(1920, 1080, 10.0)
    verify(clip, expect)  # once before: loading the decoder is no part of it
    began = time.perf_counter()
    job = asyncio.create_task(
        asyncio.to_thread(verify, clip, expect, poster=made.poster, filmstrip=made.strip, scrub=made.scrub)
    )
    while not job.done():
        before = time.perf_counter()
        await asyncio.sleep(WATCH_S)
        worst = max(worst, time.perf_counter() - before - WATCH_S)
    await job
    return time.perf_counter() - began, worst


def still_bytes(clip: Path) -> str:
    """Bytes of one standing picture."""
    columns, rows = STILL
    with frames(clip, width=1280, height=720) as source:
        picture = next(iter(source))[1]
    half = sum(len(line.encode()) for line in lines(picture, columns, rows, "true"))
    graphics = Graphics("kitty", (9, 18))
    canvas = KittyCanvas(columns, rows, graphics)
    fitted = fit(picture, *graphics.pixels(columns, rows), (0, 0, 0))
    kitty = sum(len(canvas.write(row, 0, columns).encode()) for row in canvas.put(fitted))
    return f"a still of {columns}×{rows}: half blocks {half / 1000:.1f} kB, kitty {kitty / 1000:.1f} kB"


def stall(clip: Path) -> str:
    """The terminal reads nothing for three seconds while a clip runs; then a key is pressed."""
    with Terminal([*DEMO, str(clip), "half"], cols=80, rows=24) as terminal:
        terminal.until("loaded")
        terminal.send(b" ")
        terminal.read(1.0)
        terminal.send(b"w")
        terminal.until("worst")
        time.sleep(STALL_S)
        terminal.read(0.5)
        began, before = time.perf_counter(), len(terminal.raw)
        terminal.send(b"k")
        while b"key 1" not in terminal.raw[before:] and time.perf_counter() - began < 5:
            terminal.read_once(0.2)
        key = time.perf_counter() - began
        before = len(terminal.raw)
        terminal.send(b"w")
        found = None
        while found is None and time.perf_counter() - began < 10:
            terminal.read_once(0.2)
            found = re.search(rb"worst (\d+) ms", terminal.raw[before:])
    late = found[1].decode() if found else "?"
    return (
        f"after {STALL_S:g} s without a reader: key answered in {1000 * key:.0f} ms; the loop stood {late} ms at worst"
    )
