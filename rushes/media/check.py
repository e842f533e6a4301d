"""Verification: one pass over a clip that decodes every frame and, since it is there, takes its pictures.

Found by experiment on damaged files: the box walk finds truncation, only decoding finds flipped bits, and FFmpeg marks
what it had to conceal (`is_corrupt`) rather than failing. Zeros after the end are harmless and stay a warning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from rushes.media import digest
from rushes.media.clip import Clip, Picture, fit, open_clip, picture, said, seen_size
from rushes.media.facts import Expect, MediaError, Report
from rushes.media.pictures import write_jpeg
from rushes.media.scrub import ScrubWriter

__all__ = ["check", "judge"]

THUMBS = 8
THUMB_ROOM = (320, 90)
POSTER_ROOM = (640, 640)
POSTER_AT = 0.25

WILD, HALF = 2.0, 0.55
"""A side or a length more than doubled, or no more than half of what was paid for: no vendor rounds like that."""

WILD_SHAPE = 1.25
NEAR_DURATION = 0.10


def check(path: Path, expect: Expect, poster: Path | None, filmstrip: Path | None, scrub: Path | None = None) -> Report:
    """See `rushes.media.verify`."""
    nothing = Report(False, False, "", (), 0, 0, 0.0, 0.0, 0, "", False, 0, "")
    try:
        nothing = replace(nothing, bytes=path.stat().st_size, sha256=digest(path))
        clip = open_clip(path)
    except OSError as error:
        why = (
            "the file is not there" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error.strerror}"
        )
        return replace(nothing, reason=why)
    except MediaError as error:
        return replace(nothing, reason=str(error))
    if clip.outside.is_still:
        clip.container.close()
        return replace(nothing, reason="this is no clip, but a picture", suffix=clip.outside.suffix)
    try:
        seen = _Pass(clip, poster is not None, filmstrip is not None, scrub)
        seen.run()
    finally:
        clip.container.close()
    report = judge(seen.fill(nothing), expect)
    made = scrub if scrub is not None and report.whole else None
    return replace(report, poster=_write(seen.poster, poster), filmstrip=_write(seen.strip(), filmstrip), scrub=made)


@dataclass(slots=True)
class _Pass:
    """One decode of the whole clip, and what it saw."""

    clip: Clip
    wants_poster: bool
    wants_strip: bool
    scrub: Path | None = None
    writer: ScrubWriter | None = None
    fault: str = ""
    warnings: list[str] = field(default_factory=list)
    frames: int = 0
    hidden: int = 0
    size: tuple[int, int] = (0, 0)
    first_s: float = 0.0
    last_s: float = 0.0
    lasts_s: float = 0.0
    poster: Picture | None = None
    held: VideoFrame | None = None
    thumbs: list[Picture] = field(default_factory=list)

    def run(self) -> None:
        """Decodes to the end or to the first damage; a broken clip's pictures end with its last good one."""
        self.warnings.extend(self.clip.outside.warnings)
        try:
            self._decode()
            if not self.fault:
                self._count()
            self._keep(math.inf)
        finally:
            self.held = None
            if self.writer is not None:
                self.writer.close(keep=not self.fault)

    def _decode(self) -> None:
        streams = [self.clip.video, *self.clip.container.streams.audio[:1]]
        try:
            for packet in self.clip.container.demux(streams):
                if packet.stream.type == "audio":
                    self._hear(packet)
                else:
                    self._see(packet)
                if self.fault:
                    return
        except (av.FFmpegError, OSError) as error:
            self.fault = f"the clip is damaged {self._where()}: {said(error)}"

    def _hear(self, packet: Packet[Stream]) -> None:
        try:
            packet.decode()
        except av.FFmpegError:
            if "the sound track is damaged" not in self.warnings:
                self.warnings.append("the sound track is damaged")

    def _see(self, packet: Packet[Stream]) -> None:
        if packet.is_corrupt:
            self.fault = f"the clip is damaged {self._where()}"
            return
        self.hidden += packet.is_discard
        for frame in packet.decode():
            if isinstance(frame, VideoFrame) and frame.is_corrupt:
                self.fault = f"the picture is damaged {self._where()}"
                return
            if isinstance(frame, VideoFrame):
                self._take(frame)

    def _take(self, frame: VideoFrame) -> None:
        time = self.last_s + self.lasts_s if frame.pts is None else frame.time
        if not self.frames:
            self.first_s, self.size = time, seen_size(frame, self.clip.video)
            if self.scrub is not None:
                self.writer = ScrubWriter(self.scrub, self.size, float(self.clip.video.average_rate or 24))
        self.frames += 1
        self.last_s = time
        if frame.duration and frame.time_base:
            self.lasts_s = float(frame.duration * frame.time_base)
        if self.writer is not None:
            self.writer.add(frame, time - self.first_s)
        self._keep((time - self.first_s) / (self.clip.claimed_s or 1.0))
        self.held = frame

    def _keep(self, until: float) -> None:
        """The frame held so far was on screen up to `until`, in shares of the clip: is it one for the pictures?"""
        if self.held is None:
            return
        if self.wants_poster and self.poster is None and until > POSTER_AT:
            self.poster = picture(self.held, fit(self.size, POSTER_ROOM, enlarge=False))
        while self.wants_strip and len(self.thumbs) < THUMBS and until > (len(self.thumbs) + 0.5) / THUMBS:
            self.thumbs.append(picture(self.held, fit(self.size, THUMB_ROOM)))

    def _count(self) -> None:
        """Were there as many frames as the container says?"""
        expected = self.clip.video.frames - self.hidden
        if not self.frames:
            self.fault = "there is not one frame in it"
        elif self.clip.video.frames and self.frames != expected:
            self.fault = f"frames are missing: {self.frames} of {expected} could be decoded"

    def _where(self) -> str:
        return f"after {self.last_s - self.first_s:.1f} s" if self.frames else "at its start"

    @property
    def duration_s(self) -> float:
        """From the first frame's start to the last one's end."""
        return self.last_s - self.first_s + self.lasts_s if self.frames else 0.0

    def strip(self) -> Picture | None:
        """Eight frames side by side; a clip that ended early repeats its last one."""
        return np.concatenate(self.thumbs, axis=1) if self.thumbs else None

    def fill(self, report: Report) -> Report:
        """The report with what the frames say."""
        return replace(
            report,
            whole=not self.fault,
            reason=self.fault,
            warnings=tuple(self.warnings),
            width=self.size[0],
            height=self.size[1],
            duration_s=self.duration_s,
            fps=self.frames / self.duration_s if self.duration_s > 0 else 0.0,
            frames=self.frames,
            codec=self.clip.codec,
            has_audio=self.clip.has_audio,
            suffix=self.clip.outside.suffix,
        )


def judge(report: Report, expect: Expect) -> Report:
    """Is a whole file what was asked for? See `Report` for the rules."""
    if not report.whole:
        return report
    faults, warnings = _sizes(report, expect), list(report.warnings)
    length, frame = expect.duration_s, 1.0 / max(report.fps, 1.0)
    if length:
        told = f"it lasts {report.duration_s:.2f} s, {length:g} s were asked for"
        # A clip of a frame or two is as long as its frames; factors say nothing there.
        if not length * HALF - frame <= report.duration_s <= length * WILD + frame:
            faults.append(told)
        elif abs(report.duration_s - length) > frame + NEAR_DURATION * length:
            warnings.append(told)
    if expect.sound and not report.has_audio:
        faults.append("there is no sound in it")
    if not faults and expect.width and expect.height and (report.width, report.height) != (expect.width, expect.height):
        warnings.append(_size_words(report, expect))
    reason = f"this is not what was asked for: {'; '.join(faults)}" if faults else ""
    return replace(report, ok=not faults, reason=reason, warnings=tuple(warnings))


def _sizes(report: Report, expect: Expect) -> list[str]:
    if not report.height:
        return []
    if not (expect.width and expect.height):
        return _shape(report, expect.shape) if expect.shape else []
    across, down = report.width / expect.width, report.height / expect.height
    odd_shape = max(across / down, down / across) > WILD_SHAPE
    wild = max(across, down) > WILD or min(across, down) < HALF
    return [_size_words(report, expect)] if odd_shape or wild else []


def _shape(report: Report, wanted: float) -> list[str]:
    odd = report.width / report.height / wanted
    if 1 / WILD_SHAPE <= odd <= WILD_SHAPE:
        return []
    return [f"it is {report.width}×{report.height}, another shape than was asked for"]


def _size_words(report: Report, expect: Expect) -> str:
    return f"it is {report.width}×{report.height}, {expect.width}×{expect.height} was asked for"


def _write(picture: Picture | None, path: Path | None) -> Path | None:
    if picture is None or path is None:
        return None
    write_jpeg(picture, path)
    return path
