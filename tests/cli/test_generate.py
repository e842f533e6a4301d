"""`rushes generate`: from the words to the file, and what stands in the way."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rushes.cli import generate
from tests.cli.conftest import SMALL, Rushes, Vendors

KEYS_OF_A_TASK = [
    "id", "provider", "model", "mode", "prompt", "params", "inputs", "status", "vendor_status", "vendor_id", "progress",
    "eta_s", "badge", "practice", "cost", "error", "file", "sha256", "bytes", "width", "height", "duration_s", "fps",
    "rating", "tags", "created_at", "submitted_at", "finished_at", "charges_sent",
    "notes", "trashed_at", "parent", "kinship", "kind",
]  # fmt: skip


def test_a_fresh_home_makes_a_clip_and_tells_each_change_as_a_json_line(rushes: Rushes) -> None:
    run = rushes("generate", "a paper boat", "--provider", "sandbox", "--json", *SMALL)
    assert run.code == 0
    states = list(dict.fromkeys(line["status"] for line in run.lines))
    assert states[:2] == ["QUEUED", "SUBMITTING"]
    assert states[-2:] == ["DOWNLOADING", "SUCCEEDED"]
    last = run.lines[-1]
    assert list(last) == KEYS_OF_A_TASK
    assert (last["width"], last["height"], last["fps"]) == (640, 360, 24.0)
    assert last["duration_s"] == pytest.approx(1.0, abs=1 / 24)
    assert last["charges_sent"] == 1
    data = Path(last["file"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (last["bytes"], last["sha256"])


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is a second opinion, where there is one")
def test_another_program_calls_the_clip_h264_of_the_asked_size_and_length(rushes: Rushes) -> None:
    run = rushes("generate", "a paper boat", "-p", "duration=2", "-p", "resolution=540p", "-p", "ratio=9:16")
    probe = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_entries",
        "stream",
        "-of",
        "json",
        run.out.strip(),
    ]
    stream = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", 540, 960)
    assert float(stream["duration"]) == pytest.approx(2.0, abs=1 / 24)


def test_on_a_pipe_standard_output_is_the_path_and_nothing_else(rushes: Rushes) -> None:
    run = rushes("generate", "a paper boat", *SMALL)
    assert run.code == 0
    assert Path(run.out.removesuffix("\n")).is_file()
    assert "SUCCEEDED" in run.err


def test_quiet_says_nothing_but_the_path(rushes: Rushes) -> None:
    run = rushes("generate", "a paper boat", "--quiet", *SMALL)
    assert run.err == ""
    assert run.out.count("\n") == 1


def test_the_prompt_comes_from_standard_input(rushes: Rushes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("ein Boot aus Papier 🛶\n".encode())))
    run = rushes("generate", "-", "--json", *SMALL)
    assert run.lines[-1]["prompt"] == "ein Boot aus Papier 🛶"


def test_output_is_a_copy_under_the_asked_name(rushes: Rushes, tmp_path: Path) -> None:
    target = tmp_path / "boat.mp4"
    run = rushes("generate", "a paper boat", "-o", str(target), "--json", *SMALL)
    assert target.read_bytes() == Path(run.lines[-1]["file"]).read_bytes()


def test_output_into_a_missing_folder_is_found_out_before_anything_is_sent(rushes: Rushes, tmp_path: Path) -> None:
    run = rushes("generate", "a paper boat", "-o", str(tmp_path / "no" / "boat.mp4"))
    assert run.code == 2
    assert "nothing was sent" in run.err
    assert rushes("tasks", "--all", "--json").json == {"tasks": [], "next": None}


def test_output_never_takes_the_place_of_what_is_there(rushes: Rushes, tmp_path: Path) -> None:
    target, second = tmp_path / "boat.mp4", tmp_path / "two-2.mp4"
    target.write_text("kept")
    second.write_text("kept")
    for args in (("boat.mp4",), ("two.mp4", "--count", "2"), ("new.mp4", "--no-wait")):
        run = rushes("generate", "a paper boat", "-o", str(tmp_path / args[0]), *args[1:], "--json", *SMALL)
        assert (run.code, run.json["error"]["kind"]) == (2, "usage")
    assert rushes("tasks", "--all", "--json").json["tasks"] == []
    assert (target.read_text(), second.read_text()) == ("kept", "kept")


def test_output_gets_a_number_where_a_file_came_between_and_takes_the_place_of_an_empty_one(
    rushes: Rushes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "boat.mp4"
    target.touch()
    follow = generate.follow

    async def late(*args: Any) -> int:
        target.write_text("kept")
        return await follow(*args)

    assert rushes("generate", "a boat", "-o", str(target), *SMALL).out.strip() == str(target)
    target.write_bytes(b"")
    monkeypatch.setattr(generate, "follow", late)
    run = rushes("generate", "a boat", "-o", str(target), *SMALL)
    assert (target.read_text(), run.out.strip()) == ("kept", str(tmp_path / "boat-2.mp4"))


def test_count_makes_so_many_takes_that_differ(rushes: Rushes) -> None:
    run = rushes("generate", "a paper boat", "--count", "2", *SMALL)
    first, second = run.out.split()
    assert Path(first).read_bytes() != Path(second).read_bytes()


@pytest.mark.parametrize(
    ("param", "stored"),
    [
        ("duration=1s", ("duration", "1s")),
        ("duration=1", ("duration", "1s")),
        ("ratio=1:1", ("ratio", "1:1")),
        ("loop=yes", ("loop", True)),
        ("negativePrompt=rain", ("negative_prompt", "rain")),
        ("NEGATIVE-PROMPT=rain", ("negative_prompt", "rain")),
    ],
)
def test_parameters_are_understood_as_people_write_them(rushes: Rushes, param: str, stored: tuple[str, object]) -> None:
    run = rushes("generate", "a boat", "--dry-run", "--json", "-p", "resolution=360p", "-p", param)
    assert run.code == 0
    body = run.json["request"]["body"]
    assert stored[1] in body.values()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("",), "prompt: is empty"),
        (("x" * 100_000,), "100000 of at most 2000"),
        (("beep \x07",), "control character (U+0007)"),
        (("raw \udcff byte",), "not valid text"),
        (("a", "-p", "durration=5"), "did you mean duration?"),
        (("a", "-p", "duration=77"), "duration: must be one of 1s"),
        (("a", "-p", "seed=99999999999999999999"), "seed: must be 0 to 4294967295"),
        (("a", "--provider", "lumma"), "did you mean luma?"),
        (("a", "--provider", "luma", "--model", "ray2"), "did you mean ray-2?"),
        (("a", "--model", "ray 2", "--yes"), "did you mean ray-2 (luma)?"),
        (("a", "--model", "gen4.6", "--yes"), "did you mean gen4.5 (runway)?"),
        (("a", "--model", "zx-9000", "--yes"), "Sandbox has no model zx-9000; it has sandbox-fast"),
        (("a", "--model", "=gen4.6", "--yes"), "Sandbox has no model gen4.6"),
        (("a", "--provider", "sandbox", "--model", "zx-9000", "--yes"), "Sandbox has no model zx-9000"),
        (("a", "--start-image", "nowhere.png"), "there is no file 'nowhere.png'"),
        (("a", "--start-image", "http://example.com/a.png"), "must be an https link"),
        (("a", "--mode", "video_upscale"), "has no video_upscale"),
    ],
)
def test_a_bad_shot_is_named_and_nothing_is_sent(rushes: Rushes, args: tuple[str, ...], words: str) -> None:
    run = rushes("generate", *args)
    assert run.code == 3
    assert words in run.err
    assert "Traceback" not in run.err
    assert rushes("tasks", "--all", "--json").json["tasks"] == []


def test_a_bad_shot_as_json_lists_every_problem(rushes: Rushes) -> None:
    run = rushes("generate", "", "-p", "duration=77", "--json")
    assert run.code == 3
    assert run.json["error"]["kind"] == "invalid"
    assert run.json["problems"][0]["param"] == "duration"
    assert "5s" in run.json["problems"][0]["allowed"]


def test_a_dry_run_of_a_bad_shot_shows_no_request_and_no_price(rushes: Rushes) -> None:
    run = rushes("generate", "a boat", "-p", "duration=77", "--dry-run")
    assert (run.code, run.out, "free" in run.err) == (3, "", False)
    assert "duration: must be one of" in run.err


def test_emoji_alone_are_a_prompt(rushes: Rushes) -> None:
    assert rushes("generate", "🦊🌧️🌃", *SMALL).code == 0


def test_presses_at_the_same_time_tell_of_their_own_task_each(home: Path) -> None:
    command = [sys.executable, "-m", "rushes", "--home", str(home), "generate", "a fox", *SMALL, "--json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [{json.loads(line)["id"] for line in run.communicate()[0].splitlines()} for run in runs]
    assert [len(ids) for ids in told] == [1, 1, 1]
    assert len(set.union(*told)) == 3


def test_old_names_of_a_model_are_understood_and_named(rushes: Rushes) -> None:
    run = rushes("generate", "a fox", "--provider", "luma", "--model", "dream-machine-v1.5", "--dry-run", "--json")
    assert run.json["request"]["body"]["model"] == "ray-2"
    assert "ray-2" in run.err


def test_a_model_nobody_knows_is_sent_as_given_and_its_price_is_unknown(
    rushes: Rushes, vendors: Callable[..., Vendors]
) -> None:
    vendors()
    run = rushes(
        "generate", "a fox", "--provider", "runway", "--model", "zx-9000", "-p", "size=3", "--dry-run", "--json"
    )
    assert run.json["request"]["body"] == {"model": "zx-9000", "promptText": "a fox", "size": 3}
    assert run.json["quote"]["usd"] is None
    over = rushes("generate", "a fox", "--provider", "runway", "--model", "zx-9000", "--max-cost", "5", "--json")
    assert (over.code, over.json["error"]["hint"]) == (6, "agree to it with --yes in the place of --max-cost")
    rushes("settings", "set", "spending.allow_without_asking", "yes")
    allowed = rushes("generate", "a fox", "--provider", "runway", "--model", "zx-9000", "--json")
    assert allowed.code == 6


def test_a_new_name_that_is_close_to_a_known_one_passes_when_it_is_meant(
    rushes: Rushes, vendors: Callable[..., Vendors]
) -> None:
    vendors()
    args = ("generate", "a fox", "--provider", "runway", "--dry-run", "--json", "--model")
    refused = rushes(*args, "gen4.6")
    assert (refused.code, refused.json["problems"][0]["param"]) == (3, "model")
    assert rushes(*args, "=gen4.6").json["request"]["body"]["model"] == "gen4.6"


def test_a_retired_model_is_named_with_what_took_its_place(rushes: Rushes) -> None:
    run = rushes("generate", "a fox", "--provider", "runway", "--model", "gen3a_turbo")
    assert (run.code, "gen4_turbo" in run.err) == (3, True)


def test_without_a_key_it_says_which_one(rushes: Rushes) -> None:
    run = rushes("generate", "a fox", "--provider", "runway", "--yes")
    assert run.code == 4
    assert "RUNWAYML_API_SECRET" in run.err


class TestTemplates:
    """`--template NAME --var K=V`: the prompts that are kept in the Studio."""

    @pytest.fixture(autouse=True)
    def _kept(self, rushes: Rushes, home: Path) -> None:
        (home / "templates.toml").write_text('"slow pan" = "a slow pan over {place}, {light}"\nplain = "a boat"\n')

    def test_a_template_is_filled_in(self, rushes: Rushes) -> None:
        values = ("--var", "place=a quay = {light}", "--var", "light=dusk")
        run = rushes("generate", "--template", "slow pan", *values, "--dry-run", "--json")
        assert (run.code, run.json["request"]["body"]["prompt"]) == (0, "a slow pan over a quay = {light}, dusk")

    @pytest.mark.parametrize(
        ("args", "code", "words"),
        [
            (("--template", "slow pan", "--var", "place=x"), 3, "no value for light"),
            (("--template", "slow pann"), 3, "did you mean slow pan?"),
            (("--template", "plain", "--var", "place=x"), 3, "there is no {place} in this template"),
            (("--template", "plain", "--var", "place"), 2, "--var takes NAME=VALUE"),
            (("a boat", "--template", "plain"), 2, "either a prompt or --template"),
            (("a boat", "--var", "a=b"), 2, "--var goes with --template"),
            ((), 2, "a prompt is needed, or --template"),
        ],
    )
    def test_what_does_not_fit_is_named_and_nothing_is_sent(
        self, rushes: Rushes, args: tuple[str, ...], code: int, words: str
    ) -> None:
        run = rushes("generate", *args)
        assert (run.code, words in run.err) == (code, True)
        assert rushes("tasks", "--all", "--json").json["tasks"] == []


class TestMoney:
    """Nothing is spent that nobody agreed to, and nothing is sent twice."""

    def test_without_a_terminal_it_refuses_and_sends_nothing(
        self, rushes: Rushes, vendors: Callable[..., Vendors]
    ) -> None:
        them = vendors()
        run = rushes("generate", "harbour at dawn", "--provider", "runway")
        assert run.code == 6
        assert "$0.60" in run.err
        assert "--max-cost 0.60" in run.err
        assert them.creates() == 0

    def test_max_cost_below_the_quote_refuses(self, rushes: Rushes, vendors: Callable[..., Vendors]) -> None:
        them = vendors()
        run = rushes("generate", "harbour", "--provider", "runway", "--max-cost", "0.59", "--json")
        assert run.code == 6
        assert run.json["error"]["kind"] == "budget"
        assert them.creates() == 0

    def test_max_cost_is_for_all_takes_together(self, rushes: Rushes, vendors: Callable[..., Vendors]) -> None:
        them = vendors()
        assert rushes("generate", "harbour", "--provider", "runway", "--count", "2", "--max-cost", "0.60").code == 6
        assert them.creates() == 0

    def test_yes_sends_one_request_and_books_what_the_vendor_charged(
        self, rushes: Rushes, vendors: Callable[..., Vendors]
    ) -> None:
        them = vendors()
        run = rushes("generate", "harbour at dawn", "--provider", "runway", "-p", "duration=2s", "--yes", "--json")
        assert run.code == 0
        assert them.creates() == 1
        assert run.lines[-1]["cost"] == {"quoted_usd": 0.24, "estimated_usd": 0.24, "charged_usd": 0.24}
        assert run.lines[-1]["badge"] == "RUNWAY-GEN4.5"

    def test_luma_charges_what_was_quoted(self, rushes: Rushes, vendors: Callable[..., Vendors]) -> None:
        vendors()
        run = rushes("generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--max-cost", "1", "--json")
        assert run.lines[-1]["cost"] == {"quoted_usd": 0.4, "estimated_usd": None, "charged_usd": 0.4}

    def test_a_budget_of_the_person_holds_even_with_yes(self, rushes: Rushes, vendors: Callable[..., Vendors]) -> None:
        them = vendors()
        assert rushes("settings", "set", "budget.per_day_usd", "0.50").code == 0
        run = rushes("generate", "harbour", "--provider", "runway", "--yes")
        assert run.code == 6
        assert "$0.50" in run.err
        assert them.creates() == 0

    def test_practice_needs_no_key_and_no_consent_and_is_marked(
        self, rushes: Rushes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RUSHES_SANDBOX", "1")
        run = rushes("generate", "a fox", "--provider", "luma", "-p", "resolution=540p", "--json")
        assert run.code == 0
        assert run.lines[-1]["practice"] is True
        assert run.lines[-1]["badge"] == "LUMA-RAY-3.2 PRACTICE"
