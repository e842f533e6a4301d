"""What Luma's tests share: the provider as it is built, shots with every default in them, and media of each kind."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from providers.base import Access
from providers.catalogue import InputSlot, Model
from providers.luma import SPEC
from providers.luma.files import Timing
from providers.luma.provider import LumaProvider
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.shot import Input, Media, ParamValue, Role, Shot

CATALOGUE = SPEC.load_catalogue()
MODELS = tuple((model.name, mode) for model in CATALOGUE.model for mode in model.modes)
TASK = "01KAX0000000000000000000ZZ"
"""The id of an earlier take, as a person names it."""
LINK = "https://pictures.example.com/fox.png"
CLIP_LINK = "https://pictures.example.com/fox.mp4"


class Clock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0
        self.slept = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.time += seconds

    @property
    def timing(self) -> Timing:
        return Timing(self.now, self.sleep)


def provider(transport: httpx.AsyncBaseTransport | None = None, clock: Clock | None = None) -> LumaProvider:
    """Luma with keys for both of its APIs, at addresses that lead nowhere."""
    access = Access(practice_keys(), practice_base_urls(), transport or httpx.MockTransport(_nothing), "tests")
    return LumaProvider(CATALOGUE, access, (clock or Clock()).timing)


def _nothing(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nothing should be sent, but this was: {request.method} {request.url}")


def model(name: str) -> Model:
    found = CATALOGUE.find(name)
    assert found is not None
    return found


def shot(
    name: str, mode: str = "text_to_video", inputs: Iterable[Input] = (), prompt: str = "a fox", **params: ParamValue
) -> Shot:
    """A complete shot: the defaults of its mode, and what is named."""
    return Shot("luma", name, mode, prompt, {**model(name).defaults(mode), **params}, tuple(inputs))


def source(slot: InputSlot) -> str:
    """Something that a slot takes, by the first way that it has."""
    links = CLIP_LINK if slot.media == "video" else LINK
    return {"url": links, "generation": TASK, "file": "fox.mp4" if slot.media == "video" else "fox.png"}[
        slot.accepts[0]
    ]


def needed(name: str, mode: str) -> tuple[Input, ...]:
    """The inputs without which a mode cannot be: what is required, and a start frame for a clip from a picture."""
    slots = [slot for slot in model(name).slots(mode) if slot.required]
    if mode == "image_to_video":
        slots = [slot for slot in model(name).slots(mode) if slot.role is Role.START_IMAGE]
    return tuple(Input(slot.role, source(slot)) for slot in slots)


def media(inputs: Iterable[Input]) -> list[Media]:
    """Inputs as the engine would hand them over."""
    return [_media(each) for each in inputs]


def _media(each: Input) -> Media:
    if each.source.startswith("https://"):
        return Media(each.role, url=each.source)
    if each.source == TASK:
        return Media(each.role, vendor_id="5f0c0000-0000-4000-8000-000000000000")
    kind = "video/mp4" if each.source.endswith(".mp4") else "image/png"
    return Media(each.role, data=b"bytes", media_type=kind, name=each.source)
