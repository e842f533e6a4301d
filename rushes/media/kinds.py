"""What a kept file is, by its name: a clip, a picture, a sound, or an archive. Pure, and loads nothing.

Files are named by what was found in them when they came (`ending`), so the name can be believed later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["ALL", "OTHER_ENDINGS", "Kind", "ending", "kind_of", "words"]

Kind = Literal["video", "image", "audio", "archive"]
ALL: frozenset[Kind] = frozenset({"video", "image", "audio", "archive"})
"""What can be fetched, checked and kept."""

_ENDINGS: dict[Kind, tuple[str, ...]] = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".svg"),
    "audio": (".wav", ".mp3", ".flac", ".ogg", ".m4a"),
    "archive": (".zip", ".exr", ".tar", ".bin"),
}
OTHER_ENDINGS = frozenset(each for endings in _ENDINGS.values() for each in endings)
"""All but those of clips."""
_WORDS: dict[Kind, str] = {"video": "clip", "image": "picture", "audio": "sound", "archive": "archive"}
_TAR_AT = 257


def kind_of(path: Path) -> Kind:
    """By the ending; what has no known one is a clip."""
    suffix = path.suffix.casefold()
    return next((kind for kind, endings in _ENDINGS.items() if suffix in endings), "video")


def words(kind: Kind) -> str:
    """`clip`, `picture`, `sound` or `archive`."""
    return _WORDS[kind]


def ending(head: bytes) -> str | None:
    """The ending that fits a file's first 512 bytes, None where they are of no known kind."""
    for mark, found in _MARKS:
        if head.startswith(mark):
            return found
    if head[:4] == b"RIFF":
        return {b"WAVE": ".wav", b"WEBP": ".webp"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return {b"qt  ": ".mov", b"M4A ": ".m4a"}.get(head[8:12], ".mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return ".webm" if b"webm" in head else ".mkv"
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return ".tar"
    return ".svg" if b"<svg" in head.lower() else None


_MARKS = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"),
    (b"\xff\xf3", ".mp3"),
    (b"\xff\xf2", ".mp3"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"PK\x03\x04", ".zip"),
    (b"\x76\x2f\x31\x01", ".exr"),
)
