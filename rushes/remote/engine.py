"""RemoteEngine: the engine's interface, answered by a gateway. Nothing is local but settings and a cache of clips.

Checks and prices come from the gateway's own catalogues, held here so that a form answers at once; the gateway checks
and quotes again at every press, and its budgets hold. Tasks are carried there: closing this changes nothing for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from providers.base import WireRequest
from providers.catalogue import Catalogue
from providers.errors import NotSent, Problem, ProviderError, Unreachable
from providers.price import Quote
from providers.shot import Shot
from rushes.clock import Clock, SystemClock
from rushes.engine import Leaving
from rushes.home import Home
from rushes.ids import new_id
from rushes.interface import NotHere
from rushes.library.exporting import Exported, How, export
from rushes.listeners import Listeners
from rushes.pool import ProviderInfo
from rushes.remote.address import address_of, token_for
from rushes.remote.cache import Cache
from rushes.remote.calls import AccountCalls, AskedCalls, Call, EngineCalls, GivenCalls, ShelfCalls
from rushes.remote.codec import Decoder, encode
from rushes.remote.following import Following
from rushes.remote.line import Line
from rushes.remote.offer import Offer
from rushes.remote.outlook import Outlook
from rushes.remote.uploads import Uploads
from rushes.settings import SettingsStore
from rushes.shots.composing import complete
from rushes.shots.inputs import ClipFacts
from rushes.task import Task

if TYPE_CHECKING:
    import httpx

    from rushes.library.importing import Imported
    from rushes.library.reclaim import Listed
    from rushes.settings.store import Schedule

__all__ = ["RemoteEngine"]

R = TypeVar("R")
LOOK_AGAIN_S = 2.0
"""How long a waiting verb goes without news before it asks."""


class _Speaker:
    """Asks the engine's line."""

    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine

    async def ask(self, call: Call[..., R], arguments: Mapping[str, Any]) -> R:
        return await self._engine.ask(call, arguments)


class _Shelf(_Speaker, ShelfCalls):
    """The library there, and its clips here."""

    async def import_folder(self, folder: Path) -> Imported:
        raise NotHere("clips are taken in on the gateway's own machine: run `rushes import` there")

    async def export(
        self, tasks: Sequence[Task], folder: Path, *, pattern: str, how: How, sidecars: bool = False
    ) -> list[Exported]:
        """Copies into a folder of this machine. What cannot be brought is named, and keeps no other from it."""
        if how is How.MOVE:
            raise NotHere("clips are moved on the gateway's own machine only; a copy can be had here")
        missing = await self._bring(tasks)
        done = await asyncio.to_thread(export, tasks, folder, pattern=pattern, how=How.COPY, sidecars=sidecars)
        return [replace(each, problem=missing.get(each.task.id, each.problem)) for each in done]

    async def contact_sheet(self, tasks: Sequence[Task], folder: Path) -> tuple[Path, Path]:
        """From posters that are brought here. Raises OSError, and ValueError for no takes."""
        from rushes.library.contact import write_sheets

        for task in tasks:
            await self._engine.poster(task)
        return await asyncio.to_thread(write_sheets, tasks, folder)

    async def _bring(self, tasks: Sequence[Task]) -> dict[str, str]:
        missing: dict[str, str] = {}
        for task in tasks:
            try:
                await self._engine.clip(task)
            except (ProviderError, LookupError) as error:
                missing[task.id] = str(error)
        return missing


class _Accounts(_Speaker, AccountCalls):
    """The gateway's money."""

    def today(self) -> date:
        return self._engine.clock.now().date()


class _Given(_Speaker, GivenCalls):
    """Pictures and clips: those of this machine are sent there before they are looked at."""

    @property
    def offers(self) -> Offer:
        """The words that the gateway's catalogues know; a vendor's own longer list stays there."""
        return self._engine.offer

    async def look(self, shot: Shot) -> list[Problem]:
        return await self.ask(GivenCalls.look, {"shot": await self._engine.sent(shot)}) if shot.inputs else []

    async def measure(self, shot: Shot) -> ClipFacts | None:
        if not shot.inputs:
            return None
        sent = await self._engine.sent(shot)
        if (facts := await self.ask(GivenCalls.measure, {"shot": sent})) is not None:
            await self._engine.learn_price(shot, sent)
        return facts

    async def notes(self, shot: Shot) -> list[str]:
        return await self.ask(GivenCalls.notes, {"shot": await self._engine.sent(shot)})

    async def request(self, shot: Shot, *, looked: bool = True) -> WireRequest:
        arguments = {"shot": await self._engine.sent(shot), "looked": looked}
        return await self.ask(GivenCalls.request, arguments)


class RemoteEngine(EngineCalls):
    """See the module; `open` makes one. Every method may raise Unreachable and KeyRefused besides what it is for."""

    environ: Mapping[str, str] = os.environ
    cwd: Path | None = None
    tireless = False
    """Whether a question, not a press, waits until it is answered."""

    def __init__(self, home: Home, line: Line, settings: SettingsStore, clock: Clock) -> None:
        self.home, self.settings, self.clock = home, settings, clock
        self.place = line.url
        self.pool = None
        self.shelf, self.accounts, self.given = _Shelf(self), _Accounts(self), _Given(self)
        self._line = line
        self._cache = Cache(home.cache / "gateway", line)
        self._uploads = Uploads(line)
        self._outlook = Outlook(clock)
        self.offer = Offer()
        self._read = Decoder({Task: self._met})
        self._line_news: Listeners[[str]] = Listeners()
        self._mine: set[str] = set()
        self._following = Following(line, clock, told=self._told, heard=self._line_news.tell, again=self._greet)

    @classmethod
    async def open(
        cls,
        home: Home,
        *,
        environ: Mapping[str, str] = os.environ,
        cwd: Path | None = None,
        clock: Clock | None = None,
        schedule: Schedule | None = None,
        tries: int | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> RemoteEngine:
        """The gateway at `home.connect`. `transport` stands for the network.

        Raises HomeError (address, token), KeyRefused, Unreachable.
        """
        home.make()
        url = address_of(home.connect)
        token, time = token_for(url, home, environ), clock or SystemClock()
        more: dict[str, Any] = {} if tries is None else {"tries": tries}
        line = Line(url, token, time, transport=transport, **more)
        engine = cls(home, line, SettingsStore(home.settings, schedule=schedule), time)
        engine.environ, engine.cwd = environ, cwd
        try:
            await engine._greet()
        except BaseException:
            await line.close()
            raise
        return engine

    @classmethod
    async def open_for_app(
        cls, home: Home, *, cwd: Path | None = None, schedule: Schedule | None = None
    ) -> RemoteEngine:
        """The same for a person who looks at a screen: once it stands, questions wait for a line that is broken."""
        engine = await cls.open(home, cwd=cwd, schedule=schedule)
        engine.tireless = True
        return engine

    async def start(self, *, everything: bool = True) -> None:
        """Follows what happens; what is `everything` is the gateway's affair."""
        await self._following.start()

    async def close(self) -> Leaving:
        """Hangs up. Nothing of a task is in this process, so nothing is left."""
        await self._following.stop()
        await self._outlook.close()
        await self._line.close()
        self.settings.flush()
        return Leaving((), ())

    async def ask(self, call: Call[..., R], arguments: Mapping[str, Any]) -> R:
        """One call of the interface, answered by the gateway."""
        key = new_id(self.clock.now()) if call.writes else None
        path = f"/v1/engine/{call.name}"
        ever = self.tireless and not call.writes
        answer = await self._line.ask("POST", path, body=encode(arguments), key=key, ever=ever)
        if not isinstance(answer, Mapping) or "result" not in answer:
            raise Unreachable(f"the gateway {self.place} answers in a form that this version does not know")
        result: R = self._read(call.hints["return"], answer["result"])
        return result

    # ── this machine's own ───────────────────────────────────────────────────────────────────────────────────────

    def keep_log(self, secrets: Sequence[str] = ()) -> None:
        """This program's own log, in this home; the tasks' log is the gateway's."""
        from rushes.log import open_log
        from rushes.redact import Redactor

        token = token_for(self.place, self.home, self.environ)
        debug = bool(self.environ.get("RUSHES_DEBUG"))
        open_log(self.home.log, Redactor([token, *secrets], ()), level=self.settings.value.log.level, debug=debug)

    async def past(self, provider: str, *, limit: int | None = None) -> Listed:
        """Raises NotHere."""
        raise NotHere(f"{provider}'s list is read on the gateway's own machine: run `rushes import` there")

    async def reclaim(self, provider: str, found: Listed) -> list[Task]:
        """Raises NotHere."""
        raise NotHere(f"{provider}'s list is read on the gateway's own machine: run `rushes import` there")

    async def trouble(self) -> str:
        """What was wrong with the gateway's library when it was last asked what it offers."""
        return self.offer.trouble

    def renew_keys(self) -> None:
        """Raises NotHere."""
        raise NotHere("the keys stay on the gateway's machine: run `rushes keys set` there")

    def subscribe(self, callback: Callable[[Task], None]) -> Callable[[], None]:
        """Calls back with every task that changed."""
        return self._outlook.subscribe(callback)

    def hear_hold(self, _callback: Callable[[bool], None]) -> Callable[[], None]:
        """A gateway does not tell who holds its queue; `paused` asks."""
        return lambda: None

    def hear_line(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Calls back with words when the line breaks, and with nothing when it stands again."""
        return self._line_news.add(callback)

    def view(self, task: Task) -> Task:
        """The task with its bar and time left as they go on between two pieces of news."""
        return self._outlook.view(task)

    # ── what is offered there ────────────────────────────────────────────────────────────────────────────────────

    def providers(self) -> tuple[ProviderInfo, ...]:
        """Every provider of the gateway."""
        return self.offer.infos

    def practises(self, provider: str) -> bool:
        """Whether a new task there would be practice. Raises UnknownProvider."""
        return self.offer.info(provider).practice

    def catalogue(self, provider: str) -> Catalogue:
        """What a provider offers there. Raises UnknownProvider."""
        return self.offer.catalogue(provider)

    def check(self, shot: Shot) -> list[Problem]:
        """What is wrong with a shot, as far as that shows here; the gateway looks again at the press."""
        return self.offer.check(complete(self.catalogue(shot.provider), shot))

    def quote(self, shot: Shot) -> Quote:
        """Its price by the gateway's table."""
        return self.offer.quote(complete(self.catalogue(shot.provider), shot))

    def cancel_words(self, task: Task) -> str:
        """What the vendor does about the money."""
        return self.offer.cancel_words(task)

    def usual(self, shot: Shot) -> str:
        """How long it usually takes, as the gateway has learned; asked for once, and known from then on."""
        whole = complete(self.catalogue(shot.provider), shot)
        return self._outlook.usual(whole, lambda: self._usual(whole))

    # ── pressing, looking ────────────────────────────────────────────────────────────────────────────────────────

    async def submit(
        self,
        shot: Shot,
        *,
        count: int = 1,
        hold_s: float = 0.0,
        consent_usd: Decimal | None = None,
        past_budget: bool = False,
        ids: Sequence[str] = (),
    ) -> list[Task]:
        """As the engine's. The ids are chosen here, so that a press whose answer was lost is known by them."""
        named = tuple(ids) or tuple(new_id(self.clock.now()) for _ in range(count))
        arguments = {
            "shot": await self.sent(shot),
            "count": len(named),
            "hold_s": hold_s,
            "consent_usd": consent_usd,
            "past_budget": past_budget,
            "ids": named,
        }
        try:
            tasks = await self.ask(EngineCalls.submit, arguments)
        except NotSent as error:
            raise NotSent(f"{error.message}; nothing was sent") from error
        except Unreachable as error:
            raise Unreachable(_lost_press(error.message, named)) from error
        return self._pressed(tasks)

    async def retry(self, task_id: str, *, consent_usd: Decimal | None = None) -> Task:
        """A new task for the same shot."""
        task = await self.need(task_id)
        return (await self.submit(task.shot, consent_usd=consent_usd))[0]

    async def release(self, task_ids: Sequence[str] | None = None) -> list[Task]:
        """Sends what an earlier run left unsent there."""
        return self._pressed(await self.ask(EngineCalls.release, {"task_ids": task_ids}))

    async def fetch(self, task_id: str) -> Task:
        """Has the gateway get the clip again."""
        return self._pressed([await self.ask(EngineCalls.fetch, {"task_id": task_id})])[0]

    async def resend(self, task_id: str, *, consent_usd: Decimal | None = None) -> Task:
        """Settles an unknown outcome by a new press."""
        arguments = {"task_id": task_id, "consent_usd": consent_usd}
        return self._pressed([await self.ask(EngineCalls.resend, arguments)])[0]

    async def clip(self, task: Task) -> Path:
        """The clip, brought into the cache. Raises LookupError, Unreachable, OSError."""
        return await self._cache.clip(task)

    async def poster(self, task: Task) -> Path | None:
        """The picture beside the clip, brought into the cache."""
        return await self._cache.poster(task)

    async def idle(self) -> None:
        """Returns when nothing that was pressed here goes on by itself any more."""
        while self._mine:
            news = self._outlook.news()
            for each in tuple(self._mine):
                if await self._is_over(each):
                    self._mine.discard(each)
            if self._mine:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await news.wait()

    async def sent(self, shot: Shot) -> Shot:
        """The shot with this machine's files sent to the gateway."""
        return await self._uploads.sent(shot)

    async def learn_price(self, shot: Shot, sent: Shot) -> None:
        """What a shot with a clip costs is known where the clip is."""
        whole = complete(self.catalogue(shot.provider), shot)
        self.offer.learn(whole, await self.ask(AskedCalls.quote, {"shot": sent}))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _greet(self) -> None:
        self.offer.take(await self._line.ask("GET", "/v1/engine"))

    async def _usual(self, shot: Shot) -> str:
        return await self.ask(AskedCalls.usual, {"shot": replace(shot, inputs=())})

    def _pressed(self, tasks: list[Task]) -> list[Task]:
        self._mine.update(each.id for each in tasks)
        for each in tasks:
            self._outlook.tell(each)
        return tasks

    async def _is_over(self, task_id: str) -> bool:
        task = await self.need(task_id)
        return task.ended or (task.rests_alone and not await self.is_carried(task_id))

    def _told(self, data: Any) -> None:
        self._outlook.tell(self._read(Task, data))

    def _met(self, task: Task) -> Task:
        """A task as it comes over the line: its clip lies in this machine's cache, or will."""
        if task.take is not None:
            task = replace(task, take=replace(task.take, file=self._cache.place(task.id, task.take.file.name)))
        self._outlook.met(task)
        return task


def _lost_press(words: str, ids: Sequence[str]) -> str:
    return f"{words}; whether the press arrived is not known, look with `rushes show {ids[0]}` before pressing again"
