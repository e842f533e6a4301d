"""One field for each kind of parameter. A field shows its label, its value and what is wrong with it in words.

Choices and switches draw themselves on one line, which costs a third of a widget tree; numbers and texts have an input.
No field decides anything: it posts `Changed`, and shows what it is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.style import Style
from textual.suggester import Suggester
from textual.validation import ValidationResult
from textual.widget import Widget
from textual.widgets import Input, Static

from providers.catalogue import Param
from providers.shot import ParamValue
from rushes.shots.carry_over import words
from tui.text import one_line, visible
from tui.widgets.marks import block

__all__ = [
    "Changed",
    "ChoiceField",
    "Field",
    "Framed",
    "InputField",
    "NumberField",
    "PlainInput",
    "Wanted",
    "WordSuggester",
    "make_field",
]

NONE = "–"
SEGMENTS = 4
"""Up to so many values stand side by side; more are chosen from a list."""


class Changed(Message):
    """The person set a field; `value` None means cleared."""

    def __init__(self, name: str, value: ParamValue | None) -> None:
        super().__init__()
        self.name = name
        self.value = value


class Wanted(Message):
    """The person wants to choose from the whole list of a field's values."""

    def __init__(self, name: str, title: str, values: Sequence[str], index: int) -> None:
        super().__init__()
        self.name = name
        self.title = title
        self.values = tuple(values)
        self.index = index


class Framed(Vertical):
    """The frame of every field: a label, and a line for the problem, which is made when there is one."""

    def __init__(self, name: str, label: str, *, help_text: str = "", classes: str = "field") -> None:
        super().__init__(classes=classes)
        self.field = name
        self.label = label
        self.problem: Static | None = None
        self.shown_problem = ""
        self.tooltip = Content(help_text) if help_text else None

    def show_problem(self, message: str) -> None:
        """Shows what is wrong, or nothing."""
        if message == self.shown_problem:
            return
        self.shown_problem = message
        if self.problem is None:
            self.problem = Static(classes="problem", markup=False)
        self.problem.display = bool(message)
        self.problem.update(Content(f"✗ {visible(message)}"))
        if message and self.is_attached and not self.problem.is_attached:
            self.mount(self.problem)

    def compose(self) -> ComposeResult:
        yield from self.controls()
        if self.shown_problem and self.problem is not None:
            yield self.problem

    def controls(self) -> Sequence[Widget]:
        """What stands in the frame before the problem."""
        return ()


class ChoiceField(Framed, can_focus=True):
    """A choice or a switch, drawn on one line: the label, then the values side by side, or the present one with an
    arrow where there are many. ←/→ change it; enter opens the list where there are many values.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", show=False),
        Binding("left", "move(-1)", show=False),
        Binding("enter", "open", show=False),
    ]

    def __init__(self, name: str, label: str, values: Sequence[ParamValue], *, unit: str = "", optional: bool = False,
                 help_text: str = "") -> None:  # fmt: skip
        super().__init__(name, label, help_text=help_text, classes="field choice")
        self.values: tuple[ParamValue | None, ...] = ((None,) if optional else ()) + tuple(values)
        self.labels = tuple(self.spoken(each, unit) for each in self.values)
        self.notes: tuple[str, ...] = ("",) * len(self.labels)
        self.index: int | None = None
        self.odd = ""

    def spoken(self, value: ParamValue | None, unit: str) -> str:
        """A value as the field shows it."""
        return NONE if value is None else words(value, unit)

    def take_focus(self) -> None:
        """Takes the focus."""
        self.focus()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def show_value(self, value: ParamValue | None) -> None:
        """Shows a value that came from elsewhere; posts nothing."""
        index = next((at for at, each in enumerate(self.values) if each == value and type(each) is type(value)), None)
        self._show_index(index, "" if index is not None or value is None else words(value))

    def show_prices(self, prices: Mapping[ParamValue, str]) -> None:
        """What each value would cost, beside it; nothing where that is the same."""
        told = tuple(prices.get(each, "") if each is not None else "" for each in self.values)
        if told != self.notes:
            self.notes = told
            self.refresh()

    def choose(self, index: int) -> None:
        """Sets the value at `index` as if the person had moved there."""
        if 0 <= index < len(self.values) and index != self.index:
            self._show_index(index)
            self.post_message(Changed(self.field, self.values[index]))

    def action_move(self, step: int) -> None:
        """Goes to the next value, around the end."""
        self.choose(0 if self.index is None else (self.index + step) % len(self.labels))

    def action_open(self) -> None:
        """Opens the list, or goes on where all values are in sight."""
        if len(self.labels) > SEGMENTS:
            self.post_message(Wanted(self.field, self.label, self.labels, self.index or 0))
        else:
            self.action_move(1)

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("index")
        if index is not None:
            self.choose(int(index))
        elif event.widget is self:
            self.action_open()

    def render(self) -> Content:
        """The field's line; a child for it would double what the field costs."""
        body = self._segments() if len(self.labels) <= SEGMENTS else self._picked()
        return Content.assemble(label_of(self.label), body)

    def _show_index(self, index: int | None, odd: str = "") -> None:
        """Marks a value; `odd` is a value that the list does not have."""
        if (index, odd) != (self.index, self.odd):
            self.index, self.odd = index, odd
            self.refresh()

    def _segments(self) -> Content:
        parts = [self._segment(at, text) for at, text in enumerate(self.labels)]
        odd = [Content.styled(f" {one_line(self.odd)} ?", "$text-warning")] if self.odd else []
        return Content.assemble(*parts, *odd)

    def _segment(self, at: int, text: str) -> Content:
        whole = f"{text} {self.notes[at]}" if self.notes[at] else text
        if at == self.index:
            return block(whole, loud=self.has_focus)
        return Content.assemble(" ", Content.styled(whole, "$text-quiet").stylize(Style.from_meta({"index": at})), " ")

    def _picked(self) -> Content:
        text = self.odd or (NONE if self.index is None else self.labels[self.index])
        return Content.assemble(block(one_line(text), loud=self.has_focus), Content.styled("▾", "$text-quiet"))


LABEL_WIDTH = 12


def label_of(text: str) -> Content:
    """A label in the width that all labels have."""
    short = one_line(text)
    return Content.styled(short if len(short) > LABEL_WIDTH - 1 else short.ljust(LABEL_WIDTH), "$text-label")


class PlainInput(Input):
    """An input that never blinks, so that an idle screen writes nothing, and in which control characters are seen."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))
    """Textual lays the whole screen out anew when this changes, at each letter; it only says how far one can scroll."""

    def on_mount(self) -> None:
        self.cursor_blink = False

    def validate(self, value: str) -> ValidationResult | None:
        """Nothing is checked here, so nothing is styled anew to say that it is valid."""
        return super().validate(value) if self.validators else None

    def on_paste(self, event: events.Paste) -> None:
        """The first line with words, in place of what Textual would insert."""
        event.prevent_default()
        event.stop()
        if first := next((each for each in event.text.splitlines() if each.strip()), ""):
            selection = self.selection
            self.replace(visible(self._pasted(first.strip())), *sorted((selection.start, selection.end)))

    def _pasted(self, line: str) -> str:
        """What is meant by a pasted line; a field for paths reads it as one."""
        return line


class WordSuggester(Suggester):
    """The rest of a word in a text that lists some with commas; → takes it. `words`: what there is to choose from."""

    def __init__(self, words: Callable[[], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.words = words

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word whole; None where no word begins like that."""
        from rushes.shots.suggestions import complete_words

        if value != value.rstrip(" ,"):
            return None
        found = complete_words(value, len(value), self.words())
        return next((each.line for each in found if each.line.startswith(value)), None)


class InputField(Framed):
    """A text. What cannot be parsed stays as it was typed, and is reported."""

    def __init__(self, name: str, label: str, *, placeholder: str = "", help_text: str = "") -> None:
        super().__init__(name, label, help_text=help_text)
        self.control = PlainInput(placeholder=placeholder, select_on_focus=False, classes="control")

    def controls(self) -> Sequence[Widget]:
        return (self.control,)

    def render(self) -> Content:
        """The label, left of the input: a widget for it would double what the field costs."""
        return label_of(self.label)

    def take_focus(self) -> None:
        """Gives the focus to the control."""
        self.control.focus()

    def show_value(self, value: ParamValue | None) -> None:
        """Shows a value that came from elsewhere; posts nothing."""
        if self.value_of(self.control.value) != value:
            with self.control.prevent(Input.Changed):
                self.control.value = "" if value is None else visible(words(value))

    def value_of(self, text: str) -> ParamValue | None:
        """The parameter's value for what stands in the input."""
        return text or None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Changed(self.field, self.value_of(event.value)))


class NumberField(InputField):
    """A number with its range beside it; ↑ and ↓ step it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(1)", show=False),
        Binding("down", "step(-1)", show=False),
    ]

    def __init__(self, param: Param) -> None:
        super().__init__(param.name, param.label, placeholder=param.range, help_text=param.help)
        self.param = param

    def value_of(self, text: str) -> ParamValue | None:
        if not text.strip():
            return None
        try:
            return self.param.parse(text)
        except ValueError:
            return _as_number(text)

    def action_step(self, direction: int) -> None:
        """One step up or down, within the range."""
        param, control = self.param, self.control
        whole = param.kind == "integer"
        step = param.step or (1 if whole else ((param.max or 1.0) - (param.min or 0.0)) / 10)
        now = self.value_of(control.value)
        start = now if isinstance(now, int | float) else (param.default if now is None else None)
        base = float(start) if isinstance(start, int | float) else float(param.min or 0)
        number = base + direction * step if start is not None else base
        number = max(number, param.min) if param.min is not None else number
        number = min(number, param.max) if param.max is not None else number
        control.value = f"{number:.0f}" if whole else f"{round(number, 6):g}"


def _as_number(text: str) -> ParamValue:
    """A number that is not allowed, so that the check can name the range; what is no number stays text."""
    plain = text.strip()
    if re.fullmatch(r"[+-]?\d{1,99}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"[+-]?\d{1,18}\.\d{1,9}", plain) else text


Field: TypeAlias = ChoiceField | InputField
"""A parameter's field: a frame and one control."""


def make_field(param: Param) -> Field:
    """The field that fits a parameter's kind."""
    optional = not param.required and param.default is None
    if param.kind == "choice":
        return ChoiceField(
            param.name, param.label, param.values, unit=param.unit, optional=optional, help_text=param.help
        )
    if param.kind == "switch":
        return ChoiceField(param.name, param.label, (False, True), optional=optional, help_text=param.help)
    if param.kind == "text":
        return InputField(
            param.name, param.label, placeholder="needed" if param.required else "optional", help_text=param.help
        )
    return NumberField(param)
