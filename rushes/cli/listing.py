"""`tasks`, `show`, `history`: reading the library, without the engine, the network or any vendor."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, line_of, print_json, say, table
from rushes.cli.reading import open_library
from rushes.home import Home
from rushes.library.extras import extras_of
from rushes.library.library import Page
from rushes.library.search import SearchProblem, unfinished
from rushes.media.kinds import words
from rushes.money.words import price
from rushes.task import ACTIVE, Status, Task, stamp
from rushes.tasks.exchanges import Said
from rushes.text import visible

__all__ = ["history", "show", "tasks"]

HEADS = ("ID", "MODEL", "STATE", "PRICE", "PROMPT")
TITLES = {Said.REQUEST: "request sent", Said.ANSWER: "the vendor's answer", Said.LATEST: "the vendor's latest word"}


def tasks(home: Home, options: Namespace) -> int:
    """Tasks by state and provider, newest first."""
    statuses = [_status(each) for each in options.status] or ([] if options.all else sorted(ACTIVE))
    query = f"provider:{options.provider}" if options.provider else ""
    if options.provider:
        _known(home, query, options)
    page = _page(home, query, options, statuses)
    return _print(page, options, nothing="no task is waiting or running; `rushes history` shows the finished ones")


def history(home: Home, options: Namespace) -> int:
    """Takes by words and filters, newest first."""
    query = " ".join(options.query)
    if begun := unfinished(query):
        raise SearchProblem(f"{begun} needs a value")
    if options.csv is not None:
        return _write_csv(home, query, options)
    return _print(_page(home, query, options, []), options, nothing="nothing found")


def show(home: Home, options: Namespace) -> int:
    """One task, with its story."""
    library = open_library(home)
    try:
        task = library.get(options.id)
        if task is None:
            raise Stop(Exit.USAGE, f"there is no task {options.id}", hint="`rushes history` lists them")
        events, exchanges = library.events(task.id), library.exchanges(task.id)
    finally:
        library.close()
    if options.log:
        if home.connect:
            raise Stop(Exit.USAGE, "the log is on the gateway's machine", hint="run `rushes show ID --log` there")
        return _show_log(home, task)
    if options.json:
        request = task.shot.to_json()
        story = {"events": [each.to_json() for each in events], "exchanges": [each.to_json() for each in exchanges]}
        print_json({**_now(task).to_json(), "request": request, **story})
        return Exit.DONE
    _tell(_now(task))
    print("story")
    for each in events:
        said = each.detail.get("said") or each.detail.get("words") or ""
        print(f"  {stamp(each.at)}  {each.was or 'new':<11} → {each.now:<11}  {visible(str(said))}".rstrip())
    for exchange in exchanges:
        print(f"{TITLES[exchange.said]}  {stamp(exchange.at)}")
        print(textwrap.indent(visible(exchange.text(), lines=True), "  "))
    return Exit.DONE


def _page(home: Home, query: str, options: Namespace, statuses: list[Status]) -> Page:
    library = open_library(home)
    try:
        return library.page(query, cursor=options.cursor, limit=options.limit, statuses=statuses)
    finally:
        library.close()


def _write_csv(home: Home, query: str, options: Namespace) -> int:
    """Everything found, as a table."""
    from rushes.atomic import write_atomically
    from rushes.cli.places import table_place
    from rushes.library.exporting import HEADS as COLUMNS
    from rushes.library.exporting import as_csv

    path = table_place(options, COLUMNS)
    tasks = _all(home, query)
    if path is None:
        print(as_csv(tasks), end="")
        return Exit.DONE
    write_atomically(path, as_csv(tasks).encode())
    if options.json:
        print_json({"file": str(path), "takes": len(tasks)})
    else:
        say(f"{counted(len(tasks), 'take')} written to {path}", quiet=options.quiet)
    return Exit.DONE


def _all(home: Home, query: str) -> list[Task]:
    """By pages, so that nothing is left out and little is in memory twice."""
    library = open_library(home)
    tasks: list[Task] = []
    cursor: str | None = None
    try:
        while True:
            page = library.page(query, cursor=cursor, limit=1000)
            tasks += page.tasks
            if (cursor := page.next) is None:
                return tasks
    finally:
        library.close()


def _print(page: Page, options: Namespace, *, nothing: str) -> int:
    shown = [_now(task) for task in page.tasks]
    if options.json:
        print_json({"tasks": [task.to_json() for task in shown], "next": page.next})
    elif not shown:
        print(nothing)
    else:
        table([line_of(task) for task in shown], HEADS)
        if page.next:
            print(f"… more: --cursor {page.next}")
    return Exit.DONE


def _now(task: Task) -> Task:
    """With the time left, where the task is at a vendor; the model for it is loaded only then."""
    from rushes.lifecycle import AT_VENDOR

    if task.status not in AT_VENDOR or task.eta_s is not None:
        return task
    from rushes.cli.estimate import estimated

    return estimated(task)


def _known(home: Home, query: str, options: Namespace) -> None:
    """A name that is typed wrong is no provider's; one that has tasks was one, installed or not. Raises Stop."""
    from providers.catalogue import near
    from providers.registry import load

    name, known = options.provider, load().specs
    if any(each.startswith(name.casefold()) for each in known):
        return
    first = Namespace(cursor=None, limit=1)
    if not _page(home, query, first, []).tasks:
        there = near(name, known) or f"; there are {', '.join(known)}"
        raise Stop(Exit.USAGE, f"there is no provider {name!r}{there}")


def _status(text: str) -> Status:
    try:
        return Status(text.upper())
    except ValueError:
        words = ", ".join(status.value for status in Status)
        raise Stop(Exit.USAGE, f"there is no state {text!r}; there are {words}") from None


def _show_log(home: Home, task: Task) -> int:
    from rushes.log import read_log

    for line in read_log(home.log, task=task.id):
        print_json(line)
    return Exit.DONE


def _kept(task: Task) -> str:
    from providers.registry import load
    from rushes.library.retention import only_there

    return only_there(task, lambda name: load().specs[name].load_catalogue(), datetime.now(UTC))


def _tell(task: Task) -> None:
    cost, take = task.cost, task.take
    rows: list[tuple[str, Any]] = [
        ("task", task.id),
        ("model", task.badge),
        ("state", f"{task.status.value} ({task.vendor_status})" if task.vendor_status else task.status.value),
        ("prompt", task.shot.prompt),
        ("mode", task.shot.mode),
        ("parameters", ", ".join(f"{name}={value}" for name, value in task.shot.params.items()) or "–"),
        ("inputs", ", ".join(f"{each.role.value}: {each.source}" for each in task.shot.inputs) or "–"),
        ("quoted", price(cost.quoted)),
        ("estimated", price(cost.estimated)),
        ("charged", price(cost.charged)),
        ("requests sent", task.charges_sent),
        ("vendor's id", task.vendor_id or "–"),
        ("file", take.file if take else _kept(task) or "–"),
    ]
    if take:
        rows += [(words(take.kind), take.measures), ("sha256", take.sha256)]
        rows += [("goes with it", each.file) for each in extras_of(take.file)]
    if task.error:
        rows.append(("error", f"{task.error.message}" + (f" ({task.error.hint})" if task.error.hint else "")))
    for name, value in rows:
        print(f"{name:<14} {visible(str(value), lines=name == 'prompt')}")
