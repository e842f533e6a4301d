"""`generate`: one shot from the words to the file."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

from providers.catalogue import near
from providers.errors import Problem
from providers.shot import Input, Role, Shot
from providers.sources import may_be_part_of_id
from rushes.cli.consent import pass_budget, settled
from rushes.cli.exits import Exit, Stop, exit_of, gravest
from rushes.cli.output import print_json, say
from rushes.cli.places import is_taken, place_for
from rushes.cli.progress import Follower
from rushes.cli.session import engine_of, run_verb
from rushes.files import free_name
from rushes.home import Home
from rushes.ids import new_id
from rushes.interface import Engine
from rushes.money.budgets import EVERYTHING, OverBudget, total
from rushes.pool import SANDBOX
from rushes.shots.composing import Wish, build, complete, whose
from rushes.shots.templates import TemplateProblem, filled, load
from rushes.task import Status, Task
from rushes.tasks.submitting import Invalid

__all__ = ["ShotProblems", "follow", "generate", "provider_of"]

MAX_STDIN = 4 * 2**20


class ShotProblems(Stop):
    """The shot is not valid: names every problem."""

    def __init__(self, found: list[Problem]) -> None:
        lines = "\n".join(f"  {each.param}: {each.message}" for each in found)
        super().__init__(Exit.INVALID, f"the shot is not valid; nothing was sent\n{lines}")
        self.problems = [each.to_json() for each in found]


def generate(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    prompt = _from_template(home, options) if options.template is not None else _prompt(options)
    output = _output(options)
    return run_verb(lambda: _generate(home, options, prompt, output))


async def _generate(home: Home, options: Namespace, prompt: str, output: Path | None) -> int:
    async with engine_of(home) as engine:
        shot, problems = _shot(engine, options, prompt, await _inputs(engine, options))
        problems = problems or engine.check(shot) or await engine.given.look(shot)
        if problems:
            # A dry run, too: what is wrong would be left out of the request, and of the price.
            raise ShotProblems(problems)
        if options.dry_run:
            return await _dry_run(engine, shot, options)
        for note in await engine.given.notes(shot):
            say(f"rushes: {note}", quiet=options.quiet)
        consent = _consent(engine, shot, options)
        await engine.start(everything=False)
        ids = [new_id(engine.clock.now()) for _ in range(options.count)]
        follower = Follower(engine, as_json=options.json, quiet=options.quiet, wanted=frozenset(ids))
        try:
            tasks = await _submit(engine, shot, ids, consent)
        except Invalid as invalid:
            raise ShotProblems(list(invalid.problems)) from invalid
        return await follow(engine, follower, tasks, options, output)


async def _submit(engine: Engine, shot: Shot, ids: Sequence[str], consent: Decimal | None) -> list[Task]:
    """Sends it; over a budget, asks first whether to pass it this once."""
    try:
        return await engine.submit(shot, count=len(ids), consent_usd=consent, ids=ids)
    except OverBudget as over:
        pass_budget(over)
        return await engine.submit(shot, count=len(ids), consent_usd=consent, past_budget=True, ids=ids)


async def follow(
    engine: Engine, follower: Follower, tasks: list[Task], options: Namespace, output: Path | None = None
) -> int:
    """Waits for tasks of this process to their end (or until the vendor has them), prints and gives the exit code."""
    ids = [task.id for task in tasks]
    await follower.warn()
    await (follower.sent(ids) if options.no_wait else engine.idle())
    last = [await engine.need(each) for each in ids]
    follower.finish(last)
    if options.no_wait:
        for task in () if options.json else filter(_is_sent, last):
            follower.print(task.id)
        return follower.outcome(gravest(Exit.DONE if _is_sent(task) else exit_of(task) for task in last))
    clips: list[Path] = []
    async for path in _delivered(engine, last, output):
        clips.append(path)
        if not options.json:
            follower.print(str(path))
    return follower.outcome(gravest(exit_of(task) for task in last), clips)


def _is_sent(task: Task) -> bool:
    return task.status not in {Status.UNCERTAIN, Status.FAILED, Status.CANCELLED}


async def _delivered(engine: Engine, tasks: list[Task], output: Path | None) -> AsyncIterator[Path]:
    """Where each clip lies, in a copy where one was wanted. Raises Stop where it cannot be copied."""
    for number, task in enumerate(tasks, start=1):
        if task.take is None:
            continue
        path = await engine.clip(task)
        if output is not None:
            path = _copy(path, _place(output, number, len(tasks)))
        yield path


def _place(output: Path, number: int, count: int) -> Path:
    return output if count == 1 else output.with_stem(f"{output.stem}-{number}")


def _copy(source: Path, wanted: Path) -> Path:
    """Where the copy lies: beside what came to lie there since the press, which keeps its name."""
    target, part = free_name(wanted, is_taken), wanted.with_name(f".{wanted.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
        return target
    except OSError as error:
        part.unlink(missing_ok=True)
        why = f"the clip is kept as {source}, but could not be copied to {target}: {error.strerror or error}"
        raise Stop(Exit.DOWNLOAD, why) from error


# ── before anything is sent ──────────────────────────────────────────────────────────────────────────────────────────


def _from_template(home: Home, options: Namespace) -> str:
    """The prompt of a template, filled in. Raises Stop, ShotProblems."""
    if options.prompt is not None:
        raise Stop(Exit.USAGE, "either a prompt or --template, not both; nothing was sent")
    try:
        known = load(home.templates)
        if options.template not in known:
            words = f"there is no template {options.template!r}{near(options.template, known)}"
            raise ShotProblems([Problem("template", words, tuple(known))])
        return filled(known[options.template], dict(_pairs(options.var, "--var")))
    except TemplateProblem as problem:
        raise ShotProblems([Problem("template", str(problem))]) from problem


def _prompt(options: Namespace) -> str:
    given = options.prompt
    if options.var:
        raise Stop(Exit.USAGE, "--var goes with --template; nothing was sent")
    if given is None:
        raise Stop(Exit.USAGE, "a prompt is needed, or --template NAME", hint="`rushes generate --help` shows examples")
    if given != "-":
        return str(given)
    data = sys.stdin.buffer.read(MAX_STDIN + 1)
    if len(data) > MAX_STDIN:
        raise ShotProblems([Problem("prompt", f"is larger than {MAX_STDIN // 2**20} MiB; that is no prompt")])
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip()  # a mark that some editors begin with


def _output(options: Namespace) -> Path | None:
    """Found out before money is spent: whether the clip can be put where it is wanted."""
    if options.output is None:
        return None
    if options.no_wait:
        raise Stop(Exit.USAGE, "--output takes a clip that is waited for, not --no-wait; nothing was sent")
    if options.output == "-":
        words = "--output takes a file, and - is none; nothing was sent"
        raise Stop(Exit.USAGE, words, hint="without --output the path of the clip is printed on standard output")
    path = Path(options.output)
    try:
        for number in range(1, options.count + 1):
            place_for("--output", _place(path, number, options.count))
    except Stop as stop:
        raise Stop(stop.code, f"{stop.message}; nothing was sent", hint=stop.hint) from stop
    return path.expanduser().absolute()


def _shot(engine: Engine, options: Namespace, prompt: str, inputs: tuple[Input, ...]) -> tuple[Shot, list[Problem]]:
    provider = options.provider or _provider(engine, options)
    model = options.model or _last_model(engine, provider, options)
    wish = Wish(provider, prompt, model, options.mode, _pairs(options.param, "-p"), inputs)
    catalogue = engine.catalogue(provider)
    shot, problems, notes = build(catalogue, wish)
    for note in notes:
        say(f"rushes: {note}", quiet=options.quiet)
    return complete(catalogue, shot), problems


def _provider(engine: Engine, options: Namespace) -> str:
    """The one that has the model asked for; else the one last chosen, if it can be used; else the sandbox."""
    if options.model and (found := provider_of(engine, options.model)):
        return found
    chosen = engine.settings.value.provider
    if any(each.name == chosen and each.ready for each in engine.providers()):
        return chosen
    if chosen not in {"", SANDBOX}:
        say(f"rushes: {chosen} was chosen last, and has no key: this goes to the free sandbox", quiet=options.quiet)
    return SANDBOX


def provider_of(engine: Engine, model: str) -> str:
    """The only one that has a model; empty where none has, or several. Raises ShotProblems for a slip of the finger."""
    found, problems = whose(model, [engine.catalogue(each.name) for each in engine.providers()])
    if problems:
        raise ShotProblems(problems)
    return found


def _last_model(engine: Engine, provider: str, options: Namespace) -> str:
    """The model last chosen in the app, where it still exists and nothing here asks for another mode."""
    chosen = engine.settings.value.providers.get(provider)
    known = engine.catalogue(provider).find(chosen.model) if chosen and chosen.model else None
    return known.name if known and not options.mode else ""


def _pairs(given: list[str], option: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise Stop(Exit.USAGE, f"{option} takes NAME=VALUE, not {each!r}")
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)


async def _inputs(engine: Engine, options: Namespace) -> tuple[Input, ...]:
    single = ((Role.START_IMAGE, options.start_image), (Role.END_IMAGE, options.end_image), (Role.VIDEO, options.video))
    named = [*((role, each) for role, each in single if each is not None), *((Role.REFERENCE, e) for e in options.ref)]
    return tuple([Input(role, await _meant(engine, source)) for role, source in named])


async def _meant(engine: Engine, source: str) -> str:
    """The whole id of a task that is named by a part of it. A file of that name comes first. Raises LookupError."""
    if not may_be_part_of_id(source) or Path(source).exists():  # noqa: ASYNC240 - one look at a local path
        return source
    task = await engine.get(source)
    return task.id if task else source


def _consent(engine: Engine, shot: Shot, options: Namespace) -> Decimal | None:
    """Asks where the options, the settings and the price together leave the question open."""
    each, spending = engine.quote(shot), engine.settings.value.spending
    free = engine.practises(shot.provider)
    ready = next(info.ready for info in engine.providers() if info.name == shot.provider)
    if free or not ready:
        # Nothing to ask about: it is practice, or the submit will say which key is missing.
        return EVERYTHING
    many = options.count > 1
    takes = f"{options.count} takes with {shot.model}, {each.words()} each" if many else f"one take with {shot.model}"
    return settled(total([each] * options.count), takes, options, spending)


async def _dry_run(engine: Engine, shot: Shot, options: Namespace) -> int:
    request = (await engine.given.request(shot)).to_json()
    quote = engine.quote(shot)
    notes = await engine.given.notes(shot)
    if options.json:
        price = {**quote.to_json(options.count), "parts": list(quote.parts)}
        print_json({"request": request, "quote": price, "problems": [], "notes": notes})
    else:
        print(f"{request['method']} {request['url']}")
        print_json(request["body"])
        share = f" for one of {options.count}" if options.count > 1 else ""
        words = f"{quote.words()}{share}"
        words = f"practice, free (else {words})" if engine.practises(shot.provider) and not quote.free else words
        say(words, quiet=options.quiet)
        for note in notes:
            say(note, quiet=options.quiet)
    return Exit.DONE
