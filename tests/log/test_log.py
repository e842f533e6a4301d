"""The log: lines that can be read by task, that never hold a secret, in a file that several processes share."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushes.log import LogFile, close_log, log_of, open_log, read_log
from rushes.redact import MARK, Redactor

SECRET = "sesame-0123456789"


@pytest.fixture(autouse=True)
def _closed_again() -> Iterator[None]:
    yield
    close_log()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "rushes.log"


def test_nothing_is_created_before_the_first_line(path: Path) -> None:
    open_log(path, Redactor())
    assert not path.parent.exists()
    log_of("runner").info("started")
    assert [line["event"] for line in read_log(path)] == ["started"]


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        open_log(path, Redactor())
        log_of("runner").info("started")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_task_s_lines_can_be_read_by_its_id(path: Path) -> None:
    open_log(path, Redactor())
    log_of("runner", "01A").info("submitted", extra={"data": {"bytes": 12}})
    log_of("runner", "01B").warning("01A is another task")
    log_of("runner").info("idle")
    assert [(line["event"], line.get("data")) for line in read_log(path, task="01A")] == [("submitted", {"bytes": 12})]
    assert len(list(read_log(path))) == 3


@pytest.mark.parametrize("debug", [False, True])
def test_a_secret_is_taken_out_of_every_part_of_a_line(path: Path, debug: bool) -> None:
    open_log(path, Redactor([SECRET]), debug=debug)
    log = log_of("runner", f"task-{SECRET}")
    log.error("refused %s", SECRET, extra={"data": {SECRET: [f"Bearer {SECRET}"], "headers": {"Authorization": "abc"}}})
    try:
        raise ValueError(f"the vendor said {SECRET}\n\x1b[31m")
    except ValueError:
        log.exception("failed")
    logging.getLogger("httpx").warning("GET https://x.example/?_jwt=%s", "eyJ0eXAi.secret.part")
    text = path.read_text(encoding="utf-8")
    assert SECRET not in text
    assert "eyJ0eXAi" not in text
    assert "\x1b" not in text
    assert MARK in text
    assert len(text.splitlines()) == 3


def test_line_breaks_in_a_message_cannot_forge_a_line(path: Path) -> None:
    open_log(path, Redactor())
    log_of("runner").info('prompt\n{"event": "forged"}\r\n\u2028')
    assert [line["event"] for line in read_log(path)] == ['prompt␊{"event": "forged"}␊␤']
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


def test_debug_lines_are_written_in_debug_alone(path: Path) -> None:
    open_log(path, Redactor())
    log_of("runner").debug("quiet")
    logging.getLogger("httpx").info("HTTP/1.1 200")
    open_log(path, Redactor(), debug=True)
    log_of("runner").debug("loud")
    logging.getLogger("httpx").info("HTTP/1.1 201")
    assert [line["event"] for line in read_log(path)] == ["loud", "HTTP/1.1 201"]


def test_a_message_that_does_not_fit_its_arguments_is_still_written(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = open_log(path, Redactor())
    handler.handle(logging.LogRecord("rushes.tasks.runner", logging.INFO, __file__, 1, "two %d %d", ("one",), None))
    assert "one" in next(read_log(path))["event"]
    assert capsys.readouterr().err == ""


def test_a_very_long_text_is_cut(path: Path) -> None:
    open_log(path, Redactor())
    log_of("runner").info("x" * 100_000)
    assert next(read_log(path))["event"].endswith("… (100000 characters)")


def test_a_log_that_cannot_be_written_stops_nothing_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    handler = open_log(tmp_path / "file" / "rushes.log", Redactor())
    log_of("runner").error("lost")
    assert "cannot be written" in str(handler.problem)
    assert capsys.readouterr().err == ""


def test_a_full_file_is_rotated_and_all_that_is_kept_can_be_read(path: Path) -> None:
    open_log(path, Redactor(), most_bytes=1000)
    for number in range(30):
        log_of("runner").info("line %d", number)
    numbers = [int(line["event"].split()[1]) for line in read_log(path)]
    assert numbers == list(range(30))[-len(numbers) :]
    assert Path(f"{path}.1").exists()
    assert stat.S_IMODE(Path(f"{path}.1").stat().st_mode) == 0o600


def test_a_file_that_was_moved_away_is_followed(path: Path) -> None:
    open_log(path, Redactor())
    log_of("runner").info("first")
    path.rename(f"{path}.1")
    log_of("runner").info("second")
    assert [json.loads(line)["event"] for line in path.read_text(encoding="utf-8").splitlines()] == ["second"]


def test_a_file_that_another_process_has_just_rotated_is_not_rotated_again(path: Path) -> None:
    ours, theirs = LogFile(path, Redactor(), most_bytes=100), LogFile(path, Redactor(), most_bytes=100)
    for handler in (ours, theirs):
        handler.emit(logging.LogRecord("rushes", logging.INFO, __file__, 1, "first", None, None))
    theirs.doRollover()
    ours.doRollover()
    ours.emit(logging.LogRecord("rushes", logging.INFO, __file__, 1, "second", None, None))
    ours.close()
    theirs.close()
    assert [line["event"] for line in read_log(path)][-1] == "second"
    assert not Path(f"{path}.2").exists()
    assert json.loads(path.read_text(encoding="utf-8"))["event"] == "second"


WRITER = """
import sys
from pathlib import Path
from rushes.log import log_of, open_log
from rushes.redact import Redactor
open_log(Path(sys.argv[1]), Redactor(), most_bytes=60_000)
for number in range(300):
    log_of("runner", sys.argv[2]).info("line %d", number, extra={"data": {"padding": "x" * 300}})
"""


def test_two_processes_write_one_log_without_losing_a_line(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("A", "B")]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    for name in ("A", "B"):
        events = [line["event"] for line in read_log(path, task=name)]
        assert sorted(events) == sorted(f"line {number}" for number in range(300))
