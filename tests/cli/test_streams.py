"""The command line as a process: streams that are closed, full or left by their reader, and Ctrl-C at every stage."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.sandbox.options import Pace
from rushes.library.library import Library
from tests.cli.conftest import SMALL, Rushes, Vendors
from tests.pty_screen import PtyScreen

Start = Callable[..., Vendors]
RUSHES = (sys.executable, "-m", "rushes")
BOAT = ("generate", "a boat", *SMALL)
KEY = "key_" + "ab" * 64


def shell(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which `$R` is the program and `"$@"` its arguments."""
    line = script.replace("$R", f"{sys.executable} -m rushes")
    return subprocess.run(["bash", "-c", line, "bash", *args], capture_output=True, text=True, timeout=60, check=False)


def on_terminal(*args: str, keys: Sequence[tuple[str, str]] = ()) -> tuple[int, str]:
    """Runs the program on a terminal, typing each text when its cue is there; its exit code and what it showed."""
    with PtyScreen([*RUSHES, *args], cols=120, rows=30, env=dict(os.environ), cwd=Path.cwd()) as screen:
        for cue, typed in keys:
            screen.wait_text(cue)
            screen.send(typed)
        return screen.wait_exit(30), screen.text()


def test_a_reader_that_leaves_costs_neither_the_clip_nor_a_second_request(rushes: Rushes) -> None:
    # A pipe that nobody reads any more, from the very first line on.
    ran = shell('$R "$@" --json --quiet | true; echo "${PIPESTATUS[0]}"', *BOAT)
    assert (ran.stdout.split(), ran.stderr) == (["0"], "")
    (task,) = rushes("tasks", "--all", "--json").json["tasks"]
    assert (task["status"], task["charges_sent"]) == ("SUCCEEDED", 1)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_full_disk_behind_standard_output_is_said_and_the_clip_is_kept(rushes: Rushes, form: tuple[str, ...]) -> None:
    ran = shell('$R "$@" > /dev/full', *BOAT, *form)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    (task,) = rushes("tasks", "--all", "--json").json["tasks"]
    assert f"standard output: No space left on device; kept all the same: {task['file']}" in ran.stderr


@pytest.mark.parametrize(("unbuffered", "how"), [("", ""), ("1", ", or the disk")], ids=["at-the-end", "at-once"])
def test_a_full_disk_behind_a_list_is_said(rushes: Rushes, unbuffered: str, how: str) -> None:
    rushes("tasks")
    ran = shell(f"PYTHONUNBUFFERED={unbuffered} $R tasks > /dev/full")
    assert (ran.returncode, ran.stderr) == (1, f"rushes: standard output{how}: No space left on device\n")


def test_progress_never_strays_to_standard_output_when_standard_error_is_closed(rushes: Rushes) -> None:
    ran = shell('$R "$@" 2>&-', *BOAT)
    assert (ran.returncode, ran.stdout.count("\n"), Path(ran.stdout.strip()).is_file()) == (0, 1, True)


def test_closed_streams_are_no_fault(rushes: Rushes) -> None:
    assert shell("$R history >&-").returncode == 0
    assert shell("$R generate - <&-").returncode == 3
    assert shell("$R keys set runway <&-").returncode == 4
    assert shell("$R models --json | head -c 1; exit ${PIPESTATUS[0]}").returncode == 0


class TestOnATerminal:
    """What is asked there, and what Ctrl-C does."""

    def test_a_yes_sends_and_anything_else_does_not(self, rushes: Rushes, vendors: Start) -> None:
        them = vendors()
        paid = ("generate", "a fox", "--provider", "luma", "-p", "resolution=540p")
        code, screen = on_terminal(*paid, keys=[("one take with", "\r")])
        assert (code, "$0.40. Send it? [y/N]" in screen, "nothing was sent" in screen) == (6, True, True)
        assert them.creates() == 0
        assert on_terminal(*paid, "--no-wait", keys=[("[y/N]", "y\r")])[0] == 0
        assert them.creates() == 1

    def test_ctrl_c_at_the_question_leaves_at_once_and_nothing_is_sent(self, rushes: Rushes, vendors: Start) -> None:
        them = vendors()
        code, screen = on_terminal("generate", "a fox", "--provider", "luma", keys=[("[y/N]", "\x03")])
        assert (code, "nothing was sent" in screen) == (130, True)
        assert (them.creates(), rushes("tasks", "--all", "--json").json["tasks"]) == (0, [])

    def test_ctrl_c_while_a_key_is_typed_writes_nothing(self, rushes: Rushes, home: Path) -> None:
        code, _screen = on_terminal("keys", "set", "runway", keys=[("Key of", "\x03")])
        assert (code, (home / ".env").exists()) == (130, False)

    def test_a_key_is_not_shown_while_it_is_typed(self, rushes: Rushes, home: Path) -> None:
        code, screen = on_terminal("keys", "set", "runway", keys=[("Key of", f"{KEY}\r")])
        assert (code, KEY[:12] in screen, KEY in (home / ".env").read_text()) == (0, False, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_the_task_at_the_vendor_and_watch_brings_it_home(
    rushes: Rushes, vendors: Start, number: signal.Signals
) -> None:
    them = vendors(pace={"*": Pace(1000.0, 100.0, 0.0)})
    args = (*RUSHES, "generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--yes", "--json")
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as run:
        assert run.stdout is not None
        while json.loads(run.stdout.readline())["vendor_id"] is None:
            pass
        run.send_signal(number)
        _out, err = run.communicate(timeout=30)
    assert (run.returncode, "`rushes watch` picks it up" in err) == (130, True)
    ended = rushes("watch", "--json")
    assert (ended.code, ended.lines[-1]["status"], them.creates()) == (0, "SUCCEEDED", 1)


def test_an_interrupt_waits_for_the_answer_to_what_was_sent_and_a_second_one_does_not(
    rushes: Rushes, vendors: Start
) -> None:
    them = vendors(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=60.0), "POST"))
    args = (*RUSHES, "generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--yes", "--json")
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        while json.loads(run.stdout.readline())["status"] != "SUBMITTING":
            pass
        run.send_signal(signal.SIGINT)
        assert any("interrupt again" in line for line in run.stderr)
        run.send_signal(signal.SIGINT)
        assert run.wait(20) == 130
    assert rushes("tasks", "--json").json["tasks"][0]["status"] == "SUBMITTING"
    assert them.creates() <= 1


def test_a_queue_that_is_held_is_said_and_what_waits_in_it_can_be_left(rushes: Rushes, home: Path) -> None:
    library = Library(home / "library.sqlite3", now=lambda: datetime.now(UTC))
    library.pause(paused=True)
    library.close()
    with subprocess.Popen([*RUSHES, *BOAT], stderr=subprocess.PIPE, text=True, env=os.environ) as run:
        assert run.stderr is not None
        assert any("the queue is held" in line for line in run.stderr)
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 130
    assert rushes("tasks", "--json").json["tasks"][0]["status"] == "QUEUED"


def test_an_interrupt_while_the_prompt_is_read_is_130(rushes: Rushes) -> None:
    # What starts the tests may have told its children to ignore Ctrl-C; a terminal never does.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; from rushes.cli import main; raise SystemExit(main(['generate', '-']))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdin is not None
        # It has begun to read when the pipe is as full as it can be and takes more.
        run.stdin.write(b"x" * 200_000)
        run.stdin.flush()
        ended = None
        while ended is None:
            # One that falls between two reads is heard at the next: a person presses again as well.
            run.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                ended = run.wait(0.5)
        assert ended == 130
