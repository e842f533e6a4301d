"""What moves along when a shot goes to another provider, model or mode, and what has to change. Pure.

A `Draft` is a shot being written. Beside the values that the present model gets, it remembers the person's *wishes*:
the last value named for each parameter, in the words of the model where it was named. A model that cannot keep a wish
gets the nearest value it has; the wish stays, so that going back brings it back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from providers.catalogue import Catalogue, InputSlot, Model, Param
from providers.shot import Input, ParamValue, Role, Shot
from providers.values import dataclass

__all__ = [
    "Carried",
    "Draft",
    "Wish",
    "carry",
    "fitting_modes",
    "mode_for",
    "must_be_named",
    "nearest",
    "slots",
    "with_inputs",
    "with_mode",
    "with_param",
    "words",
]

TEXT, IMAGE, VIDEO = "text_to_video", "image_to_video", "video_to_video"
STILL, STILL_OF_PICTURE = "text_to_image", "image_edit"
_PICTURES = frozenset({Role.START_IMAGE, Role.END_IMAGE})


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that a person wants, with every other spelling of it that the model it came from knows."""

    value: ParamValue
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A shot being written. `params` are the present model's values; `wishes` outlive a change of model.

    `shelf` holds pictures and clips for which the present model has no place; a model that has one takes them back.
    `chosen` is the mode that the person named, empty where it is to follow from the pictures and clips.
    """

    provider: str
    model: str
    mode: str
    prompt: str = ""
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    shelf: tuple[Input, ...] = ()
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    chosen: str = ""

    def shot(self) -> Shot:
        """The shot as it would be sent now: empty texts and cleared numbers are left out."""
        params = {name: value for name, value in self.params.items() if value != ""}
        return Shot(self.provider, self.model, self.mode, self.prompt, params, self.inputs)

    @classmethod
    def of(cls, shot: Shot, model: Model | None) -> Draft:
        """A new draft from an earlier shot; its values count as wishes."""
        draft = cls(shot.provider, shot.model, shot.mode, shot.prompt, dict(shot.params), shot.inputs)
        if model is None:
            return draft
        known = {each.name: each for each in model.params(shot.mode)}
        wishes = {name: wish(known[name], value) for name, value in shot.params.items() if name in known}
        chosen = "" if mode_for(model, shot.inputs) == shot.mode else shot.mode
        return replace(draft, wishes=wishes, chosen=chosen)


@dataclass(frozen=True, slots=True)
class Carried:
    """A draft after a move, and in words what had to change: `("Duration 9s → 10s", "Loop: not with Gen-4.5")`."""

    draft: Draft
    changes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """One line for the screen; empty when nothing changed."""
        return ", ".join(self.changes)


def carry(
    draft: Draft,
    catalogue: Catalogue,
    model: Model,
    *,
    left: Model | None = None,
    remembered: Mapping[str, ParamValue] | None = None,
) -> Carried:
    """The draft under `model` of `catalogue`.

    `left` is the model it comes from (None where it is unknown: nothing is compared). `remembered` are the values last
    used with this provider; they count only for parameters that the draft says nothing about.
    """
    before = _effective(draft, left)
    wishes = {**before, **draft.wishes}
    inputs, shelf = _inputs_for(model, (*draft.inputs, *draft.shelf))
    mode = draft.chosen if draft.chosen in fitting_modes(model, inputs) else mode_for(model, inputs)
    params = {
        each.name: value for each in model.params(mode) if (value := _value(each, wishes, remembered)) is not None
    }
    moved = Draft(catalogue.provider, model.name, mode, draft.prompt, params, inputs, shelf, wishes, draft.chosen)
    return Carried(moved, (*_changes(draft, left, moved, model), *_shelved(draft, shelf, model)))


def with_param(draft: Draft, param: Param, value: ParamValue | None) -> Draft:
    """The draft after the person set one parameter; None clears it."""
    params, wishes = dict(draft.params), dict(draft.wishes)
    if value is None:
        params.pop(param.name, None)
        wishes.pop(param.name, None)
    else:
        params[param.name] = value
        wishes[param.name] = wish(param, value)
    return replace(draft, params=params, wishes=wishes)


def with_inputs(draft: Draft, catalogue: Catalogue, model: Model, inputs: tuple[Input, ...]) -> Carried:
    """The draft with other pictures or clips: the mode follows from them, and the parameters from the mode."""
    return carry(replace(draft, inputs=inputs), catalogue, model, left=model)


def slots(model: Model) -> tuple[InputSlot, ...]:
    """Every slot that some mode of the model has, once for each role: what the form offers.

    A role that one mode has several times, for pictures, clips and sounds, is there once for each kind of file.
    """
    found: dict[object, InputSlot] = {}
    for each in model.input:
        key = (each.role, each.media) if _is_mixed(model, each.role) else each.role
        known = found.get(key)
        if known is None or each.max_count > known.max_count:
            found[key] = each
    return tuple(found.values())


def _is_mixed(model: Model, role: Role) -> bool:
    return any(sum(each.role is role for each in model.slots(mode)) > 1 for mode in model.modes)


def with_mode(draft: Draft, catalogue: Catalogue, model: Model, mode: str) -> Carried:
    """The draft in a mode that the person named; one that follows from the media anyway is left to them again."""
    chosen = "" if mode == mode_for(model, draft.inputs) else mode
    return carry(replace(draft, chosen=chosen), catalogue, model, left=model)


def must_be_named(model: Model) -> bool:
    """Whether the model has modes that do not follow from the pictures and clips alone."""
    return any(mode not in {TEXT, IMAGE, VIDEO, STILL} for mode in model.modes)


def fitting_modes(model: Model, inputs: Iterable[Input]) -> list[str]:
    """The modes that have a place for all of the inputs."""
    roles = {each.role for each in inputs}
    return [mode for mode in model.modes if roles <= {slot.role for slot in model.slots(mode)}]


def mode_for(model: Model, inputs: Sequence[Input]) -> str:
    """The mode that follows from the media; where none fits, the nearest, so that the check can say what is wrong."""
    roles = {each.role for each in inputs}
    natural = VIDEO if Role.VIDEO in roles else IMAGE if roles & _PICTURES else TEXT
    fitting = fitting_modes(model, inputs)
    still = STILL_OF_PICTURE if roles & _PICTURES else STILL
    for mode in (natural, TEXT, still, *fitting):
        if mode in fitting:
            return mode
    return natural if natural in model.modes else model.modes[0]


def wish(param: Param, value: ParamValue) -> Wish:
    """A value as something that other models can understand: with its unit, and under its other names."""
    spellings = [form for form, each in param.forms.items() if each == value and type(each) is type(value)]
    if param.unit and not isinstance(value, bool):
        spellings += [f"{value}{param.unit}", str(value).removesuffix(param.unit)]
    return Wish(value, tuple(spellings))


def nearest(param: Param, wanted: Wish) -> ParamValue | None:
    """The parameter's own value for a wish: the same where it has it, else the nearest, else its default."""
    for spelling in (wanted.value, *wanted.spellings):
        try:
            return param.parse(spelling)
        except ValueError:
            continue
    if param.kind == "choice":
        return _nearest_choice(param, wanted)
    if param.kind in {"integer", "number"}:
        return _nearest_number(param, wanted)
    return wanted.value if param.kind == "text" and isinstance(wanted.value, str) else param.default


def _value(param: Param, wishes: Mapping[str, Wish], remembered: Mapping[str, ParamValue] | None) -> ParamValue | None:
    if param.name in wishes:
        return nearest(param, wishes[param.name])
    if remembered and param.name in remembered:
        return nearest(param, Wish(remembered[param.name]))
    return param.default


def _effective(draft: Draft, model: Model | None) -> dict[str, Wish]:
    """What the form of the model that is left shows now, as wishes."""
    if model is None:
        return {name: Wish(value) for name, value in draft.params.items()}
    known = {each.name: each for each in model.params(draft.mode)}
    return {name: wish(known[name], value) for name, value in draft.params.items() if name in known}


_Inputs = tuple[Input, ...]


def _inputs_for(model: Model, inputs: _Inputs) -> tuple[_Inputs, _Inputs]:
    """The inputs that the model has a place for, and the others."""
    roles = {each.role for each in slots(model)}
    return tuple(each for each in inputs if each.role in roles), tuple(
        each for each in inputs if each.role not in roles
    )


def _shelved(draft: Draft, shelf: _Inputs, model: Model) -> list[str]:
    """One note for each role that had a place until now."""
    roles = dict.fromkeys(each.role for each in shelf if each in draft.inputs)
    return [f"{each.value.replace('_', ' ')}: not with {model.label}" for each in roles]


def _changes(draft: Draft, left: Model | None, moved: Draft, model: Model) -> list[str]:
    if left is None:
        return []
    old = {each.name: each for each in left.params(draft.mode)}
    new = {each.name: each for each in model.params(moved.mode)}
    found: list[str] = []
    for name, value in draft.params.items():
        param = old.get(name)
        if param is None:
            continue
        if name not in new:
            if value not in ("", False, param.default):
                found.append(f"{param.label}: not with {model.label}")
        elif (now := moved.params.get(name)) is not None and not _same(param, value, new[name], now):
            found.append(f"{param.label} {words(value, param.unit)} → {words(now, new[name].unit)}")
    return found


def _same(old: Param, value: ParamValue, new: Param, now: ParamValue) -> bool:
    """Whether two models' values mean the same: `9` of seconds and `9s`, `16:9` and the pixels that stand for it."""
    if type(value) is type(now) and value == now:
        return True
    mine = {str(value), *wish(old, value).spellings}
    theirs = {str(now), *wish(new, now).spellings}
    return bool({each.casefold() for each in mine} & {each.casefold() for each in theirs})


def words(value: ParamValue, unit: str = "") -> str:
    """A value as a person reads it, with the unit that it does not carry itself."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text.endswith(unit) else text + unit


def _nearest_choice(param: Param, wanted: Wish) -> ParamValue | None:
    target = next((size for each in (wanted.value, *wanted.spellings) if (size := _size(each)) is not None), None)
    measured = [(size, value) for value in param.values if (size := _size(value)) is not None]
    if target is None or not measured:
        return param.default if param.default is not None else param.values[0]
    # Of two that are as near, the smaller one, which costs less.
    return min(measured, key=lambda each: (abs(each[0] - target), each[0]))[1]


def _nearest_number(param: Param, wanted: Wish) -> ParamValue | None:
    match = re.match(r"\s*([+-]?\d{1,18}(?:\.\d{1,9})?)", str(wanted.value))
    if match is None or isinstance(wanted.value, bool):
        return param.default
    low = -math.inf if param.min is None else param.min
    high = math.inf if param.max is None else param.max
    number = min(max(float(match[1]), low), high)
    return round(number) if param.kind == "integer" else number


def _size(value: ParamValue) -> float | None:
    """How large a value is among its like: seconds, lines of a picture, width over height on a log scale."""
    text = str(value).strip().casefold()
    if shape := re.fullmatch(r"(\d{1,5})\s*[:x×]\s*(\d{1,5})", text):
        width, height = int(shape[1]), int(shape[2])
        return math.log(width / height) if width and height else None
    if lines := re.fullmatch(r"(\d{1,2})k", text):
        return int(lines[1]) * 540 or None
    plain = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*[a-z]{0,3}", text)
    return (float(plain[1]) or None) if plain else None
