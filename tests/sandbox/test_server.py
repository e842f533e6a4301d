"""The loopback port: the same world over a real socket, with what can go wrong on one."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import DREAM_MACHINE, NATIVE
from providers.sandbox.server import Server, serve
from providers.sandbox.world import World
from tests.sandbox.kit import CREATE, Clock, Desk


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serve(world) as running:
        yield running


def get(server: Server, path: str = "/sandbox/v1/health", **options: Any) -> httpx.Response:
    """One call of a fresh client, without proxies."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.request("GET", server.origin + path, **options)


def test_the_server_listens_on_loopback_only(server: Server) -> None:
    assert server.origin == f"http://127.0.0.1:{server.port}"
    assert set(server.base_urls) == {"dream_machine", "agents", "runway", "sandbox"}
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", server.port)) != 0


def test_a_taken_port_is_an_error(server: Server, world: World) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(world, server.port)


def test_one_connection_carries_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/sandbox/v1/health")
        before = connection.sock
        assert connection.getresponse().read()
        assert connection.sock is before
    connection.close()


def test_a_clip_is_made_and_fetched_over_the_port(server: Server, clock: Clock) -> None:
    path, body = CREATE[NATIVE]
    with httpx.Client(base_url=server.base_urls["sandbox"], trust_env=False, timeout=10) as client:
        job = client.post(path, json=body).json()["id"]
        clock.forward(60)
        url = client.get(f"/clips/{job}").json()["url"]
        assert url.startswith(server.origin + "/assets/sandbox/")
        assert client.head(url).headers["content-length"] == "20000"
        part = client.get(url, headers={"range": "bytes=100-"})
        assert (part.status_code, len(part.content)) == (206, 19_900)


def test_a_strangers_host_header_does_not_get_into_links(server: Server, world: World, clock: Clock) -> None:
    job = Desk(world, NATIVE).create().json["id"]
    clock.forward(60)
    answer = get(server, f"/sandbox/v1/clips/{job}", headers={"host": "evil.example"})
    assert answer.json()["url"].startswith(server.origin)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault(Kind.CONNECT), httpx.RemoteProtocolError),
        (Fault(Kind.DROP), httpx.RemoteProtocolError),
        (Fault(Kind.RESET), httpx.ReadError),
        (Fault(Kind.TIMEOUT, seconds=0.01), httpx.RemoteProtocolError),
        (Fault(Kind.HALF_BODY), httpx.RemoteProtocolError),
        (Fault(Kind.WRONG_LENGTH, delta=5), httpx.RemoteProtocolError),
    ],
)
def test_the_socket_is_closed_where_the_fault_says(make_world: Any, fault: Fault, raised: type[Exception]) -> None:
    world = make_world(faults=FaultScript((Rule(fault),)))
    with serve(world) as server, pytest.raises(raised):
        get(server)


def test_a_silent_server_runs_into_the_clients_time_limit(make_world: Any) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.TIMEOUT)),)))
    with serve(world) as server, pytest.raises(httpx.ReadTimeout):
        get(server, timeout=0.05)


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (Fault(Kind.STATUS, status=503), 503, "application/json"),
        (Fault(Kind.HTML, status=200), 200, "text/html"),
        (Fault(Kind.REDIRECT), 302, None),
        (Fault(Kind.TRICKLE, seconds=0.01), 200, "application/json"),
        (Fault(Kind.SLOW, seconds=0.01), 200, "application/json"),
        (Fault(Kind.HUGE, size=3_000_000), 200, "application/json"),
    ],
)
def test_bad_answers_arrive_as_asked(make_world: Any, fault: Fault, status: int, kind: str | None) -> None:
    world = make_world(faults=FaultScript((Rule(fault),)))
    with serve(world) as server:
        answer = get(server)
    assert (answer.status_code, answer.headers.get("content-type")) == (status, kind)
    if fault.kind is Kind.HUGE:
        assert len(answer.content) == 3_000_000


def test_a_length_that_is_too_short_cuts_the_answer(make_world: Any) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.WRONG_LENGTH, delta=-5)),)))
    with serve(world) as server:
        assert not get(server).text.endswith("}")


@pytest.mark.parametrize(("point", "charges"), [(Point.BEFORE, 0), (Point.AFTER, 1)])
def test_a_lost_answer_over_the_port_is_booked_rightly(make_world: Any, point: Point, charges: int) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.RESET, point), method="POST"),)))
    path, body = CREATE[DREAM_MACHINE]
    with serve(world) as server, pytest.raises(httpx.ReadError):
        httpx.Client(trust_env=False).post(
            server.base_urls[DREAM_MACHINE] + path, json=body, headers=Desk(world, DREAM_MACHINE).headers()
        )
    assert len(world.ledger()) == charges


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sandbox/v1/clips HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
        b"POST /sandbox/v1/clips HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n",
        b"POST /sandbox/v1/clips HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /sandbox/v1/clips HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"GET /%ff%00/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET " + b"/x" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_odd_bytes_on_the_socket_do_not_end_the_server(server: Server, raw: bytes) -> None:
    # It may hang up before it has heard all of this.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line, contextlib.suppress(OSError):
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass
    assert get(server).status_code == 200


def test_a_client_that_leaves_in_the_middle_does_no_harm(server: Server, world: World) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(b"POST /sandbox/v1/clips HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    assert get(server).status_code == 200
    assert Desk(world, NATIVE).get("/clips").json["clips"] == []


def test_closing_drops_open_connections(world: World) -> None:
    server = serve(world)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(b"GET /sandbox/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(1)
        server.close()
        while line.recv(65536):
            pass
