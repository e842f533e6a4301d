"""Model, Param, Price: what each vendor offers, read from one TOML file per vendor.

That file is the only place that names models, values, limits and prices. What a person sees of them (form, help,
JSON schema, docs) is generated from here. Rules that join several fields are code, in the vendor's `rules.py`.
"""

from __future__ import annotations

import difflib
import mimetypes
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from providers.catalogue_file import expand
from providers.errors import Problem
from providers.frozen import EMPTY, Frozen
from providers.parameter import Param, fold
from providers.shot import Input, ParamValue, Role, Shot
from providers.sources import Way, source_problems

__all__ = [
    "Catalogue",
    "CatalogueError",
    "InputSlot",
    "Model",
    "Param",
    "Price",
    "PromptRule",
    "Surcharge",
    "fold",
    "given_kind",
    "media_kind",
    "near",
    "nearest",
    "put",
]


class CatalogueError(Exception):
    """A catalogue file is not as it should be: names the file and each fault."""


class InputSlot(Frozen):
    """A picture, clip or sound that a mode takes. `wire` is where it goes in the body.

    `form` is how it stands there: the address itself, a list of `{uri}`, an entry with a `position` (`first`, `last` or
    none), an object with its `type`, one with its `role`, or a frame pinned to a moment. Slots of one role differ in
    `media`. `accepts` says by which ways a source may come (`providers.sources`); `most_s` seconds and `most_mb`
    megabytes bound all of a slot's files together, `least_s` each of them; `least_px` is the shortest side of a
    picture, `shape` bounds its width by its height.
    """

    role: Role
    wire: str
    label: str
    media: Literal["image", "video", "audio"] = "image"
    required: bool = False
    max_count: int = 1
    accepts: tuple[Way, ...] = ("file", "url")
    form: Literal["uri", "uris", "plain", "position", "object", "typed", "role", "keyframes"] = "uri"
    position: str = ""
    most_s: float | None = None
    least_s: float | None = None
    most_mb: float | None = None
    least_px: int | None = None
    shape: tuple[float, float] | None = None
    help: str = ""
    modes: tuple[str, ...] = ()

    @property
    def url_only(self) -> bool:
        """Whether nothing but a public link will do."""
        return self.accepts == ("url",)


class PromptRule(Frozen):
    """Length limits of a prompt. `unit` says what the vendor counts: code points, or UTF-16 units.

    `max` 0: the model reads no prompt, and none is sent. `needed_in`: modes that want words beside their pictures too.
    """

    min: int = 1
    max: int
    required: bool = True
    needed_in: tuple[str, ...] = ()
    unit: Literal["characters", "utf16"] = "characters"

    def length(self, prompt: str) -> int:
        """The length as this vendor counts it."""
        return len(prompt.encode("utf-16-le", "surrogatepass")) // 2 if self.unit == "utf16" else len(prompt)


class Surcharge(Frozen):
    """Units a second on top, by the value of one parameter; `large` is the factor above four megapixels."""

    key: str
    table: Mapping[str, Decimal]
    large: int = 1


class Price(Frozen):
    """How a clip's price follows from its parameters; `providers.price` does the sum.

    `per_second`: seconds × rate. `megapixels`: width × height × 24 × seconds ÷ 10⁶ × rate. `table`: by the values of
    `keys`, joined with a space. `per_item`: rate × the value of `times`. `free`: nothing. A model without a price is
    unknown, never free.

    The rate is `units`, or `table` by `keys`, where the key `tier` is the resolution of the frame size; `*` is the most
    that it can be for values that are not listed. `basis` says whose seconds count: the new clip's or the given one's.
    `most_s` stands for a length that nobody knows beforehand, `least_s` and `least` are billed at least. `clip_table`
    (with the same keys) is for each second of given video, at most `clip_most_s` of them. `sure` False: not confirmed.
    `given` names a parameter whose presence this price is for; such prices stand before the general one.
    """

    kind: Literal["free", "per_second", "megapixels", "table", "per_item"]
    units: Decimal | None = None
    keys: tuple[str, ...] = ()
    table: Mapping[str, Decimal] = EMPTY
    modes: tuple[str, ...] = ()
    given: str = ""
    basis: Literal["duration", "clip"] = "duration"
    most_s: Decimal | None = None
    least_s: Decimal | None = None
    least: Decimal | None = None
    per_image: Decimal | None = None
    clip_table: Mapping[str, Decimal] = EMPTY
    clip_most_s: Decimal | None = None
    surcharge: Surcharge | None = None
    times: str = ""
    sure: bool = True
    source: str = ""


class Model(Frozen):
    """One model: its modes, parameters, inputs, prompt limits and prices.

    `output` is what it makes. A model with a `prefix` stands for every name that begins with it (`router:SLUG`).
    """

    name: str
    label: str
    badge: str
    api: str
    modes: tuple[str, ...]
    output: Literal["video", "image", "audio"] = "video"
    prefix: str = ""
    facts: str = ""
    aliases: tuple[str, ...] = ()
    prompt: PromptRule
    param: tuple[Param, ...] = ()
    input: tuple[InputSlot, ...] = ()
    price: tuple[Price, ...] = ()
    endpoint: Mapping[str, str] = EMPTY
    usual_s: tuple[float, float] | None = None

    def params(self, mode: str) -> tuple[Param, ...]:
        """The parameters that this mode has, in the order of the form."""
        return tuple(each for each in self.param if not each.modes or mode in each.modes)

    def slots(self, mode: str) -> tuple[InputSlot, ...]:
        """The pictures and clips that this mode takes."""
        return tuple(each for each in self.input if not each.modes or mode in each.modes)

    def slot(self, each: Input, mode: str) -> InputSlot | None:
        """The slot that an input goes to: of its role, and of its kind of file where several have that role."""
        fitting = [slot for slot in self.slots(mode) if slot.role is each.role]
        kind = each.media or media_kind(each.source)
        return next((slot for slot in fitting if slot.media == kind), fitting[0] if fitting else None)

    def media_for(self, role: Role, mode: str) -> tuple[str, ...]:
        """The kinds of files that a mode takes under one role."""
        return tuple(dict.fromkeys(slot.media for slot in self.slots(mode) if slot.role is role))

    def find_param(self, name: str, mode: str) -> Param | None:
        """By our name or the vendor's, however it is spelt (`negativePrompt`, `negative_prompt`)."""
        return next((each for each in self.params(mode) if fold(name) in each.names()), None)

    def price_for(self, mode: str, params: Mapping[str, ParamValue] = MappingProxyType({})) -> Price | None:
        """The price rule of a mode and the parameters that are given, None when no price is known."""
        fitting = [each for each in self.price if not each.modes or mode in each.modes]
        return next((each for each in fitting if not each.given or params.get(each.given)), None)

    def defaults(self, mode: str) -> dict[str, ParamValue]:
        """What the form starts with: every parameter that has a default."""
        return {each.name: each.default for each in self.params(mode) if each.default is not None}


class Catalogue(Frozen):
    """All that one vendor offers. Units are the vendor's own (credits, cents); `usd_per_unit` makes them dollars.

    `link_hours`: how long a link to a clip is good at least; asking again gives a new one. `retention`: in words how
    long the vendor keeps clips, empty where it does not say. `closed`: there is no model but those that are listed, so
    an unknown name is a mistake, and not one that came later.
    """

    provider: str
    label: str
    unit: str
    usd_per_unit: Decimal
    prices_as_of: date
    link_hours: float | None = None
    retention: str = ""
    closed: bool = False
    sizes: Mapping[str, tuple[int, int]] = EMPTY
    retired: Mapping[str, str] = EMPTY
    model: tuple[Model, ...]

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Reads a catalogue file. Raises CatalogueError naming the file and every fault."""
        try:
            return cls.read(expand(tomllib.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError) as error:
            raise CatalogueError(f"{path.name}: {error}") from error

    def names(self) -> tuple[str, ...]:
        """The models' names, in the order of the file: the first is the default."""
        return tuple(each.name for each in self.model)

    def find(self, name: str) -> Model | None:
        """By name or by an old name that people still write, case ignored."""
        wanted = name.strip().casefold()
        for each in self.model:
            if wanted == each.name.casefold() or wanted in {alias.casefold() for alias in each.aliases}:
                return each
            if each.prefix and wanted.startswith(each.prefix) and wanted != each.prefix:
                return each.but(name=name.strip())
        return None

    def check(self, shot: Shot) -> list[Problem]:
        """Everything the catalogue alone can say against a shot. An unknown model passes: it is sent as given."""
        model = self.find(shot.model)
        if model is None:
            gone = self.retired.get(shot.model.strip().casefold())
            words = f"{self.label} retired {shot.model}: {gone}" if gone else ""
            if self.closed and not gone:
                words = f"{self.label} has no model {shot.model}; it has {', '.join(self.names())}"
            return [Problem("model", words, self.names())] if words else []
        if shot.mode not in model.modes:
            words = ", ".join(model.modes)
            return [Problem("mode", f"{model.name} has no {shot.mode}; it has {words}", model.modes)]
        return [
            *_prompt_problems(model, shot),
            *_param_problems(model, shot),
            *_input_problems(model, shot),
            *source_problems(self, model, shot),
        ]


def _prompt_problems(model: Model, shot: Shot) -> list[Problem]:
    rule = model.prompt
    length = rule.length(shot.prompt)
    if not rule.max:
        return []
    if not shot.prompt.strip():
        needed = shot.mode in rule.needed_in or (rule.required and not shot.inputs)
        return [Problem("prompt", "is empty; say what should be seen")] if needed else []
    if length < rule.min:
        return [Problem("prompt", f"is too short: {length} of at least {rule.min} characters")]
    if length > rule.max:
        return [Problem("prompt", f"is too long: {length} of at most {rule.max} characters; shorten it")]
    return []


def _param_problems(model: Model, shot: Shot) -> list[Problem]:
    found: list[Problem] = []
    known = {each.name: each for each in model.params(shot.mode)}
    for name, value in shot.params.items():
        param = known.get(name)
        if param is None:
            found.append(Problem(name, f"{model.name} has no {name}{near(name, known)}", tuple(known)))
        elif problem := param.problem(value):
            found.append(Problem(name, problem, tuple(param.allowed)))
    for param in known.values():
        if param.required and param.name not in shot.params:
            how = f": {param.help}" if param.help and param.kind == "text" else ""
            found.append(Problem(param.name, f"is needed by {model.name}{how}", tuple(param.allowed)))
    return found


def _input_problems(model: Model, shot: Shot) -> list[Problem]:
    found: list[Problem] = []
    counts: dict[tuple[Role, str], int] = {}
    for each in shot.inputs:
        role, slot = each.role.value, model.slot(each, shot.mode)
        if slot is None:
            found.append(Problem(role, f"{model.name} takes no {role} in {shot.mode}"))
            continue
        kind = media_kind(each.source)
        if kind not in (None, slot.media):
            found.append(Problem(role, f"{slot.label} must be of kind {slot.media}; {each.source} is not"))
        key = (slot.role, slot.media)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] == slot.max_count + 1:
            count = sum(model.slot(other, shot.mode) is slot for other in shot.inputs)
            found.append(Problem(role, f"{count} given; at most {slot.max_count}"))
    for slot in model.slots(shot.mode):
        if slot.required and shot.input(slot.role) is None:
            found.append(Problem(slot.role.value, f"is needed for {shot.mode}"))
    return list(dict.fromkeys(found))


def media_kind(source: str) -> str | None:
    """`image`, `video` or `audio` by the ending of a file's name or an address; None where that says nothing."""
    kind = (mimetypes.guess_type(source.partition("?")[0])[0] or "").partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else None


def given_kind(each: Input) -> str | None:
    """`image`, `video` or `audio` as an input's name tells, else as was said of it; None where neither does."""
    return media_kind(each.source) or each.media or None


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest known name, or nothing."""
    found = nearest(name, known)
    return f"; did you mean {found}?" if found else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or nothing."""
    by_fold = {fold(each): each for each in known}
    match = difflib.get_close_matches(fold(name), by_fold, n=1, cutoff=0.6)
    return by_fold[match[0]] if match else ""


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Sets `value` at a dotted path in a nested body: `put(b, "video.loop", True)`."""
    *parents, last = path.split(".")
    for name in parents:
        body = body.setdefault(name, {})
    body[last] = value
