"""What the sandbox's tests share: a clock that is driven, a renderer that only writes, a client without a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.sandbox.options import AGENTS, DREAM_MACHINE, NATIVE, RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.renderer import ClipSpec
from providers.sandbox.runway import VERSION
from providers.sandbox.wire import Reply, Request
from providers.sandbox.world import World

START = 1_790_000_000.0
PREFIX = {DREAM_MACHINE: "/dream-machine/v1", AGENTS: "/agents/v1", RUNWAY: "/runway/v1", NATIVE: "/sandbox/v1"}
CREATE: dict[str, tuple[str, dict[str, Any]]] = {
    DREAM_MACHINE: ("/generations", {"model": "ray-2", "prompt": "a paper boat"}),
    AGENTS: ("/generations", {"model": "ray-3.2", "type": "video", "prompt": "a paper boat"}),
    RUNWAY: (
        "/text_to_video",
        {"model": "gen4.5", "promptText": "a paper boat", "ratio": "1280:720", "duration": 5},
    ),
    NATIVE: ("/clips", {"model": "sandbox-fast", "prompt": "a paper boat"}),
}
VENDORS = tuple(PREFIX)
PAID = (DREAM_MACHINE, AGENTS, RUNWAY)


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds


def scribble(spec: ClipSpec, path: Path) -> None:
    """A renderer for tests that are not about pictures: bytes that depend on the spec, 20 kB of them."""
    line = f"{spec.prompt} {spec.width}x{spec.height} {spec.seconds} {spec.seed} {spec.loop}\n".encode()
    path.write_bytes((line * (20_000 // len(line) + 1))[:20_000])


class Answer:
    """A reply with its body read."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.body if isinstance(reply.body, bytes) else _read(reply)

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Desk:
    """One vendor's API by hand: `desk.post("/generations", {...})`."""

    def __init__(self, world: World, vendor: str, key: str | None = None) -> None:
        self.world = world
        self.vendor = vendor
        self.key = practice_keys().get(vendor) if key is None else key

    def headers(self) -> dict[str, str]:
        """What the vendor wants on every call."""
        found: dict[str, str] = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return found | ({"x-runway-version": VERSION} if self.vendor == RUNWAY else {})

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        """Any call below the vendor's prefix."""
        target = PREFIX[self.vendor] + path
        asked = {name: str(value) for name, value in query.items()}
        return Answer(self.world.handle(Request(method, target, asked, {**self.headers(), **(headers or {})}, body)))

    def get(self, path: str, **query: Any) -> Answer:
        """GET."""
        return self.send("GET", path, **query)

    def post(self, path: str, body: Any = None) -> Answer:
        """POST of a JSON body."""
        return self.send("POST", path, json.dumps(body).encode() if body is not None else b"")

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.send("DELETE", path)

    def create(self, **changes: Any) -> Answer:
        """The vendor's plain create, with changes to its body; None takes a field out."""
        path, body = CREATE[self.vendor]
        return self.post(path, {name: value for name, value in {**body, **changes}.items() if value is not None})

    def prompt(self, words: str) -> Answer:
        """The plain create with another prompt."""
        return self.create(**{"promptText" if self.vendor == RUNWAY else "prompt": words})

    def poll(self, job_id: str) -> Answer:
        """GET of one job."""
        where = {RUNWAY: "/tasks", NATIVE: "/clips"}.get(self.vendor, "/generations")
        return self.get(f"{where}/{job_id}")

    def word(self, job_id: str) -> str:
        """The vendor's word for the state of a job."""
        data = self.poll(job_id).json
        return str(data["status" if self.vendor == RUNWAY else "state"])

    def clip_url(self, job_id: str) -> str:
        """The address of a finished clip."""
        data = self.poll(job_id).json
        match self.vendor:
            case "dream_machine":
                return str(data["assets"]["video"])
            case "sandbox":
                return str(data["url"])
            case "runway":
                return str(data["output"][0])
            case _:
                return str(data["output"][0]["url"])


def fetch(world: World, url: str, method: str = "GET", **headers: str) -> Answer:
    """A call of an asset's or an upload's address, without any key."""
    target = url.split("sandbox.invalid", 1)[1]
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Answer(world.handle(Request.of(method, target, named)))


def _read(reply: Reply) -> bytes:
    assert not isinstance(reply.body, bytes)
    with reply.body.path.open("rb") as file:
        file.seek(reply.body.start)
        return file.read(reply.body.length)
