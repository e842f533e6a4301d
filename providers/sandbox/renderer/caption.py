"""The words on a clip: its prompt at the foot, and the SANDBOX mark that tells practice from the real thing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from providers.sandbox.renderer.planes import Bytes, planes

__all__ = ["Caption", "legible"]

MARK = "S A N D B O X"
LINES = 3
READ_LIMIT = 600
WHITE = 235
GREY = 128
NOWHERE = "\U0010fffd"
"""A private character that no font draws: what it looks like is what a missing glyph looks like."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Caption:
    """Prepared once for a clip; `paint` then costs two multiplications for each pixel of its few lines."""

    def __init__(self, prompt: str, width: int, height: int) -> None:
        size = max(9.0, 0.045 * min(height, width * 0.7))
        font = ImageFont.load_default(size)
        self._patches = [
            patch
            for patch in (
                _mark(ImageFont.load_default(max(8.0, size * 0.58)), width, height),
                _words(_wrap(legible(prompt, font), font, width * 0.8), font, size, width, height),
            )
            if patch
        ]

    def paint(self, frame: VideoFrame) -> None:
        """Draws onto a yuv420p frame of the size given at the start."""
        y, u, v = planes(frame)
        for patch in self._patches:
            patch.paint(y, u, v)


class _Patch:
    """A rectangle of white ink with a soft shadow; its corner and size are even, so that chroma fits."""

    def __init__(self, ink: Image.Image, shadow: Image.Image, left: int, top: int, depth: float) -> None:
        alpha = np.asarray(ink, np.float32) / 255.0
        dark = 1.0 - depth * np.asarray(shadow, np.float32) / 255.0
        self._left, self._top = left, top
        self._keep = (256.0 * dark * (1.0 - alpha)).astype(np.uint16)
        self._add = (WHITE * alpha).astype(np.uint8)
        grey = alpha.reshape(alpha.shape[0] // 2, 2, alpha.shape[1] // 2, 2).mean(axis=(1, 3))
        self._keep_chroma = (256.0 * (1.0 - grey)).astype(np.uint16)
        self._add_chroma = (GREY * 256.0 * grey).astype(np.uint16)

    def paint(self, y: Bytes, u: Bytes, v: Bytes) -> None:
        rows, columns = self._keep.shape
        part = y[self._top : self._top + rows, self._left : self._left + columns]
        part[:] = (part * self._keep >> 8) + self._add
        top, left = self._top // 2, self._left // 2
        for plane in (u, v):
            part = plane[top : top + rows // 2, left : left + columns // 2]
            part[:] = (part * self._keep_chroma + self._add_chroma) >> 8


def legible(prompt: str, font: Font) -> str:
    """The prompt as one line of characters that the font can draw: é becomes e where there is no é, a fox goes.

    Control characters become spaces.
    """
    text = unicodedata.normalize("NFC", prompt[:READ_LIMIT])
    text = "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in text)
    lacking = _lacking({char for char in text if char > "\x7e"}, font)
    return " ".join("".join(_plain(char) if char in lacking else char for char in text).split())


def _plain(char: str) -> str:
    """The nearest that ASCII has, or nothing."""
    return "".join(each for each in unicodedata.normalize("NFKD", _NEAREST.get(char, char)) if each.isascii())


_NEAREST = {"–": "-", "—": "-", "−": "-", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "ł": "l"}
_NEAREST |= {"Ł": "L", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "×": "x", "•": "-", "„": '"', "«": '"', "»": '"'}


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def _lacking(chars: Iterable[str], font: Font) -> frozenset[str]:
    missing = _look(NOWHERE, font)
    return frozenset(char for char in chars if _look(char, font) == missing)


def _look(char: str, font: Font) -> bytes:
    left, top, right, bottom = (int(edge) for edge in font.getbbox(char))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), char, fill=255, font=font)
    return image.tobytes()


def _wrap(text: str, font: Font, room: float) -> list[str]:
    """At most three lines that fit; the last one ends in an ellipsis where there was more."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < LINES:
        line = _fitting(rest, font, room)
        rest = rest[len(line) :].lstrip()
        lines.append(line.rstrip())
    if rest:
        last = lines[-1]
        while last and font.getlength(last + " …") > room:
            last = last[:-1]
        lines[-1] = last.rstrip(" ,.;:–-") + " …"
    return lines


def _fitting(text: str, font: Font, room: float) -> str:
    """As much of `text` as fits, cut between words where that can be."""
    if font.getlength(text) <= room:
        return text
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= room else (low, middle - 1)
    space = text.rfind(" ", 0, low + 1)
    return text[:space] if space > low // 3 else text[:low]


def _words(lines: list[str], font: Font, size: float, width: int, height: int) -> _Patch | None:
    if not lines:
        return None
    leading, margin = size * 1.32, round(size * 1.1)
    tall = round(leading * len(lines)) + 2 * margin
    top = _even(height - tall - 0.045 * height + margin)
    rows = min(_even(tall), _even(height) - max(0, top))
    ink = Image.new("L", (_even(width), rows))
    pen = ImageDraw.Draw(ink)
    for number, line in enumerate(lines):
        pen.text((width * 0.06, margin + number * leading), line, fill=242, font=font)
    shadow = ink.filter(ImageFilter.GaussianBlur(size * 0.45)).point(lambda level: min(255, level * 2))
    shadow.paste(255, (0, 0), ink.filter(ImageFilter.MaxFilter(3)))
    return _Patch(ink, shadow.filter(ImageFilter.GaussianBlur(size * 0.06)), 0, max(0, top), 0.62)


def _mark(font: Font, width: int, height: int) -> _Patch | None:
    left, top, right, bottom = font.getbbox(MARK)
    pad = (bottom - top) * 0.75
    wide, tall = _even(right - left + 2 * pad), _even(bottom - top + 1.6 * pad)
    if wide > width * 0.6 or tall > height * 0.3:
        return None
    ink, plate = Image.new("L", (wide, tall)), Image.new("L", (wide, tall))
    ImageDraw.Draw(ink).text((pad - left, 0.8 * pad - top), MARK, fill=205, font=font)
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, wide - 1, tall - 1), radius=tall * 0.3, fill=255)
    return _Patch(ink, plate, _even(width * 0.95 - wide), _even(height * 0.055), 0.34)


def _even(value: float) -> int:
    return int(value) // 2 * 2
