"""Every example of the help texts and the docs is run as it stands there, in a home like that of somebody at work."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import Options, Pace
from providers.sandbox.practice import practice_keys
from providers.sandbox.renderer import ClipSpec
from providers.sandbox.server import serve
from providers.sandbox.world import World
from rushes.cli import main
from rushes.cli.exits import Exit
from rushes.cli.parser import parse
from rushes.cli.verbs import VERBS
from rushes.clock import SystemClock
from tests.house import flat_clip

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
STAYS = re.compile(r"rushes($| --connect| serve| sandbox| play| doctor keys)|.*--connect")
"""What stays until it is ended, shows a screen, or needs a gateway: it is read, not run."""
UNDER_WAY = ("rushes cancel", "rushes forget")
ASKED = (
    'rushes generate "" --provider luma --model ray-2 --mode upscale --video 01KAX… -p resolution=4k',
    'rushes generate "a fox at dusk, wide" --model photon-1 -p ratio=16:9',
    'rushes generate "in heavy snow" --provider luma --mode modify --video clip.mp4 -p strength=flex_2',
    'rushes generate "it runs off" --model ray-2 --start-image 01KAX…',
    'rushes generate "the fox jumps over the river" --provider luma --model ray-2 --mode extend --video 01KAX…',
    "rushes retry 01KAX… --provider runway --model gen4.5",
    "rushes retry 01KAX… --variation",
)
"""What a terminal asks about, where here nobody is asked."""
UNSETTLED = ("rushes watch", "rushes watch --release --max-cost 2")
"""The lost answer in this home is nothing that watching mends."""
CODES = {**dict.fromkeys(ASKED, Exit.SPENDING), **dict.fromkeys(UNSETTLED, Exit.UNKNOWN)}
"""Where an example does not end with 0."""


def in_docs() -> Iterator[tuple[str, str]]:
    """Lines of the docs' blocks that call the program: where, and what."""
    for path in DOCS:
        for block in re.findall(r"^```\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                if re.match(r"(\S+ .*\| )?rushes\b(?![:/])", line):
                    yield path.name, re.split(r"   +|  # ", line)[0].strip()


IN_HELP = [(line, f"{verb} --help") for verb, each in VERBS.items() for line in each.examples]
LINES = sorted({**{line: where for where, line in in_docs()}, **dict(IN_HELP)}.items())
"""Each line once, with one place where it stands."""


@dataclass(frozen=True)
class Work:
    """A home with takes of every kind, and the vendors behind it."""

    home: Path
    env: dict[str, str]
    take: str
    other: str
    uncertain: str
    vendor_id: str


def call(*args: str) -> tuple[int, str]:
    """Runs the program in this process: its code, and what it wrote to both streams."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            return main(args), said.getvalue()
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Made once: a finished take of each kind, one under way, one whose answer was lost."""
    folder = tmp_path_factory.mktemp("work")
    lost = Rule(Fault(Kind.DROP, Point.AFTER), method="POST", path="/runway/v1/*_to_video", calls=(1,))
    pace = {"*": Pace(0.0, 1.0, 0.0), "veo3.1_fast": Pace(3e6, 1.0, 0.0)}
    # Not so fast that the vendors throw clips away while the examples are run: they keep them for a day.
    options = Options(speed=50.0, faults=FaultScript((lost,)), pace=pace)
    with contextlib.closing(World(folder / "vendors", options=options, renderer=flat_clip)) as world:
        server = serve(world)
        keys, urls = practice_keys(), server.base_urls
        env = {
            "RUSHES_HOME": str(folder / "home"),
            "LUMAAI_API_KEY": keys["dream_machine"],
            "LUMAAI_BASE_URL": urls["dream_machine"],
            "LUMA_AGENTS_API_KEY": keys["agents"],
            "LUMA_BASE_URL": urls["agents"],
            "RUNWAYML_API_SECRET": keys["runway"],
            "RUNWAYML_BASE_URL": urls["runway"],
        }
        with pytest.MonkeyPatch.context() as patch:
            at_work(patch, env)
            yield prepared(folder / "home", env, world)
        server.close()


def at_work(patch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    """The surroundings of every run: keys, addresses, clips that need no drawing, pauses of a tenth."""
    for name, value in env.items():
        patch.setenv(name, value)
    pause = SystemClock.sleep
    patch.setattr(SystemClock, "sleep", lambda self, seconds: pause(self, seconds / 10))
    patch.setattr("providers.sandbox.renderer.render_clip", flat_clip)


def made(*args: str) -> str:
    """Generates; the id of the new task."""
    call("generate", "a fox", *args, "--yes", "--quiet")
    page = json.loads(call("tasks", "--all", "--limit", "1", "--json")[1])
    return str(page["tasks"][0]["id"])


def prepared(home: Path, env: dict[str, str], world: World) -> Work:
    """Fills the home by its own command line."""
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text("[sandbox]\nspeed = 1000.0\n")
    (home / "templates.toml").write_text('"slow pan" = "a slow pan over {place}, {light}"\n')

    take = made("--model", "ray-2", "-p", "resolution=540p")
    other = made("--provider", "sandbox")
    call("rate", take, "4")
    call("tag", take, "titles")
    uncertain = made("--model", "gen4.5", "-p", "duration=2")
    return Work(home, env, take, other, uncertain, world.ledger("runway")[0].job)


@pytest.fixture
def here(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A copy of it, and a working folder with the files that the examples name."""
    home, folder = tmp_path / "home", tmp_path / "work"
    shutil.copytree(work.home, home)
    for each in (folder, tmp_path / "mnt/disk", tmp_path / "old-clips", tmp_path / "clips", tmp_path / "data"):
        each.mkdir(parents=True)
    Image.new("RGB", (1280, 720), "navy").save(folder / "boat.png")
    flat_clip(ClipSpec("x", 1280, 720, 5.0, 24), folder / "clip.mp4")
    shot = '[[shot]]\nname = "{}"\nprompt = "a boat"\n'
    for name in ("shots", "act1", "act2"):
        (folder / f"{name}.toml").write_text(shot.format(name))
    monkeypatch.chdir(folder)
    at_work(monkeypatch, {**work.env, "RUSHES_HOME": str(home), "HOME": str(tmp_path)})
    return work


def words_of(line: str, work: Work, root: Path) -> tuple[list[str], str]:
    """The arguments of an example, with ids and folders of this home in place of its own, and what is piped in."""
    said, _, called = line.rpartition("| ")
    words = shlex.split(called.partition(" > ")[0], comments=True)[1:]
    mine = work.uncertain if words[:1] == ["resolve"] else work.take
    swaps = {"01KAX…": mine, "9RK5": mine[-8:], "01KB1…": work.other, "5f0c…": work.vendor_id}
    words = [swaps.get(word, word) for word in words]
    words = [re.sub(r"^/(?=mnt|data)", f"{root}/", re.sub(r"^~", str(root), word)) for word in words]
    piped = practice_keys()["runway"] if "keys set" in line else "harbour at dawn"
    return words, piped if said or "keys set" in line else ""


@pytest.mark.parametrize("line", [line for line, _ in LINES], ids=[f"{where}: {line}" for line, where in LINES])
def test_an_example_does_what_it_says(line: str, here: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "--start-image 01KAX" in line:
        here = replace(here, take=made("--model", "photon-1"))
    if line.startswith("rushes erase"):
        here = replace(here, take=made("--model", "ray-2", "-p", "resolution=540p"))
    if line.startswith(UNDER_WAY):
        here = replace(here, take=made("--model", "veo3.1_fast", "--no-wait"))
    words, piped = words_of(line, here, tmp_path)
    if "keys set luma" in line:
        piped = practice_keys()["dream_machine"]
    if STAYS.match(line.rpartition("| ")[2]):
        assert parse(words).json in (True, False)
        return
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))
    code, said = call(*words)
    assert code == CODES.get(line, Exit.DONE), said
    assert ("agree to it with --yes" in said) == (code == Exit.SPENDING)


def test_every_code_is_that_of_an_example() -> None:
    assert set(CODES) <= {line for line, _ in LINES}


def test_the_files_of_the_docs_are_valid(here: Work, tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "shots.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "work" / "stills").mkdir()
    for look in ("misty", "clear"):
        Image.new("RGB", (1280, 720), "gray").save(tmp_path / "work" / "stills" / f"harbour-{look}.png")
    takes = []
    for block in blocks:
        Path("shots.toml").write_text(block, encoding="utf-8")
        assert tomllib.loads(block)["shot"]
        takes.append(json.loads(call("plan", "shots.toml", "--json")[1])["takes"])
    assert takes == [4, 2]
