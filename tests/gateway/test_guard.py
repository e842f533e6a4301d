"""Who has no right to be here gets nothing: no token, another name, another site's page, a path that climbs."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.gateway.config import Config
from rushes.gateway.guard import Guard
from rushes.gateway.limits import Bucket, Buckets
from rushes.gateway.token import Token, TokenProblem, load_token
from tests.gateway.conftest import ORIGIN, TOKEN, Gate, bearer, opened

PLACES = (
    "/",
    "/health",
    "/docs",
    "/openapi.json",
    "/static/rushes.js",
    "/take/01KAX000000000000000000001",
    "/v1/events",
    "/v1/models",
    "/v1/providers",
    "/v1/spend",
    "/v1/videos",
    "/v1/videos/01KAX000000000000000000001",
    "/v1/videos/01KAX000000000000000000001/content",
    "/v1/callbacks/luma/whatever",
    "/nowhere",
)


async def ask(gate: Gate, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    """One request with these headers alone."""
    transport = httpx.ASGITransport(gate.app, client=("127.0.0.1", 4001))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        return await client.request(method, path, headers=headers or {}, **more)


def says_nothing(answer: httpx.Response) -> bool:
    """No word of the library, of the program's parts, or of this machine."""
    return not re.search(r"fox|Traceback|File \"|/tmp|sandbox|\.py", answer.text)


METHODS = ("GET", "POST", "DELETE", "PATCH", "PUT", "OPTIONS", "HEAD")


@pytest.mark.parametrize("path", PLACES)
async def test_without_a_token_nothing_is_given(gate: Gate, path: str) -> None:
    for method in METHODS:
        answer = await ask(gate, method, path)
        assert answer.status_code == 401
        assert says_nothing(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer é".encode("latin-1").decode("latin-1")},
        {"cookie": f"rushes={TOKEN}"},
        {"cookie": 'rushes="'},
        {"x-api-key": TOKEN},
    ],
)
async def test_a_wrong_token_gives_nothing(gate: Gate, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await ask(gate, "GET", "/v1/videos", encoded)  # type: ignore[arg-type] # bytes, as a hostile client sends them
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8440", "", "0.0.0.0", "[::2]", "rushes"]
)
async def test_a_foreign_host_gives_nothing_even_with_the_token(gate: Gate, host: str) -> None:
    answer = await ask(gate, "GET", "/health", {**bearer(), "host": host})
    assert answer.status_code == 421
    assert says_nothing(answer)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000", "[::1]:8440", "LOCALHOST", "localhost."])
async def test_this_machine_may_be_asked_under_its_names_and_any_port_of_a_tunnel(gate: Gate, host: str) -> None:
    assert (await ask(gate, "GET", "/health", {**bearer(), "host": host})).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://localhost:8440", "http://127.0.0.1"]
)
async def test_a_foreign_origin_gives_nothing_even_with_the_token(gate: Gate, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = await ask(gate, method, "/v1/videos", {**bearer(), "origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


async def test_a_page_of_the_gateway_itself_may_ask(gate: Gate) -> None:
    headers = {**bearer(), "origin": "http://localhost:9000", "host": "localhost:9000"}
    assert (await ask(gate, "GET", "/health", headers)).status_code == 200


async def test_a_site_that_was_named_may_ask_and_no_other(home: Path) -> None:
    async with opened(home, origins=frozenset({"https://studio.example"})) as gate:
        preflight = await ask(gate, "OPTIONS", "/v1/videos", {"origin": "https://studio.example"})
        answer = await ask(gate, "GET", "/health", {**bearer(), "origin": "https://studio.example"})
        other = await ask(gate, "GET", "/health", {**bearer(), "origin": "https://other.example"})
        without = await ask(gate, "GET", "/health", {"origin": "https://studio.example"})
    assert (preflight.status_code, answer.status_code, other.status_code, without.status_code) == (204, 200, 403, 401)
    assert answer.headers["access-control-allow-origin"] == "https://studio.example"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/%2E%2E%2Fapp.py",
        "/static/..%2fapp.py",
        "/static/%252e%252e%252fapp.py",
        "/static/..\\app.py",
        "/v1/videos/../../gateway.token",
        "/v1/videos/%00",
        "/v1/videos/./content",
    ],
)
async def test_a_path_that_climbs_gives_nothing_even_with_the_token(gate: Gate, path: str) -> None:
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {TOKEN}".encode())],
        "client": ("127.0.0.1", 1),
    }

    async def send(message: Any) -> None:
        sent.append(message)

    await gate.app(scope, _nothing, send)
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["error"]["kind"] == "path"


async def _nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def test_a_body_that_is_too_large_is_refused_announced_or_not(home: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 1000

    async with opened(home, most_body=10_000) as gate:
        announced = await gate.client.post("/v1/videos", content=b"x" * 20_000)
        streamed = await gate.client.post("/v1/videos", content=endless(), headers={"content-type": "application/json"})
        lied = await gate.client.post("/v1/videos", content=b"", headers={"content-length": "many"})
    assert (announced.status_code, streamed.status_code, lied.status_code) == (413, 413, 413)


async def test_guessing_tokens_is_stopped_and_the_right_one_goes_on(gate: Gate) -> None:
    codes = [(await ask(gate, "GET", "/health", bearer(f"wrong-{n}"))).status_code for n in range(30)]
    assert codes[0] == 401
    assert codes[-1] == 429
    page = await ask(gate, "GET", f"/login?token={TOKEN}")
    assert page.status_code == 429
    assert (await gate.client.get("/health")).status_code == 200


def test_a_bucket_refills_with_time_and_forgets_nobody_else() -> None:
    now = 0.0
    buckets = Buckets(Bucket(per_second=2.0, burst=3.0), lambda: now)
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait_s("b") == 0
    now = 0.5
    assert (buckets.wait_s("a"), buckets.wait_s("a")) == (0, 0.5)


async def test_one_address_cannot_ask_without_end(home: Path) -> None:
    async with opened(home, all_requests=Bucket(per_second=0.001, burst=5)) as gate:
        answers = [await gate.client.get("/v1/providers") for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


# ── the way in for a browser ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_browser_is_led_to_the_page_that_asks_for_the_token(gate: Gate) -> None:
    answer = await ask(gate, "GET", "/", {"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    page = await ask(gate, "GET", "/login")
    assert 'name="token"' in page.text
    assert says_nothing(page)


@pytest.mark.parametrize("by_link", [True, False])
async def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(gate: Gate, by_link: bool) -> None:
    if by_link:
        answer = await ask(gate, "GET", f"/login?token={TOKEN}")
    else:
        answer = await ask(gate, "POST", "/login", {"origin": ORIGIN}, data={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    inside = await ask(gate, "GET", "/", {"cookie": cookie.partition(";")[0]})
    assert inside.status_code == 200


async def test_a_wrong_token_in_the_form_is_told_and_sets_no_cookie(gate: Gate) -> None:
    answer = await ask(gate, "POST", "/login", {"origin": ORIGIN}, data={"token": "wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_another_site_cannot_log_a_browser_in(gate: Gate) -> None:
    answer = await ask(gate, "POST", "/login", {"origin": "http://evil.example"}, data={"token": TOKEN})
    assert answer.status_code == 403


async def test_every_answer_keeps_a_browser_from_more_than_it_is_told(gate: Gate) -> None:
    for answer in (await gate.client.get("/"), await gate.client.get("/nowhere"), await ask(gate, "GET", "/health")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


# ── the token's file, and faults ─────────────────────────────────────────────────────────────────────────────────────


def test_the_first_start_makes_a_token_of_its_owners_alone_and_the_second_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "gateway.token"
    first = load_token(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first.reveal()) >= 40
    assert load_token(path).reveal() == first.reveal()
    assert first.reveal() not in repr(first)


@pytest.mark.parametrize("text", ["", "short", "two words that are long enough to be a token", "ü" * 40])
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gateway.token"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(TokenProblem, match="delete it"):
        load_token(path)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.token"
    path.write_text("t" * 40)
    path.chmod(0o644)
    with pytest.raises(TokenProblem, match="chmod 600"):
        load_token(path)


async def test_a_fault_of_ours_is_told_without_its_story(gate: Gate) -> None:
    with sqlite3.connect(gate.house.engine.home.data / "gateway.sqlite3") as db:
        db.execute("DROP TABLE presses")
    db.close()
    body = {"prompt": "a fox", "params": {"duration": "1s"}}
    answer = await gate.client.post("/v1/videos", json=body, headers={"idempotency-key": "k"})
    assert answer.status_code == 500
    assert answer.json()["error"]["kind"] == "fault"
    assert says_nothing(answer)


async def test_what_is_no_request_at_all_is_passed_over() -> None:
    async def app(*_args: Any) -> None:
        raise AssertionError("a websocket came through")

    guard = Guard(app, Config(token=Token(TOKEN)))
    await guard({"type": "websocket"}, _nothing, _nothing)  # type: ignore[arg-type] # nothing is ever sent
