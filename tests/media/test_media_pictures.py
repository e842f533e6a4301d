"""Pictures that people hand over as start frames, good and bad."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rushes.media import ImageFacts, MediaError, read_image


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    buffer = io.BytesIO()
    gradient = Image.radial_gradient("L").resize(size)
    Image.merge("RGB", (gradient, gradient, gradient.rotate(180))).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_good_picture_is_named_and_measured(kind: str) -> None:
    assert read_image(picture(kind)) == ImageFacts(64, 48, kind)


def test_a_picture_taken_sideways_is_measured_as_it_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_image(picture("JPEG", exif=exif)) == ImageFacts(48, 64, "JPEG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_was_cut_short_is_refused(kind: str) -> None:
    data = picture(kind, (200, 200))
    with pytest.raises(MediaError):
        read_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 100, b"<html>no</html>", b"{}", b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(MediaError, match="picture"):
        read_image(data)


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims `side` × `side` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [9_500, 12_000, 60_000])
def test_a_picture_that_would_unpack_to_gigabytes_is_refused_unread(side: int) -> None:
    with pytest.raises(MediaError, match="too large"):
        read_image(bomb(side))


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 2000), noise=st.binary(min_size=1, max_size=40), kind=st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_noise_in_a_picture_is_a_media_error_or_nothing(at: int, noise: bytes, kind: str) -> None:
    data = picture(kind)
    place = at % len(data)
    try:
        facts = read_image(data[:place] + noise + data[place + len(noise) :])
    except MediaError:
        return
    assert facts.width > 0
