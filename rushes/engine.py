"""Engine: the one door for every face. Submit, watch, cancel, settle, find again; nothing here draws or prints.

The app, the command line and the gateway call the same methods. Each raises an error whose message is fit for a person.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from providers.catalogue import Catalogue
from providers.errors import Problem
from providers.price import Quote
from providers.shot import Shot
from providers.values import dataclass
from rushes.assembly import Place, assemble
from rushes.clock import Clock, SystemClock
from rushes.context import Context, Patience
from rushes.engine_reads import Looking
from rushes.home import Home
from rushes.keys import find_keys
from rushes.library.opening import ANEW_WORDS
from rushes.money import charging
from rushes.pool import ProviderInfo, ProviderPool
from rushes.shots.composing import check, complete
from rushes.shots.given_media import Given
from rushes.task import Status, Task
from rushes.tasks.acting import Desk
from rushes.tasks.runner import Runner
from rushes.tasks.submitting import Invalid, NotReady, Press, allow, press

if TYPE_CHECKING:
    import httpx

    from rushes.library.reclaim import Listed
    from rushes.library.wanted import Wanted
    from rushes.money.accounts import Accounts
    from rushes.settings.store import Schedule
    from rushes.shots.shotfile import Entry
    from rushes.shots.shotfile_plan import Plan

__all__ = ["Engine", "Invalid", "Leaving", "NotReady"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What goes on when this process ends: tasks at the vendor, and tasks never sent."""

    at_vendor: tuple[Task, ...]
    queued: tuple[Task, ...]


class Engine(Looking):
    """One home, opened. `start` begins carrying tasks; without it the engine only reads and acts on request.

    `environ` and `cwd` are where keys are looked for, besides the home.
    """

    environ: Mapping[str, str] = os.environ
    cwd: Path | None = None
    place = ""
    """Where the tasks are carried: here. A remote engine says its gateway's address."""

    def __init__(self, home: Home, context: Context) -> None:
        super().__init__(context)
        self.home = home
        self.settings = context.settings
        self._clock = context.clock
        self._pool = context.pool
        self._runner = Runner(context)
        self._desk = Desk(context, self._runner)
        self._follow = self.settings.subscribe(self._runner.follow)
        self.given = Given(context, home.offers)

    @classmethod
    async def open(
        cls,
        home: Home,
        *,
        environ: Mapping[str, str] = os.environ,
        cwd: Path | None = None,
        clock: Clock | None = None,
        patience: Patience | None = None,
        sandbox: Callable[[], httpx.AsyncBaseTransport] | None = None,
        network: httpx.AsyncBaseTransport | None = None,
        schedule: Schedule | None = None,
    ) -> Engine:
        """Opens a home; `cwd` is the working folder, whose `.env` may hold keys; `network` stands for the network.

        `schedule` has changed settings written later, as `SettingsStore` says; without it each is written at once.

        Raises HomeError, LibraryTooNew, LibraryBroken, LibraryError.
        """
        place = Place(home, environ, cwd, clock or SystemClock(), patience or Patience(), sandbox, network, schedule)
        engine: Engine

        def publish(task: Task) -> None:
            engine._outlook.tell(task)

        engine = cls(home, await assemble(place, publish))
        engine.environ, engine.cwd = environ, cwd
        await engine._outlook.catch_up()
        return engine

    async def start(self, *, everything: bool = True) -> None:
        """Begins to carry tasks, and follows what other processes do.

        With `everything`, all that is at a vendor and that no living process carries is taken up, now and later.
        """
        await self._runner.start(scan=everything)
        self._outlook.start()

    async def close(self) -> Leaving:
        """Stops, once requests that are in the air have their answers; says what goes on at the vendors.

        Being cancelled cuts that wait short, and closes all the same: what came of such a request is looked into later.
        """
        self._follow()
        await self._outlook.stop()
        try:
            await self._runner.stop()
            return await self.leaving()
        finally:
            await self._pool.aclose()
            await self._context.downloads.aclose()
            self.settings.flush()
            await self._store.close()

    async def leaving(self) -> Leaving:
        """What would go on if this process ended now."""
        active = await self._store.run(lambda library: library.active())
        queued = tuple(each for each in active if each.status is Status.QUEUED)
        return Leaving(tuple(each for each in active if each.status is not Status.QUEUED), queued)

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────────────

    def providers(self) -> tuple[ProviderInfo, ...]:
        """Every provider, in the order of the switcher."""
        return self._pool.infos()

    @property
    def clock(self) -> Clock:
        """Its time."""
        return self._clock

    @property
    def pool(self) -> ProviderPool:
        """The providers themselves, for checks and listings."""
        return self._pool

    def keep_log(self, secrets: Sequence[str] = ()) -> None:
        """Sends what this process logs to the home's file, without any key, nor any of `secrets`.

        `RUSHES_DEBUG` has more written down, redacted all the same. `rushes.log.close_log` ends it.
        """
        from rushes.log import open_log

        redactor = self._context.scribe.redactor
        redactor.register(*secrets)
        level, debug = self.settings.value.log.level, bool(self.environ.get("RUSHES_DEBUG"))
        open_log(self.home.log, redactor, level=level, debug=debug)

    def renew_keys(self) -> None:
        """Looks for keys once more: one was set or taken away."""
        specs = self._pool.registry.specs.values()
        self._pool.renew(find_keys(specs, environ=self.environ, cwd=self.cwd, config_dir=self.home.config))
        self._context.scribe.redactor.register(*self._pool.keyring.secrets())
        self._runner.renew()

    async def trouble(self) -> str:
        """What is wrong with the library, as long as it is: in words for a person; empty where all is well."""
        return ANEW_WORDS if await self._store.run(lambda library: library.begun_anew()) else ""

    def practises(self, provider: str) -> bool:
        """Whether a new task of this provider would be practice. Raises UnknownProvider."""
        return self._pool.practises(provider)

    def catalogue(self, provider: str) -> Catalogue:
        """What a provider offers. Raises UnknownProvider."""
        return self._pool.catalogue(provider)

    @property
    def accounts(self) -> Accounts:
        """What was spent, and what may be."""
        from rushes.money.accounts import Accounts

        return Accounts(self._store, self._pool, self.settings, self._clock)

    def check(self, shot: Shot) -> list[Problem]:
        """What is wrong with a shot; free and without any request."""
        return check(self._pool, self.given.known(complete(self.catalogue(shot.provider), shot)))

    def quote(self, shot: Shot) -> Quote:
        """Its price by the dated table."""
        catalogue = self.catalogue(shot.provider)
        return self.given.quote(catalogue, complete(catalogue, shot))

    def usual(self, shot: Shot) -> str:
        """`usually 60–110 s, 24 earlier jobs`, or nothing where nothing is known."""
        usual = self._context.pace.usual(complete(self.catalogue(shot.provider), shot))
        return usual.words if usual else ""

    # ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def submit(
        self,
        shot: Shot,
        *,
        count: int = 1,
        hold_s: float = 0.0,
        consent_usd: Decimal | None = None,
        past_budget: bool = False,
        ids: Sequence[str] = (),
        wanted: Wanted | None = None,
    ) -> list[Task]:
        """Writes `count` tasks and, when the engine is started, sends each once after `hold_s`.

        `ids` are the tasks' ids where the caller wrote them down before (see `rushes.ids`); one that exists is an
        IntegrityError of SQLite, and nothing is sent for it.
        `wanted`: they are takes of this shot of a shot file; those that another process made meanwhile are left out.
        `past_budget`: the person was asked about passing a budget, and agreed; it counts where the settings let it be
        asked. Raises Invalid, NotReady, SpendingRefused and OverBudget; then nothing was written and nothing sent.
        """
        how = Press(count, hold_s, consent_usd, past_budget, ids, wanted)
        tasks = await press(self._context, self.given, shot, how)
        for task in tasks:
            self._outlook.tell(task)
            if self._runner.started:
                self._runner.carry(task)
        return tasks

    async def plan(self, entries: Sequence[Entry]) -> Plan:
        """What applying the shots of files would send; free, and nothing is written."""
        from rushes.shots.shotfile_plan import Planner

        return await Planner(self._context, self.given, self.is_carried).plan(entries)

    async def release(self, task_ids: Sequence[str] | None = None) -> list[Task]:
        """Sends tasks that an earlier run left unsent (all of them without ids)."""
        active = await self._store.run(lambda library: library.active())
        wanted = [
            each for each in active if each.status is Status.QUEUED and (task_ids is None or each.id in set(task_ids))
        ]
        return await self._runner.take_up(wanted, release=True)

    async def undo(self, task_id: str) -> Task:
        """Takes back a press that has not been sent. Raises WrongState."""
        return await self._desk.undo(task_id)

    async def cancel(self, task_id: str) -> Task:
        """Cancels at the vendor, where the vendor can. Raises WrongState and the provider's errors."""
        return await self._desk.cancel(task_id)

    def cancel_words(self, task: Task) -> str:
        """What the vendor does about the money, said before cancelling."""
        return self._desk.cancel_words(task)

    async def before_cancel(self, task_id: str) -> str:
        """The same by what the vendor says now, as far as it can be asked. Raises LookupError, WrongState."""
        return await self._desk.before_cancel(task_id)

    async def forget(self, task_id: str) -> Task:
        """Stops watching; the vendor goes on, and charges. `watch_again` takes it back."""
        return await self._desk.forget(task_id)

    async def erase(self, task_id: str) -> Task:
        """Deletes an ended task at the vendor, where the vendor can; what is kept here stays. Raises WrongState."""
        return await self._desk.erase(task_id)

    async def watch_again(self, task_id: str) -> Task:
        """Watches a forgotten task again."""
        return await self._desk.watch_again(task_id)

    async def retry(self, task_id: str, *, consent_usd: Decimal | None = None) -> Task:
        """A new task for the same shot: a new press, quoted again."""
        task = await self.need(task_id)
        return (await self.submit(task.shot, consent_usd=consent_usd))[0]

    async def fetch(self, task_id: str) -> Task:
        """Gets the clip again from the vendor, over a fresh link."""
        return await self._desk.fetch(task_id)

    async def past(self, provider: str, *, limit: int | None = None) -> Listed:
        """What a vendor's own list has and this library does not; free, and nothing is written.

        Raises UnknownProvider, NotSupported where the vendor keeps no list, and the provider's errors.
        """
        from rushes.library.reclaim import look

        return await look(self._context, self._pool.spec(provider).name, limit=limit)

    async def reclaim(self, provider: str, found: Listed) -> list[Task]:
        """Takes into the library what `past` found; the clips come by the usual download. Nothing is charged."""
        from rushes.library.reclaim import write

        labels = {each.name: each.badge for each in self.catalogue(provider).model}
        practice = self._pool.practises(provider)
        mark = self._context.key_mark
        tasks = await self._store.run(
            lambda library: write(library, found.new, practice=practice, labels=labels, key_mark=mark)
        )
        for task in tasks:
            self._outlook.tell(task)
        if self._runner.started:
            await self._runner.take_up(tasks)
        return tasks

    async def adopt(self, task_id: str, vendor_id: str) -> Task:
        """Settles an unknown outcome: this is the vendor's task."""
        return await self._desk.adopt(task_id, vendor_id)

    async def resend(self, task_id: str, *, consent_usd: Decimal | None = None) -> Task:
        """Settles an unknown outcome by a new press: the request is sent again, and may be charged again."""
        task = await self.need(task_id)
        needs = charging.needs(task.shot, Decimal(0) if task.practice else task.cost.quoted)
        await allow(self._context, needs, task.shot.provider, consent_usd)
        return await self._desk.resend(task_id)

    async def rate(self, task_id: str, stars: int) -> Task:
        """0 to 5."""
        await self.shelf.rate([(await self.need(task_id)).id], stars)
        return await self.need(task_id)

    async def tag(self, task_id: str, tags: Sequence[str], *, remove: bool = False) -> Task:
        """Adds or removes tags."""
        task = await self.need(task_id)
        await self.shelf.tag([task.id], () if remove else tags, tags if remove else ())
        return await self.need(task.id)

    # ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────

    async def pause(self, *, paused: bool = True) -> None:
        """Holds, or lets go, everything that has not been sent, in every process of this home."""
        await self._store.run(lambda library: library.pause(paused=paused))
        self._outlook.tell_hold(held=paused)
        self._outlook.stir()

    async def prioritise(self, task_id: str, priority: int) -> Task:
        """Sends it before all of a lower priority (0 is usual), and behind those of its own that came before."""
        task = await self._desk.write(task_id, {"priority": priority})
        self._context.gate(task).rank(task.id, priority)
        return task

    async def backup(self, target: Path) -> None:
        """A whole copy of the library at `target`, made while it is in use. Raises LibraryError, OSError."""
        from rushes.library.upkeep import backup

        await self._store.run(lambda library: backup(library, target))

    def look(self, task: Task) -> bool:
        """Asks the vendor about a task at once, if this process watches it: somebody says that there is news."""
        return self._runner.look(task)

    async def is_carried(self, task_id: str) -> bool:
        """Whether this process or another living one works on it now."""
        if self._runner.carries(task_id):
            return True
        return await self._runner.carried_elsewhere(task_id)

    async def idle(self) -> None:
        """Returns when this process carries nothing any more."""
        await self._runner.idle()
