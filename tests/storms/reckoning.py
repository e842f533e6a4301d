"""The reckoning after a storm: what the vendors' books and the observer say, held against the promises."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from providers.errors import FailureKind
from providers.sandbox.practice import practice_keys
from providers.sandbox.world import World
from rushes.library.reading import Event
from rushes.task import IN_FLIGHT, Status, Task
from tests.house import OTHER_KEYS, VENDOR
from tests.storms.storm import Storm

__all__ = ["reckon"]


def reckon(storm: Storm) -> list[str]:
    """Every broken promise in words; empty when all were kept."""
    tasks = {task.id: task for task in storm.house.tasks()}
    return [
        *storm.restless,
        *storm.faults.found,
        *_charged_once(storm),
        *_no_send_without_a_press(storm),
        *_nothing_lost(storm, tasks),
        *_nothing_gone(storm, tasks),
        *_nothing_adopted_falsely(storm, tasks),
        *_clips_are_true(storm, tasks),
        *_nobody_is_stuck(tasks),
        *_no_key_anywhere(storm),
    ]


def _charged_once(storm: Storm) -> Iterator[str]:
    books = storm.books
    made = Counter(books.made_by.values())
    risky = Counter(each.task_id for each in books.posted if each.may_have_cost)
    for task_id in {*made, *risky}:
        most = books.presses.get(task_id, 0)
        if made[task_id] > most or risky[task_id] > most:
            yield f"{task_id}: {made[task_id]} jobs and {risky[task_id]} risky requests for {most} presses"
    charges = Counter(entry.job for entry in storm.house.world.ledger() if entry.kind == "charge")
    yield from (f"job {job} was charged {count} times" for job, count in charges.items() if count > 1)


def _no_send_without_a_press(storm: Storm) -> Iterator[str]:
    for each in storm.books.posted:
        if each.process not in storm.books.allowed.get(each.task_id, set()):
            yield f"{each.process} sent {each.task_id}, which nobody had pressed there"


def _nothing_lost(storm: Storm, tasks: dict[str, Task]) -> Iterator[str]:
    """Every job that a vendor took is on disk, in flight, or honestly reported."""
    owners = {task.vendor_id: task for task in tasks.values() if task.vendor_id}
    for job, task_id in storm.books.made_by.items():
        task = owners.get(job) or tasks.get(task_id)
        if task is None:
            yield f"job {job} was made for {task_id}, which is not in the library"
        elif job in owners:
            if not _is_accounted_for(storm, task):
                yield f"job {job} of {task.id} is {task.status} without a word ({task.error})"
        elif not _is_admitted(storm, tasks, task, job):
            yield f"job {job} of {task.id} is lost: the task is {task.status} ({storm.house.story(task.id)})"


def _nothing_gone(storm: Storm, tasks: dict[str, Task]) -> Iterator[str]:
    """Where no vendor forgets anything, nothing is said to be gone, however many keys there were."""
    for task in tasks.values() if storm.plan.keys else ():
        gone = task.error is not None and task.error.kind is FailureKind.GONE
        if gone and task.id not in storm.books.cancelled:
            yield f"{task.id} is said to be gone: {task.error}"


def _is_accounted_for(storm: Storm, task: Task) -> bool:
    if task.status is Status.SUCCEEDED:
        return task.take is not None and task.take.file.exists()
    if task.status is Status.DOWNLOADING:
        return task.error is not None
    return task.status in IN_FLIGHT or task.error is not None


def _is_admitted(storm: Storm, tasks: dict[str, Task], task: Task, job: str) -> bool:
    """It says that a request of its may have been accepted; or names the id that came late; or a person settled it.

    Of twins that have each other's it is enough that the other does.
    """
    library = storm.house.library()
    try:
        story = library.events(task.id)
    finally:
        library.close()
    if task.status is Status.UNCERTAIN or any(event.detail.get("vendor_id") == job for event in story):
        return True
    if any(event.now == Status.UNCERTAIN for event in story) and any(_settles(event) for event in story):
        return True
    twin = tasks.get(storm.books.made_by.get(task.vendor_id or "", ""))
    return twin is not None and twin.id != task.id and _is_admitted(storm, tasks, twin, job)


def _settles(event: Event) -> bool:
    """A person decided about a request whose outcome nobody knew."""
    words = str(event.detail.get("words", ""))
    return "adopted" in event.detail or words.startswith(("given up", "sent again by a press"))


def _nothing_adopted_falsely(storm: Storm, tasks: dict[str, Task]) -> Iterator[str]:
    """A task's job was made for it. Of twins that both lost their answers and both were accepted, either may have it:
    nothing in the world tells the one from the other. Nor does it where a person took another job for a twin's."""
    made = set(storm.books.made_by.values())
    erred = [tasks[task_id].shot for task_id, _ in storm.books.mistaken]
    for task in tasks.values():
        made_for = storm.books.made_by.get(task.vendor_id or "")
        if task.vendor_id is None or made_for == task.id or (task.id, task.vendor_id) in storm.books.mistaken:
            continue
        twin = tasks.get(made_for or "")
        same = twin is not None and twin.shot == task.shot and (twin.shot in erred or {twin.id, task.id} <= made)
        if _came_late(storm, task, made_for):
            continue
        if twin is None or not same or not _both_unknown(storm, twin, task):
            yield f"{task.id} has job {task.vendor_id}, which was made for {made_for}"


def _came_late(storm: Storm, task: Task, made_for: str | None) -> bool:
    """It stands for an earlier press of the task that the job was made for, whose answer came late."""
    library = storm.house.library()
    try:
        return any(made_for == event.detail.get("late_answer_of", "") for event in library.events(task.id))
    finally:
        library.close()


def _both_unknown(storm: Storm, *twins: Task) -> bool:
    return all("UNCERTAIN" in storm.house.story(each.id) for each in twins)


def _clips_are_true(storm: Storm, tasks: dict[str, Task]) -> Iterator[str]:
    for task in tasks.values():
        if task.status is not Status.SUCCEEDED:
            continue
        if task.take is None or not task.take.file.exists():
            yield f"{task.id} succeeded without a clip"
            continue
        true = _true_clip(storm.house.world, task)
        found = hashlib.sha256(task.take.file.read_bytes()).hexdigest()
        if found != true or found != task.take.sha256:
            yield f"{task.id} has a clip that is not the vendor's"


def _true_clip(world: World, task: Task) -> str:
    job = world.job(VENDOR[task.shot.provider], task.vendor_id or "")
    assert job is not None
    return hashlib.sha256(world.clips.ready(job).read_bytes()).hexdigest()


def _nobody_is_stuck(tasks: dict[str, Task]) -> Iterator[str]:
    """After the calm nothing is left half way, except with the reason on it."""
    for task in tasks.values():
        half_way = task.status in {Status.SUBMITTING, Status.PENDING, Status.THROTTLED, Status.RUNNING}
        silent = task.status in {Status.DOWNLOADING, Status.UNCERTAIN} and task.error is None
        if half_way or silent:
            yield f"{task.id} is stuck in {task.status} ({task.error})"


def _no_key_anywhere(storm: Storm) -> Iterator[str]:
    canaries = [key.encode() for key in (*practice_keys().values(), *OTHER_KEYS.values())]
    for path in _files(storm.house.home.data):
        data = path.read_bytes()
        yield from (f"a key is in {path.name}" for key in canaries if key in data)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".mp4", ".jpg"})
