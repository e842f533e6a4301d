"""Every way in which a download has been seen to be broken, and whether it is noticed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from rushes.media import verify

Damage = Callable[[bytes], bytes]


def cut(share: float) -> Damage:
    return lambda data: data[: int(len(data) * share)]


def inside(data: bytes) -> int:
    """A place in the pictures' data, in the middle of the clip."""
    start = data.index(b"mdat") + 4
    return start + (len(data) - start) // 2


def noise(length: int) -> Damage:
    def harm(data: bytes) -> bytes:
        at = inside(data)
        return data[:at] + random.Random(length).randbytes(length) + data[at + length :]

    return harm


def zeroed(first: float, last: float) -> Damage:
    def harm(data: bytes) -> bytes:
        start, end = int(len(data) * first), int(len(data) * last)
        return data[:start] + bytes(end - start) + data[end:]

    return harm


def one_bit(data: bytes) -> bytes:
    """In the length that stands before a frame's data, where a decoder must stumble."""
    at = data.index(b"mdat") + 4
    for _ in range(20):
        at += 4 + struct.unpack(">I", data[at : at + 4])[0]
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def missing(data: bytes) -> bytes:
    return data[: inside(data)] + data[inside(data) + 4096 :]


def doubled(data: bytes) -> bytes:
    at = inside(data)
    return data[: at + 4096] + data[at:]


def swapped(data: bytes) -> bytes:
    at = inside(data)
    return data[: at - 4096] + data[at : at + 4096] + data[at - 4096 : at] + data[at + 4096 :]


def index_length_wrong(data: bytes) -> bytes:
    at = data.index(b"moov") - 4
    return data[:at] + struct.pack(">I", 3) + data[at + 4 :]


BAD: dict[str, Damage] = {
    **{f"cut to {share:.2%}": cut(share) for share in (0.9999, 0.999, 0.99, 0.9, 0.75, 0.5, 0.25, 0.05)},
    "cut within the index": lambda data: data[: data.index(b"moov") + 100],
    "cut to 7 bytes": lambda data: data[:7],
    "one bit turned": one_bit,
    "4 KB of noise": noise(4096),
    "64 KB of noise": noise(65536),
    "the last quarter zeros": zeroed(0.75, 1.0),
    "the middle zeros": zeroed(0.4, 0.6),
    "4 KB missing": missing,
    "4 KB doubled": doubled,
    "two blocks swapped": swapped,
    "an impossible length": index_length_wrong,
    "empty": lambda _: b"",
    "zeros only": lambda data: bytes(len(data)),
    "a web page": lambda _: b"<!DOCTYPE html><html><body>403 Forbidden</body></html>",
    "XML": lambda _: b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "JSON": lambda _: b'{"detail": "expired"}',
    "a playlist": lambda _: b"#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n",
    "noise": lambda data: random.Random(3).randbytes(len(data)),
}


@pytest.mark.parametrize("damage", BAD)
def test_damage_is_noticed_and_said_in_words(clip: Path, tmp_path: Path, damage: str) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(BAD[damage](clip.read_bytes()))
    report = verify(broken)
    assert not report.ok
    assert not report.whole
    assert report.reason
    assert str(tmp_path) not in report.reason
    assert report.bytes == broken.stat().st_size


HARMLESS: dict[str, Damage] = {
    "untouched": lambda data: data,
    "100 zeros after the end": lambda data: data + bytes(100),
    "three zeros after the end": lambda data: data + bytes(3),
    "a megabyte of zeros after the end": lambda data: data + bytes(2**20),
    "a free box after the end": lambda data: data + struct.pack(">I4s", 64, b"free") + bytes(56),
    "the encoder's name changed": lambda data: data.replace(b"Lavf", b"Lavx", 1),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_what_plays_fine_raises_no_false_alarm(clip: Path, tmp_path: Path, change: str) -> None:
    path = tmp_path / "fine.mp4"
    path.write_bytes(HARMLESS[change](clip.read_bytes()))
    report = verify(path)
    assert (report.ok, report.whole, report.reason, report.frames) == (True, True, "", 96)
    assert bool(report.warnings) == ("zeros" in change)


def remuxed(clip: Path, path: Path, movflags: str) -> bytes:
    options = {"movflags": movflags} if movflags else {}
    with av.open(str(clip)) as source, av.open(str(path), "w", options=options) as out:
        video = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
    return path.read_bytes()


@pytest.mark.parametrize("movflags", ["", "frag_keyframe+empty_moov"], ids=["index last", "fragmented"])
@pytest.mark.parametrize("share", [1.0, 0.999, 0.9, 0.5, 0.1])
def test_other_layouts_are_judged_alike(clip: Path, tmp_path: Path, movflags: str, share: float) -> None:
    data = remuxed(clip, tmp_path / "whole.mp4", movflags)
    path = tmp_path / "cut.mp4"
    path.write_bytes(cut(share)(data))
    assert verify(path).ok == (share == 1.0)


def test_small_noise_is_mostly_noticed_and_never_a_crash(clip: Path, tmp_path: Path) -> None:
    data, rng = clip.read_bytes(), random.Random(11)
    start, found = data.index(b"mdat") + 4000, 0
    for number in range(12):
        broken, at = tmp_path / f"{number}.mp4", rng.randrange(start, len(data) - 30_000)
        broken.write_bytes(data[:at] + rng.randbytes(16) + data[at + 16 :])
        found += not verify(broken).ok
    assert found >= 6


def test_noise_in_the_index_never_escapes_as_another_error(clip: Path, tmp_path: Path) -> None:
    data, rng = clip.read_bytes(), random.Random(12)
    first, last = data.index(b"moov"), data.index(b"mdat")
    for number in range(25):
        broken, at = tmp_path / f"{number}.mp4", rng.randrange(first, last)
        broken.write_bytes(data[:at] + rng.randbytes(8) + data[at + 8 :])
        report = verify(broken)
        assert report.ok or report.reason
