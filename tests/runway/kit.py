"""What the Runway tests share: shots of every model and mode, small files of every kind, a provider over a sandbox."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from providers.base import Access
from providers.catalogue import Catalogue, InputSlot, Model
from providers.runway import SPEC
from providers.runway.client import RunwayProvider
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Input, Media, ParamValue, Role, Shot
from tests.sandbox.kit import Clock

CATALOGUE: Catalogue = SPEC.load_catalogue()
ALL = frozenset({"video", "image", "audio", "archive"})
ROUTER = "router:only-gen4-5"
ENDINGS = {"image": "png", "video": "mp4", "audio": "wav"}


def png(width: int = 640, height: int = 360, *, pad: int = 600) -> bytes:
    """A picture's head with a size; the rest is not looked at."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + bytes(pad)


def mp4(seconds: float = 5.0, *, pad: int = 600) -> bytes:
    """A clip's boxes with a length; no picture in it."""
    mvhd = struct.pack(">I4sIIIII", 100, b"mvhd", 0, 0, 0, 1000, round(seconds * 1000)).ljust(100, b"\0")
    moov = struct.pack(">I4s", 8 + len(mvhd), b"moov") + mvhd
    return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + moov + struct.pack(">I4s", 8 + pad, b"mdat") + bytes(pad)


def wav(seconds: float = 4.0) -> bytes:
    """A silent sound at 8000 bytes a second."""
    body = bytes(round(8000 * seconds))
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(body), b"WAVE") + fmt + struct.pack("<4sI", b"data", len(body)) + body
    )


FILES = {"image": (png(), "image/png"), "video": (mp4(), "video/mp4"), "audio": (wav(), "audio/wav")}


def model(name: str) -> Model:
    """A model that must be there."""
    found = CATALOGUE.find(name)
    assert found is not None, name
    return found


def pairs() -> list[tuple[str, str]]:
    """Every model with each of its modes."""
    names = [ROUTER if each.prefix else each.name for each in CATALOGUE.model]
    return [(name, mode) for name in names for mode in model(name).modes]


def shot(name: str, mode: str, *inputs: Input, prompt: str | None = None, **params: ParamValue | None) -> Shot:
    """A complete shot as the engine would make it: the defaults, then what is said here; `None` takes one out."""
    found = model(name)
    words = prompt if prompt is not None else ("a paper boat at dawn" if found.prompt.max else "")
    said: dict[str, Any] = {**found.defaults(mode), **params}
    wanted = {each: value for each, value in said.items() if value is not None}
    return Shot("runway", found.name, mode, words, wanted, inputs)


def given(slot: InputSlot, number: int = 1) -> Input:
    """An input for a slot."""
    return Input(slot.role, f"{slot.role.value}{number}.{ENDINGS[slot.media]}")


def usual(name: str, mode: str) -> Shot:
    """A shot that every rule lets pass: what is needed, and a first frame where a picture is wanted."""
    found = model(name)
    inputs = [given(slot) for slot in found.slots(mode) if slot.required]
    wants = mode == "image_to_video" or name == "act_two"
    if wants and not any(each.role is Role.START_IMAGE for each in inputs):
        inputs.append(Input(Role.START_IMAGE, "start_image1.png"))
    return shot(name, mode, *inputs)


def media(wish: Shot, *, links: bool = False) -> list[Media]:
    """The files behind a shot's inputs, or links to them."""
    found: list[Media] = []
    for each in wish.inputs:
        kind = next(kind for kind, ending in ENDINGS.items() if each.source.endswith(ending))
        data, media_type = FILES[kind]
        whole = Media(each.role, data=data, media_type=media_type, name=each.source)
        link = Media(each.role, url=f"https://example.com/{each.source}")
        found.append(link if links else whole)
    return found


def provider(
    world: World,
    *,
    clock: Clock | None = None,
    keeps: frozenset[str] = ALL,
    options: Mapping[str, str] = MappingProxyType({}),
) -> RunwayProvider:
    """The client over a sandbox."""
    transport = SandboxTransport(world)
    access = Access(practice_keys(), practice_base_urls(), transport, keeps=keeps, options=options)
    return RunwayProvider(CATALOGUE, access, clock or Clock())
