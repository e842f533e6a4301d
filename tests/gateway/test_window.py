"""The app itself in a browser: behind the same token, drawn by the page's own terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from rushes.gateway.app import application
from rushes.gateway.server import listen
from rushes.gateway.window import Window
from tests.gateway.chromium import BROWSER, browser
from tests.gateway.conftest import TOKEN, Gate, bearer


@pytest.fixture
async def window(gate: Gate, tmp_path: Path) -> AsyncIterator[str]:
    """The app's address, without its scheme."""
    bound = listen("127.0.0.1", 0)
    async with Window(str(tmp_path / "home"), application(gate.house)).serving(bound):
        yield f"127.0.0.1:{bound.getsockname()[1]}"
    for _ in range(500):
        if not _children():
            break
        await asyncio.sleep(0.02)
    assert _children() == ""


def _children() -> str:
    """The processes of this one; every app that a page had open has ended."""
    path = Path("/proc/self/task") / str(os.getpid()) / "children"
    return path.read_text().strip() if path.exists() else ""


@pytest.mark.parametrize("path", ["/", "/static/js/textual.js", "/static/", "/download/x", "/ws"])
async def test_without_the_token_the_app_is_not_given(window: str, path: str) -> None:
    foreign: tuple[dict[str, str], ...] = ({"host": "evil.example"}, {"origin": "http://evil.example"})
    hostile = ({}, bearer("wrong"), *({**bearer(), **each} for each in foreign))
    async with aiohttp.ClientSession() as client:
        for headers in hostile:
            async with client.get(f"http://{window}{path}", headers=headers) as answer:
                assert answer.status in {400, 401, 403}
                assert "textual" not in await answer.text()


async def test_a_socket_without_the_token_is_refused(window: str) -> None:
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(f"ws://{window}/ws")


async def test_with_the_token_the_studio_is_drawn(window: str) -> None:
    drawn = b""
    address = f"ws://{window}/ws?width=120&height=40"
    async with (
        asyncio.timeout(20),
        aiohttp.ClientSession() as client,
        client.ws_connect(address, headers=bearer()) as line,
    ):
        while b"Generate" not in drawn:
            message = await line.receive()
            drawn += message.data if isinstance(message.data, bytes) else b""
    assert b"Generate" in drawn


@pytest.mark.skipif(BROWSER is None, reason="there is no chromium here (Debian: apt install chromium)")
async def test_a_page_shows_it(line: Gate, window: str, tmp_path: Path) -> None:
    async with browser(tmp_path) as tab:
        await tab.open(f"{line.url}/login?token={TOKEN}")
        await tab.until("location.pathname === '/'")
        await tab.open(f"http://{window}/")
        await tab.until("document.querySelector('.xterm canvas, .xterm .xterm-rows')")
        assert [each for each in tab.complaints if "Content Security Policy" in each] == []
