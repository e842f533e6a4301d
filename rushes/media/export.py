"""What leaves a clip as a file of its own: one frame as PNG, or a piece as MP4. Files only; no library, no screen.

A piece that begins on a key frame and ends before one (or with the clip) is copied bit for bit; any other is encoded
again at a quality that the eye cannot tell from the clip. Sound is copied in both cases.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from rushes.media.clip import Clip, opened, said
from rushes.media.decode import FALLBACK_FPS, SLACK_S, frame_at
from rushes.media.facts import MediaError

__all__ = ["Piece", "frame_png", "piece"]

QUALITY = {"crf": "14", "preset": "veryfast"}
KEPT_FORMATS = frozenset({"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"})
TICK = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece as it was written: `copied` says bit for bit; times are its first and last frame's in the clip."""

    path: Path
    copied: bool
    start_s: float
    end_s: float


def frame_png(path: Path, at_s: float, target: Path) -> None:
    """See `rushes.media.export_frame`."""
    image = Image.fromarray(frame_at(path, at_s))
    _whole(target, lambda part: image.save(part, "PNG"))


def piece(path: Path, start_s: float, end_s: float, target: Path) -> Piece:
    """See `rushes.media.export_piece`."""
    with opened(path) as clip:
        plan = _plan(clip, start_s, end_s)
    write = _copy if plan.copied else _encode
    _whole(target, lambda part: write(path, part, plan))
    return Piece(target, plan.copied, plan.first - plan.origin, plan.last - plan.origin)


def _whole(target: Path, write: Callable[[Path], None]) -> None:
    """The file is there whole or not at all."""
    part = target.with_name(target.name + ".part")
    try:
        write(part)
        os.replace(part, target)  # noqa: PTH105 - says that an older one is replaced
    except av.FFmpegError as error:
        raise MediaError(f"the piece cannot be written: {said(error)}") from error
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """First and last frame of a piece by the clip's own clock, in seconds; `until` is when the last one ends."""

    first: float
    last: float
    until: float
    copied: bool
    origin: float


def _plan(clip: Clip, start_s: float, end_s: float) -> _Plan:
    video = clip.video
    seen = [(packet.pts, packet.is_keyframe) for packet in clip.container.demux(video) if packet.pts is not None]
    if not seen or video.time_base is None:
        raise MediaError("there is not one frame in it")
    frames = sorted((float(pts * video.time_base), key) for pts, key in seen)
    origin = float((video.start_time or 0) * video.time_base)
    first = _at(frames, origin + start_s)
    last = max(first, _at(frames, origin + end_s))
    after = frames[last + 1] if last + 1 < len(frames) else None
    lasts = 1.0 / float(video.average_rate or FALLBACK_FPS)
    until = after[0] if after else frames[last][0] + lasts
    copied = frames[first][1] and (after is None or after[1])
    return _Plan(frames[first][0], frames[last][0], until, copied, origin)


def _at(frames: list[tuple[float, bool]], time: float) -> int:
    """The frame seen at a time."""
    return max((at for at, (begins, _) in enumerate(frames) if begins <= time + SLACK_S), default=0)


def _copy(path: Path, part: Path, plan: _Plan) -> None:
    with opened(path) as clip, _output(part) as out:
        made: dict[Stream, Stream] = {}
        for stream in (clip.video, *clip.container.streams.audio[:1]):
            made[stream] = out.add_stream_from_template(stream)
        for packet in clip.container.demux(list(made)):
            if _within(packet, plan):
                _pass_on(packet, made[packet.stream], out, plan)


def _encode(path: Path, part: Path, plan: _Plan) -> None:
    with opened(path) as clip, _output(part) as out:
        sound = clip.container.streams.audio
        streams: list[VideoStream | AudioStream] = [clip.video, *sound[:1]]
        audio = out.add_stream_from_template(sound[0]) if sound else None
        clip.container.seek(_ticks(clip.video, plan.first), stream=clip.video, backward=True)
        video: VideoStream | None = None
        early: list[Packet[Stream]] = []
        for packet in clip.container.demux(streams):
            if packet.stream.type == "audio":
                early += [packet] * _within(packet, plan)
                # The file's head is written with the first packet, and must name both streams.
                while early and audio is not None and video is not None:
                    _pass_on(early.pop(0), audio, out, plan)
                continue
            for frame in packet.decode():
                if isinstance(frame, VideoFrame) and _wanted(frame, plan):
                    video = video or _video(out, clip, frame)
                    _add(frame, video, out, plan)
        if video is None:
            raise MediaError("there is not one frame in that piece")
        for packet in early:
            _pass_on(packet, audio, out, plan)
        out.mux(video.encode(None))


def _ticks(stream: Stream, time: float) -> int:
    return int(time / (stream.time_base or TICK))


def _wanted(frame: VideoFrame, plan: _Plan) -> bool:
    return frame.pts is not None and plan.first - SLACK_S <= frame.time <= plan.last + SLACK_S


def _video(out: OutputContainer, clip: Clip, frame: VideoFrame) -> VideoStream:
    """The stream to encode to, made like the first frame."""
    stream = out.add_stream("libx264", rate=clip.video.average_rate or int(FALLBACK_FPS), options=dict(QUALITY))
    # x264's pictures have even sides.
    stream.width, stream.height = frame.width // 2 * 2, frame.height // 2 * 2
    stream.pix_fmt = frame.format.name if frame.format.name in KEPT_FORMATS else "yuv420p"
    stream.codec_context.time_base = TICK
    if aspect := clip.video.sample_aspect_ratio:
        stream.codec_context.sample_aspect_ratio = aspect
    if frame.rotation:
        stream.set_display_rotation(frame.rotation)
    return stream


def _add(frame: VideoFrame, video: VideoStream, out: OutputContainer, plan: _Plan) -> None:
    time = frame.time
    made = frame.reformat(video.width, video.height, video.pix_fmt)
    made.pts, made.time_base = round((time - plan.first) / TICK), TICK
    out.mux(video.encode(made))


def _within(packet: Packet[Stream], plan: _Plan) -> bool:
    if packet.pts is None or packet.dts is None or packet.time_base is None:
        return False
    time = float(packet.pts * packet.time_base)
    end = plan.until if packet.stream.type == "audio" else plan.last + 2 * SLACK_S
    return plan.first - SLACK_S <= time < end


def _pass_on(packet: Packet[Stream], stream: Stream | None, out: OutputContainer, plan: _Plan) -> None:
    if stream is None or packet.pts is None or packet.dts is None or packet.time_base is None:
        return
    shift = round(plan.first / packet.time_base)
    packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
    out.mux(packet)


def _output(part: Path) -> OutputContainer:
    return av.open(str(part), "w", format="mp4", options={"movflags": "faststart"})
