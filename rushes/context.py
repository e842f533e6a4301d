"""What the parts of the runner share: where things are, whose process this is, and how a change is written and told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.errors import Failure, FailureKind
from providers.values import dataclass
from rushes.clock import Clock
from rushes.library.library import Library
from rushes.library.sidecar import Receipts
from rushes.library.worker import Store
from rushes.log import log_of
from rushes.task import Status, Task
from rushes.tasks.account_limits import Allowances
from rushes.tasks.assets import Downloader
from rushes.tasks.exchanges import Said, Scribe
from rushes.tasks.gate import Gate
from rushes.tasks.pace import Pace
from rushes.tasks.ticks import Ticks
from rushes.tasks.transfers import Transfers

if TYPE_CHECKING:
    from providers.base import VendorTask
    from rushes.pool import ProviderPool
    from rushes.settings import SettingsStore

__all__ = ["Context", "GaveUp", "NoLongerOurs", "Patience", "network_failure"]


class NoLongerOurs(Exception):
    """Another process carries the task now, or a person moved it: stop, write nothing."""


class GaveUp(Exception):
    """This process has no more patience; the task goes on at the vendor."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long this process tries before it leaves a task as it is. The app never tires; a command line does.

    `sends`: tries while nothing left the machine. `unreachable_s`: seconds of polls without an answer. `fetches`: tries
    of one download that bring nothing more. None is for ever.
    """

    sends: int | None = None
    unreachable_s: float | None = None
    fetches: int | None = None

    @classmethod
    def of_command(cls) -> Patience:
        """For a verb that somebody, or a script, waits for."""
        return cls(sends=3, unreachable_s=300.0, fetches=4)


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that carrying a task needs."""

    store: Store
    pool: ProviderPool
    clock: Clock
    settings: SettingsStore
    pace: Pace
    downloads: Downloader
    gates: dict[tuple[str, str, bool], Gate]
    owner: str
    patience: Patience
    media: Path
    receipts: Receipts
    transfers: Transfers
    publish: Callable[[Task], None]
    scribe: Scribe
    allowances: Allowances
    ticks: Ticks
    in_air: dict[str, asyncio.Event] = field(default_factory=dict)
    """Tasks whose billable request is under way: these are not interrupted until it has landed."""

    async def change(
        self,
        task: Task,
        values: Mapping[str, Any],
        *,
        to: Status | None = None,
        detail: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task:
        """Writes, tells everybody, and gives the task as it is now. Raises NoLongerOurs when somebody was first.

        What a vendor said in it loses what looks like a key: vendors quote requests.
        """
        values = {name: self._clean(value, name) for name, value in values.items()}
        detail = None if detail is None else {name: self._clean(detail[name], name) for name in detail}
        only_from = frozenset({task.status})
        changed = await self.store.run(
            lambda library: library.change(
                task.id, values, to=to, only_from=only_from, owner=self.owner, detail=detail, guard=guard
            )
        )
        if changed is None:
            raise NoLongerOurs(task.id)
        self.publish(changed)
        return changed

    async def fail(
        self,
        task: Task,
        failure: Failure,
        *,
        charged: Decimal | None = None,
        charges_sent: int | None = None,
        values: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task:
        """Ends a task badly, with the reason in its story."""
        failure = self._clean(failure)
        values = {**(values or {}), "error": failure, "finished_at": self.clock.now()}
        if charges_sent is not None:
            values["charges_sent"] = charges_sent
        if charged is None and failure.charged is False:
            charged = Decimal(0)
        if charged is not None:
            values["charged"] = charged
        log_of("runner", task.id).info("failed", extra={"data": failure.to_json()})
        return await self.change(task, values, to=Status.FAILED, detail={"error": failure.to_json()}, guard=guard)

    async def cannot_go_on(self, task: Task, failure: Failure) -> Task:
        """Leaves the task where it is, with what stands in the way written on it."""
        failure = self._clean(failure)
        if task.error == failure:
            return task
        return await self.change(task, {"error": failure}, to=None)

    def _clean(self, said: Any, name: str = "") -> Any:
        """Without secrets; ids are not looked into, since they have to stay what they are."""
        redact = self.scribe.redactor.redact
        if isinstance(said, Failure):
            code, hint = (each and redact(each) for each in (said.vendor_code, said.hint))
            return replace(said, message=redact(said.message), vendor_code=code, hint=hint)
        return redact(said) if isinstance(said, str) and name not in _IDS else said

    def keeping(self, task: Task, said: VendorTask) -> Callable[[Library], None] | None:
        """What writes the vendor's word into the story of a task, with a change of it."""
        if said.answer is None:
            return None
        text = self.scribe.write(said.answer)
        return lambda library: library.keep_exchange(task.id, Said.LATEST, text, press=task.charges_sent)

    def tick(self, task: Task, progress: float) -> Task:
        """Tells a task's progress at once, and writes it soon."""
        task = replace(task, progress=progress)
        self.ticks.put(task.id, progress)
        self.publish(task)
        return task

    def gate(self, task: Task) -> Gate:
        """The gate of the API that a task goes to: each has a key and limits of its own, and so has practice."""
        api = self.pool.api(task.shot.provider, task.shot.model)
        key = (task.shot.provider, api, task.practice)
        if key not in self.gates:
            self.gates[key] = Gate(self.clock)
        return self.gates[key]

    def key_mark(self, task: Task) -> str | None:
        """The mark of the key that its vendor is asked with now."""
        return self.pool.key_mark(task.shot.provider, task.shot.model, practice=task.practice)

    async def keep_receipt(self, task: Task, vendor_id: str, nonce: str) -> None:
        """Puts the vendor's id on disk a second time, outside the library; on a full disk the log has to do."""
        try:
            await asyncio.to_thread(self.receipts.keep, replace(task, vendor_id=vendor_id), nonce)
        except OSError as error:
            log_of("runner", task.id).warning("no receipt", extra={"data": {"error": error.strerror}})

    async def drop_receipt(self, task: Task) -> None:
        """It has ended: the library, and the sidecar of its clip, know all."""
        try:
            await asyncio.to_thread(self.receipts.drop, task.id)
        except OSError as error:
            log_of("runner", task.id).warning("the receipt stays", extra={"data": {"error": error.strerror}})


def network_failure(message: str) -> Failure:
    """Nothing was sent, or nothing was heard of a free call."""
    return replace(_NETWORK, message=message)


_IDS = frozenset({"vendor_id", "nonce", "made_with", "body_hash", "adopted"})
_NETWORK = Failure(FailureKind.NETWORK, "", retryable=True, charged=False, hint="check the connection, then try again")
