"""The asset host: finished clips, pictures and sounds with Range, HEAD and ETag, behind links that expire.

Like the vendors' storage it wants no Authorization header: a client that sends its key there has a fault, and is told.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from providers.sandbox.jobs import Phase
from providers.sandbox.wire import FilePart, Reply, Request

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["assets"]

_PATH = re.compile(r"/(?P<vendor>[a-z_]+)/(?P<job>[0-9a-f-]{36})(?:-(?P<number>\d{1,2}))?\.(?P<ending>[a-z0-9]{3,4})")
TYPES = {
    "mp4": "video/mp4", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml",
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "zip": "application/zip",
}  # fmt: skip


def assets(world: World, request: Request, path: str) -> Reply:
    """GET or HEAD of one clip. Draws it if nobody has yet."""
    match = _PATH.fullmatch(path)
    if match is None:
        return _error(404, "NoSuchKey")
    if request.method not in {"GET", "HEAD"}:
        return _error(405, "MethodNotAllowed").with_headers(allow="GET, HEAD")
    if "authorization" in request.headers:
        return _error(400, "InvalidArgument")
    if world.link_refused(match["vendor"], request):
        return _error(403, "AccessDenied")
    job = world.job(match["vendor"], match["job"])
    if job is None or job.phase(world.clock()) is not Phase.DONE:
        return _error(404, "NoSuchKey")
    number = int(match["number"] or 0)
    if number >= len(job.clip.files) or job.clip.files[number] != match["ending"]:
        return _error(404, "NoSuchKey")
    return _serve(request, world.clips.ready(job, number))


def _serve(request: Request, path: Path) -> Reply:
    size = path.stat().st_size
    kind = TYPES.get(path.suffix.lstrip("."), "application/octet-stream")
    headers = {"content-type": kind, "accept-ranges": "bytes", "etag": f'"{path.stem}"'}
    if headers["etag"] == request.headers.get("if-none-match"):
        return Reply(304, headers | {"content-length": "0"})
    start, stop = 0, size
    reply = Reply(200, headers, FilePart(path, 0, size))
    wanted = request.headers.get("range", "")
    if wanted and request.headers.get("if-range", headers["etag"]) == headers["etag"]:
        stretch = _stretch(wanted, size)
        if stretch is None:
            return Reply(416, {**headers, "content-range": f"bytes */{size}"})
        if stretch != (-1, -1):
            start, stop = stretch
            extra = {"content-range": f"bytes {start}-{stop - 1}/{size}"}
            reply = Reply(206, headers | extra, FilePart(path, start, stop - start))
    if request.method == "HEAD":
        return replace(reply, body=b"", headers={**reply.headers, "content-length": str(stop - start)})
    return reply


def _stretch(wanted: str, size: int) -> tuple[int, int] | None:
    """First and past-the-end byte; None cannot be served; (-1, -1) is no single range, which is answered whole."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", wanted.strip(), re.ASCII)
    if match is None or match.groups() == ("", ""):
        return -1, -1
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else None
    if int(first) >= size or (last and int(last) < int(first)):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _error(status: int, code: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()
    return Reply(status, {"content-type": "application/xml"}, body)
