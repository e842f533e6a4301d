"""A program in a pseudo-terminal, timed from exec: when a given text stood there, and how much was written."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Terminal"]

_ESCAPES = re.compile(rb"\x1b(?:\[[<>=?]?[\d;:]*[ !\"#$%&'*]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_][^\x1b]*\x1b\\|.)")
_INCOMPLETE = re.compile(rb"\x1b(?:\[[<>=?]?[\d;:]*[ !\"#$%&'*]*|[\]P_][^\x07\x1b]*\x1b?)?\Z")
"""A sequence whose end has not been read yet: no text, whatever stands in it."""
_ANSWERS = (
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b]11;?", b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
)


class Terminal:
    """Answers the queries that programs ask at start, as a plain modern terminal does."""

    def __init__(
        self, command: Sequence[str], *, cols: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self.started = time.perf_counter()
        self.written = 0
        self._raw = b""
        self._rest = b""
        self._seen = b""
        pid, self._fd = os.forkpty()
        if pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})})
            os.execvp(command[0], list(command))
        self.pid = pid
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def read(self, seconds: float) -> None:
        """Takes what the program writes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return
            self._take()

    @property
    def raw(self) -> bytes:
        """Everything that the program wrote."""
        return self._raw

    def read_once(self, seconds: float) -> None:
        """Takes the next chunk, if one comes within so long."""
        if select.select([self._fd], [], [], seconds)[0]:
            self._take()

    def until(self, text: str, limit: float = 20.0) -> float:
        """Seconds from exec until the text stood there. Raises TimeoutError with what there was."""
        wanted = re.sub(rb"\s+", b"", text.encode())
        while wanted not in re.sub(rb"\s+", b"", self._seen):
            if time.perf_counter() - self.started > limit:
                raise TimeoutError(f"{text!r} never came; the end of what did: {self._seen[-400:]!r}")
            if select.select([self._fd], [], [], 0.5)[0]:
                self._take()
        return time.perf_counter() - self.started

    def send(self, data: bytes) -> None:
        """Presses keys."""
        os.write(self._fd, data)

    def cpu_seconds(self) -> float:
        """CPU time of the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Memory in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _take(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            data = b""
        if not data:
            raise TimeoutError(f"the program ended; its last words: {self._seen[-400:]!r}")
        self.written += len(data)
        for query, answer in _ANSWERS:
            if query in data:
                os.write(self._fd, answer)
        self._raw += data
        self._rest += data
        begun = _INCOMPLETE.search(self._rest)
        whole = len(self._rest) if begun is None else begun.start()
        self._seen += _ESCAPES.sub(b"", self._rest[:whole])
        self._rest = self._rest[whole:]
