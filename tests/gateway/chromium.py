"""Chromium without a window, driven by its own protocol: navigate, look, click, as a person at the page would."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

__all__ = ["BROWSER", "Tab", "browser"]

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--remote-debugging-port=0",
    "--window-size=1200,900",
)
START_S, LIMIT_S, PAUSE_S = 20.0, 15.0, 0.05


class Tab:
    """One page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One call of the protocol and its answer; what the page complains of meanwhile is kept."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(LIMIT_S):
            while True:
                said = json.loads((await self._socket.receive()).data)
                if said.get("id") == self._number:
                    return dict(said)
                self._hear(said)

    def _hear(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
            self.complaints.append(said["params"]["entry"]["text"])
        if said.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(said["params"]))

    async def open(self, url: str) -> None:
        """Goes to an address and waits until the page is there."""
        await self.call("Page.navigate", url=url)
        await self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url[:20])})")

    async def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        answer = await self._evaluate(script)
        assert "result" in answer, answer
        assert "exceptionDetails" not in answer["result"], answer
        return answer["result"]["result"].get("value")

    async def until(self, script: str) -> None:
        """Waits until an expression is true in the page; while one page gives way to another it is not."""
        answer: dict[str, Any] = {}
        for _ in range(int(LIMIT_S / PAUSE_S)):
            answer = await self._evaluate(f"!!({script})")
            if answer.get("result", {}).get("result", {}).get("value") is True:
                return
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"{script} did not become true ({answer}): {await self.text()}")

    async def _evaluate(self, script: str) -> dict[str, Any]:
        return await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)

    async def text(self) -> str:
        """What the page says."""
        return str(await self.run("document.body.innerText"))


@asynccontextmanager
async def browser(folder: Path, *, scripts: bool = True) -> AsyncIterator[Tab]:
    """Starts a browser with an empty profile in `folder`, and ends it."""
    assert BROWSER
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        BROWSER,
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await tab.call(f"{domain}.enable")
                if not scripts:
                    await tab.call("Emulation.setScriptExecutionDisabled", value=True)
                yield tab
    finally:
        process.kill()
        await process.wait()


async def _port(path: Path) -> int:
    for _ in range(int(START_S / 0.05)):
        if text := await asyncio.to_thread(_read, path):
            return int(text.splitlines()[0])
        await asyncio.sleep(0.05)
    raise AssertionError("the browser did not start")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
