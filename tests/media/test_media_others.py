"""Pictures, sounds and archives are judged for what they are; damage is said in words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from providers.sandbox.stills import write_sound
from rushes.media import Expect, MediaError, Report, frames, probe, still_jpeg, verify
from rushes.media.beside import beside, rebuild
from rushes.media.kinds import Kind, ending, kind_of


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 360)) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "rain.mp3"
    write_sound(path, 2.0, seed=3)
    return path


def judged(folder: Path, data: bytes, kind: Kind, expect: Expect | None = None) -> Report:
    path = folder / "file.part"
    path.write_bytes(data)
    return verify(path, expect, poster=folder / "poster.jpg", kind=kind)


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_a_whole_picture_passes_with_its_size_and_a_poster(tmp_path: Path, kind: str, suffix: str) -> None:
    report = judged(tmp_path, picture(kind, (1920, 1080)), "image", Expect(1920, 1080))
    assert (report.ok, report.width, report.height, report.suffix, report.warnings) == (True, 1920, 1080, suffix, ())
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (640, 360)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect/>'
REFUSED: list[tuple[bytes, Kind, Expect, str]] = [
    (picture()[:-4000], "image", Expect(), "damaged"),
    (picture("JPEG")[:3000], "image", Expect(), "damaged"),
    (picture(), "image", Expect(360, 640), "640×360, 360×640 was asked for"),
    (picture(), "image", Expect(shape=1.0), "another shape"),
    (b"<html>sign in</html>", "image", Expect(), "this is no picture"),
    (b"", "image", Expect(), "is empty"),
    (b"", "archive", Expect(), "is empty"),
    (SVG, "image", Expect(), "last tag is missing"),
    (picture(), "video", Expect(), "no clip, but a picture"),
    (picture(), "audio", Expect(), "this is no sound, but a picture (png)"),
    (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio", Expect(), "damaged"),
]


@pytest.mark.parametrize(("data", "kind", "expect", "words"), REFUSED)
def test_what_is_not_what_was_asked_for_is_refused_in_words(
    tmp_path: Path, data: bytes, kind: Kind, expect: Expect, words: str
) -> None:
    report = judged(tmp_path, data, kind, expect)
    assert not report.ok
    assert words in report.reason


def test_a_shape_and_a_vector_picture_pass(tmp_path: Path) -> None:
    assert judged(tmp_path, picture(), "image", Expect(shape=16 / 9)).ok
    report = judged(tmp_path, SVG + b"</svg>\n", "image")
    assert (report.ok, report.width, report.height, report.poster) == (True, 40, 30, None)
    assert "first and last tag" in report.warnings[0]


def packed(how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for number in range(3):
            archive.writestr(f"frame-{number}.exr", picture(size=(64, 64)))
    return buffer.getvalue()


def test_an_archive_is_kept_by_its_length_and_says_that_it_was_not_opened(tmp_path: Path) -> None:
    report = judged(tmp_path, b"\x76\x2f\x31\x01 anything", "archive")
    assert (report.ok, report.suffix, report.bytes) == (True, ".exr", 13)
    assert "not what is in it" in report.warnings[0]
    assert judged(tmp_path, b"whatever it is", "archive").suffix == ".bin"


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_read_to_its_last_member(tmp_path: Path, how: int) -> None:
    whole = packed(how)
    report = judged(tmp_path, whole, "archive")
    assert (report.ok, report.suffix, report.warnings) == (True, ".zip", ())
    middle = len(whole) // 2
    for broken in (whole[:middle] + bytes(512) + whole[middle + 512 :], whole[:middle], whole[:-30], whole + whole[9:]):
        report = judged(tmp_path, broken, "archive")
        assert not report.ok
        assert "the archive is damaged" in report.reason


def test_a_zip_that_cannot_be_read_here_is_kept_by_its_length(tmp_path: Path) -> None:
    locked = bytearray(packed())
    locked[6] |= 1  # the flag of an encrypted member, in its own head and in the list at the end
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    report = judged(tmp_path, bytes(locked), "archive")
    assert report.ok
    assert "not what is in it" in report.warnings[0]


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".ogg"])
def test_a_sound_is_heard_to_its_end_and_drawn(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rain{suffix}"
    write_sound(path, 1.5, seed=1)
    report = judged(tmp_path, path.read_bytes(), "audio", Expect(duration_s=1.5))
    assert (report.ok, report.suffix, report.has_audio) == (True, suffix, True)
    assert report.duration_s == pytest.approx(1.5, abs=0.1)
    with Image.open(tmp_path / "poster.jpg") as wave:
        colours = wave.convert("L").getcolors()
    assert colours is None or len(colours) > 2
    path.write_bytes(b"ID3" + bytes(200))
    assert not judged(tmp_path, path.read_bytes(), "audio").ok


def test_a_picture_can_be_looked_at_as_a_clip_of_one_frame(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(picture(size=(320, 180)))
    with frames(path, width=160, height=160) as source:
        assert [pixels.shape for _, pixels in source] == [(90, 160, 3)]
    assert (probe(path).width, probe(path).height) == (320, 180)
    assert still_jpeg(path, 0.0).startswith(b"\xff\xd8")


def test_posters_of_pictures_and_sounds_come_back_when_they_are_missing(tmp_path: Path, sound: Path) -> None:
    still, vector = tmp_path / "fox.jpg", tmp_path / "fox.svg"
    still.write_bytes(picture("JPEG"))
    vector.write_bytes(SVG + b"</svg>")
    assert beside(still).missing
    assert rebuild(still).poster.name == "fox.poster.jpg"
    assert rebuild(sound).poster == sound.with_suffix(".jpg")
    assert not any(beside(each).missing for each in (still, sound, vector))


def test_a_file_is_named_by_what_is_in_it() -> None:
    heads = {b"....ftypqt  ": ".mov", b"....ftypisom": ".mp4", b"....ftypM4A ": ".m4a", b"\x76\x2f\x31\x01": ".exr"}
    assert {head: ending(head) for head in heads} == heads
    assert ending(b"OggS") == ".ogg"
    assert ending(b"nothing known") is None
    kinds = {"a.mp4": "video", "a.MOV": "video", "a.PNG": "image", "a.flac": "audio", "a.zip": "archive", "a": "video"}
    assert {name: kind_of(Path(name)) for name in kinds} == kinds


def test_what_cannot_be_looked_at_says_why(tmp_path: Path, sound: Path) -> None:
    archive, vector = tmp_path / "fox.zip", tmp_path / "fox.svg"
    archive.write_bytes(b"PK\x03\x04")
    vector.write_bytes(SVG + b"</svg>")
    told = {archive: "not opened here", vector: "not drawn here", sound: "another program plays it"}
    for path, words in told.items():
        with pytest.raises(MediaError, match=words):
            probe(path)
