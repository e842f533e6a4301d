"""Five hundred tasks in flight at once: processor time, memory, and how late polls are. `python -m bench.tasks500`

The vendor is a bare server in a process of its own, so that what is measured is the engine, its client and its library.
A poll is late by the time between the moment that pacing chose and the moment that the request begins to leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx

from providers.sandbox.practice import practice_keys
from providers.shot import Shot
from rushes.engine import Engine
from rushes.home import Home
from rushes.task import Status
from rushes.tasks.polling import Poller

TASKS = 500
MEASURED_S = 60.0
LATE_MS, CPU_PERCENT, RSS_MB = 250.0, 25.0, 200.0
SHOT = Shot("runway", "gen4.5", "text_to_video", "a paper boat", {"duration": 5, "ratio": "1280:720"})


LASTS_S = 600.0
"""How long the vendor's tasks seem to run: every poll brings progress."""
FIRST_SEEN: dict[str, float] = {}


class Late:
    """When each task's next poll was due, and by how much each poll missed it."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.by_s: list[float] = []
        self.polls = 0


class Line(httpx.AsyncHTTPTransport):
    """The network, with a stop-watch."""

    def __init__(self, late: Late) -> None:
        super().__init__()
        self._late = late

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self._late.polls += 1
            due = self._late.due.pop(request.url.path.rsplit("/", 1)[-1], None)
            if due is not None:
                self._late.by_s.append(max(0.0, time.monotonic() - due))
        return await super().handle_async_request(request)


def watch_pauses(late: Late) -> None:
    """Notes when each pause before a poll is to end."""
    wait = Poller.wait

    async def noted(self: Poller, vendor_id: str, seconds: float) -> None:
        late.due[vendor_id] = time.monotonic() + seconds
        await wait(self, vendor_id, seconds)

    Poller.wait = noted  # type: ignore[method-assign]  # a stop-watch around the real one


async def measure(folder: Path, origin: str) -> dict[str, float]:
    """Sends them all, and then looks on."""
    late = Late()
    watch_pauses(late)
    home = Home.find(str(folder / "home"))
    home.make()
    home.settings.write_text("[spending]\nallow_without_asking = true\n", encoding="utf-8")
    environ = {"RUNWAYML_API_SECRET": practice_keys()["runway"], "RUNWAYML_BASE_URL": origin}
    engine = await Engine.open(home, environ=environ, cwd=folder, network=Line(late))
    await engine.start()
    began = time.monotonic()
    await engine.submit(SHOT, count=TASKS)
    while len((await engine.tasks(limit=TASKS, statuses=(Status.RUNNING,))).tasks) < TASKS:  # noqa: ASYNC110 - a look
        await asyncio.sleep(0.5)
    sent_s = time.monotonic() - began
    late.by_s.clear()
    late.polls = 0
    cpu = _cpu()
    await asyncio.sleep(MEASURED_S)
    found = {
        "sent and running after, s": sent_s,
        "processor, % of a core": 100 * (_cpu() - cpu) / MEASURED_S,
        "memory, MB": _rss_mb(),
        "polls a second": late.polls / MEASURED_S,
        "late p50, ms": 1000 * statistics.median(late.by_s),
        "late p95, ms": 1000 * statistics.quantiles(late.by_s, n=20)[-1],
        "late max, ms": 1000 * max(late.by_s),
    }
    await engine.close()
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


async def vendor() -> None:
    """The bare server: every create is accepted, every task runs for ever."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        await _answer(reader, writer)
    writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        method, path = head.split(b" ", 2)[:2]
        length = next(
            (int(each[15:]) for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        task: dict[str, object] = {"id": str(uuid.uuid4()), "estimatedCost": {"credits": 60}}
        if method == b"GET":
            name = path.rsplit(b"/", 1)[-1].decode()
            progress = round(min(0.99, (time.time() - FIRST_SEEN.setdefault(name, time.time())) / LASTS_S), 3)
            task |= {"id": name, "status": "RUNNING", "progress": progress, "createdAt": "2026-11-22T12:00:00.000Z"}
        body = json.dumps(task).encode()
        fields = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        writer.write(b"HTTP/1.1 200 OK\r\n" + fields + body)


def main() -> int:
    """Prints the figures with what each must be; 1 where one is missed."""
    if "--vendor" in sys.argv:
        asyncio.run(vendor())
        return 0
    server = subprocess.Popen([sys.executable, "-m", "bench.tasks500", "--vendor"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline()) if server.stdout else 0
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(measure(Path(folder), f"http://127.0.0.1:{port}"))
    finally:
        server.kill()
        server.wait()
    must = {"processor, % of a core": CPU_PERCENT, "memory, MB": RSS_MB, "late p95, ms": LATE_MS}
    print(f"{TASKS} tasks in flight, watched for {MEASURED_S:.0f} s")
    for name, value in found.items():
        print(f"  {name:28}{value:8.1f}" + (f"   (at most {must[name]:.0f})" if name in must else ""))
    return int(any(found[name] > most for name, most in must.items()))


if __name__ == "__main__":
    sys.exit(main())
