"""Several processes on one sandbox: the app, the command line and a later start see the same jobs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from providers.base import Access
from providers.errors import NotSent
from providers.sandbox import SPEC
from providers.sandbox.options import RUNWAY, Options
from providers.sandbox.practice import practice_base_urls
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Shot
from tests.sandbox.kit import START, Clock, Desk, scribble

CHILD = """
import sys
from pathlib import Path
import pytest

from providers.base import Access
from providers.errors import NotSent
from providers.sandbox import SPEC
from providers.sandbox.options import Options
from providers.sandbox.world import World
from tests.sandbox.kit import Clock, Desk, scribble
world = World(Path(sys.argv[1]), clock=Clock(), options=Options(prerender=False), renderer=scribble)
sys.stdin.readline()
for _ in range(20):
    print(Desk(world, "runway").create(duration=2).json["id"])
"""


def test_processes_that_create_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    root = str(Path(__file__).parents[2])
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(3)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    made = [line for child in children for line in child.communicate(timeout=60)[0].split()]
    assert [child.returncode for child in children] == [0, 0, 0]
    world = World(tmp_path, clock=Clock(), options=Options(prerender=False), renderer=scribble)
    entries = world.ledger(RUNWAY)
    assert len(set(made)) == len(made) == 60
    assert sorted(entry.job for entry in entries) == sorted(made)
    assert int(world.balance(RUNWAY, entries[0].account)) == 10_000 - 60 * 24
    assert len(world.requests()) == 60
    world.close()


def test_a_job_of_one_world_is_found_finished_by_the_next(tmp_path: Path) -> None:
    first = World(tmp_path, clock=Clock(), options=Options(prerender=False), renderer=scribble)
    job = Desk(first, RUNWAY).create().json["id"]
    first.close()
    later = World(tmp_path, clock=Clock(START + 3600), options=Options(prerender=False), renderer=scribble)
    assert Desk(later, RUNWAY).word(job) == "SUCCEEDED"
    later.close()


def test_worlds_with_one_seed_make_the_same_ids_and_times(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        world = World(tmp_path / name, clock=Clock(), options=Options(prerender=False), renderer=scribble, seed=3)
        job = Desk(world, RUNWAY).create().json["id"]
        kept = world.job(RUNWAY, job)
        assert kept is not None
        made.append((job, kept.run_s))
        world.close()
    assert made[0] == made[1]


def test_importing_the_provider_loads_nothing_heavy() -> None:
    code = (
        "import sys, providers.sandbox; providers.sandbox.SPEC.apis;"
        "print([n for n in ('httpx', 'sqlite3', 'av', 'numpy', 'PIL') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_damaged_file_is_kept_aside_and_practice_goes_on(tmp_path: Path) -> None:
    (tmp_path / "world-1.sqlite3").write_bytes(b"not a database at all" * 100)
    world = World(tmp_path, clock=Clock(), options=Options(prerender=False), renderer=scribble)
    assert Desk(world, RUNWAY).create().status == 200
    world.close()
    assert (tmp_path / "world-1.sqlite3.damaged").read_bytes().startswith(b"not a database")


async def test_a_folder_that_cannot_be_used_means_that_nothing_was_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    provider = SPEC.build(Access({}, practice_base_urls(), SandboxTransport(World(tmp_path / "file" / "sandbox"))))
    with pytest.raises(NotSent, match="cannot use its folder"):
        await provider.submit(Shot("sandbox", "sandbox-fast", "text_to_video", "a boat"))
    await provider.aclose()
