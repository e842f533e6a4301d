"""LumaProvider: chooses the API by the model and hands the call on. Each API is a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from providers.base import Access, Health, Provider, Receipt, VendorRef, VendorTask, WireRequest
from providers.catalogue import Catalogue
from providers.errors import KeyRefused, ProviderError
from providers.luma import DREAM_MACHINE
from providers.luma.dream_machine import DreamMachine
from providers.shot import Media, Shot

__all__ = ["LumaProvider"]


class LumaProvider(Provider):
    """Luma's models behind one name. Neither API can cancel; Dream Machine can list, so a lost request can be found."""

    name = "luma"
    min_poll_s = 2.0
    can_list = True

    def __init__(self, catalogue: Catalogue, access: Access) -> None:
        self.catalogue = catalogue
        base_url = access.base_urls.get(DREAM_MACHINE.name, DREAM_MACHINE.base_url)
        self._has_key = DREAM_MACHINE.name in access.keys
        self._dream_machine = DreamMachine(catalogue, base_url, access)

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        return self._dream_machine.request(shot, media)

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        self._need_key()
        return await self._dream_machine.submit(shot, media)

    async def poll(self, ref: VendorRef) -> VendorTask:
        self._need_key()
        return await self._dream_machine.poll(ref.vendor_id)

    async def poll_many(self, refs: Sequence[VendorRef]) -> dict[str, VendorTask]:
        self._need_key()
        return await self._dream_machine.poll_many([ref.vendor_id for ref in refs])

    async def find(self, shot: Shot, *, since: datetime, until: datetime) -> list[VendorTask]:
        self._need_key()
        return await self._dream_machine.find(shot, since=since, until=until)

    async def health(self) -> Health:
        if not self._has_key:
            return Health(False, None, f"no key; set {DREAM_MACHINE.key_env[0]}, from {DREAM_MACHINE.key_page}")
        try:
            return await self._dream_machine.health()
        except KeyRefused as error:
            return Health(True, False, error.message)
        except ProviderError as error:
            return Health(False, None, error.message)

    async def aclose(self) -> None:
        await self._dream_machine.aclose()

    def _need_key(self) -> None:
        if not self._has_key:
            raise KeyRefused(
                "no key for Luma's Dream Machine API",
                status=401,
                hint=f"set {DREAM_MACHINE.key_env[0]} (keys: {DREAM_MACHINE.key_page})",
            )
