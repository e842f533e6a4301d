"""What clients send, and how they speak of it: names, never paths, and nothing without bounds."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.shot import Input, Role
from rushes.gateway.held import Held, masked
from rushes.ids import new_id
from rushes.remote.cache import Cache
from rushes.remote.codec import encode
from rushes.task import Status, Task
from tests.gateway.conftest import Gate, gate, opened
from tests.remote.conftest import Far, boat, far

__all__ = ["far", "gate"]


@pytest.mark.parametrize(
    "source",
    [
        "/etc/hostname",
        "../library.sqlite3",
        "~/.env",
        "file:///etc/hostname",
        "http://example.org/a.png",
        "upload:../../etc/hostname",
        f"upload:{'0' * 64}/gone.png",
        f"upload:{'0' * 64}/../../library.sqlite3",
        "given:01KAX000000000000000000000/0/x.png",
        "given:x/0/x.png",
        "01KAX000000000000000000000",
        "C:\\x.png",
        "",
    ],
)
async def test_a_path_or_a_name_of_nothing_is_refused_and_never_looked_at(
    gate: Gate, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr("rushes.shots.inputs._Resolver.media", lambda _self, each: looked.append(each.source))
    shot = encode(boat("x", Input(Role.START_IMAGE, source)))
    for call in ("submit", "given.look", "given.measure", "given.request", "given.notes", "asked.quote"):
        more: dict[str, Any] = {"ids": [new_id(datetime.now(UTC))]} if call == "submit" else {}
        answer = await gate.client.post(
            f"/v1/engine/{call}", json={"shot": shot, **more}, headers={"idempotency-key": call}
        )
        assert (answer.status_code, answer.json()["raised"]["type"]) == (422, "Invalid")
    assert (looked, gate.sent()) == ([], 0)


async def test_a_body_that_is_too_large_or_a_call_that_is_none_gets_nothing(home: Path) -> None:
    async with opened(home, started=False, most_upload=1000, most_body=4000) as gate:
        for size, status in ((1000, 201), (1001, 413)):
            answer = await gate.client.put("/v1/uploads/a.png", content=b"x" * size)
            assert answer.status_code == status

        async def endless() -> Any:
            for _ in range(10):
                yield b"x" * 500

        assert (await gate.client.put("/v1/uploads/a.png", content=endless())).status_code == 413
        assert [each.name for each in (home / "uploads").iterdir() if each.suffix == ".part"] == []
        for call, body, status in (
            ("close", {}, 404),
            ("shelf.import_folder", {"folder": "/"}, 404),
            ("__class__", {}, 404),
            ("count", {"query": 7}, 422),
            ("count", {"folder": "/"}, 422),
            ("history", {"limit": 10**30}, 422),
            ("need", {}, 422),
        ):
            assert (await gate.client.post(f"/v1/engine/{call}", json=body)).status_code == status


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a frame.png", "a_frame.png"),
        ("../../../etc/passwd", "passwd"),
        ("..", "f"),
        (".hidden.png", "hidden.png"),
        ("x\x1b[2J.png", "x__2J.png"),
        ("ünï.png", "_n_.png"),
        ("-rf", "rf"),
        ("l" * 400 + ".png", "l" * 116 + ".png"),
    ],
)
async def test_a_name_says_the_file_and_nothing_more(tmp_path: Path, name: str, kept: str) -> None:
    held = Held(tmp_path / "held", 10**6)

    async def body() -> Any:
        yield b"picture"

    source = await held.keep(name, body())
    assert source.rpartition("/")[2] == kept
    (file,) = (tmp_path / "held").glob("*/*")
    assert (file.name, file.read_bytes()) == (kept, b"picture")
    assert stat.S_IMODE((tmp_path / "held").stat().st_mode) == 0o700


async def test_what_was_sent_first_makes_room_for_what_is_sent_last(tmp_path: Path) -> None:
    held = Held(tmp_path / "held", 2500)

    async def body(letter: bytes) -> Any:
        yield letter * 1000

    for letter in (b"a", b"b", b"c"):
        await held.keep("x.png", body(letter))
    assert sum(each.stat().st_size for each in (tmp_path / "held").glob("*/*")) == 2000
    assert b"c" * 1000 in [each.read_bytes() for each in (tmp_path / "held").glob("*/*")]


def test_a_client_sees_no_path_of_the_gateway() -> None:
    now = datetime.now(UTC)
    inputs = (
        Input(Role.START_IMAGE, "/home/someone/secret/a.png"),
        Input(Role.REFERENCE, "https://example.org/b.png"),
        Input(Role.REFERENCE, "01KAX000000000000000000000"),
    )
    task = Task(new_id(now), boat("x", *inputs), Status.QUEUED, now)
    seen = [each.source for each in masked(task).shot.inputs]
    assert seen == [f"given:{task.id}/0/a.png", "https://example.org/b.png", "01KAX000000000000000000000"]
    plain = Task(new_id(now), boat("x"), Status.QUEUED, now)
    assert masked(plain) is plain


# ── the cache ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_clips_are_kept_within_bounds_and_brought_again_when_they_are_gone(far: Far) -> None:
    tasks = [(await far.engine.submit(boat(f"boat {number}")))[0] for number in range(3)]
    await far.engine.idle()
    whole = [await far.engine.need(each.id) for each in tasks]
    sizes = [each.take.bytes for each in whole if each.take]
    far.engine._cache = Cache(far.engine.home.cache / "gateway", far.engine._line, room=sizes[1] + sizes[2] + 10)
    files = [await far.engine.clip(each) for each in whole]
    assert [each.exists() for each in files] == [False, True, True]
    assert (await far.engine.clip(whole[0])).exists()
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700


async def test_a_clip_that_comes_damaged_is_not_kept(far: Far) -> None:
    (task,) = await far.engine.submit(boat())
    await far.engine.idle()
    local = await far.gate.house.engine.need(task.id)
    assert local.take is not None
    data = local.take.file.read_bytes()
    local.take.file.write_bytes(b"X" * len(data))
    seen = await far.engine.need(task.id)
    with pytest.raises(Exception, match="came damaged"):
        await far.engine.clip(seen)
    assert seen.take is not None
    assert list(seen.take.file.parent.iterdir()) == []
    local.take.file.write_bytes(data)
    assert (await far.engine.clip(seen)).read_bytes() == data
