"""The form of a shot: switcher, model, prompt, and one field for each parameter and slot that the model has.

It is made from the catalogue and kept in step with the desk by `sync`: fields that the new model also has stay where
they are (with their focus), others come and go. What the person does goes to the desk, which knows the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from providers.catalogue import InputSlot, Param
from providers.errors import Problem
from tui.screens.dialogue import Choose
from tui.shot_desk import ShotDesk
from tui.text import one_line
from tui.widgets.field import LABEL_WIDTH, Changed, ChoiceField, Field, Wanted, block, make_field
from tui.widgets.media_field import MediaField
from tui.widgets.prompt import Prompt
from tui.widgets.switch import ProviderSwitch

__all__ = ["MODEL_FIELD", "GenerateButton", "ShotForm"]

MODEL_FIELD = "model"
_ELSEWHERE = {"prompt", "provider", "mode"}


class GenerateButton(Static, can_focus=True):
    """The button; posts `Pressed` on enter, space and a click."""

    class Pressed(Message):
        """The person wants the shot sent."""

    def __init__(self) -> None:
        super().__init__(id="generate", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def _draw(self) -> None:
        keys = Content.styled("  ctrl+enter · ctrl+j · F5", "$text-muted")
        self.update(Content.assemble(block("  Generate  ", loud=self.has_focus), keys))

    def key_enter(self) -> None:
        self.post_message(self.Pressed())

    def key_space(self) -> None:
        self.post_message(self.Pressed())

    def on_click(self) -> None:
        self.post_message(self.Pressed())


class ShotForm(Vertical):
    """Everything that is needed to write one shot. Built for a desk; `sync` shows what has changed on it."""

    def __init__(self, desk: ShotDesk) -> None:
        super().__init__(id="form")
        self.desk = desk
        self.made_of: tuple[Param | InputSlot, ...] = ()

    def compose(self) -> ComposeResult:
        yield ProviderSwitch()
        yield self._model_field()
        yield Static(id="facts", markup=False)
        yield Prompt()
        with VerticalScroll(id="fields", can_focus=False):
            yield from self._fields()
        yield Static(id="note", markup=False)
        yield Static(id="verdict", markup=False)
        yield GenerateButton()

    async def on_mount(self) -> None:
        self.made_of = (*self.desk.params, *self.desk.slots)
        await self.sync()

    async def sync(self, note: str | None = None) -> None:
        """Shows the desk as it is now; `note` is the line about what had to change, None leaves it standing."""
        desk = self.desk
        self.query_one(ProviderSwitch).show(desk.infos, desk.draft.provider)
        await self._sync_model()
        self.query_one(Prompt).show_text(desk.draft.prompt)
        await self._sync_fields()
        for each in self.query("#fields ChoiceField, #fields InputField").results(Field):
            each.show_value(desk.draft.params.get(each.field))
        for media in self.query(MediaField):
            await media.show_sources(desk.sources(media.slot.role))
        if note is not None:
            self.show_note(note)
        self.judge()

    def judge(self) -> None:
        """Counts, problems beside their fields, and the verdict line; cheap enough for every key."""
        desk = self.desk
        rule = desk.model.prompt
        prompt = self.query_one(Prompt)
        prompt.count(rule.length(desk.draft.prompt), rule.max)
        problems = desk.problems()
        by_name = {each.param: each.message for each in reversed(problems)}
        for field in self.query("Field, MediaField"):
            if isinstance(field, Field | MediaField):
                field.show_problem(by_name.get(field.field, ""))
        self._verdict(problems)

    def show_note(self, note: str) -> None:
        """One line about what changed by itself."""
        line = self.query_one("#note", Static)
        line.display = bool(note)
        line.update(Content.assemble(Content.styled("↻ ", "$text-warning"), one_line(note)))

    def first_problem(self, problems: Sequence[Problem]) -> None:
        """Puts the focus where the first problem can be mended."""
        name = problems[0].param
        for field in self.query("Field, MediaField"):
            if isinstance(field, Field | MediaField) and field.field == name:
                field.take_focus()
                return
        (self.query_one(ProviderSwitch) if name == "provider" else self.query_one(Prompt)).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= 72, "-columns")

    async def choose_model(self) -> None:
        """Opens the list of models; call it from a worker."""
        models = self.desk.catalogue.model
        names = self.desk.catalogue.names()
        chosen = Choose("Model", names, names.index(self.desk.model.name), [each.facts for each in models])
        index = await self.app.push_screen_wait(chosen)
        if index is not None:
            await self.sync(self.desk.choose_model(names[index]))

    def on_prompt_edited(self, message: Prompt.Edited) -> None:
        message.stop()
        self.desk.set_prompt(message.text)
        self.judge()

    async def on_changed(self, message: Changed) -> None:
        message.stop()
        if message.name == MODEL_FIELD:
            await self.sync(self.desk.choose_model(str(message.value)))
        else:
            self.desk.set_param(message.name, message.value)
            self.judge()

    @work
    async def on_wanted(self, message: Wanted) -> None:
        message.stop()
        if message.name == MODEL_FIELD:
            await self.choose_model()
            return
        index = await self.app.push_screen_wait(Choose(message.title, message.values, message.index))
        for field in self.query(ChoiceField):
            if index is not None and field.field == message.name:
                field.choose(index)

    async def on_media_field_changed(self, message: MediaField.Changed) -> None:
        message.stop()
        await self.sync(self.desk.set_inputs(message.role, message.sources))

    async def on_provider_switch_chosen(self, message: ProviderSwitch.Chosen) -> None:
        message.stop()
        await self.sync(self.desk.choose_provider(message.name))

    def _verdict(self, problems: Sequence[Problem]) -> None:
        line = self.query_one("#verdict", Static)
        if not problems:
            usual = self.desk.engine.usual(self.desk.shot)
            words = self.desk.engine.quote(self.desk.shot).words()
            tail = Content.styled(f"   {one_line(usual)}", "$text-muted")
            ready = Content.styled("✓ ready   ", "$text-success")
            line.update(Content.assemble(ready, Content.styled(words, "bold"), tail))
            return
        shown = next((each for each in problems if each.param in _ELSEWHERE), problems[0])
        name = "" if shown.param == "provider" else f"{shown.param.replace('_', ' ')} "
        more = f"   and {len(problems) - 1} more" if len(problems) > 1 else ""
        line.update(Content.styled(one_line(f"✗ {name}{shown.message}{more}"), "$text-error"))

    def _model_field(self) -> ChoiceField:
        field = ChoiceField(MODEL_FIELD, "Model", self.desk.catalogue.names())
        field.id = "model"
        return field

    async def _sync_model(self) -> None:
        field = self.query_one("#model", ChoiceField)
        names = self.desk.catalogue.names()
        if field.values != names:
            had_focus = field.has_focus_within
            new = self._model_field()
            await field.remove()
            await self.mount(new, after=self.query_one(ProviderSwitch))
            field = new
            if had_focus:
                field.take_focus()
        field.show_value(self.desk.model.name)
        self.query_one("#facts", Static).update(Content(" " * LABEL_WIDTH + " " + one_line(self.desk.model.facts)))

    def _fields(self) -> list[Field | MediaField]:
        made = [make_field(each) for each in self.desk.params]
        return [*made, *(MediaField(each, self.desk.sources(each.role)) for each in self.desk.slots)]

    async def _sync_fields(self) -> None:
        wanted: tuple[Param | InputSlot, ...] = (*self.desk.params, *self.desk.slots)
        if wanted == self.made_of:
            return
        kept = {_name(each) for each in self.made_of if each in wanted}
        order = {_name(each): at for at, each in enumerate(wanted)}
        self.made_of = wanted
        box = self.query_one("#fields")
        with self.app.batch_update():
            for child in list(box.children):
                if isinstance(child, Field | MediaField) and child.field not in kept:
                    await child.remove()
            await box.mount_all([each for each in self._fields() if each.field not in kept])
            box.sort_children(key=lambda each: order.get(getattr(each, "field", ""), 0))


def _name(part: Param | InputSlot) -> str:
    return part.name if isinstance(part, Param) else part.role.value
