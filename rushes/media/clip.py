"""An open clip: the one place where PyAV opens files, and where a decoded frame becomes an upright RGB picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from rushes.media.boxes import Outside, look
from rushes.media.facts import MediaError

__all__ = ["Clip", "Picture", "colours", "fit", "open_clip", "opened", "picture", "rotated", "said", "seen_size"]

Picture = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

UNTAGGED = 2
BT709, BT601 = 1, 5
HD_HEIGHT = 720


@dataclass(frozen=True, slots=True)
class Clip:
    """A container with the video stream that matters in it, and what its header says.

    `claimed_s` is the length that the container claims, in seconds; 0 where it says nothing.
    """

    container: InputContainer
    video: VideoStream
    outside: Outside
    codec: str
    has_audio: bool
    claimed_s: float


def open_clip(path: Path) -> Clip:
    """Opens `path` for reading; the caller closes `container`. MediaError where it is no clip or has no picture."""
    outside = look(path)
    try:
        # The protocol is named and the format fixed, so that no name and no content makes FFmpeg reach elsewhere.
        container = av.open(f"file:{path}", format=outside.container, options={"protocol_whitelist": "file"})
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"the clip cannot be opened: {said(error)}") from error
    try:
        return _clip(container, outside)
    except MediaError:
        container.close()
        raise


def _clip(container: InputContainer, outside: Outside) -> Clip:
    sound = bool(container.streams.audio)
    if not container.streams.video:
        raise MediaError("there is sound but no picture in it" if sound else "there is no picture in it")
    video = container.streams.video[0]
    # PyAV's types do not say so, but a stream that FFmpeg cannot decode has no codec context.
    context = getattr(video, "codec_context", None)
    if context is None:
        raise MediaError("its picture is in a format that cannot be decoded")
    video.thread_type = "AUTO"
    length = float((video.duration or 0) * (video.time_base or 0)) or (container.duration or 0) / av.time_base
    return Clip(container, video, outside, context.codec.canonical_name, sound, length)


@contextmanager
def opened(path: Path) -> Iterator[Clip]:
    """`open_clip` for a `with`; what goes wrong in decoding inside becomes a MediaError too."""
    clip = open_clip(path)
    try:
        yield clip
    except av.FFmpegError as error:
        raise MediaError(f"the clip is damaged: {said(error)}") from error
    finally:
        clip.container.close()


def said(error: Exception) -> str:
    """FFmpeg's words without the number and without the path."""
    words = getattr(error, "strerror", None) or str(error)
    return str(words).splitlines()[0] if words else type(error).__name__


def rotated(frame: VideoFrame) -> int:
    """How many quarter turns counter-clockwise make the frame upright."""
    return round(frame.rotation / 90) % 4


def seen_size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Width and height as a person sees them: square pixels, upright."""
    aspect = video.sample_aspect_ratio
    width = frame.width if not aspect else max(1, round(frame.width * float(aspect)))
    return (frame.height, width) if rotated(frame) % 2 else (width, frame.height)


def fit(size: tuple[int, int], room: tuple[int, int], *, enlarge: bool = True) -> tuple[int, int]:
    """The largest size of the same shape that fits into `room`, at least one pixel a side."""
    scale = min(room[0] / size[0], room[1] / size[1], math.inf if enlarge else 1.0)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def colours(frame: VideoFrame) -> int | None:
    """The colour space to read the frame in, where it does not say so itself: HD is BT.709 by custom.

    swscale alone would take it for BT.601 and shift the colours.
    """
    if frame.colorspace != UNTAGGED:
        return None
    return BT709 if frame.height >= HD_HEIGHT else BT601


def picture(frame: VideoFrame, size: tuple[int, int]) -> Picture:
    """The frame as upright RGB of exactly `size` (width, height as seen).

    Not with the scaler that the frame keeps: two threads that look at one frame would hang in it sooner or later.
    """
    turns = rotated(frame)
    width, height = size if turns % 2 == 0 else (size[1], size[0])
    scaled = VideoReformatter().reformat(
        frame,
        width,
        height,
        "rgb24",
        src_colorspace=colours(frame),
        interpolation=Interpolation.AREA,
    )
    pixels = np.asarray(scaled.to_ndarray(), np.uint8)
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
