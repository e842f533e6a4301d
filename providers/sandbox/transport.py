"""SandboxTransport: the sandbox as an httpx transport, inside this process. Nothing is sent anywhere.

It tells the same trace events as httpcore around the request body, so that a client can learn whether the body left,
and raises the same httpx errors as a bad line would. The host of a request does not matter.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeVar

import httpx

from providers.sandbox.faults import Fault, Kind
from providers.sandbox.wire import FilePart, Reply, Request
from providers.sandbox.world import World

__all__ = ["SandboxTransport"]

CHUNK = 64 * 1024
TRICKLES = 8
Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")


class InThread(Protocol):
    """Runs blocking work beside the event loop and gives its result."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...


class SandboxTransport(httpx.AsyncBaseTransport):
    """A transport over a world. `sleep` is what a slow answer waits with. Closing it leaves the world open.

    `in_thread` is where the world works; a test that drives time passes one that keeps to its own order.
    """

    def __init__(self, world: World, sleep: Sleep = asyncio.sleep, in_thread: InThread | None = None) -> None:
        self.world = world
        self._sleep = sleep
        self._in_thread: InThread = in_thread or _in_thread

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        url = request.url
        incoming = Request.of(
            request.method,
            url.raw_path.decode("ascii", "replace"),
            request.headers.multi_items(),
            body,
            f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}",
        )
        try:
            reply = await self._in_thread(lambda: self.world.handle(incoming))
        except (OSError, sqlite3.Error) as error:
            # Nothing was accepted: accepting is the last thing that a create does, and it is one transaction.
            raise httpx.ConnectError(f"the sandbox cannot use its folder: {error}") from error
        if reply.fault is not None and reply.fault.kind is Kind.CONNECT:
            raise httpx.ConnectError("the sandbox was told to refuse the connection")
        await self._tell_sent(request)
        if reply.fault is not None:
            await self._suffer(reply.fault, request)
        stream = _Body(request, reply, self._sleep, self._in_thread)
        headers = _headers(reply)
        return httpx.Response(reply.status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/1.1"})

    async def _tell_sent(self, request: httpx.Request) -> None:
        trace = request.extensions.get("trace")
        if trace is not None:
            for event in ("send_request_headers", "send_request_body"):
                await trace(f"http11.{event}.started", {"request": request})
                await trace(f"http11.{event}.complete", {"return_value": None})

    async def _suffer(self, fault: Fault, request: httpx.Request) -> None:
        """What happens on the line before the first byte of the answer. Raises httpx errors."""
        match fault.kind:
            case Kind.TIMEOUT:
                raise httpx.ReadTimeout("the sandbox was told not to answer")
            case Kind.RESET:
                raise httpx.ReadError("the sandbox was told to reset the connection")
            case Kind.DROP:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            case Kind.SLOW:
                limit = request.extensions.get("timeout", {}).get("read")
                if limit is not None and fault.seconds > limit:
                    raise httpx.ReadTimeout("the sandbox answers more slowly than the time limit")
                await self._sleep(fault.seconds)
            case _:
                pass


class _Body(httpx.AsyncByteStream):
    """The answer's body in pieces, with what a fault does to it."""

    def __init__(self, request: httpx.Request, reply: Reply, sleep: Sleep, in_thread: InThread) -> None:
        self._request = request
        self._reply = reply
        self._sleep = sleep
        self._in_thread = in_thread

    async def __aiter__(self) -> AsyncIterator[bytes]:
        fault, sent = self._reply.fault, 0
        stop = _stop_at(self._reply)
        size = max(1, self._reply.length // TRICKLES) if fault and fault.kind is Kind.TRICKLE else CHUNK
        while sent < stop:
            if fault and fault.kind is Kind.TRICKLE:
                await self._sleep(fault.seconds / TRICKLES)
            piece = await self._piece(sent, min(size, stop - sent))
            if not piece:
                break
            sent += len(piece)
            yield piece
        if fault and (fault.kind is Kind.HALF_BODY or (fault.kind is Kind.WRONG_LENGTH and fault.delta > 0)):
            message = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(message, request=self._request)

    async def _piece(self, offset: int, size: int) -> bytes:
        body = self._reply.body
        if isinstance(body, bytes):
            return body[offset : offset + size]
        return await self._in_thread(lambda: _read(body, offset, size))


def _stop_at(reply: Reply) -> int:
    """How many bytes of the body go out."""
    fault = reply.fault
    if fault is None:
        return reply.length
    if fault.kind is Kind.HALF_BODY:
        return int(reply.length * fault.fraction)
    if fault.kind is Kind.WRONG_LENGTH:
        return min(reply.length, max(0, reply.length + fault.delta))
    return reply.length


def _headers(reply: Reply) -> dict[str, str]:
    headers = reply.all_headers()
    if reply.fault is not None and reply.fault.kind is Kind.WRONG_LENGTH:
        headers["content-length"] = str(max(0, reply.length + reply.fault.delta))
    return headers


def _read(part: FilePart, offset: int, size: int) -> bytes:
    with part.path.open("rb") as file:
        file.seek(part.start + offset)
        return file.read(size)


async def _in_thread(work: Callable[[], T]) -> T:
    """Like `asyncio.to_thread`, on a daemon thread: a program that ends need not wait for a clip to be drawn."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    threading.Thread(target=_run, args=(loop, future, work), name="sandbox", daemon=True).start()
    return await future


def _run(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], work: Callable[[], Any]) -> None:
    try:
        result, error = work(), None
    except BaseException as raised:  # noqa: BLE001 - handed over to the waiting coroutine, whatever it is
        result, error = None, raised
    try:
        loop.call_soon_threadsafe(_settle, future, result, error)
    except RuntimeError:
        # The loop is closed: nobody waits any more.
        return


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
