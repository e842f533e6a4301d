"""Shot files: many shots in one TOML text, read and checked as far as that goes without a provider. docs/shots.md.

Every fault is found in one go, and named with its line. Nothing here looks at pictures, prices or the library.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.catalogue import near
from providers.errors import Problem
from providers.shot import Input, Role
from providers.sources import is_task_id
from rushes.shots.composing import Wish
from rushes.shots.shotfile_lines import Path as Keys
from rushes.shots.shotfile_lines import key_lines
from rushes.shots.templates import TemplateProblem, fill, variables

__all__ = ["MOST_SHOTS", "Entry", "Fault", "read", "same_names"]

MOST_SHOTS, MOST_TAKES, LONGEST_NAME = 1000, 100, 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file or a shot of it. `line` counts from 1; 0 where none can be named."""

    file: Path
    line: int
    shot: str
    problem: Problem

    def to_json(self) -> dict[str, Any]:
        """A problem as everywhere, and where it stands."""
        return {
            **self.problem.to_json(),
            "file": str(self.file),
            "line": self.line or None,
            "shot": self.shot or None,
        }

    def words(self) -> str:
        """`shots.toml:12: opening: prompt: is empty`."""
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return ": ".join(each for each in (place, self.shot, self.problem.param, self.problem.message) if each)


@dataclass(frozen=True, slots=True)
class Entry:
    """One shot of a file with everything filled in: what is wished for, under which name, and how many takes."""

    name: str
    wish: Wish
    count: int
    file: Path
    number: int
    lines: Mapping[Keys, int] = field(repr=False)

    def fault(self, problem: Problem) -> Fault:
        """A problem of this shot, with the line that is nearest to it."""
        key = _KEY_OF.get(problem.param, problem.param)
        return Fault(self.file, _line(self.lines, self.number, key), self.name, problem)


def _line(lines: Mapping[Keys, int], number: int, key: str) -> int:
    """The line of a shot's key, of its parameter, of the same among the defaults; else that of the shot itself."""
    shot: Keys = ("shot", number)
    places: Iterator[Keys] = (
        (*above, *inside, key) for above in (shot, ("defaults",)) for inside in ((), ("params",)) if key
    )
    return next((lines[each] for each in (*places, shot, ("shot",)) if each in lines), 0)


_KEY_OF = {Role.REFERENCE.value: "references"}
_ROLES = {"start_image": Role.START_IMAGE, "end_image": Role.END_IMAGE, "video": Role.VIDEO}


# ── what may stand where ─────────────────────────────────────────────────────────────────────────────────────────────


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= LONGEST_NAME and value.isprintable()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_TAKES


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(_is_scalar(each) for each in value.values())


def _is_matrix(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(each, list) and each and all(_is_scalar(one) for one in each) for each in value.values()
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


@dataclass(frozen=True, slots=True)
class _Kind:
    fits: Callable[[object], bool]
    words: str


_TEXT = _Kind(lambda value: isinstance(value, str), 'must be text, such as "…"')
_COUNT = _Kind(_is_count, f"must be a whole number from 1 to {MOST_TAKES}")
_TABLE = _Kind(_is_table, 'must be a table of texts, numbers and switches, such as { duration = "5s" }')
_TEXTS = _Kind(_is_texts, 'must be a list of texts, such as ["a.png", "b.png"]')

_COMMON: Mapping[str, _Kind] = {
    "provider": _TEXT,
    "model": _TEXT,
    "mode": _TEXT,
    "prompt": _TEXT,
    "template": _TEXT,
    "params": _TABLE,
    "start_image": _TEXT,
    "end_image": _TEXT,
    "video": _TEXT,
    "references": _TEXTS,
    "count": _COUNT,
}
_SHOT: Mapping[str, _Kind] = {
    "name": _Kind(_is_name, f"must be text of 1 to {LONGEST_NAME} characters in one line"),
    **_COMMON,
    "variables": _TABLE,
    "matrix": _Kind(_is_matrix, 'must be a table of lists, such as { weather = ["rain", "snow"] }'),
}
_ROOT: Mapping[str, _Kind] = {
    "defaults": _Kind(lambda value: isinstance(value, dict), "must be a table: [defaults]"),
    "variables": _TABLE,
    "shot": _Kind(
        lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
        "must be written [[shot]], with two brackets, once for each",
    ),
}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(file: Path, text: str, templates: Mapping[str, str]) -> tuple[list[Entry], list[Fault]]:
    """The shots of a file, in its order, and everything wrong with it. Files that it names are sought beside it."""
    try:
        root = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        return [], [Fault(file, int(found[1]) if found else 0, "", Problem("", f"is not TOML: {error}"))]
    reader = _Reader(file, key_lines(text), templates)
    return reader.entries(root), reader.faults


def same_names(entries: Sequence[Entry]) -> list[Fault]:
    """Names that two shots have, in one file or in several."""
    first: dict[str, Entry] = {}
    found = []
    for each in entries:
        earlier = first.setdefault(each.name, each)
        if earlier is not each:
            line = _line(earlier.lines, earlier.number, "name")
            words = f"{each.name!r} is the name of another shot already ({earlier.file.name}, line {line})"
            found.append(each.fault(Problem("name", words)))
    return found


class _Reader:
    """One file. What is wrong goes to `faults`."""

    def __init__(self, file: Path, lines: Mapping[Keys, int], templates: Mapping[str, str]) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._lines = lines
        self._templates = templates
        self._names: list[str] = []

    def entries(self, root: Mapping[str, Any]) -> list[Entry]:
        known = self._checked(root, (), _ROOT)
        self._names = [str(each.get("name", "")) for each in known.get("shot", ())]
        defaults = self._checked(known.get("defaults", {}), ("defaults",), _COMMON)
        both = {"defaults", "variables"}
        if not self.faults and not known.get("shot"):
            self._say((), "shot", "there is no [[shot]] in this file" + near(next(iter(root.keys() - both), ""), _ROOT))
        # What the defaults say wrongly would be held against every shot once more.
        doubtful = bool(self.faults)
        made: list[Entry] = []
        for number, raw in enumerate(known.get("shot", ())):
            before = len(self.faults)
            table = self._checked(raw, ("shot", number), _SHOT)
            if "name" not in raw:
                self._say(("shot", number), "name", "is missing; each shot needs one")
            if len(self.faults) == before:
                made += self._expanded(
                    number, _over(defaults, table), known.get("variables", {}), MOST_SHOTS - len(made)
                )
        return [] if doubtful else made

    def _checked(self, table: Mapping[str, Any], at: Keys, kinds: Mapping[str, _Kind]) -> dict[str, Any]:
        """What is as it should be; the rest is said."""
        good = {}
        for name, value in table.items():
            kind = kinds.get(name)
            if kind is None:
                words = f"there is no {name!r} here{near(name, kinds)}"
                self._say(at, name, words, tuple(kinds))
            elif not kind.fits(value):
                self._say(at, name, kind.words)
            else:
                good[name] = value
        if "prompt" in good and "template" in good:
            self._say(at, "template", "either a prompt or a template, not both")
        return good

    def _say(self, at: Keys, param: str, words: str, allowed: tuple[str, ...] = ()) -> None:
        line = next((self._lines[each] for each in ((*at, param), at) if each in self._lines), 0)
        shot = self._names[at[1]] if at[:1] == ("shot",) and isinstance(at[1], int) else ""
        self.faults.append(Fault(self._file, line, shot, Problem(param, words, allowed)))

    def _expanded(self, number: int, table: Mapping[str, Any], shared: Mapping[str, Any], room: int) -> Iterator[Entry]:
        """A shot for each combination of its matrix; without one, itself."""
        matrix = table.get("matrix", {})
        prompt = self._prompt(number, table)
        if prompt is None or self._idle(number, table, prompt) or not self._fits(number, matrix, room):
            return
        for combination in itertools.product(*matrix.values()):
            chosen = dict(zip(matrix, map(_text, combination), strict=True))
            values = {**_texts(shared), **_texts(table.get("variables", {})), **chosen}
            try:
                yield self._entry(number, {**table, "prompt": prompt}, values, chosen)
            except TemplateProblem as problem:
                self._say(("shot", number), "variables", f"{problem}; give it one here or in [variables]")
                return

    def _prompt(self, number: int, table: Mapping[str, Any]) -> str | None:
        name = table.get("template")
        if name is None:
            return str(table.get("prompt", ""))
        if name not in self._templates:
            words = f"there is no template {name!r}{near(name, self._templates)}"
            self._say(("shot", number), "template", words, tuple(self._templates))
        return self._templates.get(name)

    def _idle(self, number: int, table: Mapping[str, Any], prompt: str) -> bool:
        """Whether a variable of the matrix changes nothing: the same shot would be paid for many times."""
        used = set(variables(" ".join([prompt, *_leaves(table, but={"matrix", "name", "variables", "prompt"})])))
        idle = [name for name in table.get("matrix", {}) if name not in used]
        for name in idle:
            self._say(("shot", number, "matrix"), name, f"is used nowhere in this shot; write {{{name}}} where it goes")
        return bool(idle)

    def _fits(self, number: int, matrix: Mapping[str, Sequence[Any]], room: int) -> bool:
        count = 1
        for values in matrix.values():
            count *= len(values)
        if count > room:
            self._say(("shot", number), "matrix", f"makes more than the {MOST_SHOTS} shots that one file may have")
        return count <= room

    def _entry(
        self, number: int, table: Mapping[str, Any], values: Mapping[str, str], chosen: Mapping[str, str]
    ) -> Entry:
        def text(name: str) -> str:
            return fill(str(table.get(name, "")), values)

        params = tuple((name, fill(_text(value), values)) for name, value in table.get("params", {}).items())
        inputs = [Input(role, self._source(text(name))) for name, role in _ROLES.items() if name in table]
        inputs += [Input(Role.REFERENCE, self._source(fill(each, values))) for each in table.get("references", ())]
        prompt = text("prompt").strip()
        wish = Wish(text("provider"), prompt, text("model"), text("mode"), params, tuple(inputs))
        name = _name(str(table["name"]), values, chosen)
        return Entry(name, wish, int(table.get("count", 1)), self._file, number, self._lines)

    def _source(self, source: str) -> str:
        """Paths are meant from the file's own folder, wherever the command is run."""
        if "://" in source or is_task_id(source) or not source.strip():
            return source
        return str(self._file.parent.absolute() / Path(source).expanduser())


def _over(defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A shot over the defaults. Parameters are joined; a prompt puts a template aside, and a template a prompt."""
    said = {"prompt", "template"} & table.keys()
    below = {name: value for name, value in defaults.items() if not (said and name in {"prompt", "template"})}
    return {**below, **table, "params": {**defaults.get("params", {}), **table.get("params", {})}}


def _name(pattern: str, values: Mapping[str, str], chosen: Mapping[str, str]) -> str:
    """The name, with the matrix's values that it does not mention behind it: `boat/rain/dusk`."""
    rest = [value for name, value in chosen.items() if name not in variables(pattern)]
    return "/".join([fill(pattern, values).strip(), *rest])


def _leaves(value: object, *, but: set[str]) -> Iterator[str]:
    """Every text in a table, however deep, except below the keys in `but`."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name not in but:
                yield from _leaves(each, but=but)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, but=but)
    elif isinstance(value, str):
        yield value


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in table.items()}


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
