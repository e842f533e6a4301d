"""Looks at a file's outside without any decoder: what kind it is, and whether an MP4's boxes fit together.

The walk over the top-level boxes costs a fraction of a millisecond and finds every truncation. It reads headers only
(ISO/IEC 14496-12, 4.2): four bytes of size, four of type, eight more of size when the first say 1; 0 means to the end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rushes.media.facts import MediaError
from rushes.media.kinds import ending, kind_of

__all__ = ["Outside", "look"]

BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"ssix", b"uuid"}
    | {b"meta", b"pnot", b"udta", b"prft", b"emsg", b"pdin", b"imda"}
)
EBML = b"\x1a\x45\xdf\xa3"
STILLS = {".png": "png_pipe", ".jpg": "jpeg_pipe", ".webp": "webp_pipe"}
"""Pictures can be looked at as a clip of one frame."""


@dataclass(frozen=True, slots=True)
class Outside:
    """`container` is FFmpeg's name of the format to read it as: nothing else is tried, so no playlist is followed.

    `suffix` is the ending that fits.
    """

    container: str
    warnings: tuple[str, ...] = ()
    suffix: str = ".mp4"

    @property
    def is_still(self) -> bool:
        """A picture, which can be looked at as a clip but is none."""
        return self.suffix in STILLS


def look(path: Path) -> Outside:
    """What the file is. MediaError where it is missing, empty, cut short or no clip at all."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
            suffix = ending(head) or ".mp4"
            if head[4:8] in BOXES:
                return Outside("mp4", _walk(file, size), suffix)
    except FileNotFoundError:
        raise MediaError("the file is not there") from None
    except OSError as error:
        raise MediaError(f"the file cannot be read: {error.strerror or error}") from error
    if head.startswith(EBML):
        return Outside("matroska", suffix=suffix)
    if suffix in STILLS:
        return Outside(STILLS[suffix], suffix=suffix)
    raise MediaError(_unseen(path) or _instead(head))


def _unseen(path: Path) -> str | None:
    """What is kept, but cannot be looked at here."""
    if kind_of(path) == "archive":
        return "an archive is kept as it came, and not opened here"
    if kind_of(path) == "audio":
        return "this is a sound; another program plays it"
    return "a vector picture is kept as it came, and not drawn here" if path.suffix == ".svg" else None


def _instead(head: bytes) -> str:
    """What stands there instead of a clip, in words."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "the file is empty"
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "a web page (or XML) arrived instead of a clip"
    if text.startswith((b"{", b"[")):
        return "a JSON answer arrived instead of a clip"
    if not head.strip(b"\0"):
        return "the file holds only zeros"
    return "this is not a clip (neither MP4 nor WebM)"


def _walk(file: BinaryIO, size: int) -> tuple[str, ...]:
    """Steps over the boxes; returns warnings. MediaError where one goes beyond the end or a needed one is missing."""
    at = 0
    seen: set[bytes] = set()
    while at < size:
        kind, length = _header(file, at, size)
        complete = b"moov" in seen and (b"mdat" in seen or b"moof" in seen)
        if kind not in BOXES and complete:
            return (f"{size - at} bytes of padding after the clip's end",)
        if length < 8:
            raise MediaError(f"the file is damaged at byte {at}")
        if at + length > size:
            raise MediaError(f"the file is cut short: {at + length - size} bytes are missing")
        seen.add(kind)
        at += length
    if b"moov" not in seen:
        raise MediaError("the file is cut short: its index is missing")
    return ()


def _header(file: BinaryIO, at: int, size: int) -> tuple[bytes, int]:
    """Type and length of the box at `at`; length 0 where the bytes make no sense."""
    file.seek(at)
    head = file.read(16)
    if len(head) < 8:
        return b"", 0
    length, kind = struct.unpack(">I4s", head[:8])
    if length == 1:
        return kind, struct.unpack(">Q", head[8:16])[0] if len(head) == 16 else 0
    return kind, size - at if length == 0 else length
