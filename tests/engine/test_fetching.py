"""Fetching: what is paid for is fetched, verified and kept; what is not the clip is never taken for it."""

# ruff: noqa: ASYNC240 - the files are a test's own, and small

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
import sys
import termios
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.errors import AssetGone, FailureKind
from providers.sandbox.faults import Fault, Kind, Rule
from providers.sandbox.options import NATIVE, RUNWAY
from providers.sandbox.renderer import ClipSpec
from rushes import __version__
from rushes.context import Patience
from rushes.task import Status
from rushes.tasks.assets import CHUNK, AssetError, AssetRefused, Downloader, hold_part
from tests.clock import driven
from tests.engine.conftest import MakeHouse
from tests.house import RUNWAY_SHOT, SANDBOX, House, flat_clip, small_clip

ASSETS = "/assets/*"
TROUBLES = [
    Fault(Kind.CONNECT), Fault(Kind.TIMEOUT), Fault(Kind.RESET), Fault(Kind.HALF_BODY, fraction=0.4),
    Fault(Kind.HALF_BODY, fraction=0.0), Fault(Kind.WRONG_LENGTH, delta=200), Fault(Kind.WRONG_LENGTH, delta=-500),
    Fault(Kind.STATUS, status=403), Fault(Kind.STATUS, status=404), Fault(Kind.STATUS, status=410),
    Fault(Kind.STATUS, status=416), Fault(Kind.STATUS, status=429, headers={"retry-after": "30"}),
    Fault(Kind.STATUS, status=500), Fault(Kind.HTML, status=200), Fault(Kind.SLOW, seconds=300.0),
    Fault(Kind.HTML, status=200, headers={"content-type": "video/mp4"}),
    Fault(Kind.STATUS, status=200, body=b"x" * 5000, headers={"content-type": "video/mp4"}),
    Fault(Kind.TRICKLE, seconds=20.0),
]  # fmt: skip


@pytest.mark.parametrize("fault", TROUBLES, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.delta}")
@driven
async def test_a_download_that_goes_wrong_is_made_again_and_never_the_generation(
    make_house: MakeHouse, fault: Fault
) -> None:
    house = make_house(Rule(fault, "GET", ASSETS, times=2))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id, within_s=7200)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    assert done.take is not None
    job = house.world.job(RUNWAY, done.vendor_id or "")
    assert job is not None
    assert done.take.file.read_bytes() == house.world.clips.ready(job).read_bytes()
    assert not list((house.home.media / "incoming").glob("*.part"))
    await engine.close()


@driven
async def test_vendors_and_asset_hosts_are_told_the_same_name_and_version(make_house: MakeHouse) -> None:
    told: set[str] = set()

    class Listening(httpx.AsyncBaseTransport):
        def __init__(self, line: httpx.AsyncBaseTransport) -> None:
            self.line = line

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            told.add(request.headers["user-agent"])
            return await self.line.handle_async_request(request)

    house = make_house()
    engine = await house.open(transport=Listening)
    (task,) = await engine.submit(RUNWAY_SHOT)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert told == {f"rushes/{__version__}"}
    await engine.close()


@driven
async def test_a_download_that_was_cut_off_goes_on_where_it_stopped(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.HALF_BODY, fraction=0.5), "GET", ASSETS, times=1))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id)
    assert [each.status for each in house.world.requests() if "/assets/" in each.path] == [200, 206]
    await engine.close()


@driven
async def test_links_that_have_expired_are_asked_for_afresh(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "GET", ASSETS, times=3), link_life_s={RUNWAY: 0.5, NATIVE: 0.5})
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_a_clip_that_is_broken_at_the_vendor_is_set_aside_and_said_not_taken(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(replace(SANDBOX, prompt="a boat [bad-clip]"))
    await asyncio.wait_for(engine.idle(), 3600)
    (left,) = house.tasks()
    assert left.status is Status.DOWNLOADING
    assert left.error is not None
    assert (left.error.kind, left.error.charged) == (FailureKind.DOWNLOAD, True)
    assert left.take is None
    (kept,) = (house.home.media / "incoming" / "quarantine").iterdir()
    assert f"kept as media/incoming/quarantine/{kept.name}" in left.error.message
    assert f"rushes retry {task.id}" in (left.error.hint or ""), "waiting helps no more"
    assert kept.name.startswith(task.id)
    assert kept.read_bytes().startswith(b"this is not")
    assert house.asked("/assets/") == 4, "the same broken file, over some minutes, is the vendor's own"
    await engine.close()


@driven
async def test_two_broken_files_of_one_task_are_both_kept(make_house: MakeHouse) -> None:
    pages = [
        Fault(Kind.STATUS, status=200, body=text * 2000, headers={"content-type": "video/mp4"})
        for text in (b"one", b"two")
    ]
    house = make_house(*(Rule(page, "GET", ASSETS, times=1) for page in pages))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    assert (await house.until(task.id, within_s=7200)).status is Status.SUCCEEDED
    kept = (house.home.media / "incoming" / "quarantine").iterdir()
    assert {each.read_bytes()[:3] for each in kept} == {b"one", b"two"}
    await engine.close()


@driven
async def test_a_whole_clip_of_another_shape_is_not_what_was_asked_for(make_house: MakeHouse) -> None:
    def upright(spec: ClipSpec, path: Path) -> None:
        flat_clip(replace(spec, width=360, height=640), path)

    house = make_house(renderer=upright)
    engine = await house.open()
    await engine.submit(SANDBOX)
    await asyncio.wait_for(engine.idle(), 3600)
    (left,) = house.tasks()
    assert left.status is Status.DOWNLOADING
    assert left.error is not None
    assert "did not pass its check" in left.error.message
    await engine.close()


@driven
async def test_a_clip_that_is_less_than_was_paid_for_is_kept_and_said(make_house: MakeHouse) -> None:
    def smaller(spec: ClipSpec, path: Path) -> None:
        flat_clip(replace(spec, width=960, height=540), path)

    house = make_house(renderer=smaller)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert done.status is Status.SUCCEEDED
    told = (await engine.events(task.id))[-1].detail["words"]
    assert told == "it is 960×540, 1280×720 was asked for"
    await engine.close()


@driven
async def test_half_of_the_length_or_the_size_is_not_what_was_paid_for(make_house: MakeHouse) -> None:
    def half(spec: ClipSpec, path: Path) -> None:
        flat_clip(replace(spec, width=spec.width // 2, height=spec.height // 2), path)

    house = make_house(renderer=half)
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT)
    await asyncio.wait_for(engine.idle(), 3600)
    (left,) = house.tasks()
    assert left.status is Status.DOWNLOADING
    assert "640×360, 1280×720 was asked for" in str(left.error)
    await engine.close()


@driven
async def test_a_command_gives_up_after_a_few_tries_and_the_next_start_fetches(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=503), "GET", ASSETS))
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(SANDBOX)
    await asyncio.wait_for(engine.idle(), 900)
    assert house.tasks()[0].status is Status.DOWNLOADING
    await engine.close()
    house.calm()
    again = await house.open()
    done = await house.until(task.id)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    await again.close()


@driven
async def test_a_clip_that_the_vendor_deleted_is_lost_there_with_the_reason(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=503), "GET", ASSETS))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.DOWNLOADING)
    job = house.world.job(RUNWAY, (await engine.need(task.id)).vendor_id or "")
    assert job is not None
    house.world.forget(job)
    gone = await house.until(task.id)
    assert gone.status is Status.FAILED
    assert gone.error is not None
    assert gone.error.kind is FailureKind.GONE
    assert "lost at the vendor" in gone.error.message
    await engine.close()


@driven
async def test_a_clip_that_was_kept_by_a_process_that_died_is_not_fetched_again(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    await engine.close()
    library = house.library()
    library.connection.execute("UPDATE tasks SET status = 'DOWNLOADING', file = NULL, sha256 = NULL, charged = NULL")
    library.close()
    again = await house.open()
    found = await house.until(task.id)
    assert (found.status, found.take, found.cost) == (Status.SUCCEEDED, done.take, done.cost)
    assert house.asked("/assets/") == 1
    await again.close()


@driven
async def test_fetching_again_mends_a_damaged_clip_under_its_name(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    assert done.take is not None
    whole = done.take.file.read_bytes()
    done.take.file.write_bytes(whole[:100])
    await house.clock.sleep(60)
    await engine.fetch(task.id)
    again = await house.until(task.id)
    assert (again.take, again.finished_at) == (done.take, done.finished_at)
    assert done.take.file.read_bytes() == whole
    assert len(list(done.take.file.parent.glob("*.mp4"))) == 1
    await engine.close()


@pytest.mark.parametrize("whole", [True, False])
@driven
async def test_fetching_again_what_the_vendor_has_deleted_costs_no_clip_that_is_here(house: House, whole: bool) -> None:
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert done.take is not None
    job = house.world.job(RUNWAY, done.vendor_id or "")
    assert job is not None
    house.world.forget(job)
    if not whole:
        done.take.file.unlink()
    await engine.fetch(task.id)
    again = await house.until(task.id)
    assert (again.status, again.error is None) == (Status.SUCCEEDED if whole else Status.FAILED, whole)
    if whole:
        assert (again.take, again.finished_at, again.cost) == (done.take, done.finished_at, done.cost)
        assert "no longer at the vendor" in str((await engine.events(task.id))[-1].detail)
    await engine.close()


@driven
async def test_files_are_readable_by_their_owner_alone(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    assert done.take is not None
    for path in (done.take.file, done.take.file.with_suffix(".json"), house.home.library):
        assert path.stat().st_mode & 0o077 == 0, path
    assert json.loads(done.take.file.with_suffix(".json").read_text())["id"] == task.id
    await engine.close()


# ── where a link may lead ────────────────────────────────────────────────────────────────────────────────────────────


def answering(*responses: httpx.Response) -> httpx.MockTransport:
    left = iter(responses)
    return httpx.MockTransport(lambda _request: next(left))


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "one.part"
    with hold_part(path):
        yield path


@pytest.mark.parametrize(
    "link",
    [
        "http://example.com/a.mp4", "file:///etc/passwd", "ftp://example.com/a", "https://127.0.0.1/a.mp4",
        "https://[::1]/a.mp4", "https://10.0.0.7/a.mp4", "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/",
        "https://[fe80::1]/a.mp4", "https://192.168.1.1/", "https://100.64.0.1/", "https://[::ffff:10.0.0.1]/",
        "https://127.1/", "https://2130706433/", "https://localhost/", "https://localhost./", "https://a.localhost/",
        "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2002:a00:1::1]/",
        "nonsense", "https://[broken/", "https://example.com:99999/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
async def test_a_link_to_anything_but_a_public_https_host_is_not_followed(
    part: Path, link: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(AssetRefused):
        await Downloader(user_agent="x").fetch(link, part, local=False)
    with pytest.raises(AssetRefused):
        await Downloader(user_agent="x").fetch(link, part, local=False, transport=answering())
    hop = httpx.Response(302, headers={"location": link if "://" in link else f"https://[{link}"})
    with pytest.raises(AssetRefused):
        await Downloader(user_agent="x").fetch("https://1.1.1.1/a", part, local=False, transport=answering(hop))


@pytest.mark.parametrize("address", ["64:ff9b::101:101", "2002:101:101::1", "::ffff:1.1.1.1", "2606:4700::1111"])
async def test_a_public_address_is_one_in_every_way_of_writing_it(part: Path, address: str) -> None:
    clip = answering(httpx.Response(200, content=b"clip"))
    await Downloader(user_agent="x").fetch(f"https://[{address}]/a", part, local=False, transport=clip)
    assert part.read_bytes() == b"clip"


async def test_a_name_that_leads_into_the_network_behind_today_may_lead_elsewhere_tomorrow(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(*_args: Any, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.18.0.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    with pytest.raises(AssetError, match="private address") as caught:
        await Downloader(user_agent="x").fetch("https://clips.example/a", part, local=False, transport=answering())
    assert not isinstance(caught.value, AssetRefused), "it is tried again"


@pytest.mark.parametrize(
    ("no_proxy", "asked", "words"), [("", [b"CONNECT"], "503"), ("clips.invalid", [], "not found")]
)
async def test_behind_a_proxy_names_are_looked_up_by_it_alone(
    part: Path, monkeypatch: pytest.MonkeyPatch, no_proxy: str, asked: list[bytes], words: str
) -> None:
    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).split()[0])
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    seen: list[bytes] = []
    proxy = await asyncio.start_server(busy, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    downloads = Downloader(user_agent="x")
    with pytest.raises(AssetError, match=words):
        await downloads.fetch("https://clips.invalid/a.mp4", part, local=False)
    assert seen == asked
    await downloads.aclose()
    proxy.close()
    await proxy.wait_closed()


async def test_a_vendor_on_this_machine_may_link_to_itself_but_not_into_the_network_behind(part: Path) -> None:
    clip = httpx.Response(200, content=b"clip")
    await Downloader(user_agent="x").fetch("http://127.0.0.1:9/a.mp4", part, local=True, transport=answering(clip))
    assert part.read_bytes() == b"clip"
    hop = httpx.Response(302, headers={"location": "http://192.168.0.1/admin"})
    with pytest.raises(AssetRefused):
        await Downloader(user_agent="x").fetch("http://127.0.0.1:9/a.mp4", part, local=True, transport=answering(hop))


async def test_redirects_in_circles_end(part: Path) -> None:
    hops = [httpx.Response(302, headers={"location": "https://1.1.1.1/a"}) for _ in range(9)]
    with pytest.raises(AssetRefused, match="circles"):
        await Downloader(user_agent="x").fetch("https://1.1.1.1/a", part, local=False, transport=answering(*hops))


async def test_no_key_goes_to_the_host_of_a_clip(part: Path) -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, content=b"clip")

    transport = httpx.MockTransport(answer)
    await Downloader(user_agent="x").fetch("https://1.1.1.1/a", part, local=False, transport=transport)
    assert "authorization" not in seen[0]


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, headers={"content-length": str(2**40)}, content=b""), AssetRefused),
        (httpx.Response(200, headers={"content-type": "text/html; charset=utf-8"}, content=b"<html>"), AssetError),
        (httpx.Response(403), AssetGone),
        (httpx.Response(206, headers={"content-range": "bytes 5-9/10"}, content=b"56789"), AssetError),
        (httpx.Response(416, headers={"content-range": "bytes */7"}), AssetError),
    ],
)
async def test_what_cannot_be_the_clip_is_not_written(part: Path, response: httpx.Response, error: type) -> None:
    part.write_bytes(b"0123")
    with pytest.raises(error):
        await Downloader(user_agent="x").fetch("https://1.1.1.1/a", part, local=False, transport=answering(response))
    assert not part.exists() or part.read_bytes() == b"0123"


async def test_a_part_that_is_whole_already_is_taken_as_it_is(part: Path) -> None:
    part.write_bytes(b"0123")
    whole = httpx.Response(416, headers={"content-range": "bytes */4"})
    await Downloader(user_agent="x").fetch("https://1.1.1.1/a", part, local=False, transport=answering(whole))
    assert part.read_bytes() == b"0123"


async def test_a_download_that_is_cancelled_while_it_writes_leaves_no_byte_twice(tmp_path: Path) -> None:
    """A pipe that nobody reads yet is a disk that takes its time."""
    slow = tmp_path / "slow.part"
    os.mkfifo(slow)
    reader = os.open(slow, os.O_RDONLY | os.O_NONBLOCK)
    piece, waiting = os.urandom(CHUNK), bytearray(4)

    async def body() -> AsyncIterator[bytes]:
        yield piece
        await asyncio.Event().wait()

    transport = answering(httpx.Response(200, content=body()))
    downloading = asyncio.create_task(
        Downloader(user_agent="x").fetch("https://1.1.1.1/a", slow, local=False, transport=transport)
    )
    while not int.from_bytes(waiting, sys.byteorder):
        await asyncio.sleep(0)
        fcntl.ioctl(reader, termios.FIONREAD, waiting)
    os.set_blocking(reader, True)
    downloading.cancel()
    with os.fdopen(reader, "rb") as file:
        arrived = await asyncio.to_thread(file.read)
    with pytest.raises(asyncio.CancelledError):
        await downloading
    assert len(arrived) == CHUNK
    assert arrived == piece


def test_two_processes_never_write_into_one_part(part: Path) -> None:
    with pytest.raises(AssetError, match="another process"), hold_part(part):
        pass


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte; only root can make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=1m rushes-test {folder} 2>/dev/null"):
        pytest.skip("no small file system can be made here")
    yield folder
    os.system(f"umount {folder}")


@driven
async def test_a_folder_of_clips_that_went_away_is_waited_for(make_house: MakeHouse, tmp_path: Path) -> None:
    folder, away = tmp_path / "nas", tmp_path / "away"
    folder.mkdir()
    house = make_house(settings=f'[media]\nfolder = "{folder}"\n')
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    folder.rename(away)
    folder.write_text("no folder any more")
    await house.until(task.id, Status.DOWNLOADING)
    await asyncio.sleep(1800)
    (left,) = house.tasks()
    assert left.status is Status.DOWNLOADING
    assert left.error is not None
    assert "cannot keep the clip" in left.error.message
    assert "bring the disk back" in (left.error.hint or "")
    folder.unlink()
    away.rename(folder)
    done = await house.until(task.id)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    await engine.close()


@driven
async def test_a_full_disk_keeps_the_task_and_room_brings_the_clip(make_house: MakeHouse, small_disk: Path) -> None:
    house = make_house(settings=f'[media]\nfolder = "{small_disk}"\n', renderer=small_clip)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (2**20 - 8192))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    full = await house.until(task.id, Status.DOWNLOADING)
    await asyncio.sleep(30)
    (full,) = house.tasks()
    assert full.status is Status.DOWNLOADING
    assert full.error is not None
    assert full.error.kind is FailureKind.DOWNLOAD
    ballast.unlink()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await engine.close()
