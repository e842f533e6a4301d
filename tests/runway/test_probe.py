"""What a file is by its first bytes, held against files that Pillow writes, and against noise."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from providers.probe import Facts, probe
from providers.runway.uploads import upload_name
from tests.runway.kit import mp4, png, wav

HEADS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBP",
    b"RIFF\0\0\0\0WAVE",
    b"\0\0\0\x10ftypisom",
)


def picture(kind: str, size: tuple[int, int], **options: object) -> bytes:
    """A picture as Pillow writes it."""
    file = io.BytesIO()
    Image.new("RGB", size, (200, 80, 20)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture("PNG", (321, 123)), "image/png"),
        (picture("JPEG", (321, 123)), "image/jpeg"),
        (picture("JPEG", (321, 123), progressive=True), "image/jpeg"),
        (picture("GIF", (321, 123)), "image/gif"),
        (picture("WEBP", (321, 123)), "image/webp"),
        (picture("WEBP", (321, 123), lossless=True), "image/webp"),
        (picture("WEBP", (321, 123), exif=Image.Exif().tobytes()), "image/webp"),
    ],
)
def test_pictures_tell_their_kind_and_size(data: bytes, media_type: str) -> None:
    assert probe(data) == Facts(media_type, 321, 123)


@pytest.mark.parametrize(("orientation", "size"), [(1, (321, 123)), (3, (321, 123)), (6, (123, 321)), (8, (123, 321))])
def test_a_turned_photograph_has_the_size_that_people_see(orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = probe(picture("JPEG", (321, 123), exif=exif))
    assert (facts.width, facts.height) == size


@pytest.mark.parametrize("seconds", [0.5, 5.0, 3600.0])
def test_clips_and_sounds_tell_their_length(seconds: float) -> None:
    assert probe(mp4(seconds)) == Facts("video/mp4", seconds=seconds)
    assert probe(wav(min(seconds, 5.0))).seconds == pytest.approx(min(seconds, 5.0))


def test_a_long_clip_with_wide_numbers_is_read_too() -> None:
    mvhd = (struct.pack(">I4s", 120, b"mvhd") + b"\1\0\0\0" + bytes(16) + struct.pack(">IQ", 600, 3000)).ljust(
        120, b"\0"
    )
    moov = struct.pack(">I4sQ", 1, b"moov", 16 + len(mvhd)) + mvhd
    assert probe(struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0) + moov) == Facts("video/quicktime", seconds=5.0)


def test_a_head_that_says_nothing_is_nothing() -> None:
    assert probe(b"") == Facts()
    assert probe(b"hello, world") == Facts()
    assert probe(png()[:20]) == Facts()


@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_noise_behind_a_known_head_is_never_an_error(head: bytes, noise: bytes) -> None:
    assert isinstance(probe(head + noise), Facts)


@pytest.mark.parametrize(
    ("name", "media_type", "sent"),
    [
        ("harbour.png", "image/png", "harbour.png"),
        ("my harbour (2).PNG", "image/png", "my-harbour-2-.PNG"),
        ("Ōmachi", "image/jpeg", "machi.jpg"),
        ("../../etc/passwd", "video/mp4", "etc-passwd.mp4"),
        ("", "audio/wav", "file.wav"),
        ("a" * 400 + ".mp4", "video/mp4", "a" * 196 + ".mp4"),
    ],
)
def test_an_upload_has_a_name_that_the_vendor_takes(name: str, media_type: str, sent: str) -> None:
    assert upload_name(name, media_type) == sent
    assert 3 <= len(sent) <= 255
