"""House: what the routes share. One engine, one reading connection of its own, the presses, the news, the token."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from rushes.engine import Engine
from rushes.gateway.config import Config
from rushes.gateway.held import Held
from rushes.gateway.memory import Memory
from rushes.gateway.news import News
from rushes.gateway.presses import Presses
from rushes.gateway.problems import Refusal
from rushes.library.worker import Store
from rushes.redact import Redactor
from rushes.task import Task

__all__ = ["House", "house_of"]

ID_LETTERS = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True, slots=True)
class House:
    """Everything of one gateway. `store` reads beside the engine, so that a page never waits for a write."""

    engine: Engine
    store: Store
    presses: Presses
    news: News
    config: Config
    redactor: Redactor
    held: Held
    memory: Memory = field(default_factory=Memory)

    async def need(self, task_id: str) -> Task:
        """By its whole id; what a path does not say fully is not guessed. Raises Refusal."""
        task = await self.find(task_id)
        if task is None:
            raise Refusal(404, "missing", "there is no such video")
        return task

    @staticmethod
    def is_id(text: str) -> bool:
        """Whether it has the form of a whole id."""
        return len(text) == 26 and ID_LETTERS.issuperset(text)

    async def find(self, task_id: str) -> Task | None:
        """The same, None where there is none."""
        if not self.is_id(task_id):
            return None
        task = await self.store.run(lambda library: library.get(task_id))
        return self.engine.view(task) if task else None


def house_of(connection: HTTPConnection) -> House:
    """The house of a request."""
    house: House = connection.app.state.house
    return house
