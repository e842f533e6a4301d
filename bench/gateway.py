"""The gateway under load: many listeners and a steady stream of requests, on loopback, in a process of its own.

    python -m bench gateway
    python -m bench.gateway [SECONDS] [LISTENERS] [REQUESTS A SECOND]

Says the latency at p50, p95 and p99, and whether every listener heard the newest state of every video that was changed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from providers.shot import Shot
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.task import Status, Task

SECONDS, LISTENERS, PER_SECOND = 60.0, 200, 50
VIDEOS = 300
SETTLE_S = 3.0


@dataclass
class Heard:
    """What one listener was told: the newest state of each video, and whether ids ever went back."""

    ratings: dict[str, int | None] = field(default_factory=dict)
    last: int = -1
    events: int = 0
    in_order: bool = True

    def tell(self, number: int, data: str) -> None:
        self.in_order &= number > self.last
        self.last = number
        video = json.loads(data)
        self.ratings[video["id"]] = video["rating"]
        self.events += 1


@dataclass
class Load:
    """One run."""

    origin: str
    token: str
    ids: list[str]
    wanted: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    failed: int = 0

    async def listen(self, heard: Heard, ready: asyncio.Semaphore) -> None:
        """A listener on a bare socket: what is measured is the gateway, not a client."""
        parts = urlsplit(self.origin)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
        writer.write(
            f"GET /v1/events HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {self.token}\r\n\r\n".encode()
        )
        number, event = 0, ""
        while line := await reader.readline():
            name, _, value = line.decode().rstrip().partition(": ")
            if name == "id":
                number = int(value)
            elif name == "event":
                event = value
            elif name == "data" and event == "hello":
                ready.release()
            elif name == "data":
                heard.tell(number, value)
        writer.close()

    async def ask(self, client: httpx.AsyncClient, dice: random.Random) -> None:
        """One change for every four looks."""
        video = dice.choice(self.ids)
        began = time.perf_counter()
        match dice.randrange(5):
            case 0:
                stars = dice.randrange(6)
                self.wanted[video] = stars
                answer = await client.patch(f"/v1/videos/{video}", json={"rating": stars})
            case 1 | 2:
                answer = await client.get("/v1/videos", params={"limit": 20})
            case 3:
                answer = await client.get("/health")
            case _:
                answer = await client.get(f"/v1/videos/{video}")
        self.times.append(time.perf_counter() - began)
        self.failed += answer.status_code != 200

    async def run(self, seconds: float, listeners: int, per_second: int) -> list[Heard]:
        """Requests leave at their time, whether or not earlier ones have been answered."""
        heard = [Heard() for _ in range(listeners)]
        ready = asyncio.Semaphore(0)
        listening = [asyncio.create_task(self.listen(each, ready)) for each in heard]
        for _ in listening:
            await ready.acquire()
        dice = random.Random(1)
        headers = {"authorization": f"Bearer {self.token}"}
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
        async with httpx.AsyncClient(base_url=self.origin, headers=headers, limits=limits, timeout=30) as client:
            began, asking = time.monotonic(), []
            for number in range(int(seconds * per_second)):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                asking.append(asyncio.create_task(self.ask(client, dice)))
            await asyncio.gather(*asking)
            await asyncio.sleep(SETTLE_S)
            self.wanted = {each: (await client.get(f"/v1/videos/{each}")).json()["rating"] for each in self.wanted}
        for each in listening:
            each.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        return heard


def main(seconds: float = SECONDS, listeners: int = LISTENERS, per_second: int = PER_SECOND) -> int:
    """Prints the figures; 1 where an event was lost or an answer was not 200."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ids = _fill(home)
        process = subprocess.Popen(
            [sys.executable, "-m", "rushes", "--home", folder, "serve", "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "RUSHES_HOME": folder},
        )
        try:
            assert process.stdout is not None
            origin = json.loads(process.stdout.readline())["origin"]
            load = Load(origin, (home / "gateway.token").read_text().strip(), ids)
            heard = asyncio.run(load.run(seconds, listeners, per_second))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    return _tell(load, heard, seconds)


def _fill(home: Path) -> list[str]:
    """A library of ended tasks."""
    now = datetime.now(UTC)
    library = Library(home / "library.sqlite3", now=lambda: now)
    shot = Shot("sandbox", "sandbox-fast", "text_to_video", "a red fox runs through neon rain, low tracking shot")
    ids = [new_id(now) for _ in range(VIDEOS)]
    for each in ids:
        library.add(Task(each, shot, Status.FAILED, now))
    library.close()
    return ids


def _tell(load: Load, heard: list[Heard], seconds: float) -> int:
    cuts = statistics.quantiles(load.times, n=100)
    lost = sum(each.ratings.get(video) != stars for each in heard for video, stars in load.wanted.items())
    disorder = sum(not each.in_order for each in heard)
    events = [each.events for each in heard]
    print(
        f"{len(load.times)} requests in {seconds:g} s beside {len(heard)} listeners; "
        f"{load.failed} not answered with 200"
    )
    print(f"latency ms: p50 {cuts[49] * 1e3:.1f}  p95 {cuts[94] * 1e3:.1f}  p99 {cuts[98] * 1e3:.1f}")
    print(f"events per listener: {min(events)} to {max(events)}; newest states missed {lost}; out of order {disorder}")
    return 1 if lost or disorder or load.failed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(
        main(
            float(given[0]) if given else SECONDS,
            int(given[1]) if len(given) > 1 else LISTENERS,
            int(given[2]) if len(given) > 2 else PER_SECOND,
        )
    )
