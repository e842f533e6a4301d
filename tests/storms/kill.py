"""Real processes, really killed: `rushes` dies by SIGKILL at a labelled point, and another `rushes` comes after it.

The vendors run on a loopback port of this process, with their books. Not on driven time: a kill takes a second or two.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from providers.sandbox.options import Options
from providers.sandbox.practice import practice_keys
from providers.sandbox.server import serve
from providers.sandbox.world import World
from rushes.tasks.crash import LABELS
from tests.house import is_create, small_clip

__all__ = ["CASES", "Killed", "crowd", "kill_at"]

SHOTS: Mapping[str, Sequence[str]] = {
    "luma": ("--provider", "luma", "-p", "resolution=540p", "-p", "duration=5s"),
    "runway": ("--provider", "runway", "-p", "duration=2"),
}
MODEL = {"luma": "ray-2", "runway": "gen4.5"}
NEVER_SENT = frozenset({"before-intent", "after-intent"})
CASES = tuple(
    (label, provider) for label in LABELS for provider in SHOTS if (label, provider) != ("after-intent", "luma")
)
"""All but one: a request that Luma never got is looked for a whole minute, which driven time does better."""
LONGEST_S = 120.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What was found after a kill and the process that came after it."""

    died: bool
    creates: int
    jobs: int
    status: str | None
    file: str | None
    leaks: tuple[str, ...]

    def faults(self, label: str) -> list[str]:
        """Every broken promise in words."""
        found = [f"a key is in {name}" for name in self.leaks]
        if not self.died:
            found.append(f"{label} was never passed")
        if self.creates > 1:
            found.append(f"{self.creates} billable requests for one press")
        if self.jobs and self.status not in {"SUCCEEDED", "UNCERTAIN"}:
            found.append(f"the vendor took it, and it is {self.status}")
        if self.status == "SUCCEEDED" and not (self.file and Path(self.file).is_file()):
            found.append("it succeeded without a clip")
        if label in NEVER_SENT and self.creates:
            found.append("it was sent after the restart, without a press")
        return found


class _Place:
    """A home and the vendors beside it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.world = World(folder / "vendors", options=Options(speed=100.0, prerender=False), renderer=small_clip)
        self.server = serve(self.world)
        self.folder = folder

    def environ(self, **more: str) -> dict[str, str]:
        """Without any key of the person who runs this."""
        keys, urls = practice_keys(), self.server.base_urls
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUMA", "RUNWAY", "RUSHES"))}
        vendors = {
            "LUMAAI_API_KEY": keys["dream_machine"],
            "LUMAAI_BASE_URL": urls["dream_machine"],
            "RUNWAYML_API_SECRET": keys["runway"],
            "RUNWAYML_BASE_URL": urls["runway"],
        }
        return {**kept, **vendors, "RUSHES_HOME": str(self.home), **more}

    def start(self, *args: str, **environ: str) -> subprocess.Popen[str]:
        """Starts `rushes`."""
        command = [sys.executable, "-m", "rushes", *args]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ(**environ), stdout=pipe, stderr=pipe, text=True
        )

    def rushes(self, *args: str, **environ: str) -> tuple[int, str]:
        """Runs `rushes` to its end."""
        process = self.start(*args, **environ)
        out, _err = process.communicate(timeout=LONGEST_S)
        return process.returncode, out

    def tasks(self) -> list[dict[str, object]]:
        """What the library says."""
        _code, out = self.rushes("tasks", "--all", "--json")
        found: list[dict[str, object]] = json.loads(out)["tasks"]
        return found

    def creates(self) -> int:
        """How many billable requests arrived."""
        return sum(map(is_create, self.world.requests()))

    def charged(self) -> int:
        """How many the vendors took."""
        return sum(entry.kind == "charge" for entry in self.world.ledger())

    def leaks(self) -> tuple[str, ...]:
        """Files of the home in which a key stands."""
        files = [path for path in self.home.rglob("*") if path.is_file()]
        keys = [key.encode() for key in practice_keys().values()]
        return tuple(path.name for path in files if any(key in path.read_bytes() for key in keys))

    def close(self) -> None:
        """Ends the vendors."""
        self.server.close()
        self.world.close()


def _generate(provider: str, prompt: str) -> tuple[str, ...]:
    return ("generate", prompt, *SHOTS[provider], "--model", MODEL[provider], "--yes", "--json", "--quiet")


def kill_at(label: str, provider: str, folder: Path) -> Killed:
    """One press that dies at a label, and then `rushes watch`."""
    place = _Place(folder)
    try:
        code, _out = place.rushes(*_generate(provider, "a paper boat"), RUSHES_CRASH_AT=label)
        place.rushes("watch", "--json", "--quiet")
        task = next(iter(place.tasks()), {})
        status, file = task.get("status"), task.get("file")
        told = str(status) if status else None, str(file) if file else None
        return Killed(code == -9, place.creates(), place.charged(), *told, place.leaks())
    finally:
        place.close()


def crowd(folder: Path, presses: int = 3) -> list[str]:
    """Several processes press at once on one home while another watches; every press is one request and one clip."""
    place = _Place(folder)
    try:
        jobs = [place.start(*_generate("runway" if each % 2 else "luma", f"boat {each}")) for each in range(presses)]
        jobs.append(place.start("watch", "--json", "--quiet"))
        errors = [job.communicate(timeout=LONGEST_S)[1] for job in jobs]
        tasks = place.tasks()
        ended = zip(jobs, errors, strict=True)
        found = [f"a process ended with {job.returncode}: {error}" for job, error in ended if job.returncode]
        if place.creates() != presses or place.charged() != presses:
            found.append(f"{place.creates()} requests and {place.charged()} charges for {presses} presses")
        found += [f"{task['id']} is {task['status']}" for task in tasks if task["status"] != "SUCCEEDED"]
        return found
    finally:
        place.close()
