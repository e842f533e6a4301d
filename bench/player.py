"""The player beside mpv, timg and chafa: frames, bytes, processor and keys, at 100×28 cells, also over a slow line.

`python -m bench player` prints the table. The clips are the sandbox's and one of hard moving detail; what is not
installed is left out. The slow line is simulated between the program and a terminal: so many bytes a second, a delay
each way, and a quarter of a megabyte of buffers on the way, as an ssh connection has. Then the decode pass, stills, and
a terminal that stops reading.
"""

from __future__ import annotations

import fcntl
import itertools
import math
import os
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from bench.player_limits import as_gif, decode_pass, stall, still_bytes
from providers.sandbox.renderer import ClipSpec, render_clip
from rushes.media.cells import fit, quantise
from rushes.media.decode import Frames
from tui.cells import THRESHOLD, Canvas, Pixels
from tui.widgets.preview import BYTES_PER_CELL

CELLS = (100, 28)
SECONDS = 6.0
KEY_EVERY = 0.23
BUFFER = 256_000
DEMO = [sys.executable, "-m", "bench.player_app"]
MARK = re.compile(rb"key (\d+)\.")


@dataclass(slots=True)
class Run:
    """What one run showed."""

    seconds: float
    written: int
    frames: int
    cpu: float
    keys: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """A line of the table."""
        keys = ""
        if self.keys:
            ordered = sorted(self.keys)
            worst = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
            keys = f"  key p50 {statistics.median(ordered) * 1000:5.0f} p95 {worst * 1000:5.0f} ms"
        frames = f"{self.frames / self.seconds:5.1f}" if self.frames else "    –"
        rate, cpu = self.written / self.seconds / 1000, 100 * self.cpu / self.seconds
        return f"{name:<30} {frames} fps {rate:8.0f} kB/s {cpu:5.0f} % CPU{keys}"


class Line:
    """A pseudo-terminal, and a line of `rate` bytes a second with `delay` seconds each way between it and the eye."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], rate: float | None, delay: float) -> None:
        self.rate, self.delay = rate, delay
        pid, self.fd = os.forkpty()
        if pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
            os.execvp(command[0], list(command))
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", CELLS[1] + 2, CELLS[0], 900, 540))
        self.started = time.perf_counter()
        self.way: deque[tuple[float, bytes]] = deque()
        self.queued = 0
        self.free_at = 0.0
        self.back: deque[tuple[float, bytes]] = deque()
        self.seen = bytearray()
        self.written = 0
        self.ended = False

    def send(self, data: bytes) -> None:
        """A key, which arrives after the delay."""
        self.back.append((time.perf_counter() + self.delay, data))

    def step(self, limit: float) -> bytes:
        """Lets time pass, at most `limit` seconds; what became visible."""
        now = time.perf_counter()
        due = [each[0] for each in (*list(self.way)[:1], *list(self.back)[:1])]
        wait = max(0.0, min([now + limit, *due]) - now)
        readable = self.queued < BUFFER and not self.ended
        if readable and select.select([self.fd], [], [], wait)[0]:
            self._take()
        elif not readable:
            time.sleep(min(wait, 0.002))
        return self._arrive()

    def _take(self) -> None:
        try:
            data = os.read(self.fd, 8192)
        except OSError:
            data = b""
        self.ended = not data
        self.written += len(data)
        self.queued += len(data)
        now = time.perf_counter()
        self.free_at = max(self.free_at, now) + (len(data) / self.rate if self.rate else 0.0)
        self.way.append((self.free_at + self.delay, data))

    def _arrive(self) -> bytes:
        now = time.perf_counter()
        while self.back and self.back[0][0] <= now:
            os.write(self.fd, self.back.popleft()[1])
        shown = b""
        while self.way and self.way[0][0] <= now:
            data = self.way.popleft()[1]
            self.queued -= len(data)
            shown += data
        for query, answer in ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c")):
            for _ in range(shown.count(query)):
                self.send(answer)
        self.seen += shown
        return shown

    def until(self, text: bytes, limit: float = 20.0) -> None:
        """Until the eye has seen a text. TimeoutError."""
        end = time.perf_counter() + limit
        while text not in self.seen:
            if time.perf_counter() > end or self.ended:
                raise TimeoutError(f"{text!r} never came: {bytes(self.seen[-300:])!r}")
            self.step(0.05)

    def cpu(self) -> float:
        """Seconds of processor so far, threads included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Ends the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def ours(clip: Path, way: str, *, rate: float | None = None, delay: float = 0.0, play: bool = True) -> Run:
    """Our player, looping, with a key now and then."""
    env = {"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 22"} if rate else {}
    line = Line([*DEMO, str(clip), way], env, rate, delay)
    try:
        line.until(b"loaded", 30.0)
        if play:
            line.send(b" ")
        end = time.perf_counter() + 2.0
        while time.perf_counter() < end:
            line.step(0.02)
        return _measured(line)
    finally:
        line.close()


def _measured(line: Line) -> Run:
    started, written, cpu = time.perf_counter(), line.written, line.cpu()
    line.seen.clear()
    keys: list[float] = []
    pressed, number, next_key = 0.0, 0, started + KEY_EVERY
    while (now := time.perf_counter()) - started < SECONDS:
        if not pressed and now >= next_key:
            pressed, number = now, number + 1
            line.send(b"k")
        tail = bytes(line.seen[-12:])
        found = MARK.findall(tail + line.step(0.01))
        if pressed and found and int(found[-1]) >= number:
            keys.append(time.perf_counter() - pressed)
            pressed, next_key = 0.0, time.perf_counter() + KEY_EVERY
    if pressed:
        keys.append(time.perf_counter() - pressed)
    seconds = time.perf_counter() - started
    written, cpu = line.written - written, line.cpu() - cpu
    line.seen.clear()
    line.send(b"f")
    line.until(b"frames ", 30.0)
    line.step(0.2)
    shown = re.search(rb"frames (\d+) in (\d+) ms", bytes(line.seen))
    frames = round(int(shown[1]) / int(shown[2]) * 1000 * seconds) if shown else 0
    return Run(seconds, written, frames, cpu, keys)


def other(command: Sequence[str], marker: bytes) -> Run:
    """Another player; its frames are counted by the sequence that begins each."""
    line = Line(command, {}, None, 0.0)
    try:
        end = time.perf_counter() + 1.5
        while time.perf_counter() < end and not line.ended:
            line.step(0.02)
        line.seen.clear()
        started, written, cpu = time.perf_counter(), line.written, line.cpu()
        while time.perf_counter() - started < SECONDS and not line.ended:
            line.step(0.02)
        seconds = time.perf_counter() - started
        return Run(seconds, line.written - written, line.seen.count(marker), line.cpu() - cpu)
    finally:
        line.close()


def moving(path: Path, seconds: float = 12.0) -> Path:
    """A hard one: a cloudy texture with detail at every scale, and a camera that wanders over it, 1280×720."""
    texture = _texture(1440, 2560)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(int(seconds * 24)):
            left, top = int(400 + 120 * np.sin(number / 40)), int(300 + 85 * np.cos(number / 31))
            picture = np.ascontiguousarray(texture[top : top + 720, left : left + 1280])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode(None))
    return path


def _texture(height: int, width: int) -> Pixels:
    """Noise whose strength falls with its frequency, as in photographs."""
    rng = np.random.default_rng(1)
    across, down = np.fft.rfftfreq(width)[None, :], np.fft.fftfreq(height)[:, None]
    weight = 1 / np.maximum(np.hypot(across, down), 1 / width)
    layers = []
    for _ in range(3):
        phase = np.exp(2j * np.pi * rng.random((height, width // 2 + 1)))
        layer = np.fft.irfft2(weight * phase, s=(height, width))
        layers.append(np.clip(128 + 55 * layer / layer.std(), 0, 255))
    return np.stack(layers, axis=2).astype(np.uint8)


def quality(clip: Path) -> str:
    """How near the cells come to the clip while it runs, beside every cell in 256 colours; decibels, two seconds."""
    columns, rows = CELLS
    canvas = Canvas(columns, rows)
    near: list[float] = []
    plain: list[float] = []
    with Frames(clip, columns, 2 * rows) as source:
        for _, picture in itertools.islice(source, 48):
            wanted = fit(picture, columns, 2 * rows, (0, 0, 0))
            for row in canvas.put(wanted, threshold=THRESHOLD, budget=BYTES_PER_CELL * columns * rows):
                canvas.write(row, 0, columns)
            near.append(_psnr(canvas.shown, wanted))
            plain.append(_psnr(quantise(wanted, "256"), wanted))
    # The first frames fill an empty screen.
    return f"PSNR {statistics.mean(near[6:]):.1f} dB while it runs; 256 colours {statistics.mean(plain[6:]):.1f} dB"


def _psnr(one: Pixels, other: Pixels) -> float:
    error = float(np.mean((one.astype(np.float32) - other) ** 2))
    return 10 * math.log10(255**2 / max(error, 1e-9))


def _others(clip: Path, gif: Path) -> dict[str, tuple[list[str], bytes]]:
    cols, rows = CELLS
    mpv = ["mpv", "--no-config", "--vo=tct", f"--vo-tct-width={cols}", f"--vo-tct-height={rows}", "--really-quiet"]
    timg = ["timg", "-ph", f"-g{cols}x{rows}", "--loops=-1", "-C"]
    return {
        "mpv --vo=tct": ([*mpv, "--no-audio", "--loop=inf", str(clip)], b"\x1b[0;0f"),
        "timg -ph": ([*timg, str(clip)], b"\x1b[28A"),
        "chafa, a GIF": (["chafa", "--symbols", "half", "-s", f"{cols}x{rows}", str(gif)], b"\x1b[28A"),
    }


def _beside(ours_: Run, others: dict[str, Run]) -> str:
    """Our bytes and processor time as shares of the others'."""
    told = []
    for name, run in others.items():
        rate, theirs = ours_.written / ours_.seconds, run.written / run.seconds
        cpu = (ours_.cpu / ours_.seconds) / max(run.cpu / run.seconds, 1e-9)
        told.append(f"{name}: {rate / max(theirs, 1):.2f} of its bytes, {cpu:.2f} of its CPU")
    return "  half blocks beside " + "; ".join(told)


def _block(clip: Path, folder: Path) -> None:
    print(f"\n{clip.stem}, {CELLS[0]}×{CELLS[1]} cells; {quality(clip)}", flush=True)
    print(ours(clip, "half", play=False).row("no clip"), flush=True)
    runs = {way: ours(clip, way) for way in ("half", "quadrant", "kitty")}
    for way, run in runs.items():
        print(run.row(f"rushes, {way}"), flush=True)
    others: dict[str, Run] = {}
    for name, (command, marker) in _others(clip, as_gif(clip, folder / f"{clip.stem}.gif")).items():
        if shutil.which(command[0]):
            others[name] = other(command, marker)
            print(others[name].row(name), flush=True)
    print(_beside(runs["half"], others), flush=True)
    for mbit, delay in ((2.0, 0.030), (0.5, 0.060)):
        name = f"rushes, {mbit:g} Mbit/s {2 * delay * 1000:.0f} ms"
        print(ours(clip, "half", rate=mbit * 125_000, delay=delay).row(name), flush=True)


def main() -> None:
    """Prints a block for each clip, and what the player must keep to besides."""
    with tempfile.TemporaryDirectory() as folder:
        calm = Path(folder) / "sandbox.mp4"
        render_clip(ClipSpec("A fox runs through neon rain", 1280, 720, 10.0), calm)
        for clip in (calm, moving(Path(folder) / "moving.mp4")):
            _block(clip, Path(folder))
            print(f"  {still_bytes(clip)}", flush=True)
        print(f"\n{stall(calm)}")
        print(decode_pass())
        print("kinds of damage: .venv/bin/pytest tests/media/test_media_damage.py")


if __name__ == "__main__":
    main()
