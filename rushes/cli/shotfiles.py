"""`plan` and `apply`: many shots from TOML files. apply sends just what is missing, and asks about it once."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from providers.errors import Problem
from rushes.cli.consent import pass_budget, settled
from rushes.cli.exits import Exit, Stop, exit_of, gravest
from rushes.cli.output import print_json, say, table
from rushes.cli.progress import Follower
from rushes.cli.session import local_engine_of, run_verb
from rushes.cli.watch import to_its_end
from rushes.engine import Engine
from rushes.home import Home
from rushes.ids import new_id
from rushes.money.budgets import EVERYTHING, OverBudget, SpendingRefused
from rushes.money.words import price
from rushes.shots.shotfile import Entry, Fault, read, same_names
from rushes.shots.shotfile_plan import Plan, Planned
from rushes.shots.templates import TemplateProblem, load
from rushes.task import ENDED, Task
from rushes.tasks.submitting import Invalid, NotReady

__all__ = ["apply", "plan"]

MOST_BYTES = 4 * 2**20


class ShotFaults(Stop):
    """The files are not valid: names every fault, with its line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        lines = "\n".join(f"  {each.words()}" for each in faults)
        super().__init__(Exit.INVALID, f"the shots are not valid; nothing was sent\n{lines}")
        self.problems = [each.to_json() for each in faults]


def plan(home: Home, options: Namespace) -> int:
    """What is new, changed and done, with prices."""
    read_in = _read_all(home, options.file)
    return run_verb(lambda: _plan(home, options, read_in))


async def _plan(home: Home, options: Namespace, read_in: _Read) -> int:
    async with local_engine_of(home) as engine:
        made = await _made(engine, read_in, options)
        total = made.bill.total
        if options.json:
            shots = [each.to_json() for each in made.shots]
            print_json({"shots": shots, "takes": made.bill.takes, "total_usd": None if total is None else float(total)})
        else:
            _tell(made.shots)
            print(_words(made))
        return Exit.DONE


def apply(home: Home, options: Namespace) -> int:
    """Sends what is missing, and waits for all of it."""
    read_in = _read_all(home, options.file)
    return run_verb(lambda: _apply(home, options, read_in))


async def _apply(home: Home, options: Namespace, read_in: _Read) -> int:
    async with local_engine_of(home) as engine:
        made = await _made(engine, read_in, options)
        if made.missing and not options.quiet:
            _tell(made.missing, to=sys.stderr)
        say(f"rushes: {_words(made)}", quiet=options.quiet)
        past_budget = await _may_send(engine, made, options)
        batch = _Batch(engine, made, options)
        await engine.start()
        refused = await batch.send(past_budget=past_budget)
        last = await batch.end()
        code = batch.report(last, refused)
        return gravest([code, *(batch.exit_of(each) for each in last)])


class _Batch:
    """One run of `apply`: the tasks that it sends, and those that were under way before."""

    def __init__(self, engine: Engine, made: Plan, options: Namespace) -> None:
        self._engine = engine
        self._plan = made
        self._options = options
        self._new: dict[str, list[str]] = {each.identity: [] for each in made.shots}
        self._ids = {take.id for each in made.shots for take in each.takes if take.status not in ENDED}
        self._ids |= {task_id for each in made.shots for task_id in each.unsent}
        silent = options.quiet or (options.json and not sys.stderr.isatty())
        self._follower = Follower(engine, as_json=False, quiet=silent, wanted=self._ids)

    async def send(self, *, past_budget: bool) -> Exception | None:
        """Sends all that is missing; what stood in the way half-way through, where something did."""
        for each in self._plan.missing:
            try:
                await self._send(each, past_budget=past_budget)
            except (Invalid, NotReady, SpendingRefused) as error:
                # Since the plan was made: a key was taken away, another window spent the budget, a file was changed.
                return error
        return None

    async def _send(self, each: Planned, *, past_budget: bool) -> None:
        if each.unsent:
            await self._engine.release(each.unsent)
        if not each.new_takes:
            return
        ids = [new_id(self._engine.clock.now()) for _ in range(each.new_takes)]
        self._ids.update(ids)
        consent = EVERYTHING if each.usd is None else each.usd * each.new_takes
        sent = await self._engine.submit(
            each.shot,
            count=each.new_takes,
            consent_usd=consent,
            past_budget=past_budget,
            ids=ids,
            wanted=each.wanted,
        )
        self._new[each.identity] = [task.id for task in sent]
        if fewer := each.new_takes - len(sent):
            self._ids.difference_update(set(ids) - {task.id for task in sent})
            say(f"rushes: {each.entry.name}: {fewer} sent by another apply just now", quiet=self._options.quiet)

    async def end(self) -> list[Task]:
        """Waits until each task has ended, or with `--no-wait` until the vendor has it; gives them as they are then."""
        ids = sorted(self._ids)
        await self._follower.warn()
        if self._options.no_wait:
            await self._follower.sent([each for new in self._new.values() for each in new])
            last = [await self._engine.need(each) for each in ids]
        else:
            last = [await to_its_end(self._engine, each, released=True) for each in ids]
        self._follower.finish(last)
        return last

    def exit_of(self, task: Task) -> Exit:
        """The code of one task; with `--no-wait`, that the vendor has it is enough."""
        on_its_way = self._options.no_wait and not task.ended and task.vendor_id is not None
        return Exit.DONE if on_its_way else exit_of(task)

    def report(self, last: Sequence[Task], refused: Exception | None) -> Exit:
        """The document, or a line for each take; and the code of what stood in the way."""
        stop = None if refused is None else _stop(refused)
        if self._options.json:
            print_json(self._document(last, stop))
        else:
            named = {task_id: each.entry.name for each in self._plan.shots for task_id in self._takes(each)}
            rows = [(named[task.id], task.status.value, str(task.take.file) if task.take else "–") for task in last]
            if rows:
                table(rows, ("SHOT", "STATE", "FILE"))
            if stop is not None:
                say(f"rushes: {stop.message}; the shots behind it were not sent")
        return Exit.DONE if stop is None else stop.code

    def _takes(self, each: Planned) -> list[str]:
        return [*(take.id for take in each.takes), *self._new[each.identity]]

    def _document(self, last: Sequence[Task], stop: Stop | None) -> dict[str, Any]:
        shots = [{**each.to_json(), "tasks": self._takes(each)} for each in self._plan.shots]
        sent = sum(len(new) for new in self._new.values()) + sum(len(each.unsent) for each in self._plan.missing)
        total = self._plan.bill.total
        return {
            "shots": shots,
            "sent": sent,
            "total_usd": None if total is None else float(total),
            "tasks": [task.to_json() for task in last],
            "error": None if stop is None else stop.to_json(),
        }


# ── before anything is sent ──────────────────────────────────────────────────────────────────────────────────────────


_Read = tuple[list[Entry], list[Fault]]
"""The shots of some files, and what the files themselves say wrongly."""


def _read_all(home: Home, files: Sequence[str]) -> _Read:
    """Raises Stop for a file that cannot be read at all."""
    try:
        templates = load(home.templates)
    except TemplateProblem as problem:
        raise Stop(Exit.USAGE, str(problem), hint="mend the file, or move it away") from problem
    entries: list[Entry] = []
    faults: list[Fault] = []
    for name in dict.fromkeys(files):
        found, wrong = _read(Path(name), templates)
        entries += found
        faults += wrong
    return entries, faults + same_names(entries)


def _read(path: Path, templates: dict[str, str]) -> _Read:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path}: {error.strerror or error}; nothing was sent") from error
    if len(data) > MOST_BYTES:
        return [], [Fault(path, 0, "", Problem("", f"is larger than {MOST_BYTES // 2**20} MiB"))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return [], [Fault(path, line, "", Problem("", "is not UTF-8 text"))]
    return read(path, text, templates)


async def _made(engine: Engine, read_in: _Read, options: Namespace) -> Plan:
    """Raises ShotFaults with all that is wrong, of the files and of their shots, in the order of the lines."""
    entries, faults = read_in
    made = await engine.plan(entries)
    for note in made.notes:
        say(f"rushes: {note}", quiet=options.quiet)
    if faults := [*faults, *made.faults]:
        files = [Path(each) for each in options.file]
        raise ShotFaults(sorted(faults, key=lambda each: (files.index(each.file), each.line)))
    return made


async def _may_send(engine: Engine, made: Plan, options: Namespace) -> bool:
    """Keys, budgets and consent for all of it; whether a budget may be passed. Raises what stands in the way."""
    for each in made.missing:
        spec = engine.pool.spec(each.shot.provider)
        if not (each.practice or engine.pool.ready(spec, each.shot.model)):
            raise NotReady(f"{each.entry.name}: {engine.pool.reason(spec, each.shot.model)}; nothing was sent")
    past_budget = False
    try:
        await engine.accounts.allow(made.needs)
    except OverBudget as over:
        pass_budget(over)
        past_budget = True
    what = f"{_number(made.bill.takes, 'take')} of {_number(len(made.missing), 'shot')}"
    settled(made.bill.total, what, options, engine.settings.value.spending)
    return past_budget


# ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _tell(shots: Sequence[Planned], *, to: Any = None) -> None:
    rows = [
        (
            each.entry.name,
            each.state.value,
            f"{each.entry.count - each.missing}/{each.entry.count}",
            price(each.usd, unknown="unknown"),
            price(None if each.usd is None else each.usd * each.missing, unknown="unknown") if each.missing else "",
            f"{each.shot.provider} {each.shot.model}",
        )
        for each in shots
    ]
    table(rows, ("SHOT", "STATE", "TAKES", "EACH", "SUM", "WITH"), to=to)


def _words(made: Plan) -> str:
    if not made.missing:
        return f"nothing is missing of {_number(len(made.shots), 'shot')}"
    return made.bill.words() if made.bill.total != 0 else f"{_number(made.bill.takes, 'take')}, free"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _stop(error: Exception) -> Stop:
    """What stood in the way, with the code that it would have had by itself."""
    if isinstance(error, NotReady):
        return Stop(Exit.KEY, str(error))
    return Stop(Exit.INVALID if isinstance(error, Invalid) else Exit.SPENDING, str(error))
