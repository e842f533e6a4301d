"""Working against a gateway: the same engine for every face, with the tasks, the money and the keys somewhere else.

`open_remote` is what faces call; nothing here is imported before it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushes.home import Home
    from rushes.interface import Engine
    from rushes.settings.store import Schedule

__all__ = ["open_remote"]


async def open_remote(home: Home, *, schedule: Schedule | None = None, tries: int | None = None) -> Engine:
    """The engine of `home.connect`. Raises HomeError (address or token), KeyRefused, Unreachable.

    `tries`: how often a question is asked again before the gateway counts as not there.
    """
    from rushes.remote.engine import RemoteEngine

    return await RemoteEngine.open(home, schedule=schedule, tries=tries)
