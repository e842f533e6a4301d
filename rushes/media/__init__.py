"""Everything that the program knows about clips, pictures and sounds as files: verify, probe, stills, frames to play.

Pure functions over files: they block, and whoever calls decides on which thread. PyAV, numpy and Pillow are loaded by
the first call, not by this module. PyAV's logging is never touched: its log capture can deadlock with frame threads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.media.facts import Expect, Facts, ImageFacts, MediaError, Report
from rushes.media.kinds import Kind, kind_of

if TYPE_CHECKING:
    from rushes.media.decode import Frames, Picture
    from rushes.media.export import Piece

__all__ = [
    "Expect",
    "Facts",
    "ImageFacts",
    "MediaError",
    "Report",
    "digest",
    "export_frame",
    "export_piece",
    "frames",
    "probe",
    "read_image",
    "still",
    "still_jpeg",
    "verify",
]


def verify(
    path: Path,
    expect: Expect | None = None,
    *,
    poster: Path | None = None,
    filmstrip: Path | None = None,
    scrub: Path | None = None,
    kind: Kind | None = None,
) -> Report:
    """Decodes the whole clip once and says whether it is whole and what was asked for. Never raises for a bad clip.

    On the way it takes a poster (a quarter in, at most 640 pixels a side) and a filmstrip (8 frames side by side,
    evenly by time, 90 pixels high) and writes them as JPEG to the paths given; and, where the clip is
    whole, every frame, small, to `scrub` (see `rushes.media.scrub`). OSError where those cannot be written.

    `kind` is what the file should be, else by its name. Pictures and sounds have a poster, archives nothing.
    """
    kind = kind or kind_of(path)
    if kind != "video":
        from rushes.media.others import check_other

        return check_other(path, kind, expect or Expect(), poster)
    from rushes.media.check import check

    return check(path, expect or Expect(), poster, filmstrip, scrub)


def digest(path: Path) -> str:
    """SHA-256 of the file, in hex. OSError where it cannot be read."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe(path: Path) -> Facts:
    """A clip at a glance, from its header and first frame: some 20 ms. MediaError where it is no clip."""
    from rushes.media.decode import glance

    return glance(path)


def frames(path: Path, *, width: int, height: int, start_s: float = 0.0) -> Frames:
    """The clip's frames from `start_s` on, fitted into `width` × `height` pixels. MediaError as `Frames` says."""
    from rushes.media.decode import Frames

    return Frames(path, width, height, start_s)


def still(path: Path, at_s: float) -> Picture:
    """The frame seen at `at_s` seconds, exactly, full size, RGB. Past the end it is the last one. MediaError."""
    from rushes.media.decode import frame_at

    return frame_at(path, at_s)


def still_jpeg(path: Path, at_s: float, *, quality: int = 95) -> bytes:
    """The same frame as a JPEG file's bytes, good enough to start another clip from. MediaError."""
    from rushes.media.pictures import jpeg

    return jpeg(still(path, at_s), quality)


def read_image(data: bytes) -> ImageFacts:
    """Decodes a picture fully and says what it is. MediaError where it is damaged, too large, or no picture."""
    from rushes.media.pictures import inspect

    return inspect(data)


def export_frame(path: Path, at_s: float, target: Path) -> None:
    """Writes the frame seen at `at_s` seconds as PNG, full size. MediaError, OSError."""
    from rushes.media.export import frame_png

    frame_png(path, at_s, target)


def export_piece(path: Path, start_s: float, end_s: float, target: Path) -> Piece:
    """Writes the frames seen from `start_s` to `end_s` (both included) as MP4, with their sound. MediaError, OSError.

    Copied bit for bit where the piece begins on a key frame and ends before one, else encoded again.
    """
    from rushes.media.export import piece

    return piece(path, start_s, end_s, target)
