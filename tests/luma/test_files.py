"""Files of the newer API: which way they go, that they go once, and what happens when they do not arrive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.errors import NotSent, RateLimited, Refused
from providers.luma.files import FORM_BYTES, INLINE_BYTES, LARGEST_BYTES
from providers.luma.provider import LumaProvider
from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import Options
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Input, Media, Role
from tests.luma.kit import Clock, provider, shot
from tests.sandbox.kit import scribble

SHOT = shot("ray-3.2", "image_to_video", (Input(Role.START_IMAGE, "fox.png"),))


def picture(size: int, fill: bytes = b"x") -> Media:
    return Media(Role.START_IMAGE, data=fill * size, media_type="image/png", name="fox.png")


class Vendor:
    """The sandbox on driven time, with Luma's client on it."""

    def __init__(self, folder: Path, *rules: Rule) -> None:
        self.clock = Clock()
        options = Options(faults=FaultScript(rules), prerender=False)
        self.world = World(folder, clock=self.clock.now, options=options, renderer=scribble)
        self.luma = self.client()

    def client(self) -> LumaProvider:
        return provider(SandboxTransport(self.world), self.clock)

    def sent(self) -> list[str]:
        """The requests that arrived, asking for a file's state aside."""
        return [f"{each.method} {each.path.split('/')[-1]}" for each in self.world.requests() if each.method != "GET"]


async def test_a_small_picture_travels_inside_the_request(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    await vendor.luma.submit(SHOT, [picture(INLINE_BYTES)])
    assert vendor.sent() == ["POST generations"]


async def test_a_larger_one_goes_by_a_form_once_and_a_later_run_finds_it(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    for client in (vendor.luma, vendor.luma, vendor.client()):
        await client.submit(SHOT, [picture(INLINE_BYTES + 1)])
    assert vendor.sent() == ["POST files", *["POST generations"] * 3]
    assert vendor.clock.slept >= 0.5, "it waited until the file was taken in"
    await vendor.luma.submit(SHOT, [picture(INLINE_BYTES + 1, b"y")])
    assert vendor.sent()[-2:] == ["POST files", "POST generations"]


async def test_the_largest_go_to_a_signed_address_without_our_key(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    seen: list[httpx.Request] = []
    inner = SandboxTransport(vendor.world)

    class Watching(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return await inner.handle_async_request(request)

    await provider(Watching(), vendor.clock).submit(SHOT, [picture(FORM_BYTES + 1)])
    puts = [each for each in seen if each.method == "PUT"]
    assert [len(each.content) for each in puts] == [FORM_BYTES + 1]
    assert "authorization" not in puts[0].headers
    assert [name.split(" ")[0] for name in vendor.sent()] == ["POST", "PUT", "POST", "POST"]
    assert vendor.sent()[-2:] == ["POST complete", "POST generations"]


async def test_a_deleted_file_is_uploaded_again(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    await vendor.luma.submit(SHOT, [picture(INLINE_BYTES + 1)])
    file_id = json.loads(_last_create(vendor)["request"])["video"]["start_frame"]["file_id"]
    await _delete(vendor, file_id)
    await vendor.luma.submit(SHOT, [picture(INLINE_BYTES + 1)])
    assert vendor.sent().count("POST files") == 2


def _last_create(vendor: Vendor) -> dict[str, Any]:
    with vendor.world.store.read() as db:
        row = db.execute("SELECT details FROM job ORDER BY seq DESC LIMIT 1").fetchone()
    return {"request": json.dumps(json.loads(row[0])["request"])}


async def _delete(vendor: Vendor, file_id: str) -> None:
    from providers.sandbox.practice import practice_base_urls, practice_keys

    headers = {"authorization": f"Bearer {practice_keys()['agents']}"}
    async with httpx.AsyncClient(transport=SandboxTransport(vendor.world)) as client:
        answer = await client.delete(f"{practice_base_urls()['agents']}/files/{file_id}", headers=headers)
    assert answer.status_code == 204


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.DROP, Kind.MALFORMED])
async def test_an_upload_that_fails_sends_nothing_that_costs(tmp_path: Path, kind: Kind) -> None:
    vendor = Vendor(tmp_path, Rule(Fault(kind, Point.BEFORE, status=502), method="POST", path="*/files"))
    with pytest.raises(NotSent, match="nothing was sent"):
        await vendor.luma.submit(SHOT, [picture(INLINE_BYTES + 1)])
    assert "POST generations" not in vendor.sent()


async def test_an_upload_that_is_refused_says_so_as_a_request_that_never_was(tmp_path: Path) -> None:
    for status, error in ((429, RateLimited), (413, Refused)):
        rule = Rule(Fault(Kind.STATUS, Point.BEFORE, status=status), method="POST", path="*/files")
        vendor = Vendor(tmp_path / str(status), rule)
        with pytest.raises(error) as caught:
            await vendor.luma.submit(SHOT, [picture(INLINE_BYTES + 1)])
        assert caught.value.status == 0
        assert "POST generations" not in vendor.sent()


def _files(**record: Any) -> httpx.MockTransport:
    """A vendor whose files are always in one state."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"id": "f", "state": "pending"})
        listing = request.url.path.endswith("/files")
        return httpx.Response(200, json={"data": []} if listing else {"id": "f", **record})

    return httpx.MockTransport(answer)


async def test_a_file_that_is_not_taken_in_is_named_with_the_reason() -> None:
    luma = provider(_files(state="failed", failure_reason="not\x1b[31m nice"))
    with pytest.raises(Refused, match=r"does not take fox\.png: not \[31m nice"):
        await luma.submit(SHOT, [picture(INLINE_BYTES + 1)])
    clock = Clock()
    with pytest.raises(NotSent, match="has not taken the file in yet"):
        await provider(_files(state="pending"), clock).submit(SHOT, [picture(INLINE_BYTES + 1)])
    assert 119 <= clock.slept <= 121


class Huge(bytes):
    """Bytes that say they are many."""

    def __len__(self) -> int:
        return LARGEST_BYTES + 1


async def test_more_than_the_vendor_takes_is_refused_here() -> None:
    media = Media(Role.START_IMAGE, data=Huge(b"x"), media_type="video/mp4", name="long.mp4")
    with pytest.raises(Refused, match="5 GiB"):
        await provider().submit(SHOT, [media])
