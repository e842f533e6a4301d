"""Verification of what is no clip: pictures, sounds and archives. `rushes.media.verify` leads here.

A picture is decoded whole; a sound to its last sample. Of a zip every member is read against its checksum; any other
archive is not opened: its length is all that is checked, and the report says so. A vector picture is looked at for its
first and last tag, since nothing here draws one.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image

from rushes.media import digest
from rushes.media.check import judge
from rushes.media.clip import Picture, fit, said
from rushes.media.facts import Expect, MediaError, Report
from rushes.media.kinds import Kind, ending, kind_of, words
from rushes.media.pictures import inspect, write_jpeg

__all__ = ["check_other"]

POSTER_ROOM = (640, 640)
WAVE = (640, 180)
WAVE_INK, WAVE_PAPER = (214, 208, 196), (24, 24, 28)
LOWEST = 1e-9
LENGTH_ONLY = "an archive: its length was checked, not what is in it"
MOST_UNPACKED = 64 * 2**30
"""Bytes of a zip that are read; one that says it holds more is taken by its length."""


def check_other(path: Path, kind: Kind, expect: Expect, poster: Path | None) -> Report:
    """Judges a picture, a sound or an archive. Never raises for a bad file; OSError where a poster cannot be written.

    The poster of a picture is the picture, small; that of a sound is drawn from its loudness.
    """
    report = Report(False, False, "", (), 0, 0, 0.0, 0.0, 0, "", False, 0, "")
    try:
        report = replace(report, bytes=path.stat().st_size, sha256=digest(path))
        with path.open("rb") as file:
            found = ending(file.read(512))
    except OSError as error:
        return replace(report, reason=f"it cannot be read: {error.strerror or error}")
    report = replace(report, suffix=found or ".bin")
    if not report.bytes:
        return replace(report, reason="the file is empty")
    if kind == "archive":
        return _zip(path, report) if found == ".zip" else _by_length(report)
    if found is None or kind_of(Path(f"x{found}")) != kind:
        return replace(report, reason=f"this is no {words(kind)}{_instead(found)}")
    try:
        look = _vector if found == ".svg" else _picture if kind == "image" else _sound
        return judge(look(path, report, poster), expect)
    except MediaError as error:
        return replace(report, reason=str(error))


def _instead(found: str | None) -> str:
    return "" if found is None else f", but a {words(kind_of(Path(f'x{found}')))} ({found.lstrip('.')})"


def _by_length(report: Report) -> Report:
    return replace(report, ok=True, whole=True, warnings=(LENGTH_ONLY,))


def _zip(path: Path, report: Report) -> Report:
    """Every member against its checksum; a way of packing that is not known here is no fault."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            usual = all(each.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for each in members)
            if not usual or sum(each.file_size for each in members) > MOST_UNPACKED:
                return _by_length(report)
            damaged = archive.testzip()
    except (NotImplementedError, RuntimeError):
        return _by_length(report)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        return replace(report, reason=f"the archive is damaged: {error}")
    if damaged is not None:
        return replace(report, reason=f"the archive is damaged: {damaged} does not fit its checksum")
    return replace(report, ok=True, whole=True)


def _picture(path: Path, report: Report, poster: Path | None) -> Report:
    data = path.read_bytes()
    facts = inspect(data)
    if poster is not None:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", POSTER_ROOM)
            small = image.convert("RGB").resize(fit(image.size, POSTER_ROOM, enlarge=False), Image.Resampling.BOX)
        write_jpeg(np.asarray(small, np.uint8), poster)
    return replace(
        report, whole=True, width=facts.width, height=facts.height, frames=1, codec=facts.format.lower(), poster=poster
    )


def _vector(path: Path, report: Report, _poster: Path | None) -> Report:
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.rstrip().casefold().endswith("</svg>"):
        raise MediaError("the picture is cut short: its last tag is missing")
    box = re.search(r"viewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]{1,9})[\s,]+([\d.]{1,9})", text[:4096])
    width, height = (round(float(box[1])), round(float(box[2]))) if box else (0, 0)
    told = ("a vector picture: its first and last tag were checked",)
    return replace(report, whole=True, width=width, height=height, frames=1, codec="svg", warnings=told)


# ── sounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sound(path: Path, report: Report, poster: Path | None) -> Report:
    try:
        seconds, codec, loudness = _hear(path)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"the sound is damaged: {said(error)}") from error
    if not loudness:
        raise MediaError("there is no sound in it")
    if poster is not None:
        write_jpeg(_wave(loudness), poster)
    return replace(report, whole=True, duration_s=seconds, codec=codec, has_audio=True, poster=poster)


def _hear(path: Path) -> tuple[float, str, list[float]]:
    """Its seconds, its codec, and the loudest sample of each frame. Decodes all of it."""
    loudness: list[float] = []
    seconds = 0.0
    with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as container:
        if not container.streams.audio:
            raise ValueError("there is no sound in it")
        stream = container.streams.audio[0]
        for frame in container.decode(stream):
            samples = frame.to_ndarray()
            scale = float(2 ** (8 * samples.dtype.itemsize - 1)) if samples.dtype.kind == "i" else 1.0
            loudness.append(float(np.abs(samples.astype(np.float32)).max(initial=0.0)) / scale)
            seconds += frame.samples / frame.sample_rate
        return seconds, stream.codec_context.codec.canonical_name, loudness


def _wave(loudness: list[float]) -> Picture:
    """A picture of how loud it is, from left to right, against its own loudest moment."""
    width, height = WAVE
    at = np.linspace(0, len(loudness) - 1, width).astype(int)
    heard = np.asarray(loudness, np.float32)
    tall = np.maximum(1, heard[at] / max(float(heard.max()), LOWEST) * (height * 0.45))
    away = np.abs(np.arange(height)[:, None] - height / 2)
    return np.where((away <= tall[None, :])[..., None], WAVE_INK, WAVE_PAPER).astype(np.uint8)
