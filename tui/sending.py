"""One press of Generate: checks, asks where money is at stake, hands the shot to the engine, and can take it back.

The engine decides whether a press may cost what it costs; this only puts its question to the person. A press that is
still being answered swallows the next one, so a held key sends one shot.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tui.text import one_line

if TYPE_CHECKING:
    from textual.app import App

    from providers.shot import Shot
    from rushes.interface import Engine
    from rushes.money.budgets import OverBudget
    from rushes.task import Task

__all__ = ["Press", "ask_to_spend"]


class Press:
    """The presses of one screen. `last` are the ids of the newest one, for undo."""

    def __init__(self, app: App[int], engine: Engine) -> None:
        self.app = app
        self.engine = engine
        self.busy = False
        self.last: tuple[str, ...] = ()
        self._origin: tuple[str, str, str] | None = None

    def comes_from(self, task_id: str, kinship: str, shot: Shot) -> None:
        """The next press is a take's shot again, as long as its words stay: the new takes name it as their parent."""
        self._origin = task_id, kinship, shot.prompt

    async def send(self, shot: Shot, agreed_usd: Decimal | None = None) -> list[Task]:
        """Hands the shot over; empty when the person did not agree. Raises Invalid with the problems.

        `agreed_usd`: what the person has agreed to already.
        """
        if self.busy:
            return []
        self.busy = True
        try:
            tasks = await self._submit(shot, agreed_usd)
        finally:
            self.busy = False
        self.last = tuple(each.id for each in tasks) or self.last
        if tasks and self._origin is not None:
            parent, kinship, prompt = self._origin
            if prompt == shot.prompt and tasks[0].parent is None:
                await self.engine.shelf.link(self.last, parent, kinship)
        return tasks

    async def _submit(self, shot: Shot, agreed_usd: Decimal | None) -> list[Task]:
        from rushes.money.budgets import EVERYTHING, OverBudget, SpendingRefused

        hold_s = self.engine.settings.value.ui.undo_seconds
        try:
            return await self.engine.submit(shot, hold_s=hold_s, consent_usd=agreed_usd)
        except OverBudget as refused:
            return await self._over_budget(shot, refused, hold_s)
        except SpendingRefused as refused:
            if not await ask_to_spend(self.app, shot, refused.message, refused.needed_usd):
                return []
            agreed = EVERYTHING if refused.needed_usd is None else refused.needed_usd
            return await self.engine.submit(shot, hold_s=hold_s, consent_usd=agreed)

    async def _over_budget(self, shot: Shot, refused: OverBudget, hold_s: float) -> list[Task]:
        """Refused; or asked about once, with the sum, where the settings let the person pass a budget."""
        if not refused.may_ask:
            words = one_line(refused.message)
            self.app.notify(words, title="Not sent", severity="warning", markup=False)
            return []
        if not await ask_to_spend(self.app, shot, refused.message, refused.needed_usd):
            return []
        from rushes.money.budgets import EVERYTHING

        agreed = EVERYTHING if refused.needed_usd is None else refused.needed_usd
        return await self.engine.submit(shot, hold_s=hold_s, consent_usd=agreed, past_budget=True)


async def ask_to_spend(app: App[int], shot: Shot, reason: str, usd: Decimal | None) -> bool:
    """The question before a paid press, with the sum, or with the word that nobody knows it."""
    from tui.screens.dialogue import Confirm

    lines = [f"{shot.model} · {one_line(shot.prompt, 200)}", "", reason]
    if usd is None:
        question = Confirm("Send without a price?", lines, yes="Send anyway", no="Do not send")
    else:
        question = Confirm(f"Spend ${usd:.2f}?", lines, yes=f"Send for ${usd:.2f}", no="Do not send", eager=True)
    return await app.push_screen_wait(question)
