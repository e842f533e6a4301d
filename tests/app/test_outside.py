"""What is said outside of the screen: title, notifications, the person's own command, the clipboard."""

from __future__ import annotations

import base64
import json
import shlex
import sys
from pathlib import Path

from tests.app.stage import stage
from tests.app.test_real_terminal import program
from tests.pty_screen import PtyScreen
from tui.clipboard import MOST_BYTES, choose, copy, sequence
from tui.outside_screen import desktop, title, wrapped

SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "DISPLAY": ":10"}


def there(_name: str) -> str:
    return "/usr/bin/tool"


def nowhere(_name: str) -> None:
    return None


def test_over_ssh_the_terminal_carries_the_copy_and_no_tool_of_the_wrong_machine() -> None:
    assert choose("x", SSH, there).terminal
    assert choose("x", {"DISPLAY": ":0"}, there).tool[0] == "xclip"
    assert choose("x", {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, there).tool == ("wl-copy",)
    assert choose("x", {"DISPLAY": ":0"}, nowhere).terminal
    assert choose("x", {}, there, "darwin").tool == ("pbcopy",)


def test_in_tmux_a_copy_goes_to_tmux_and_through_it() -> None:
    data = base64.b64encode("ä path".encode()).decode()
    assert sequence("ä path", {}) == f"\x1b]52;c;{data}\x07"
    both = sequence("ä path", {"TMUX": "/tmp/s,1,0"})
    assert both == f"\x1b]52;c;{data}\x07\x1bPtmux;\x1b\x1b]52;c;{data}\x07\x1b\\"


def test_what_is_too_long_for_the_terminal_goes_into_a_file_that_is_named(tmp_path: Path) -> None:
    written: list[str] = []
    words = copy("a" * (MOST_BYTES + 1), SSH, write=written.append, last_resort=tmp_path / "copied.txt")
    assert written == []
    assert str(tmp_path / "copied.txt") in words
    assert len((tmp_path / "copied.txt").read_text(encoding="utf-8")) == MOST_BYTES + 1


def test_each_terminal_is_told_in_the_form_that_it_understands() -> None:
    assert desktop("Done", "a fox", name="kitty(0.48)", environ={}).startswith("\x1b]99;")
    assert desktop("Done", "a fox", name="VTE(7600)", environ={}) == "\x1b]777;notify;Done;a fox\x1b\\"
    assert desktop("Done", "a fox", name="", environ={}) == "\x1b]9;Done: a fox\x1b\\"
    assert desktop("Done", "a fox", name="", environ={"TERM": "linux"}) == ""


def test_a_prompt_cannot_end_a_sequence_early() -> None:
    told = desktop("Done", "a\x1b\\\x1b]2;stolen\x07fox", name="", environ={})
    assert told.count("\x1b") == 2
    assert "\x07" not in told
    assert wrapped("\x1b]9;x\x07", {"TMUX": "1"}) == "\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"


def test_nothing_running_leaves_the_plain_name_in_the_title() -> None:
    assert title([]) == "rushes"


async def test_the_persons_own_command_gets_the_task_as_json(tmp_path: Path) -> None:
    target = tmp_path / "told.json"
    code = f"import sys, pathlib; pathlib.Path({str(target)!r}).write_text(sys.stdin.read())"
    command = shlex.join([sys.executable, "-c", code])
    async with stage(tmp_path, notify={"command": command}) as here:
        task = await here.generate("a kite")
        await here.until(lambda: target.exists() and target.read_text(encoding="utf-8"), "the command")
        told = json.loads(target.read_text(encoding="utf-8"))
        assert (told["id"], told["status"]) == (task.id, "SUCCEEDED")


def test_the_title_says_what_runs_and_comes_back(tmp_path: Path) -> None:
    with PtyScreen(program(tmp_path / "home")) as screen:
        screen.wait_text("ctrl+j · F5")
        screen.send("a kite\n")
        screen.wait_text("Goes out in")
        screen.wait(lambda: "\x1b]2;1 waiting · rushes".encode() in screen.raw, what="the title")
        screen.send("\x11")
        screen.wait_text("Leave rushes?")
        screen.send("y")
        assert screen.wait_exit() == 0
        assert screen.raw.index(b"\x1b[22;2t") < screen.raw.index(b"\x1b[23;2t")
