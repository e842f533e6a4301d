"""Handing a clip over, what the command line shows of it, the tally of a player, and terminals that say nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyte
import pytest

from rushes.cli.parser import build
from rushes.gateway.whereabouts import gateway_of, standing
from rushes.home import Home
from rushes.media.cells import lines
from tui.frame_rate import Tally
from tui.handing_over import forward_line, has_screen, scp_line, take_link
from tui.terminal import known_mute, remember_mute
from tui.widgets.player import moment, track

SSH = {"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 2222"}


@pytest.mark.parametrize(
    ("environ", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({"DISPLAY": "localhost:10.0", **SSH}, "linux", False),
        (SSH, "darwin", False),
    ],
)
def test_a_player_is_opened_only_where_its_window_would_be_seen(
    environ: dict[str, str], platform: str, there: bool
) -> None:
    assert has_screen(environ, platform) == there


def test_the_gateway_of_a_home_is_known_while_it_runs_and_a_dead_one_is_not_believed(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path))
    assert gateway_of(home) is None
    with standing(home, "http://127.0.0.1:8440"):
        assert gateway_of(home) == "http://127.0.0.1:8440"
        file = tmp_path / "gateway.json"
        told = json.loads(file.read_text())
        for odd in ({"pid": 2**22 + 1}, {"pid": "1"}, {"host": "elsewhere"}, {"origin": 7}, {"origin": "javascript:0"}):
            file.write_text(json.dumps({**told, **odd}))
            assert gateway_of(home) is None
        for broken in ("", "[1]", "{"):
            file.write_text(broken)
            assert gateway_of(home) is None
    with standing(home, "http://127.0.0.1:8440", "https://takes.example.org"):
        assert gateway_of(home) == "https://takes.example.org"
    assert gateway_of(home) is None


def test_over_ssh_the_link_comes_with_the_line_that_brings_the_gateway_near() -> None:
    assert take_link("http://127.0.0.1:8440/", "01A") == "http://127.0.0.1:8440/take/01A"
    assert forward_line("http://127.0.0.1:8440", SSH, user="me") == "ssh -N -L 8440:127.0.0.1:8440 -p 2222 me@192.0.2.2"
    assert forward_line("http://127.0.0.1:8440", {}) is None
    assert forward_line("https://takes.example.org", SSH) is None


def test_the_line_for_scp_names_the_way_that_the_session_came() -> None:
    path = Path("/data/a take.mp4")
    assert scp_line(path, SSH, user="me") == "scp -P 2222 'me@192.0.2.2:/data/a take.mp4' ."
    six = {"SSH_CONNECTION": "2001:db8::1 5000 2001:db8::2 22"}
    assert scp_line(Path("/x.mp4"), six, user="me") == "scp 'me@[2001:db8::2]:/x.mp4' ."
    assert scp_line(Path("/x.mp4"), {}, user="me", host="here") == "scp me@here:/x.mp4 ."


def test_the_tally_counts_frames_and_bytes_of_the_last_moments() -> None:
    now = 0.0
    tally = Tally(lambda: now)
    assert (tally.fps, tally.rate) == (0, 0)
    for number in range(100):
        now = number / 20
        tally.frame(number * 1000)
    assert tally.fps == pytest.approx(20)
    assert tally.rate == pytest.approx(20_000)
    tally.frame(5)
    assert tally.rate == 0, "a new canvas counts from zero"
    tally.clear()
    assert tally.fps == 0


def test_places_and_marks_in_a_clip_are_drawn() -> None:
    assert [moment(each) for each in (0, 3.24, 59.99, 61)] == ["0:00.0", "0:03.2", "0:59.9", "1:01.0"]
    assert track(11, 0.5, 0.1, 0.9) == "━[━━━●───]─"
    assert len(track(8, 1.0, None, None)) == 8


def test_a_terminal_that_said_nothing_is_known_the_next_time_and_no_other(tmp_path: Path) -> None:
    memory = tmp_path / "cache" / "mute"
    mute = {"TERM": "odd\nterm"}
    assert not known_mute(memory, mute)
    remember_mute(memory, mute)
    assert known_mute(memory, mute)
    assert not known_mute(memory, {"TERM": "xterm"})
    assert not known_mute(memory, {**mute, **SSH})


def test_a_picture_as_text_has_the_size_that_was_asked_for() -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 40:] = (255, 255, 255)
    drawn = lines(picture, 20, 5, "true")
    assert len(drawn) == 5
    screen = pyte.Screen(20, 5)
    pyte.Stream(screen).feed("\r\n".join(drawn))
    assert [screen.buffer[2][x].bg for x in (0, 19)] == ["000000", "ffffff"]


@pytest.mark.parametrize("cells", ["80", "0x5", "80x", "axb", "2000x2"])
def test_cells_that_make_no_sense_are_refused(cells: str) -> None:
    from rushes.cli.exits import Stop

    with pytest.raises(Stop, match="WxH"):
        build().parse_args(["poster", "x", "--cells", cells])


def test_poster_makes_what_is_missing_and_draws_it(tmp_path: Path) -> None:
    def rushes(*args: str, code: int = 0) -> str:
        env = {
            "RUSHES_HOME": str(tmp_path / "home"),
            "PATH": "/usr/bin:/bin",
            "COLORTERM": "truecolor",
            "TERM": "xterm",
        }
        done = subprocess.run(
            [sys.executable, "-m", "rushes", *args], capture_output=True, text=True, env=env, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    small = ("-p", "duration=1s", "-p", "resolution=360p", "--provider", "sandbox", "--model", "sandbox-fast")
    rushes("settings", "set", "sandbox.speed", "100")
    task = json.loads(rushes("generate", "a lamp", *small, "--json").splitlines()[-1])
    first = json.loads(rushes("poster", task["id"], "--json"))
    for name in ("poster", "filmstrip"):
        Path(first[name]).unlink()
    assert rushes("poster", task["id"]).strip() == first["poster"]
    assert Path(first["filmstrip"]).exists()
    drawn = rushes("poster", task["id"], "--cells", "40x10")
    assert drawn.count("\n") == 10
    assert "38;2;" in drawn
    rushes("poster", "nothing", code=2)
    rushes("play", task["id"], code=2)
    Path(task["file"]).unlink()
    rushes("poster", task["id"], code=10)


def test_a_still_of_much_detail_stays_within_its_bytes_and_near_its_colours() -> None:
    across = np.linspace(0, 255, 80)[None, :, None] * np.array([1.0, 0.6, 0.3])
    detail = np.random.default_rng(3).normal(0, 9, (44, 80, 3))
    picture = np.clip(across + detail, 0, 255).astype(np.uint8)
    drawn = lines(picture, 80, 22, "true")
    assert sum(len(line.encode()) for line in drawn) <= 60_000
    screen = pyte.Screen(80, 22)
    pyte.Stream(screen).feed("\r\n".join(drawn))
    worst = 0
    for y, x in np.ndindex(22, 80):
        cell = screen.buffer[y][x]
        fore, back = (
            np.array(list(bytes.fromhex(each))) for each in (cell.fg if cell.data != " " else cell.bg, cell.bg)
        )
        upper, lower = (back, fore) if cell.data == "▄" else (fore, back)
        shown = np.stack([upper, lower]).astype(int)
        worst = max(worst, int(np.abs(shown - picture[2 * y : 2 * y + 2, x]).max()))
    assert 8 < worst <= 28, "coarser than six bits, and no coarser than it says"
