"""What is known, expected and reported of a clip or a picture. Values only; nothing here reads a file."""

from __future__ import annotations

from pathlib import Path

from providers.values import dataclass

__all__ = ["Expect", "Facts", "ImageFacts", "MediaError", "Report"]


class MediaError(Exception):
    """A clip or picture cannot be read. The message is fit for a person."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A clip at a glance, as it is seen (a rotation is applied). `frames` is the container's figure, or None."""

    width: int
    height: int
    duration_s: float
    fps: float
    frames: int | None
    codec: str
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Expect:
    """What was asked for; None where nothing was. Differences are weighed by `Report`'s rules.

    `shape` is width by height where no size was said; `sound` says that there must be a track.
    """

    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    shape: float | None = None
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a clip, a picture, a sound or an archive.

    `whole` says that every frame could be decoded; `ok` that it also is what was asked for. Vendors round: another
    size or length is a warning, unless it cannot be the clip that was meant (a side or the length more than doubled, or
    little more than half of it, or a picture a quarter wider or narrower in shape). `reason` says what is wrong, empty
    when ok.
    Sizes are as seen, after rotation; `duration_s` and `fps` come from the frames, not from the container's claim.
    `suffix` is the ending that fits what the file is.
    """

    ok: bool
    whole: bool
    reason: str
    warnings: tuple[str, ...]
    width: int
    height: int
    duration_s: float
    fps: float
    frames: int
    codec: str
    has_audio: bool
    bytes: int
    sha256: str
    poster: Path | None = None
    filmstrip: Path | None = None
    scrub: Path | None = None
    suffix: str = ".mp4"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A picture at a glance, as it is seen (EXIF rotation applied). `format` is upper case: JPEG, PNG, WEBP, GIF …"""

    width: int
    height: int
    format: str
