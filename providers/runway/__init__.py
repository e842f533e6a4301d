"""Runway: one key, many video models. This module is cheap to import; the client loads with `SPEC.build`."""

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
    name="runway",
    base_url="https://api.dev.runwayml.com",
    base_url_env="RUNWAYML_BASE_URL",
    key_env=("RUNWAYML_API_SECRET", "RUNWAY_API_KEY"),
    key_prefix="key_",
    key_page="https://dev.runwayml.com",
    key_pattern=r"key_[0-9a-fA-F]{128}",
)


@functools.cache
def _catalogue() -> Catalogue:
    from providers.catalogue import Catalogue

    return Catalogue.load(Path(__file__).with_name("catalogue.toml"))


def _build(access: Access) -> Provider:
    from providers.runway.client import RunwayProvider

    return RunwayProvider(_catalogue(), access)


SPEC = ProviderSpec(
    name="runway",
    label="Runway",
    apis=(API,),
    load_catalogue=_catalogue,
    build=_build,
    note="Powered by Runway (https://runwayml.com)",
)
