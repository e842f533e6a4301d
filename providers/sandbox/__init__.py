"""The sandbox: an offline stand-in for the vendors, and a provider of its own that costs nothing.

This module is cheap to import. The client loads with `SPEC.build`; the vendors' side (`world`, `transport`, `server`)
loads when it is asked for, and the renderer with the first clip.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from providers.base import Access, Api, ProviderSpec

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.catalogue import Catalogue

__all__ = ["API", "SPEC"]

API = Api(
    name="sandbox",
    base_url="https://sandbox.invalid/sandbox/v1",
    base_url_env="RUSHES_SANDBOX_URL",
    key_env=(),
)
"""The address cannot be looked up: it is for the in-process transport. A loopback sandbox has one that can."""


@functools.cache
def _catalogue() -> Catalogue:
    from providers.catalogue import Catalogue

    return Catalogue.load(Path(__file__).with_name("catalogue.toml"))


def _build(access: Access) -> Provider:
    from providers.sandbox.client import SandboxProvider

    return SandboxProvider(_catalogue(), access)


SPEC = ProviderSpec(
    name="sandbox",
    label="Sandbox",
    apis=(API,),
    load_catalogue=_catalogue,
    build=_build,
    needs_key=False,
    note="Free and offline: clips are drawn on this machine",
)
