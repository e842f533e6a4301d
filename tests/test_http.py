"""The one door to the network, one exchange at a time: was it sent, was it refused, or does nobody know?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import (
    KeyRefused,
    Malformed,
    NoCredits,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from providers.http import Answer, VendorHttp, retry_after, shorten
from providers.line import MAX_ANSWER

BASE = "https://vendor.example/v1"


@pytest.fixture
async def http() -> VendorHttp:
    return VendorHttp(BASE, {"authorization": "Bearer luma-secret"})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused), (401, KeyRefused), (402, NoCredits), (403, KeyRefused), (404, NotFound), (405, Refused),
        (413, Refused), (422, Refused), (429, RateLimited), (302, Refused), (307, Refused),
        (408, OutcomeUnknown), (409, OutcomeUnknown), (500, OutcomeUnknown), (502, OutcomeUnknown),
        (503, OutcomeUnknown), (504, OutcomeUnknown), (599, OutcomeUnknown),
    ],
)  # fmt: skip
async def test_only_a_clear_no_counts_as_a_refusal(http: VendorHttp, status: int, kind: type[Exception]) -> None:
    async with respx.mock:
        route = respx.post(f"{BASE}/make").respond(
            status, json={"detail": "no"}, headers={"location": "https://x.example"}
        )
        with pytest.raises(kind):
            await http.bill("POST", "/make", {})
    assert route.call_count == 1


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_what_never_left_is_not_sent(http: VendorHttp, error: type[httpx.HTTPError]) -> None:
    async with respx.mock:
        respx.post(f"{BASE}/make").mock(side_effect=error("nobody there"))
        with pytest.raises(NotSent):
            await http.bill("POST", "/make", {})


async def test_a_refused_connection_on_a_real_socket_is_not_sent(unused_port: int) -> None:
    http = VendorHttp(f"http://127.0.0.1:{unused_port}", {})
    with pytest.raises(NotSent):
        await http.bill("POST", "/make", {})
    await http.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["busy", "wants a password", "hangs up", "hangs up on the way"],
)
async def test_what_a_proxy_never_let_through_is_not_sent(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[0])
        writer.write(answer)
        await writer.drain()
        writer.close()

    asked: list[bytes] = []
    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    http = VendorHttp(BASE, {})
    with pytest.raises(NotSent, match="nothing was sent"):
        await http.bill("POST", "/make", {})
    assert asked == [b"CONNECT"]
    await http.aclose()
    proxy.close()
    await proxy.wait_closed()


async def test_an_endless_answer_is_cut_and_the_outcome_unknown(http: VendorHttp) -> None:
    async with respx.mock:
        respx.post(f"{BASE}/make").respond(200, content=b"x" * (MAX_ANSWER + 1))
        with pytest.raises(OutcomeUnknown):
            await http.bill("POST", "/make", {})


async def test_free_calls_are_unreachable_where_billable_ones_are_unknown(http: VendorHttp) -> None:
    async with respx.mock:
        respx.get(f"{BASE}/task").respond(503, headers={"retry-after": "7"}, text="<html>down</html>")
        with pytest.raises(Unreachable) as caught:
            await http.ask("GET", "/task")
    assert caught.value.retry_after == 7


async def test_no_message_holds_the_key(http: VendorHttp) -> None:
    async with respx.mock:
        respx.post(f"{BASE}/make").respond(401, json={"detail": "bad"})
        with pytest.raises(KeyRefused) as caught:
            await http.bill("POST", "/make", {"prompt": "x"})
    assert "luma-secret" not in repr(caught.value) + str(caught.value)


def test_an_answer_that_is_no_object_is_malformed() -> None:
    with pytest.raises(Malformed):
        Answer(200, {}, None, "<html>").object()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, 86_400.0),
        ({"retry-after": f"Sun, 22 Nov {'9' * 30} 10:00:30 GMT"}, None),
        ({"retry-after": f"Sun, 22 Nov 2026 10:00:30 +{'9' * 30}"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, 86_400.0),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"}, 0.0),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_in_both_forms(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers, datetime(2026, 11, 22, 10, tzinfo=UTC)) == seconds


@given(st.text())
def test_what_a_vendor_says_becomes_one_printable_line(text: str) -> None:
    line = shorten(text)
    assert len(line) <= 300
    assert line.isprintable() or line == ""


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
