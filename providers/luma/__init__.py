"""Luma: one provider to a person, two APIs on the wire. The model decides which one is asked.

This module is cheap to import; the clients load with `SPEC.build`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from providers.base import Access, Api, ProviderSpec

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.catalogue import Catalogue

__all__ = ["AGENTS", "DREAM_MACHINE", "SPEC"]

DREAM_MACHINE = Api(
    name="dream_machine",
    base_url="https://api.lumalabs.ai/dream-machine/v1",
    base_url_env="LUMAAI_BASE_URL",
    key_env=("LUMAAI_API_KEY", "LUMA_API_KEY"),
    key_prefix="luma-",
    key_page="https://lumalabs.ai/dream-machine/api/keys",
)
AGENTS = Api(
    name="agents",
    base_url="https://agents.lumalabs.ai/v1",
    base_url_env="LUMA_BASE_URL",
    key_env=("LUMA_AGENTS_API_KEY", "LUMA_API_KEY"),
    key_prefix="luma-api-",
    key_page="https://platform.lumalabs.ai",
)


@functools.cache
def _catalogue() -> Catalogue:
    from providers.catalogue import Catalogue

    return Catalogue.load(Path(__file__).with_name("catalogue.toml"))


def _build(access: Access) -> Provider:
    from providers.luma.provider import LumaProvider

    return LumaProvider(_catalogue(), access)


SPEC = ProviderSpec(name="luma", label="Luma", apis=(DREAM_MACHINE, AGENTS), load_catalogue=_catalogue, build=_build)
