"""The sandbox on a loopback port, for other programs and for the vendors' own clients. 127.0.0.1 only.

HTTP/1.1 with keep-alive on the standard library's server. Faults are carried out on the socket itself: closed before
reading, after accepting without an answer, after half of the body, and so on.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from providers.sandbox.faults import Fault, Kind
from providers.sandbox.practice import base_urls
from providers.sandbox.wire import Reply, Request, json_reply
from providers.sandbox.world import World

__all__ = ["Server", "serve"]

HOST = "127.0.0.1"
LARGEST_BODY = 256 * 2**20
CHUNK = 64 * 1024
TRICKLES = 8
IDLE_S = 60.0
LONGEST_HOLD_S = 3600.0

log = logging.getLogger(__name__)


class Server:
    """A running server. Ends with `close`, or with the `with` block."""

    def __init__(self, http: _Http) -> None:
        self._http = http
        self._thread = threading.Thread(target=http.serve_forever, args=(0.02,), name="sandbox-server", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_urls(self) -> dict[str, str]:
        """The address of each API, by API name."""
        return base_urls(self.origin)

    def close(self) -> None:
        """Stops listening and drops every open connection."""
        self._http.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._http.drop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(world: World, port: int = 0) -> Server:
    """Starts a server on a port of 127.0.0.1; 0 takes a free one. Raises OSError where the port is taken."""
    return Server(_Http(world, port))


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def remember(self, connection: socket.socket, *, is_open: bool) -> None:
        """Keeps account of the open connections."""
        with self._guard:
            (self._open.add if is_open else self._open.discard)(connection)

    def drop_all(self) -> None:
        """Shuts every connection, so that threads that wait on one come to their end."""
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
        log.debug("a connection from %s ended badly", client_address)


class _Unreadable(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._http.remember(self.connection, is_open=True)

    def finish(self) -> None:
        self._http.remember(self.connection, is_open=False)
        with contextlib.suppress(OSError):
            super().finish()

    @property
    def _http(self) -> _Http:
        return cast("_Http", self.server)

    def __getattr__(self, name: str) -> Any:
        """Every method is answered by the world, which knows which ones there are."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        log.debug(format, *args)

    def _answer(self) -> None:
        try:
            body = self._read_chunks() if "transfer-encoding" in self.headers else self._read_body()
        except _Unreadable as unreadable:
            self.close_connection = True
            self._write(json_reply(unreadable.status, {"detail": "bad request", "error": "bad request"}), 0)
            return
        # The host is echoed in links; anything but a plain host and port is not taken over.
        host = self.headers.get("host", "")
        port = self._http.server_address[1]
        origin = f"http://{host}" if host in {f"{HOST}:{port}", f"localhost:{port}"} else f"http://{HOST}:{port}"
        request = Request.of(self.command, self.path, list(self.headers.items()), body, origin)
        try:
            reply = self._http.world.handle(request)
        except Exception:  # the outermost edge: one bad request must not end the server
            log.exception("the sandbox could not answer %s %s", self.command, self.path[:200])
            reply = json_reply(500, {"detail": "the sandbox has a fault", "error": "the sandbox has a fault"})
        self._send(reply)

    def _read_body(self) -> bytes:
        """The request's body by its Content-Length. Raises _Unreadable, ConnectionError."""
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise _Unreadable(400)
        if len(length) > 12 or int(length) > LARGEST_BODY:
            raise _Unreadable(413)
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            raise ConnectionAbortedError("the client went away in the middle of its request")
        return data

    def _read_chunks(self) -> bytes:
        """The request's body in chunks. Raises _Unreadable."""
        parts: list[bytes] = []
        total = 0
        while size := self._chunk_size():
            total += size
            if total > LARGEST_BODY:
                raise _Unreadable(413)
            parts.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(8192).strip():
            pass
        return b"".join(parts)

    def _chunk_size(self) -> int:
        line = self.rfile.readline(64).split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,12}", line):
            raise _Unreadable(400)
        return int(line, 16)

    def _send(self, reply: Reply) -> None:
        fault = reply.fault
        if fault is None:
            self._write(reply, 0)
            return
        match fault.kind:
            case Kind.RESET:
                self._reset()
            case Kind.TIMEOUT:
                self._http.closing.wait(fault.seconds or LONGEST_HOLD_S)
                self._drop()
            case Kind.CONNECT | Kind.DROP:
                self._drop()
            case Kind.SLOW:
                self._http.closing.wait(fault.seconds)
                self._write(reply, 0)
            case _:
                self._write_badly(reply, fault)

    def _write_badly(self, reply: Reply, fault: Fault) -> None:
        match fault.kind:
            case Kind.HALF_BODY:
                self._write(reply, 0, stop=int(reply.length * fault.fraction))
                self._drop()
            case Kind.WRONG_LENGTH:
                self._write(reply, fault.delta, stop=max(0, reply.length + min(0, fault.delta)))
                self._drop()
            case _:
                self._write(reply, 0, pause=fault.seconds / TRICKLES)

    def _write(self, reply: Reply, delta: int, stop: int | None = None, pause: float = 0.0) -> None:
        self.send_response(reply.status)
        for name, value in reply.all_headers().items():
            if name == "content-length" and delta:
                value = str(max(0, int(value) + delta))
            if not (name == "content-length" and reply.status in {204, 304}):
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._write_body(reply, reply.length if stop is None else stop, pause)
        self.wfile.flush()

    def _write_body(self, reply: Reply, stop: int, pause: float) -> None:
        size = max(1, reply.length // TRICKLES) if pause else CHUNK
        if isinstance(reply.body, bytes):
            for start in range(0, stop, size):
                self.wfile.write(reply.body[start : min(stop, start + size)])
                time.sleep(pause)
            return
        with reply.body.path.open("rb") as file:
            file.seek(reply.body.start)
            self._copy(file, stop, size, pause)

    def _copy(self, file: BinaryIO, left: int, size: int, pause: float) -> None:
        while left > 0 and (piece := file.read(min(size, left))):
            self.wfile.write(piece)
            left -= len(piece)
            time.sleep(pause)

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        """RST instead of FIN: what is on the way is thrown away."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.close()
