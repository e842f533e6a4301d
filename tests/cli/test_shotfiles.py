"""`rushes plan` and `rushes apply`: what is missing is made, once, after one question; the rest is left alone."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.sandbox.options import Pace
from tests.cli.conftest import Rushes, Vendors

Start = Callable[..., Vendors]
FREE = """
[defaults]
provider = "sandbox"
params = { resolution = "360p", duration = "1s" }
[[shot]]
name = "boat"
prompt = "a paper boat"
[[shot]]
name = "fox"
prompt = "a fox in {weather}"
matrix = { weather = ["rain", "snow"] }
"""
PAID = """
[defaults]
model = "ray-2"
params = { resolution = "540p" }
[[shot]]
name = "dawn"
prompt = "harbour at dawn"
[[shot]]
name = "fox"
prompt = "a fox"
"""
TWO_VENDORS = """
[[shot]]
name = "dawn"
provider = "runway"
model = "gen4.5"
prompt = "harbour at dawn"
params = { duration = 2 }
[[shot]]
name = "fox"
model = "ray-2"
prompt = "a fox"
params = { resolution = "540p" }
"""


@pytest.fixture
def shots(home: Path) -> Callable[[str], str]:
    """Writes a shot file into the working folder and gives its name."""

    def write(text: str) -> str:
        Path("shots.toml").write_text(text, encoding="utf-8")
        return "shots.toml"

    return write


def states(document: Any) -> dict[str, str]:
    """The states of a plan by name."""
    return {each["name"]: each["state"] for each in document["shots"]}


def test_what_is_missing_is_made_and_a_second_apply_makes_nothing(rushes: Rushes, shots: Callable[[str], str]) -> None:
    file = shots(FREE)
    before = rushes("plan", file, "--json")
    assert (before.code, states(before.json)) == (0, {"boat": "new", "fox/rain": "new", "fox/snow": "new"})
    assert (before.json["takes"], before.json["total_usd"]) == (3, 0)
    made = rushes("apply", file, "--json")
    assert (made.code, made.json["sent"], made.json["error"]) == (0, 3, None)
    assert {task["status"] for task in made.json["tasks"]} == {"SUCCEEDED"}
    assert all(Path(task["file"]).is_file() for task in made.json["tasks"])
    again = rushes("apply", file, "--json")
    assert (again.code, again.json["sent"], again.json["tasks"]) == (0, 0, [])
    assert set(states(again.json).values()) == {"done"}
    assert len(rushes("tasks", "--all", "--json").json["tasks"]) == 3


def test_a_change_is_told_and_made_and_what_stays_the_same_is_left_alone(
    rushes: Rushes, shots: Callable[[str], str]
) -> None:
    rushes("apply", shots(FREE))
    # Other order, other spelling, a default written out: the same shots. One prompt differs, one wants another take.
    changed = """
[[shot]]
name = "fox/snow"
provider = "sandbox"
model = "sandbox-fast"
prompt = " a fox in snow"
params = { duration = 1, Resolution = "360p", ratio = "16:9" }
count = 2
[[shot]]
name = "boat"
provider = "sandbox"
prompt = "a paper boat at night"
params = { resolution = "360p", duration = "1s" }
"""
    plan = rushes("plan", shots(changed))
    assert plan.code == 0
    lines = [line.split() for line in plan.out.splitlines()]
    assert lines[1][:3] == ["fox/snow", "missing", "1/2"]
    assert lines[2][:3] == ["boat", "changed", "0/1"]
    assert plan.out.splitlines()[-1] == "2 takes, free"


def test_a_picture_counts_by_its_content_and_is_sought_beside_the_file(
    rushes: Rushes, home: Path, tmp_path: Path
) -> None:
    for folder, colour in (("one", "red"), ("two", "red"), ("three", "blue")):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (640, 360), colour).save(tmp_path / folder / "a.png")
        (tmp_path / folder / "shots.toml").write_text(
            '[[shot]]\nname = "a"\nprompt = "it moves"\nstart_image = "a.png"\nprovider = "sandbox"\n'
        )
    identities = [
        rushes("plan", str(tmp_path / folder / "shots.toml"), "--json").json["shots"][0]["identity"]
        for folder in ("one", "two", "three")
    ]
    assert identities[0] == identities[1] != identities[2]


def test_every_problem_is_named_with_its_line_before_anything_is_sent(
    rushes: Rushes, shots: Callable[[str], str]
) -> None:
    file = shots(
        FREE.replace('"360p"', '"361p"')
        + '[[shot]]\nname = "c"\nprovider = "luma"\nprompt = "x"\n[[shot]]\nname = "d"\nmodel = "sandbox-fst"\n'
    )
    run = rushes("apply", file, "--yes", "--json")
    assert (run.code, run.json["error"]["kind"]) == (3, "invalid")
    told = [(each["line"], each["shot"], each["param"]) for each in run.json["problems"]]
    assert told == [
        (4, "boat", "resolution"),
        (4, "fox/rain", "resolution"),
        (4, "fox/snow", "resolution"),
        (12, "c", "model"),
        (18, "d", "model"),
    ]
    assert "shots.toml:4: boat: resolution:" in rushes("plan", file).err
    assert rushes("tasks", "--all", "--json").json["tasks"] == []


def test_what_the_file_says_wrongly_hides_nothing_that_is_wrong_with_its_shots(
    rushes: Rushes, shots: Callable[[str], str]
) -> None:
    file = shots(
        """[[shot]]
name = "a"
prompt = "x"
[[shot]]
name = "a"
prompt = ""
params = { duration = "77s" }
[[shot]]
name = "b"
promt = "x"
[[shot]]
name = "d"
prompt = "x"
start_image = "none.png"
params = { duration = "77s" }
[[shot]]
name = "c"
model = "ray2"
prompt = "x"
video = "none.mp4"
"""
    )
    told = [(each["line"], each["param"]) for each in rushes("plan", file, "--json").json["problems"]]
    assert told == [
        (5, "name"),
        (6, "prompt"),
        (7, "duration"),
        (10, "promt"),
        (14, "start_image"),
        (15, "duration"),
        (18, "model"),
        (20, "video"),
    ]


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_files_that_cannot_be_used_are_named(rushes: Rushes, tmp_path: Path, verb: str) -> None:
    missing = rushes(verb, str(tmp_path / "no.toml"))
    assert (missing.code, "no.toml: No such file" in missing.err) == (2, True)
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"a = 1\nb = '\xff'\n")
    assert (rushes(verb, str(odd)).code, "odd.toml:2: is not UTF-8" in rushes(verb, str(odd)).err) == (3, True)
    one, two = tmp_path / "1.toml", tmp_path / "2.toml"
    for file in (one, two):
        file.write_text('[[shot]]\nname = "a"\nprompt = "x"\n')
    doubled = rushes(verb, str(one), str(two))
    assert (doubled.code, "(1.toml, line 2)" in doubled.err) == (3, True)


class TestMoney:
    """The whole file is one press: asked about once, refused as a whole."""

    def test_without_a_terminal_it_refuses_with_the_total_and_sends_nothing(
        self, rushes: Rushes, vendors: Start, shots: Callable[[str], str]
    ) -> None:
        them = vendors()
        file = shots(TWO_VENDORS)
        run = rushes("apply", file)
        assert (run.code, "2 takes of 2 shots: $0.64" in run.err, "--max-cost 0.64" in run.err) == (6, True, True)
        assert rushes("apply", file, "--max-cost", "0.63").code == 6
        assert rushes("plan", file, "--json").json["total_usd"] == 0.64
        assert them.creates() == 0

    def test_one_yes_sends_each_once(self, rushes: Rushes, vendors: Start, shots: Callable[[str], str]) -> None:
        them = vendors()
        run = rushes("apply", shots(TWO_VENDORS), "--max-cost", "0.64", "--json")
        assert (run.code, run.json["sent"], run.json["total_usd"]) == (0, 2, 0.64)
        assert them.creates() == 2

    def test_a_budget_that_the_whole_would_pass_lets_no_part_of_it_go(
        self, rushes: Rushes, vendors: Start, shots: Callable[[str], str]
    ) -> None:
        them = vendors()
        rushes("settings", "set", "budget.per_day_usd", "0.50")
        run = rushes("apply", shots(TWO_VENDORS), "--yes")
        assert (run.code, "$0.64 would pass the $0.50 of today" in run.err) == (6, True)
        assert them.creates() == 0

    def test_a_missing_key_stops_the_whole_file(
        self, rushes: Rushes, vendors: Start, shots: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        them = vendors()
        monkeypatch.delenv("LUMAAI_API_KEY")
        run = rushes("apply", shots(TWO_VENDORS), "--yes", "--json")
        assert (run.code, run.json["error"]["kind"]) == (4, "key")
        assert them.creates() == 0

    def test_what_failed_is_missing_and_a_lost_answer_is_not_sent_again(
        self, rushes: Rushes, vendors: Start, shots: Callable[[str], str]
    ) -> None:
        lost = Rule(Fault(Kind.DROP, Point.AFTER), method="POST", path="/runway/v1/*_to_video", calls=(1,))
        them = vendors(lost)
        file = shots(TWO_VENDORS.replace('"a fox"', '"a fox [fail:400]"'))
        first = rushes("apply", file, "--yes", "--json")
        assert first.code == 8
        assert sorted(task["status"] for task in first.json["tasks"]) == ["FAILED", "UNCERTAIN"]
        assert states(rushes("plan", file, "--json").json) == {"dawn": "unsettled", "fox": "missing"}
        sent = them.creates()
        again = rushes("apply", file, "--yes", "--json")
        assert (again.json["sent"], them.creates() - sent) == (1, 1)

    def test_a_retry_by_hand_stands_in_for_what_failed(
        self, rushes: Rushes, vendors: Start, shots: Callable[[str], str]
    ) -> None:
        refusal = Fault(Kind.STATUS, Point.BEFORE, status=400, body=b'{"detail": "not now"}')
        vendors(Rule(refusal, method="POST", path="/dream-machine/*", calls=(1,)))
        file = shots(PAID.replace('[[shot]]\nname = "dawn"\nprompt = "harbour at dawn"\n', ""))
        failed = rushes("apply", file, "--yes", "--json").json["tasks"][0]
        assert failed["status"] == "FAILED"
        assert rushes("retry", failed["id"], "--yes").code == 0
        assert states(rushes("plan", file, "--json").json) == {"fox": "done"}


def test_what_an_interrupted_run_left_unsent_is_sent_by_the_next_after_a_question(
    rushes: Rushes, vendors: Start, shots: Callable[[str], str], home: Path
) -> None:
    them = vendors()
    file = shots(PAID)
    rushes("apply", file, "--yes")
    with sqlite3.connect(home / "library.sqlite3") as db:
        db.execute(
            "UPDATE tasks SET status = 'QUEUED', vendor_id = NULL, charges_sent = 0, owner = NULL, charged = NULL"
        )
    db.close()
    plan = rushes("plan", file, "--json").json
    assert (states(plan), plan["takes"]) == ({"dawn": "missing", "fox": "missing"}, 2)
    assert rushes("apply", file).code == 6
    sent = them.creates()
    run = rushes("apply", file, "--yes", "--json")
    assert (run.json["sent"], them.creates() - sent) == (2, 2)
    assert len(rushes("tasks", "--all", "--json").json["tasks"]) == 2


def test_no_wait_ends_when_the_vendor_has_all_and_the_next_apply_waits_for_them(
    rushes: Rushes, vendors: Start, shots: Callable[[str], str]
) -> None:
    them = vendors()
    file = shots(PAID)
    run = rushes("apply", file, "--yes", "--no-wait", "--json")
    assert run.code == 0
    assert all(task["vendor_id"] for task in run.json["tasks"])
    then = rushes("apply", file, "--json")
    assert (then.code, then.json["sent"]) == (0, 0)
    assert set(states(rushes("plan", file, "--json").json).values()) == {"done"}
    assert them.creates() == 2


def test_two_apply_at_once_send_each_shot_once(vendors: Start, shots: Callable[[str], str], home: Path) -> None:
    them = vendors()
    file = shots(PAID.replace('"dawn"', '"dawn"\ncount = 3'))
    command = [sys.executable, "-m", "rushes", "apply", file, "--yes", "--json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) for _ in range(2)]
    ends = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert (sum(each["sent"] for each in ends), them.creates()) == (4, 4)


def test_the_identity_survives_the_loss_of_the_library(rushes: Rushes, shots: Callable[[str], str], home: Path) -> None:
    file = shots(FREE)
    rushes("apply", file)
    for each in home.glob("library.sqlite3*"):
        each.unlink()
    assert rushes("reindex").code == 0
    assert set(states(rushes("plan", file, "--json").json).values()) == {"done"}


def test_ctrl_c_ends_it_with_130_and_nothing_is_sent_twice(
    rushes: Rushes, vendors: Start, shots: Callable[[str], str]
) -> None:
    them = vendors(pace={"*": Pace(1000.0, 500.0, 0.0)})
    file = shots(PAID)
    command = [sys.executable, "-m", "rushes", "apply", file, "--yes"]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ)
    assert run.stderr is not None
    for line in run.stderr:
        if "PENDING" in line:
            break
    run.send_signal(signal.SIGINT)
    said = run.communicate(timeout=30)[1]
    assert (run.returncode, "rushes: interrupted" in said) == (130, True)
    assert rushes("apply", file, "--yes").code == 0
    assert them.creates() == 2
