"""Where frames and pieces of takes go, under which names, and how they are made: the same for every face."""

from __future__ import annotations

from pathlib import Path

from rushes.files import free_name
from rushes.media import export_frame, export_piece, still_jpeg
from rushes.media.facts import MediaError

__all__ = ["MediaError", "frame_for_shot", "save_frame", "save_piece"]


def save_frame(clip: Path, at_s: float, folder: Path) -> Path:
    """A frame as PNG in `folder`. Raises MediaError and OSError."""
    target = _free(folder, f"{clip.stem}_{_moment(at_s)}", ".png")
    export_frame(clip, at_s, target)
    return target


def save_piece(clip: Path, start_s: float, end_s: float, folder: Path) -> tuple[Path, bool]:
    """A piece as MP4 in `folder`, and whether it is bit for bit the clip's. Raises MediaError and OSError."""
    target = _free(folder, f"{clip.stem}_{_moment(start_s)}-{_moment(end_s)}", ".mp4")
    made = export_piece(clip, start_s, end_s, target)
    return made.path, made.copied


def frame_for_shot(clip: Path, at_s: float, folder: Path) -> Path:
    """A frame as JPEG to start or end another shot with; the same frame has the same name. MediaError, OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{clip.stem}_{_moment(at_s)}.jpg"
    if not target.exists():
        part = target.with_suffix(".part")
        part.write_bytes(still_jpeg(clip, at_s))
        part.replace(target)
    return target


def _moment(seconds: float) -> str:
    """Thousandths, so that neighbouring frames have different names: `3.208s`."""
    return f"{seconds:.3f}s"


def _free(folder: Path, name: str, suffix: str) -> Path:
    """A name that is not taken."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return free_name(folder / f"{name}{suffix}")
