"""The parts of working against a gateway, each by itself: addresses, tokens, values, errors, bars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.errors import NoCredits, Problem, RateLimited, Unreachable
from rushes.cli import main
from rushes.cli.verbs import VERBS
from rushes.gateway.memory import Memory
from rushes.home import Home, HomeError
from rushes.money.budgets import OverBudget
from rushes.remote.address import address_of, token_for
from rushes.remote.calls import CALLS
from rushes.remote.codec import Decoder, Misfit, encode
from rushes.remote.errors import pack, unpack
from rushes.remote.outlook import Outlook
from rushes.task import Cost, Status, Take, Task
from rushes.tasks.acting import WrongState
from rushes.tasks.submitting import Invalid
from tests.remote.conftest import boat

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("127.0.0.1:8440", "http://127.0.0.1:8440"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:8440", "http://[::1]:8440"),
        ("https://gate.example", "https://gate.example"),
        ("http://gate.example", "ssh -L"),
        ("ftp://gate.example", "no address"),
        ("https://me:pw@gate.example", "no address"),
        ("https://gate.example/path", "no address"),
        ("http://127.0.0.1:port", "no address"),
        ("https://gate.example?token=1", "no address"),
    ],
)
def test_an_address_is_taken_only_where_the_token_stays_secret(given: str, found: str) -> None:
    if found.startswith("http"):
        assert address_of(given) == found
    else:
        with pytest.raises(HomeError, match=found):
            address_of(given)


def test_the_token_comes_from_the_environment_or_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path), {})
    here, there = "http://127.0.0.1:8440", "https://gate.example"
    with pytest.raises(HomeError, match="RUSHES_TOKEN"):
        token_for(there, home, {})
    own = tmp_path / "gateway.token"
    own.write_text("of-this-machine\n")
    own.chmod(0o600)
    assert token_for(here, home, {}) == "of-this-machine"
    with pytest.raises(HomeError):
        token_for(there, home, {})  # this machine's token goes to no other
    kept = tmp_path / "connect.token"
    kept.write_text("kept\n")
    kept.chmod(0o644)
    with pytest.raises(HomeError, match="chmod 600"):
        token_for(there, home, {})
    kept.chmod(0o600)
    assert token_for(there, home, {}) == "kept"
    with pytest.raises(HomeError, match="cannot be read"):
        token_for(there, home, {"RUSHES_TOKEN_FILE": str(tmp_path / "none")})
    assert token_for(there, home, {"RUSHES_TOKEN": " from-outside "}) == "from-outside"
    kept.write_text("two words")
    with pytest.raises(HomeError, match="does not hold a token"):
        token_for(there, home, {})


def whole_task() -> Task:
    """A task in which every kind of value occurs."""
    return Task(
        "01KAX000000000000000000000",
        boat("a fox 🦊", motion=0.5, loop=True),
        Status.SUCCEEDED,
        NOW,
        cost=Cost(Decimal("0.71"), None, Decimal("0.70")),
        take=Take(Path("clip.mp4"), "ab", 3, 640, 360, 1.0, 24.0),
        tags=("one", "two"),
        finished_at=NOW + timedelta(seconds=5),
    )


def test_values_come_back_as_they_were() -> None:
    task = whole_task()
    assert Decoder()(Task, encode(task)) == task
    far = replace(task, take=replace(task.take, file=Path("/srv/media/clip.mp4")) if task.take else None)
    assert "/srv" not in str(encode(far))
    assert Decoder()(dict[str, list[tuple[str, int]]], {"a": [["b", 1]]}) == {"a": [("b", 1)]}
    assert Decoder()(date, "2026-11-23") == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        (int, True),
        (int, 1.5),
        (int, 2**60),
        (float, float("nan")),
        (str, 1),
        (Decimal, "much"),
        (Decimal, "NaN"),
        (date, "9999-12-31"),
        (date, "0001-01-01"),
        (Decimal, None),
        (datetime, "yesterday"),
        (Status, "LOST"),
        (list[int], {}),
        (tuple[str, int], ["a"]),
        (Task, {"id": "x"}),
        (Task, []),
        (int | None, "1"),
    ],
)
def test_a_value_of_another_kind_is_a_misfit_and_no_fault(hint: Any, data: Any) -> None:
    with pytest.raises(Misfit):
        Decoder()(hint, data)


def test_every_call_knows_the_types_of_what_it_takes_and_gives() -> None:
    read = Decoder()
    for call in CALLS.values():
        assert "return" in call.hints
        for name, each in call.signature.parameters.items():
            assert name == "self" or each.name in call.hints
            with pytest.raises(Misfit):
                read(call.hints[name] if name != "self" else int, object())
    assert CALLS["shelf.undo"].writes
    assert CALLS["submit"].writes
    assert not CALLS["history"].writes


@pytest.mark.parametrize(
    "error",
    [
        Invalid([Problem("duration", "is too long", ("5s", "9s"))]),
        OverBudget("over", Decimal("1.20"), may_ask=True),
        WrongState("it has ended"),
        RateLimited("later", retry_after=3.5, daily=True),
        NoCredits("none left", status=402, hint="buy"),
        Unreachable("away", retry_after=None),
        LookupError("there is no task X"),
        KeyError("x"),
        ValueError("no"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_an_error_comes_back_as_it_was(error: Exception) -> None:
    packed = pack(error)
    back = unpack(packed)
    assert back is not None
    assert isinstance(error, type(back))
    assert {**vars(back)} == {**vars(error)}
    assert str(back) == (str(error) if not isinstance(error, KeyError) else "x")


def test_a_fault_is_no_error_that_travels() -> None:
    assert pack(RuntimeError("a secret")) is None
    data: Any
    for data in (None, [], {}, {"type": "RuntimeError"}, {"type": "Invalid", "with": {"problems": "x"}}):
        assert unpack(data) is None


def test_what_was_answered_is_remembered_within_bounds() -> None:
    memory = Memory()
    for number in range(1200):
        memory.keep(str(number), "digest", b"x" * (100_000 if number % 2 else 10))
    assert len(memory.answers) <= 1000
    assert sum(len(answer) for _, answer in memory.answers.values()) <= 32 << 20
    assert "1199" in memory.answers
    memory.keep("huge", "digest", b"x" * (40 << 20))
    assert list(memory.answers) == ["huge"]


def test_a_bar_goes_on_between_two_pieces_of_news_and_never_runs_back() -> None:
    class Clock:
        time = NOW

        def now(self) -> datetime:
            return self.time

        async def sleep(self, seconds: float) -> None:
            raise AssertionError("nothing waits")

    clock = Clock()
    outlook = Outlook(clock)
    task = replace(whole_task(), status=Status.RUNNING, progress=0.2, eta_s=10.0)
    outlook.met(task)
    seen = []
    for _ in range(15):
        clock.time += timedelta(seconds=1)
        view = outlook.view(task)
        seen.append((view.progress or 0.0, view.eta_s or 0.0))
    assert [each for each, _ in seen] == sorted(each for each, _ in seen)
    assert (seen[4], seen[-1]) == ((0.585, 5.0), (0.97, 0.0))
    assert outlook.view(task).time_left == "slower than expected"
    outlook.met(task)
    assert outlook.view(task).time_left == "about 10 s left"
    outlook.met(replace(task, status=Status.SUCCEEDED))
    assert outlook.view(task) == task


THERE = {"keys", "serve", "sandbox", "reindex", "import", "plan", "apply", "backup", "vacuum", "relocate"}
FROM_AFAR = {
    *("generate", "tasks", "show", "history", "watch", "cancel", "forget", "retry", "fetch", "resolve", "rate", "tag"),
    *("play", "poster", "models", "spend", "note", "trash", "export", "verify", "erase"),
}
OF_THIS_MACHINE = {"doctor", "settings", "completion"}


def test_every_verb_has_its_answer_where_a_gateway_is_worked_against() -> None:
    assert set(VERBS) == THERE | FROM_AFAR | OF_THIS_MACHINE


@pytest.mark.parametrize("verb", sorted(THERE))
def test_verbs_of_the_gateways_own_machine_say_so(
    verb: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSHES_CONNECT", "http://127.0.0.1:9")
    needed = {"import": "/tmp", "plan": "x.toml", "apply": "x.toml", "backup": "x.sqlite3", "relocate": "/tmp/x"}
    more = [needed[verb]] if verb in needed else []
    assert main([verb, *more]) == 2
    said = capsys.readouterr().err
    assert "http://127.0.0.1:9" in said
    assert "--connect ''" in said


def test_without_a_token_or_a_gateway_every_verb_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["tasks", "--connect", "http://127.0.0.1:9"]) == 2
    assert "RUSHES_TOKEN" in capsys.readouterr().err
    assert main(["history", "--connect", "http://gate.example"]) == 2
    assert "ssh -L" in capsys.readouterr().err
    monkeypatch.setenv("RUSHES_TOKEN", "x" * 30)
    monkeypatch.setattr("rushes.remote.line.TRIES", 1)
    monkeypatch.setattr("rushes.remote.line.FIRST_PAUSE_S", 0.001)
    assert main(["tasks", "--connect", "http://127.0.0.1:9"]) == 9
    assert "does not answer" in capsys.readouterr().err
