"""The form of a shot: switcher, model, prompt, and one field for each parameter and slot that the model has.

It is made from the catalogue and kept in step with the desk by `sync`: fields that the new model also has stay where
they are (with their focus), others come and go. What the person does goes to the desk, which knows the rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from providers.catalogue import InputSlot, Param
from providers.errors import Problem
from providers.shot import ParamValue, Shot
from tui.actions import key_of
from tui.host import app_of
from tui.shot_desk import MODE_FIELD, Seen, ShotDesk
from tui.text import one_line
from tui.widgets.field import LABEL_WIDTH, Changed, ChoiceField, Field, InputField, Wanted, WordSuggester, make_field
from tui.widgets.generate_button import GenerateButton
from tui.widgets.media_field import MediaField
from tui.widgets.prompt import Prompt
from tui.widgets.switch import ProviderSwitch

__all__ = ["MODEL_FIELD", "ShotForm"]

MODEL_FIELD = "model"
SETTLED_S = 0.3
"""Seconds without a change after which the files of the shot are opened."""
COLUMNS = 72
"""From this width on the parameters stand in two columns."""
MANY = 8
"""More models than this are searched, not only listed."""
NOTHING = Seen(Shot("", "", "", ""))
_ELSEWHERE = {"prompt", "provider", "mode"}


class ModeField(ChoiceField):
    """What is made of the words, pictures and clips: `image to video`."""

    def spoken(self, value: ParamValue | None, unit: str) -> str:
        return super().spoken(value, unit).replace("_", " ")


class ShotForm(Vertical):
    """Everything that is needed to write one shot. Built for a desk; `sync` shows what has changed on it."""

    def __init__(self, desk: ShotDesk, width: int = 0) -> None:
        """`width` is that of its place, as far as known: what begins as it stays is styled and laid out once."""
        super().__init__(id="form", classes="-columns" * (width >= COLUMNS))
        self.desk = desk
        self.room = width
        self.heard = ""
        self.made_of: tuple[Param | InputSlot, ...] = (*desk.params, *desk.slots)
        self.judgement = Content("")
        self.note = ""
        self.lines: dict[str, Static] = {}
        self.priced: tuple[Shot, bool] | None = None
        self.model_field = self._model_field()
        self.fields: list[Field] = [self._field(each) for each in desk.params]
        self.media: list[MediaField] = [self._media_field(each) for each in desk.slots]
        self._show_values()

    def compose(self) -> ComposeResult:
        yield ProviderSwitch()
        yield self.model_field
        yield Static(id="facts", markup=False)
        yield Prompt()
        with VerticalScroll(id="fields", can_focus=False):
            yield Container(*self.fields, id="params")
            yield Vertical(*self.media, id="slots")
        yield Static(id="verdict", markup=False)
        yield GenerateButton()

    async def on_mount(self) -> None:
        await self.sync()

    async def sync(self, note: str | None = None) -> None:
        """Shows the desk as it is now; `note` is the line about what had to change, None leaves it standing."""
        desk = self.desk
        self.query_one(ProviderSwitch).show(desk.infos, desk.draft.provider)
        await self._sync_model()
        if desk.draft.prompt != self.heard:
            # The desk has other words than the field last told it: an earlier shot was taken. Else the field is ahead.
            self.query_one(Prompt).show_text(desk.draft.prompt)
            self.heard = desk.draft.prompt
        await self._sync_fields()
        self.priced = None  # a key may have been judged before the new fields stood
        self._show_values()
        for media in self.media:
            await media.show_sources(desk.sources(media.slot))
        self._show_seen()
        if note is not None:
            self.show_note(note)
        self.judge()

    def _show_values(self) -> None:
        for each in self.fields:
            each.show_value(self.desk.value(each.field))

    def judge(self) -> None:
        """Counts, problems beside their fields, and the verdict line; cheap enough for every key."""
        desk = self.desk
        self._show_prices()
        rule = desk.model.prompt
        prompt = self.query_one(Prompt)
        prompt.count(rule.length(desk.draft.prompt), rule.max)
        problems = desk.problems()
        by_name = {each.param: each.message for each in reversed(problems)}
        for field in self._all_fields:
            field.show_problem(by_name.pop(field.field, ""))
        judgement = self._judgement(problems)
        if judgement != self.judgement:
            self.judgement = judgement
            self.query_one("#verdict", Static).update(judgement)
        if desk.worth_a_look:
            self._look()

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        """Has the files of the shot opened when nothing has changed for a moment, and shows what was found."""
        await asyncio.sleep(SETTLED_S)
        await self.desk.look()
        if self.query("#slots") and self.query(Prompt):  # none when the app is being left
            self._show_seen()
            self.judge()

    def _show_prices(self) -> None:
        """What switches cost; words change no price, so a key in the prompt asks for none."""
        if (priced := (replace(self.desk.shot, prompt=""), self.desk.seen is None)) == self.priced:
            return
        self.priced = priced
        for param in self.desk.params:
            for field in self.fields:
                if field.field == param.name and isinstance(field, ChoiceField):
                    field.show_prices(self.desk.prices(param))

    def _show_seen(self) -> None:
        for media in self.media:
            media.show_seen(self.desk.seen_of(media.slot))
        notes = Content("\n").join(Content(f"· {one_line(each)}") for each in (self.desk.seen or NOTHING).notes)
        self._tell("seen", notes, self.query_one("#fields"))

    def show_note(self, note: str) -> None:
        """One line about what changed by itself."""
        self.note = note
        words = Content.assemble(Content.styled("↻ ", "$text-warning"), one_line(note)) if note else Content("")
        self._tell("note", words, self, before="#verdict")

    def _tell(self, name: str, words: Content, place: Widget, before: str | None = None) -> None:
        """Words in a line of their own, which is made when there are some for the first time."""
        if (line := self.lines.get(name)) is None:
            if not words.plain:
                return
            line = self.lines[name] = Static(id=name, markup=False)
            place.mount(line, before=before)
        line.display = bool(words.plain)
        line.update(words)

    def first_problem(self, problems: Sequence[Problem]) -> None:
        """Puts the focus where the first problem can be mended."""
        name = problems[0].param
        for field in self._all_fields:
            if field.field == name:
                field.take_focus()
                return
        (self.query_one(ProviderSwitch) if name == "provider" else self.query_one(Prompt)).focus()

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self.room:
            self.room = event.size.width
            self.set_class(self.room >= COLUMNS, "-columns")
            self.judge()

    def show_keys(self) -> None:
        """The keys are others than before."""
        self.query_one(GenerateButton).refresh()

    async def choose_model(self) -> None:
        """Opens the list of models; call it from a worker."""
        from tui.screens.dialogue import Choose
        from tui.screens.find import Find

        models, names = self.desk.catalogue.model, self.desk.catalogue.names()
        present = next((at for at, name in enumerate(names) if name == self.desk.model.name), 0)
        if len(names) > MANY:
            lines = [(each.name, each.facts) for each in models]
            index = await self.app.push_screen_wait(Find("Model", lines, empty="No model has these words", at=present))
        else:
            index = await self.app.push_screen_wait(Choose("Model", names, present, [each.facts for each in models]))
        if index is not None:
            await self.sync(self.desk.choose_model(names[index]))

    def on_prompt_edited(self, message: Prompt.Edited) -> None:
        message.stop()
        self._hear(message.text)
        self.judge()

    def _hear(self, text: str) -> None:
        self.heard = text
        self.desk.set_prompt(text)

    async def hear_out(self) -> None:
        """Waits until every key pressed so far stands in the prompt, and takes the prompt to the desk.

        A key of the screen is answered at once, while letters typed before it may still wait in the field's queue.
        """
        for widget in (self.prompt, self):
            done = asyncio.Event()
            widget.call_later(done.set)
            await done.wait()
        self._hear(self.prompt.text)

    async def on_changed(self, message: Changed) -> None:
        message.stop()
        if message.name == MODEL_FIELD:
            await self.sync(self.desk.choose_model(str(message.value)))
        elif message.name == MODE_FIELD:
            await self.sync(self.desk.choose_mode(str(message.value)))
        else:
            self.desk.set_param(message.name, message.value)
            self._outdate(self._label(message.name))
            self.judge()

    def _outdate(self, label: str) -> None:
        """What had to change about a field is no news any more once the person has set it."""
        parts = self.note.split(", ")
        kept = [each for each in parts if not each.startswith((f"{label} ", f"{label}: "))]
        if kept != parts:
            self.show_note(", ".join(kept))

    @work
    async def on_wanted(self, message: Wanted) -> None:
        message.stop()
        if message.name == MODEL_FIELD:
            await self.choose_model()
            return
        from tui.screens.dialogue import Choose

        index = await self.app.push_screen_wait(Choose(message.title, message.values, message.index))
        for field in self.fields:
            if index is not None and field.field == message.name and isinstance(field, ChoiceField):
                field.choose(index)

    async def on_media_field_changed(self, message: MediaField.Changed) -> None:
        message.stop()
        await self.sync(self.desk.set_inputs(message.slot, message.sources))

    @work(group="choose", exclusive=True)
    async def on_media_field_wanted(self, message: MediaField.Wanted) -> None:
        message.stop()
        await self.choose_media(message.sender, message.line)

    async def choose_media(self, field: MediaField, line: int, *, takes_only: bool = False) -> None:
        """Opens the finder for one line of a field; call it from a worker."""
        from tui.choosing import choose_source

        provider, engine = self.desk.draft.provider, self.desk.engine
        source = await choose_source(app_of(self), engine, field.slot, provider, takes_only=takes_only)
        if source is not None and field.is_attached:
            field.put(line, source)

    async def frame_of_take(self) -> None:
        """A frame of an earlier take for the field that has the focus, else for one that is asked about."""
        from tui.choosing import choose_slot

        pictures = [each for each in self.media if each.slot.media == "image" and not each.slot.url_only]
        near = [each for each in pictures if each.has_focus_within] or pictures
        slot = await choose_slot(app_of(self), [each.slot for each in near], "A frame of an earlier take as")
        if slot is not None:
            field = next(each for each in near if each.slot is slot)
            await self.choose_media(field, field.line, takes_only=True)
        elif not pictures:
            self.app.notify(f"{self.desk.model.label} takes no picture.", markup=False)

    async def on_provider_switch_chosen(self, message: ProviderSwitch.Chosen) -> None:
        message.stop()
        await self.sync(self.desk.choose_provider(message.name))

    @property
    def prompt(self) -> Prompt:
        """The field for the words."""
        return self.query_one(Prompt)

    @property
    def _all_fields(self) -> list[Field | MediaField]:
        return [self.model_field, *self.fields, *self.media]

    def _judgement(self, problems: Sequence[Problem]) -> Content:
        """Ready, with price and usual time; else what to do first."""
        if not problems:
            usual = self.desk.engine.usual(self.desk.shot)
            tail = Content.styled(one_line(usual), "$text-quiet")
            ready = self._ready()
            head = Content.assemble(ready, Content.styled(self.desk.price, "bold"))
            fits = head.cell_length + 3 + tail.cell_length <= self.room
            return Content.assemble(head, "   " if fits else "\n", tail)
        if not self.desk.draft.prompt and [each.param for each in problems] == ["prompt"]:
            words = Content.styled("· write what should be seen   ", "$text-quiet")
            return Content.assemble(words, Content.styled(self.desk.price, "bold"))
        shown = next((each for each in problems if each.param in _ELSEWHERE), problems[0])
        if shown.param == "provider":
            why = self._keyless() if self.desk.provider.missing_key or self.desk.keyless else shown.message
            without = Content.styled(f"✗ {one_line(why)}   ", "$text-error")
            return Content.assemble(without, Content.styled(self.desk.price, "bold"))
        colon = ":" * (shown.param in {each.field for each in self.media})
        name = f"{self._label(shown.param)}{colon} "
        more = f"   ({len(problems) - 1} more)" if len(problems) > 1 else ""
        return Content.styled(one_line(f"✗ {name}{shown.message}{more}"), "$text-error")

    def _ready(self) -> Content:
        """That it can be sent; or that a budget stands in the way, or will be asked about."""
        if not (over := self.desk.over):
            return Content.styled("✓ ready   ", "$text-success")
        if self.desk.engine.settings.value.spending.over_budget == "ask":
            return Content.styled(f"! asks first: {over}   ", "$text-warning")
        return Content.styled(f"✗ {over}   ", "$text-error")

    def _keyless(self) -> str:
        """Without a key the app itself takes one, unless keys are kept by a gateway."""
        info = self.desk.provider
        if self.desk.engine.pool is None:
            return self.desk.keyless or info.reason
        lacks = self.desk.keyless or f"no key for {info.label}"
        key = key_of("settings", app_of(self).keymap_set, letters=False)
        return f"{lacks}; {f'{key} (Settings)' if key else 'Settings'} takes one"

    def _label(self, name: str) -> str:
        """A field as it is called on the screen."""
        labels = (one_line(each.label) for each in self._all_fields if each.field == name)
        return next(labels, name.replace("_", " ").capitalize())

    def _model_field(self) -> ChoiceField:
        return ChoiceField(MODEL_FIELD, "Model", self.desk.catalogue.names())

    async def _sync_model(self) -> None:
        if self.model_field.values != self.desk.catalogue.names():
            had_focus = self.model_field.has_focus_within
            await self.model_field.remove()
            self.model_field = self._model_field()
            await self.mount(self.model_field, after=self.query_one(ProviderSwitch))
            if had_focus:
                self.model_field.take_focus()
        self.model_field.show_value(self.desk.model.name)
        facts = Content(" " * LABEL_WIDTH + " " + one_line(self.desk.model.facts))
        self.query_one("#facts", Static).update(facts, layout=False)

    def _field(self, param: Param) -> Field:
        """The field of a parameter; one whose words are listed completes them."""
        if param.name == MODE_FIELD:
            return ModeField(param.name, param.label, param.values, help_text=param.help)
        field = make_field(param)
        if param.known and isinstance(field, InputField):
            field.control.suggester = WordSuggester(
                lambda: self.desk.engine.given.offers.known(self.desk.shot, param.name)
            )
        return field

    def _media_field(self, slot: InputSlot) -> MediaField:
        return MediaField(slot, self.desk.sources(slot))

    async def _sync_fields(self) -> None:
        """Fields that the new model also has stay, with their focus; the others go, and new ones come."""
        wanted: tuple[Param | InputSlot, ...] = (*self.desk.params, *self.desk.slots)
        if wanted == self.made_of:
            return
        kept = {_name(each) for each in self.made_of if each in wanted}
        fields = {each.field: each for each in self.fields if each.field in kept}
        media = {name: each for each in self.media if (name := _name(each.slot)) in kept}
        self.made_of = wanted
        self.fields = [fields.get(each.name) or self._field(each) for each in self.desk.params]
        self.media = [media.get(_name(each)) or self._media_field(each) for each in self.desk.slots]
        with self.app.batch_update():
            await self._fill("#params", self.fields)
            await self._fill("#slots", self.media)

    async def _fill(self, box_id: str, wanted: Sequence[Widget]) -> None:
        """Makes the children of a box exactly these, in this order."""
        box = self.query_one(box_id)
        for child in [each for each in box.children if each not in wanted]:
            await child.remove()
        await box.mount_all([each for each in wanted if each not in box.children])
        order = {each: at for at, each in enumerate(wanted)}
        box.sort_children(key=lambda each: order.get(each, 0))


def _name(part: Param | InputSlot) -> str:
    return part.name if isinstance(part, Param) else f"{part.role.value} {part.media}"
