"""Offers: the words that a text parameter may hold (camera moves, say), for completion and for spelling.

The vendor's own list is asked where it has one and a key is there: free, once a day, kept in the cache folder. Without
it, what the catalogue knows has to do; what neither knows is not wrong, only worth a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from providers.errors import ProviderError
from rushes.atomic import write_atomically
from rushes.library.completing import Completion
from rushes.task import stamp

if TYPE_CHECKING:
    from providers.parameter import Param
    from providers.shot import Shot
    from rushes.context import Context

__all__ = ["Offers", "complete_words", "strangers"]

FRESH_S = 24 * 3600.0
AGAIN_S = 60.0
MOST = 12
MOST_KEPT = 2000
_WORD = re.compile(r"[^\s,;]+")


class Offers:
    """The lists of this home. `folder` keeps what vendors said."""

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self._seen: dict[Path, tuple[str, ...]] = {}
        self._failed: dict[Path, datetime] = {}

    def known(self, shot: Shot, name: str) -> tuple[str, ...]:
        """What is known now, without asking anybody; nothing for a parameter that holds anything."""
        param = self._param(shot, name)
        return (self._seen.get(self._path(shot, param)) or param.known) if param is not None else ()

    async def ask(self, shot: Shot, name: str) -> tuple[str, ...]:
        """As `known`, after asking the vendor where that was not done for a day. Never raises for a vendor's answer."""
        param = self._param(shot, name)
        if param is None or not param.known:
            return ()
        path, now = self._path(shot, param), self._context.clock.now()
        if path not in self._seen and not self._rests(path, now):
            words = await asyncio.to_thread(_read, path, now) or await self._told(shot, param, path, now)
            if words:
                self._seen[path] = words
            else:
                self._failed[path] = now
        return self._seen.get(path) or param.known

    def _rests(self, path: Path, now: datetime) -> bool:
        """A vendor that could not be asked is not asked at every key."""
        failed = self._failed.get(path)
        return failed is not None and 0 <= (now - failed).total_seconds() < AGAIN_S

    async def _told(self, shot: Shot, param: Param, path: Path, now: datetime) -> tuple[str, ...]:
        pool = self._context.pool
        practice = pool.practises(shot.provider)
        if not (practice or pool.ready(pool.spec(shot.provider), shot.model)):
            return ()
        try:
            words = await pool.provider(shot.provider, practice=practice).known_values(shot.model, param.name)
        except ProviderError:
            return ()
        if not practice:
            data = json.dumps({"at": stamp(now), "words": words[:MOST_KEPT]}).encode()
            with contextlib.suppress(OSError):
                await asyncio.to_thread(write_atomically, path, data)
        return words[:MOST_KEPT]

    def _param(self, shot: Shot, name: str) -> Param | None:
        model = self._context.pool.catalogue(shot.provider).find(shot.model)
        return model.find_param(name, shot.mode) if model else None

    def _path(self, shot: Shot, param: Param) -> Path:
        practice = "-practice" if self._context.pool.practises(shot.provider) else ""
        return self._folder / f"{shot.provider}{practice}-{param.name}.json"


def _read(path: Path, now: datetime) -> tuple[str, ...]:
    """What was kept, unless it is older than a day or cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        age = (now - datetime.fromisoformat(data["at"])).total_seconds()
        words = tuple(each for each in data["words"] if isinstance(each, str))
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return words if 0 <= age < FRESH_S else ()


def complete_words(text: str, at: int, known: Sequence[str]) -> list[Completion]:
    """What the word at `at` in a list with commas may become: what begins like it first, then what holds it."""
    begin = max(text.rfind(mark, 0, at) for mark in ", ;") + 1
    end = next((place for place in range(at, len(text)) if text[place] in ", ;"), len(text))
    begun = text[begin:at].casefold()
    there = {each.casefold() for each in _WORD.findall(text[:begin] + text[end:])}
    free = [each for each in known if each.casefold() not in there and each.casefold() != begun]
    first = [each for each in free if each.casefold().startswith(begun)]
    later = [each for each in free if begun and begun in each.casefold() and each not in first]
    return [Completion(each, text[:begin] + each + text[end:], begin + len(each)) for each in (first + later)[:MOST]]


def strangers(params: Mapping[str, object], known: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each word that is on no list, with the nearest that is. `known`: the lists by parameter."""
    found = []
    for name, words in known.items():
        for word in _WORD.findall(str(params.get(name, ""))) if words else ():
            if word not in words:
                close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
                found.append(
                    f"{name}: {word} is not on the vendor's list{f'; did you mean {close[0]}?' if close else ''}"
                )
    return found
