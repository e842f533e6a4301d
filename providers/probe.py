"""What a file is by its first bytes: the kind, a picture's size, a clip's or sound's length. No decoding, no files.

Good enough to refuse early what a vendor would refuse late. What cannot be told is None, never a guess.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Facts", "probe"]


@dataclass(frozen=True, slots=True)
class Facts:
    """`media_type` as `image/png`, None where the bytes are of no known kind. Size in pixels as shown, length in s."""

    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


def probe(data: bytes) -> Facts:
    """Reads the head of JPEG, PNG, GIF, WebP, MP4/MOV and WAV; never raises."""
    try:
        return _probe(data)
    except (struct.error, IndexError):
        return Facts()


def _probe(data: bytes) -> Facts:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", data[16:24])
        return Facts("image/png", width, height)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return Facts("image/gif", *struct.unpack("<HH", data[6:10]))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return Facts("audio/wav", seconds=_wav_seconds(data))
    if data[4:8] == b"ftyp":
        return _mp4(data)
    if data[:3] == b"ID3" or data[:2] in {b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"}:
        return Facts("audio/mpeg")
    if data[:4] == b"\x1aE\xdf\xa3":
        return Facts("video/webm")
    return Facts()


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations that show a picture with its sides exchanged."""


def _jpeg(data: bytes) -> Facts:
    turned = False
    for marker, start, size in _segments(data):
        if marker == 0xE1:
            turned = _orientation(data[start : start + size]) in TURNED
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[start + 1 : start + 5])
            return Facts("image/jpeg", height, width) if turned else Facts("image/jpeg", width, height)
    return Facts("image/jpeg")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and length of each segment before the picture itself."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return
        (size,) = struct.unpack(">H", data[at + 2 : at + 4])
        yield marker, at + 4, size - 2
        at += 2 + size


def _orientation(exif: bytes) -> int:
    if exif[:6] != b"Exif\0\0":
        return 1
    order = "<" if exif[6:8] == b"II" else ">"
    (first,) = struct.unpack(f"{order}I", exif[10:14])
    (count,) = struct.unpack(f"{order}H", exif[6 + first : 8 + first])
    for index in range(count):
        entry = exif[8 + first + 12 * index : 20 + first + 12 * index]
        tag, _kind, _count, value = struct.unpack(f"{order}HHIH", entry[:10])
        if tag == 0x0112:
            return int(value)
    return 1


def _webp(data: bytes) -> Facts:
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        return Facts("image/webp", width, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return Facts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return Facts("image/webp", width & 0x3FFF, height & 0x3FFF)
    return Facts("image/webp")


# ── clips and sounds ─────────────────────────────────────────────────────────────────────────────────────────────────


def _wav_seconds(data: bytes) -> float | None:
    rate = 0
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(data[at + 16 : at + 20], "little")
        if name == b"data":
            return size / rate if rate else None
        at += 8 + size + size % 2
    return None


def _mp4(data: bytes) -> Facts:
    brand = data[8:12]
    kind = "audio/mp4" if brand in {b"M4A ", b"M4B "} else "video/quicktime" if brand == b"qt  " else "video/mp4"
    header = next((box for name, box in _boxes(data, 0, len(data)) if name == b"moov"), None)
    if header is None:
        return Facts(kind)
    times = next((box for name, box in _boxes(data, *header) if name == b"mvhd"), None)
    return Facts(kind, seconds=_mvhd_seconds(data, times[0]) if times else None)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Name and extent of the contents of each box."""
    while at + 8 <= end:
        size, name = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
            head = 16
        size = size or end - at
        if size < head:
            return
        yield name, (at + head, min(at + size, end))
        at += size


def _mvhd_seconds(data: bytes, at: int) -> float | None:
    if data[at] == 1:
        scale, length = struct.unpack(">IQ", data[at + 20 : at + 32])
    else:
        scale, length = struct.unpack(">II", data[at + 12 : at + 20])
    return length / scale if scale else None
