"""The desk: the shot being written, what is wrong with it, what it costs, and what is remembered of it.

It joins the pure rules of `rushes.shots.carry_over` with the engine's catalogues and settings, and knows no widget.
Whatever the person sets goes to the settings at once; whatever arrives from the settings (another window, an editor)
comes back through `follow`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from providers.catalogue import Catalogue, InputSlot, Model, Param, media_kind
from providers.errors import Problem
from providers.shot import Input, ParamValue, Role, Shot
from providers.values import dataclass
from rushes.shots.carry_over import (
    Carried,
    Draft,
    carry,
    fitting_modes,
    must_be_named,
    slots,
    with_inputs,
    with_mode,
    with_param,
)
from tui.budget_words import left, over

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.money.budgets import Bar
    from rushes.pool import ProviderInfo
    from rushes.settings import Settings

__all__ = ["MODE_FIELD", "Seen", "ShotDesk"]

MODE_FIELD = "mode"


def _mode_param(model: Model) -> Param:
    """The mode as a field of the form."""
    help_text = "What is made of the words, pictures and clips"
    return Param(
        name=MODE_FIELD, label="Mode", kind="choice", wire=MODE_FIELD, values=model.modes, required=True, help=help_text
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What came out when the files of a shot were opened; it holds for that shot alone, whatever its words are."""

    shot: Shot
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    clip: str = ""


class ShotDesk:
    """One shot on the desk. Every method that changes it returns a line of words about what had to give, or ""."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.infos = engine.providers()
        self.draft = Draft("", "", "")
        self.bars: Sequence[Bar] = ()
        self._seen: Seen | None = None
        self._model: Model | None = None
        self._place(self._first(engine.settings.value), engine.settings.value)

    @property
    def catalogue(self) -> Catalogue:
        """What the present provider offers."""
        return self.engine.catalogue(self.draft.provider)

    @property
    def model(self) -> Model:
        """The present model, as the catalogue has it."""
        return self._model or self.catalogue.model[0]

    @property
    def provider(self) -> ProviderInfo:
        """The present provider."""
        return next(each for each in self.infos if each.name == self.draft.provider)

    @property
    def params(self) -> tuple[Param, ...]:
        """The parameters that the form shows; the mode is the first where it does not follow from the media."""
        params = self.model.params(self.draft.mode)
        return (_mode_param(self.model), *params) if must_be_named(self.model) else params

    def value(self, name: str) -> ParamValue | None:
        """What a field of the form shows."""
        return self.draft.mode if name == MODE_FIELD else self.draft.params.get(name)

    @property
    def slots(self) -> tuple[InputSlot, ...]:
        """The pictures and clips that the form offers: those of a named mode, else all that the model has."""
        return self.model.slots(self.draft.mode) if self.draft.chosen else slots(self.model)

    @property
    def shot(self) -> Shot:
        """The shot as it would be sent now."""
        return self.draft.shot()

    @property
    def price(self) -> str:
        """What a press costs, in words; practice costs nothing, whatever the table says."""
        words, rest = self.engine.quote(self.shot).words(), left(self.bars)
        if self.provider.practice and words != "free":
            return f"practice, free (else {words})"
        return f"{words} · {rest}" if rest and words != "free" else words

    @property
    def over(self) -> str:
        """Which budget a press would pass, and by how much; practice passes none."""
        if self.provider.practice or not self.bars:
            return ""
        return over(self.bars, self.draft.provider, self.engine.quote(self.shot).usd)

    def prices(self, param: Param) -> dict[ParamValue, str]:
        """What a switch costs off and on with all else as it is; empty where that is the same, or nobody knows."""
        if param.kind != "switch":
            return {}
        shot = self.shot
        both = {
            value: self.engine.quote(replace(shot, params={**shot.params, param.name: value}))
            for value in (False, True)
        }
        differ = len({each.usd for each in both.values()}) == len(both) and all(each.usd for each in both.values())
        return {value: each.words() for value, each in both.items()} if differ else {}

    def problems(self) -> list[Problem]:
        """What is wrong with the shot, the provider's readiness first."""
        found = self.engine.check(self.shot)
        named = {each.param for each in found}
        found += [each for each in (self.seen.problems if self.seen else ()) if each.param not in named]
        if not self.provider.ready:
            return [Problem("provider", self.provider.reason), *found]
        return [Problem("provider", self.keyless), *found] if self.keyless else found

    @property
    def keyless(self) -> str:
        """Whose key the model needs, where its provider has a key for its other models alone; empty otherwise."""
        api = self.provider.keyless.get(self.model.api)
        return f"{self.model.name} needs a key of {api}" if api else ""

    @property
    def seen(self) -> Seen | None:
        """What was found in the files of the shot as it is now; None while they have not been opened."""
        return self._seen if self._seen and self._seen.shot == replace(self.shot, prompt="") else None

    @property
    def worth_a_look(self) -> bool:
        """Whether there is something to open or to look up, which has not been done."""
        listed = any(each.known and self.draft.params.get(each.name) for each in self.params)
        return self.seen is None and (listed or bool(self.draft.inputs))

    async def look(self) -> None:
        """Opens what the shot was given: from then on its faults, its price and what is worth a word are known."""
        shot, given = self.shot, self.engine.given
        clip = await given.measure(shot)
        problems = await given.look(shot) if shot.inputs else []
        notes = [] if problems else await given.notes(shot)
        words = f"{clip.size[0]}×{clip.size[1]}" + (f" · {clip.seconds:.1f} s" if clip.seconds else "") if clip else ""
        self._seen = Seen(replace(shot, prompt=""), tuple(problems), tuple(notes), words)

    def seen_of(self, slot: InputSlot) -> str:
        """What was found in the files of one slot, in a few words; nothing where they are not here, or are bad."""
        here = [each for each in self.sources(slot) if "://" not in each]
        if self.seen is None or not here or any(each.param == slot.role.value for each in self.seen.problems):
            return ""
        return f"✓ {self.seen.clip}" if self.seen.clip and len(self.draft.inputs) == 1 else "✓"

    def next_provider(self, step: int = 1) -> str:
        """Goes to the next provider, around the end."""
        names = [each.name for each in self.infos]
        at = names.index(self.draft.provider) if self.draft.provider in names else 0
        return self.choose_provider(names[(at + step) % len(names)])

    def choose_provider(self, name: str) -> str:
        """Moves the shot to a provider: the same model where it has it, else its last one, else its first."""
        if name == self.draft.provider:
            return ""
        words = self._place(name, self.engine.settings.value)
        self._remember()
        return words

    def choose_model(self, name: str) -> str:
        """Moves the shot to another model of this provider."""
        model = self.catalogue.find(name)
        if model is None or model.name == self.draft.model:
            return ""
        words = self._take(carry(self.draft, self.catalogue, model, left=self.model), model)
        self._remember()
        return words

    def set_prompt(self, text: str) -> None:
        """The prompt as it stands in the field."""
        self.draft = replace(self.draft, prompt=text)

    def set_param(self, name: str, value: ParamValue | None) -> None:
        """One parameter; None clears it. A value that is not allowed is kept, so that it can be named and mended."""
        param = self.model.find_param(name, self.draft.mode)
        if param is None:
            return
        self.draft = with_param(self.draft, param, value)
        if value is None or param.problem(value) is None:
            self._remember()

    def choose_mode(self, mode: str) -> str:
        """Names the mode; one that has no place for the pictures and clips that are given is not taken."""
        if mode not in fitting_modes(self.model, self.draft.inputs):
            given = ", ".join(dict.fromkeys(each.role.value.replace("_", " ") for each in self.draft.inputs))
            return f"{mode} takes no {given}; take it away first"
        return self._take(with_mode(self.draft, self.catalogue, self.model, mode), self.model)

    def set_inputs(self, slot: InputSlot, sources: tuple[str, ...]) -> str:
        """The pictures or clips of one slot; the mode follows from them."""
        given = [each.strip() for each in sources if each.strip()]
        others = tuple(each for each in self.draft.inputs if not self._belongs(each, slot))
        shared = any(each.role is slot.role and each.media != slot.media for each in self.slots)
        inputs = (*others, *(Input(slot.role, each, slot.media if shared else "") for each in given))
        return self._take(with_inputs(self.draft, self.catalogue, self.model, inputs), self.model)

    def add_input(self, role: Role, source: str) -> str:
        """One more picture of a role; where one alone has room, it takes the place of what was there."""
        slot = next((each for each in self.slots if each.role is role), None)
        if slot is None:  # it waits for a model that has a place for it
            inputs = (*self.draft.inputs, Input(role, source))
            self._take(with_inputs(self.draft, self.catalogue, self.model, inputs), self.model)
            return f"{self.model.label} takes no {role.value.replace('_', ' ')}; it is kept for one that does"
        before = self.sources(slot) if slot.max_count > 1 else ()
        return self.set_inputs(slot, (*before, source) if source not in before else before)

    def sources(self, slot: InputSlot) -> tuple[str, ...]:
        """What the person named for a slot."""
        return tuple(each.source for each in self.draft.inputs if self._belongs(each, slot))

    def _belongs(self, given: Input, slot: InputSlot) -> bool:
        """Whether an input stands in this slot: of its role, and of its kind of file where several have that role."""
        rivals = [each for each in self.slots if each.role is given.role]
        kind = given.media or media_kind(given.source)
        own = next((each for each in rivals if each.media == kind), rivals[0] if rivals else None)
        return own is slot or own == slot

    def take(self, shot: Shot) -> str:
        """Puts an earlier shot on the desk; a provider or model that is gone leaves its words with the present one."""
        if shot.provider not in {each.name for each in self.infos}:
            self.set_prompt(shot.prompt)
            return f"{shot.provider} is not here any more; only the words were taken"
        catalogue = self.engine.catalogue(shot.provider)
        old = catalogue.find(shot.model)
        model = old or catalogue.model[0]
        carried = carry(Draft.of(shot, old), catalogue, model, left=old)
        words = self._take(carried, model)
        self._remember()
        return words if old else f"{shot.model} is not offered any more; this is {model.name}"

    def follow(self, new: Settings) -> bool:
        """Takes over what another window or an editor changed in the settings; says whether anything did."""
        before = self.draft
        wanted = self._first(new)
        last = new.providers.get(wanted)
        if wanted != self.draft.provider or (last and last.model and last.model != self.draft.model):
            self._place(wanted, new, obey=True)
        elif last:
            for name, value in last.params.items():
                param = self.model.find_param(name, self.draft.mode)
                if param and param.problem(value) is None and self.draft.params.get(param.name) != value:
                    self.draft = with_param(self.draft, param, value)
        return self.draft != before

    def _first(self, settings: Settings) -> str:
        names = [each.name for each in self.infos]
        return settings.provider if settings.provider in names else names[0]

    def _place(self, name: str, settings: Settings, *, obey: bool = False) -> str:
        """Lays the draft out under a provider; `obey` takes the model of the settings in any case."""
        catalogue = self.engine.catalogue(name)
        last = settings.providers.get(name)
        same = None if obey or not self.draft.model else catalogue.find(self.draft.model)
        model = same or (catalogue.find(last.model) if last and last.model else None) or catalogue.model[0]
        remembered: Mapping[str, ParamValue] = last.params if last else {}
        return self._take(carry(self.draft, catalogue, model, left=self._model, remembered=remembered), model)

    def _take(self, carried: Carried, model: Model) -> str:
        self.draft, self._model = carried.draft, model
        return carried.words

    def _remember(self) -> None:
        """Provider, model and every allowed value go to the settings, in one change."""
        allowed = {
            each.name: self.draft.params[each.name]
            for each in self.params
            if each.name in self.draft.params and each.problem(self.draft.params[each.name]) is None
        }
        name = self.draft.provider
        changes = {"provider": name, f"providers.{name}.model": self.draft.model, f"providers.{name}.params": allowed}
        self.engine.settings.update(changes)
