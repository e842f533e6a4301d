"""Given: the pictures and clips of a shot, looked at before anything is sent: their faults, and what they cost.

Also what a form or a command line may say before a person agrees: crops in words, and the words that a text may hold.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from providers.base import WireRequest
from providers.catalogue import Catalogue, given_kind
from providers.errors import Problem
from providers.price import Quote, quote
from providers.shot import Input, Media, Role, Shot
from rushes.shots.composing import check
from rushes.shots.inputs import ClipFacts, InputProblem, check_inputs, clip_facts, prepare, told

if TYPE_CHECKING:
    from rushes.context import Context
    from rushes.shots.suggestions import Offers

__all__ = ["Given"]


class Given:
    """What is known of the clips that shots work on. `look` opens them; `quote` uses what was seen.

    `folder` is where lists of vendors are kept.
    """

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._clips: dict[str, ClipFacts] = {}
        self._kinds: dict[str, str] = {}
        self._folder = folder

    @cached_property
    def offers(self) -> Offers:
        """The words that a text parameter may hold."""
        from rushes.shots.suggestions import Offers

        return Offers(self._context, self._folder)

    async def told(self, shot: Shot) -> Shot:
        """The shot with the kind of every take and file whose name leaves open which field of its role it is for."""
        found = await told(self._context, shot)
        self._kinds.update(
            {new.source: new.media for new, old in zip(found.inputs, shot.inputs, strict=True) if new != old}
        )
        return found

    def known(self, shot: Shot) -> Shot:
        """The same as far as it was found out before; looks at nothing."""
        model = self._context.pool.catalogue(shot.provider).find(shot.model)
        if model is None or not any(each.source in self._kinds for each in shot.inputs):
            return shot
        inputs = (
            replace(each, media=kind)
            if not each.media and (kind := self._kinds.get(each.source)) in model.media_for(each.role, shot.mode)
            else each
            for each in shot.inputs
        )
        return replace(shot, inputs=tuple(inputs))

    async def measure(self, shot: Shot) -> ClipFacts | None:
        """Looks at the shot's clip alone, some 20 ms: from then on `quote` knows its length. None where it cannot."""
        clip = _clip(await self.told(shot))
        if clip is None:
            return None
        if (facts := await clip_facts(self._context, clip)) is not None:
            self._clips[clip.source] = facts
        else:
            self._clips.pop(clip.source, None)
        return facts

    async def look(self, shot: Shot) -> list[Problem]:
        """Opens every input of a shot; says what is wrong with them."""
        await self.measure(shot)
        known = self.known(shot)
        if known != shot and (problems := check(self._context.pool, known)):
            return problems
        return await check_inputs(self._context, known, practice=self._context.pool.practises(shot.provider))

    async def notes(self, shot: Shot) -> list[str]:
        """What a person should know before sending, in whole sentences: how a picture is cropped, what a reframe
        paints, a word that is on no list. Opens the inputs; empty where one of them cannot be used."""
        pool, practice = self._context.pool, self._context.pool.practises(shot.provider)
        facts = await self.measure(shot)
        shot = self.known(shot)
        media: list[Media] = []
        try:
            media = await prepare(self._context, shot, practice=practice)
        except InputProblem:
            if shot.inputs:
                return []
        told = pool.provider(shot.provider, practice=practice).notes(shot, media, facts.size if facts else None)
        from rushes.shots.suggestions import strangers

        lists = {name: await self.offers.ask(shot, name) for name in shot.params}
        return [*told, *strangers(shot.params, lists)]

    def quote(self, catalogue: Catalogue, shot: Shot) -> Quote:
        """The price, with the length and size of the clip where it was looked at."""
        shot = self.known(shot)
        clip = _clip(shot)
        facts = self._clips.get(clip.source) if clip else None
        return quote(catalogue, shot, clip_s=facts.seconds if facts else None, clip_size=facts.size if facts else None)

    async def request(self, shot: Shot, *, looked: bool = True) -> WireRequest:
        """The exact request that the shot would become; without its media where those were not `looked` at.

        Raises InputProblem.
        """
        practice = self._context.pool.practises(shot.provider)
        shot = await self.told(shot)
        media = await prepare(self._context, shot, practice=practice) if looked else []
        return self._context.pool.provider(shot.provider, practice=practice).request(shot, media)


def _clip(shot: Shot) -> Input | None:
    """The clip that a price may depend on: the one that is worked on, else the only one among the references."""
    if (clip := shot.input(Role.VIDEO)) is not None:
        return clip
    clips = [each for each in shot.inputs if given_kind(each) == "video"]
    return clips[0] if len(clips) == 1 else None
