"""Given: the pictures and clips of a shot, looked at before anything is sent: their faults, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from providers.base import WireRequest
from providers.catalogue import Catalogue
from providers.errors import Problem
from providers.price import Quote, quote
from providers.shot import Role, Shot
from rushes.inputs import ClipFacts, check_inputs, clip_facts, prepare

if TYPE_CHECKING:
    from rushes.context import Context

__all__ = ["Given"]


class Given:
    """What is known of the clips that shots work on. `look` opens them; `quote` uses what was seen."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._clips: dict[str, ClipFacts] = {}

    async def look(self, shot: Shot) -> list[Problem]:
        """Opens every input of a shot; says what is wrong with them."""
        clip = shot.input(Role.VIDEO)
        if clip is not None and (facts := await clip_facts(self._context, shot)) is not None:
            self._clips[clip.source] = facts
        return await check_inputs(self._context, shot, practice=self._context.pool.practises(shot.provider))

    def quote(self, catalogue: Catalogue, shot: Shot) -> Quote:
        """The price, with the length and size of the clip where it was looked at."""
        clip = shot.input(Role.VIDEO)
        facts = self._clips.get(clip.source) if clip else None
        return quote(catalogue, shot, clip_s=facts.seconds if facts else None, clip_size=facts.size if facts else None)

    async def request(self, shot: Shot) -> WireRequest:
        """The exact request that the shot would become. Raises InputProblem."""
        practice = self._context.pool.practises(shot.provider)
        media = await prepare(self._context, shot, practice=practice)
        return self._context.pool.provider(shot.provider, practice=practice).request(shot, media)
