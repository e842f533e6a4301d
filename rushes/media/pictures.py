"""Still pictures: reading a person's start frame with suspicion, and writing JPEG beside a clip."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from rushes.media.clip import Picture
from rushes.media.facts import ImageFacts, MediaError

__all__ = ["inspect", "jpeg", "write_jpeg"]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What is tried; Pillow's other readers include some that start programs."""

MOST_PIXELS = 89_000_000
TRANSPOSED = frozenset({5, 6, 7, 8})
ORIENTATION = 0x0112

# Set once, not around each call: filters are the process's, and this runs on several threads.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def inspect(data: bytes) -> ImageFacts:
    """See `rushes.media.read_image`."""
    if not data:
        raise MediaError("the picture is empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise MediaError(_too_large(f"{width}×{height} pixels"))
            turned = image.getexif().get(ORIENTATION) in TRANSPOSED
            image.load()
            kind = image.format or "unknown"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(_too_large("it would unpack to")) from error
    except UnidentifiedImageError as error:
        raise MediaError("this is not a picture that can be read (JPEG, PNG, WebP …)") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise MediaError(f"the picture is damaged: {error}") from error
    return ImageFacts(height, width, kind) if turned else ImageFacts(width, height, kind)


def jpeg(picture: Picture, quality: int) -> bytes:
    """RGB as a JPEG file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def write_jpeg(picture: Picture, path: Path, quality: int = 85) -> None:
    """Writes RGB as JPEG, whole or not at all. OSError where the disk says no."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(jpeg(picture, quality))
        os.replace(part, path)  # noqa: PTH105 - says that an older picture is replaced
    finally:
        part.unlink(missing_ok=True)


def _too_large(size: str) -> str:
    return f"the picture is too large: {size} more than {MOST_PIXELS // 1_000_000} million pixels"
