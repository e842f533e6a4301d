"""Shots: from what a person wrote (words, `-p` pairs, files) to a complete and checked `Shot`. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from providers.catalogue import Catalogue, Model, near, nearest
from providers.errors import Problem
from providers.shot import Input, ParamValue, Role, Shot
from providers.values import dataclass
from rushes.shots.carry_over import mode_for
from rushes.shots.inputs import check_source

if TYPE_CHECKING:
    from rushes.pool import ProviderPool

AS_GIVEN = "="
"""Before the name of a model: send it as it is, whatever the catalogue says."""

__all__ = ["Wish", "build", "check", "complete", "whose"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, as it was written; empty strings mean: choose for me."""

    provider: str
    prompt: str
    model: str = ""
    mode: str = ""
    params: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()


def build(catalogue: Catalogue, wish: Wish) -> tuple[Shot, list[Problem], list[str]]:
    """The shot, what is wrong with it so far, and notes that a person should see (an old name was understood)."""
    problems: list[Problem] = []
    notes: list[str] = []
    as_given = wish.model.startswith(AS_GIVEN)
    name = wish.model.removeprefix(AS_GIVEN)
    model = None if as_given else catalogue.find(name) if name else catalogue.model[0]
    if model is None:
        _unknown_model(catalogue, name, problems, notes, as_given=as_given)
    elif name.casefold() not in {"", model.name.casefold()}:
        notes.append(f"{name} is an old name; this is {model.name}")
    mode = wish.mode or (mode_for(model, wish.inputs) if model else _mode_of(wish.inputs))
    params = _params(model, mode, wish.params, problems)
    return (
        Shot(wish.provider, model.name if model else name, mode, wish.prompt, params, wish.inputs),
        problems,
        notes,
    )


def _unknown_model(
    catalogue: Catalogue, name: str, problems: list[Problem], notes: list[str], *, as_given: bool
) -> None:
    """A slip of the finger is refused with the nearest name; what is like nothing we know may be new, and passes."""
    close = "" if as_given else near(name, catalogue.names())
    gone = catalogue.retired.get(name)
    if gone and not as_given:
        problems.append(Problem("model", f"{name} is retired: {gone}", catalogue.names()))
    elif close:
        words = f"{catalogue.label} has no model {name}{close} (to send that name all the same, write {AS_GIVEN}{name})"
        problems.append(Problem("model", words, catalogue.names()))
    elif not catalogue.closed:
        words = f"{catalogue.label} has no model {name} that is known here"
        notes.append(f"{words}: it is sent as given, and its price is unknown")


def whose(model: str, catalogues: Sequence[Catalogue]) -> tuple[str, list[Problem]]:
    """The only provider that has a model; empty where none has, or several. A slip of the finger is a problem: which
    provider a name that none has was meant for, nobody can say."""
    having = [each.provider for each in catalogues if each.find(model)]
    names = {name: each.provider for each in catalogues for name in each.names()}
    if not having and not model.startswith(AS_GIVEN) and (found := nearest(model, names)):
        words = f"there is no model {model}; did you mean {found} ({names[found]})?"
        return "", [Problem("model", words, (found,))]
    return (having[0] if len(having) == 1 else ""), []


def _mode_of(inputs: Iterable[Input]) -> str:
    roles = {each.role for each in inputs}
    if Role.VIDEO in roles:
        return "video_to_video"
    return "image_to_video" if roles & {Role.START_IMAGE, Role.END_IMAGE, Role.REFERENCE} else "text_to_video"


def _params(
    model: Model | None, mode: str, given: Sequence[tuple[str, str]], problems: list[Problem]
) -> dict[str, ParamValue]:
    params: dict[str, ParamValue] = {}
    known = [each.name for each in model.params(mode)] if model else []
    for name, value in given:
        param = model.find_param(name, mode) if model else None
        if param is None and model is not None:
            problems.append(Problem(name, f"{model.name} has no {name}{near(name, known)}", tuple(known)))
            continue
        try:
            called, parsed = (param.name, param.parse(value)) if param else (name, _guess(value))
        except ValueError as error:
            problems.append(Problem(param.name if param else name, str(error), tuple(param.allowed) if param else ()))
            continue
        if params.setdefault(called, parsed) != parsed:
            problems.append(Problem(called, f"is given twice, as {params[called]} and as {parsed}; give it once"))
    return params


def _guess(value: str) -> ParamValue:
    """For a model that nobody described: numbers and switches as JSON has them, the rest as text."""
    if value in {"true", "false"}:
        return value == "true"
    try:
        return int(value)
    except ValueError:
        return value


def complete(catalogue: Catalogue, shot: Shot) -> Shot:
    """The shot with the model's proper name and a value for every parameter that has a default.

    What is sent is then all written down, and the quote is for what is sent.
    """
    model = catalogue.find(shot.model)
    if model is None:
        return shot
    params = {**model.defaults(shot.mode), **shot.params}
    return Shot(shot.provider, model.name, shot.mode, shot.prompt, params, shot.inputs)


def check(pool: ProviderPool, shot: Shot, known: Sequence[Problem] = ()) -> list[Problem]:
    """Everything that can be said against a shot before sending it: catalogue, the vendor's rules, the inputs.

    Fields of which something is `known` to be wrong hold something else by now: nothing is said of them.
    """
    texts = {"prompt": shot.prompt, **{name: value for name, value in shot.params.items() if isinstance(value, str)}}
    problems = [found for name, text in texts.items() if (found := _text_problem(name, text))]
    problems += pool.catalogue(shot.provider).check(shot)
    for each in shot.inputs:
        if problem := check_source(each.source):
            problems.append(Problem(each.role.value, problem))
    if not (problems or known):
        practice = pool.practises(shot.provider)
        problems += pool.provider(shot.provider, practice=practice).problems(shot)
    named = {each.param for each in known}
    return [each for each in problems if each.param not in named]


def _text_problem(name: str, text: str) -> Problem | None:
    """Characters that no vendor wants and no screen can show: control characters, and bytes that are no text."""
    for position, character in enumerate(text, start=1):
        if 0xD800 <= ord(character) <= 0xDFFF:
            return Problem(name, f"is not valid text: a stray byte at position {position}; remove it")
        if unicodedata.category(character) == "Cc" and character not in "\n\t\r":
            return Problem(name, f"has a control character (U+{ord(character):04X}) at {position}; remove it")
    return None
