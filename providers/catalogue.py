"""Model, Param, Price: what each vendor offers, read from one TOML file per vendor.

That file is the only place that names models, values, limits and prices. What a person sees of them (form, help,
JSON schema, docs) is generated from here. Rules that join several fields are code, in the vendor's `rules.py`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from providers.errors import Problem
from providers.shot import ParamValue, Role, Shot

__all__ = ["Catalogue", "CatalogueError", "InputSlot", "Model", "Param", "Price", "PromptRule", "near"]

Money = Annotated[Decimal, BeforeValidator(lambda value: Decimal(str(value)))]


class CatalogueError(Exception):
    """A catalogue file is not as it should be: names the file and each fault."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Param(_Frozen):
    """One parameter of a model. `name` is ours, `wire` is its dotted path in the vendor's body.

    `forms` are other spellings of a value that people use: `{"16:9" = "1280:720"}`.
    """

    name: str
    label: str
    kind: Literal["choice", "integer", "number", "switch", "text"]
    wire: str
    help: str = ""
    default: ParamValue | None = None
    required: bool = False
    values: tuple[ParamValue, ...] = ()
    forms: Mapping[str, ParamValue] = Field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    step: float | None = None
    max_length: int | None = None
    unit: str = ""
    modes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Param:
        if self.kind == "choice" and not self.values:
            raise ValueError(f"{self.name}: a choice needs values")
        if self.default is not None and self.problem(self.default):
            raise ValueError(f"{self.name}: the default {self.default!r} is not allowed")
        return self

    def parse(self, given: ParamValue) -> ParamValue:
        """The vendor's value for what a person wrote (`5`, `5s`, `16:9`, `yes`). Raises ValueError with the reason."""
        return _PARSERS[self.kind](self, given)

    def problem(self, value: ParamValue) -> str | None:
        """What is wrong with a value of ours, in words that say what to do; None when it is allowed."""
        if self.kind == "choice":
            return None if _member(value, self.values) else f"must be one of {', '.join(map(str, self.values))}"
        if self.kind == "switch":
            return None if isinstance(value, bool) else "must be yes or no"
        if self.kind == "text":
            if not isinstance(value, str):
                return "must be text"
            too_long = self.max_length is not None and len(value) > self.max_length
            return f"is {len(value)} characters long; at most {self.max_length}" if too_long else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if self.kind == "integer" and not float(value).is_integer():
            return "must be a whole number"
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            return f"must be {self.range}"
        return None

    @property
    def range(self) -> str:
        """The allowed numbers in words, with the unit."""
        unit = f" {self.unit}" if self.unit else ""
        if self.min is not None and self.max is not None:
            return f"{_plain(self.min)} to {_plain(self.max)}{unit}"
        if self.min is not None:
            return f"at least {_plain(self.min)}{unit}"
        return f"at most {_plain(self.max)}{unit}" if self.max is not None else f"a number{unit}"

    @property
    def allowed(self) -> tuple[ParamValue | str, ...]:
        """What may stand here, for `problems` and help."""
        if self.kind == "choice":
            return self.values
        if self.kind == "switch":
            return (True, False)
        return (self.range,) if self.kind in {"integer", "number"} else ()

    def names(self) -> set[str]:
        """Every name under which a person may give it, folded."""
        return {fold(self.name), fold(self.wire), fold(self.wire.rsplit(".", 1)[-1])}


def _plain(number: float) -> str:
    """Without an exponent: `4294967295`, not `4.29497e+09`."""
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def _member(value: ParamValue, values: Iterable[ParamValue]) -> bool:
    return any(type(value) is type(each) and value == each for each in values)


def _parse_choice(param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip()
    for form, value in param.forms.items():
        if form.casefold() == text.casefold():
            return value
    for value in param.values:
        spellings = {str(value).casefold()}
        if param.unit:
            spellings |= {str(value).casefold().removesuffix(param.unit), f"{value}{param.unit}".casefold()}
        if text.casefold() in spellings:
            return value
    raise ValueError(f"must be one of {', '.join(map(str, param.values))}")


def _parse_number(param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip()
    if isinstance(given, str) and param.unit and text.casefold().endswith(param.unit.casefold()):
        text = text[: -len(param.unit)].strip()
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,9})?", text):
        raise ValueError("must be a number")
    number = float(text)
    value: ParamValue = int(text) if param.kind == "integer" and "." not in text else number
    if param.kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if problem := param.problem(value):
        raise ValueError(problem)
    return value


def _parse_switch(_param: Param, given: ParamValue) -> ParamValue:
    text = str(given).strip().casefold()
    if text in {"true", "yes", "on", "1"}:
        return True
    if text in {"false", "no", "off", "0"}:
        return False
    raise ValueError("must be yes or no")


def _parse_text(param: Param, given: ParamValue) -> ParamValue:
    if problem := param.problem(str(given)):
        raise ValueError(problem)
    return str(given)


_PARSERS = {
    "choice": _parse_choice,
    "integer": _parse_number,
    "number": _parse_number,
    "switch": _parse_switch,
    "text": _parse_text,
}


class InputSlot(_Frozen):
    """A picture or clip that a mode takes. `wire` is where it goes in the body."""

    role: Role
    wire: str
    label: str
    media: Literal["image", "video", "audio"] = "image"
    required: bool = False
    max_count: int = 1
    url_only: bool = False
    help: str = ""
    modes: tuple[str, ...] = ()


class PromptRule(_Frozen):
    """Length limits of a prompt. `unit` says what the vendor counts: code points, or UTF-16 units."""

    min: int = 1
    max: int
    required: bool = True
    unit: Literal["characters", "utf16"] = "characters"

    def length(self, prompt: str) -> int:
        """The length as this vendor counts it."""
        return len(prompt.encode("utf-16-le", "surrogatepass")) // 2 if self.unit == "utf16" else len(prompt)


class Price(_Frozen):
    """How a clip's price follows from its parameters; `providers.price` does the sum.

    `per_second`: units × duration. `megapixels`: width × height × 24 × seconds ÷ 10⁶ × rate. `table`: by the values of
    `keys`, joined with a space. `free`: nothing. A model without a price is unknown, never free.
    """

    kind: Literal["free", "per_second", "megapixels", "table"]
    units: Money | None = None
    keys: tuple[str, ...] = ()
    table: Mapping[str, Money] = Field(default_factory=dict)
    modes: tuple[str, ...] = ()
    source: str = ""


class Model(_Frozen):
    """One model: its modes, parameters, inputs, prompt limits and prices."""

    name: str
    label: str
    badge: str
    api: str
    modes: tuple[str, ...]
    facts: str = ""
    aliases: tuple[str, ...] = ()
    prompt: PromptRule
    param: tuple[Param, ...] = ()
    input: tuple[InputSlot, ...] = ()
    price: tuple[Price, ...] = ()
    endpoint: Mapping[str, str] = Field(default_factory=dict)
    usual_s: tuple[float, float] | None = None

    def params(self, mode: str) -> tuple[Param, ...]:
        """The parameters that this mode has, in the order of the form."""
        return tuple(each for each in self.param if not each.modes or mode in each.modes)

    def slots(self, mode: str) -> tuple[InputSlot, ...]:
        """The pictures and clips that this mode takes."""
        return tuple(each for each in self.input if not each.modes or mode in each.modes)

    def find_param(self, name: str, mode: str) -> Param | None:
        """By our name or the vendor's, however it is spelt (`negativePrompt`, `negative_prompt`)."""
        return next((each for each in self.params(mode) if fold(name) in each.names()), None)

    def price_for(self, mode: str) -> Price | None:
        """The price rule of a mode, None when no price is known."""
        return next((each for each in self.price if not each.modes or mode in each.modes), None)

    def defaults(self, mode: str) -> dict[str, ParamValue]:
        """What the form starts with: every parameter that has a default."""
        return {each.name: each.default for each in self.params(mode) if each.default is not None}


class Catalogue(_Frozen):
    """All that one vendor offers. Units are the vendor's own (credits, cents); `usd_per_unit` makes them dollars."""

    provider: str
    label: str
    unit: str
    usd_per_unit: Money
    prices_as_of: date
    sizes: Mapping[str, tuple[int, int]] = Field(default_factory=dict)
    model: tuple[Model, ...]

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Reads a catalogue file. Raises CatalogueError naming the file and every fault."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
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
        return None

    def check(self, shot: Shot) -> list[Problem]:
        """Everything the catalogue alone can say against a shot. An unknown model passes: it is sent as given."""
        model = self.find(shot.model)
        if model is None:
            return []
        if shot.mode not in model.modes:
            words = ", ".join(model.modes)
            return [Problem("mode", f"{model.name} has no {shot.mode}; it has {words}", model.modes)]
        return [*_prompt_problems(model, shot), *_param_problems(model, shot), *_input_problems(model, shot)]


def _prompt_problems(model: Model, shot: Shot) -> list[Problem]:
    rule = model.prompt
    length = rule.length(shot.prompt)
    if not shot.prompt.strip():
        needed = rule.required and not shot.inputs
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
            found.append(Problem(param.name, f"is needed by {model.name}", tuple(param.allowed)))
    return found


def _input_problems(model: Model, shot: Shot) -> list[Problem]:
    found: list[Problem] = []
    slots = {each.role: each for each in model.slots(shot.mode)}
    for role in dict.fromkeys(each.role for each in shot.inputs):
        count = sum(each.role is role for each in shot.inputs)
        slot = slots.get(role)
        if slot is None:
            found.append(Problem(role.value, f"{model.name} takes no {role.value} in {shot.mode}"))
        elif count > slot.max_count:
            found.append(Problem(role.value, f"{count} given; at most {slot.max_count}"))
    for slot in slots.values():
        if slot.required and shot.input(slot.role) is None:
            found.append(Problem(slot.role.value, f"is needed for {shot.mode}"))
    return found


def fold(name: str) -> str:
    """A name without case and separators: `negativePrompt`, `negative-prompt` and `negative_prompt` are one."""
    return re.sub(r"[\s_-]", "", name).casefold()


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest known name, or nothing."""
    by_fold = {fold(each): each for each in known}
    match = difflib.get_close_matches(fold(name), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[match[0]]}?" if match else ""


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Sets `value` at a dotted path in a nested body: `put(b, "video.loop", True)`."""
    *parents, last = path.split(".")
    for name in parents:
        body = body.setdefault(name, {})
    body[last] = value
