"""Studio: write a shot on the left, watch the tasks and the preview on the right.

In a narrow terminal the panes stand behind tabs. Form, list and preview are mounted when the engine is open, after the
first paint; before that the frames stand empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from tui import actions, prompts, task_actions
from tui.recall import Recall
from tui.screens.base import MainScreen, too_small
from tui.text import one_line
from tui.widgets.bars import KeyLine, TopLine
from tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from providers.shot import Role
    from rushes.interface import Engine
    from rushes.money.budgets import Bar
    from rushes.settings import Settings
    from rushes.shots.rerun import Rerun
    from rushes.task import Task
    from tui.screens.task_pane import Takes
    from tui.sending import Press
    from tui.shot_desk import ShotDesk
    from tui.widgets.generate_button import GenerateButton
    from tui.widgets.prompt import Prompt
    from tui.widgets.shot_form import ShotForm

__all__ = ["StudioScreen"]

FORM_STYLES = Path(__file__).parents[1] / "styles" / "form.tcss"
"""Not with the app's own: they are wanted when there is a form, and reading them takes a while."""
PANES = (actions.SHOT, actions.TASKS, actions.PREVIEW)


class StudioScreen(MainScreen):
    """The form's half and the keys; what concerns tasks is in `Takes`, what concerns a press in `Press`."""

    place: ClassVar[str] = actions.STUDIO
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.STUDIO)]
    AUTO_FOCUS = None

    desk: ShotDesk
    form: ShotForm
    takes: Takes
    press: Press
    recall: Recall

    def __init__(self) -> None:
        super().__init__(f"-at-{actions.SHOT}")

    def compose(self) -> ComposeResult:
        yield TopLine("studio")
        yield too_small()
        yield Tabs()
        with Horizontal(id="panes"):
            yield _pane(actions.SHOT, "Shot")
            with Vertical(id="side"):
                yield _pane(actions.TASKS, "Tasks")
                yield _pane(actions.PREVIEW, "Preview")
        yield KeyLine()

    async def opened(self, engine: Engine) -> None:
        from tui.screens.task_pane import Takes
        from tui.sending import Press
        from tui.shot_desk import ShotDesk
        from tui.widgets.shot_form import ShotForm

        self.desk, self.press = ShotDesk(engine), Press(self.rushes, engine)
        self.rushes.desk = self.desk
        self.app.stylesheet.read(FORM_STYLES)
        pane = self.query_one("#shot")
        self.form, self.takes = ShotForm(self.desk, pane.content_size.width), Takes(self, engine)
        await pane.mount(self.form)
        await self.takes.mount()
        self.form.query_one("#prompt").focus()
        self.rushes.bridge.tasks.subscribe(self, self.takes.changed)
        self.rushes.bridge.hold.subscribe(self, self.takes.hold_changed)
        self.rushes.bridge.settings.subscribe(self, self._settings_changed)
        self.rushes.bridge.providers.subscribe(self, self._providers_changed)
        await self.takes.load()

    def show_keys(self) -> None:
        super().show_keys()
        if self.has_engine:
            self.form.show_keys()

    # Where one is ---------------------------------------------------------------------------------------------------

    def pane_of(self, focused: Widget | None) -> str:
        inside = focused is not None and any(each.has_class("media") for each in focused.ancestors_with_self)
        return actions.MEDIA if inside else self.frame_of(focused)

    def frame_of(self, focused: Widget | None) -> str:
        """Which of the three frames a widget stands in."""
        for widget in focused.ancestors_with_self if focused else ():
            if widget.id in PANES:
                return str(widget.id)
        return actions.SHOT

    @property
    def sees_tasks(self) -> bool:
        """Whether the task list is on the screen, so that nobody needs to be told what stands there."""
        return self.has_engine and self.takes.list.is_on_screen

    def echo(self, before: str, words: str) -> None:
        """What the task list says stands in the form as well while the list is out of sight behind its tab."""
        if words and self.has_class("-narrow") and self.has_class(f"-at-{actions.SHOT}"):
            self.form.show_note(words)
        elif before and self.form.note == before:
            self.form.show_note("")

    def show_pane(self, pane: str) -> None:
        """In a narrow terminal: which pane stands in front. Elsewhere all do."""
        self.update_classes({f"-at-{each}": each == pane for each in PANES})
        self.query_one(Tabs).show(pane)

    def on_descendant_focus(self) -> None:
        self.show_pane(self.frame_of(self.focused))

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self.go_to(message.pane)

    def go_to(self, pane: str) -> None:
        """Shows a pane and gives it the focus."""
        if not self.has_engine:
            return
        self.show_pane(pane)
        target = self.form.query_one("#prompt") if pane == actions.SHOT else self.takes.target(pane)
        self.set_focus(target)  # at once: the next key may be pressed already, and is meant for it
        if not target.is_on_screen:
            self.call_after_refresh(target.focus)

    def action_next_pane(self) -> None:
        at = PANES.index(self.frame_of(self.focused))
        self.go_to(PANES[(at + 1) % len(PANES)])

    def action_focus_prompt(self) -> None:
        self.go_to(actions.SHOT)

    def action_focus_tasks(self) -> None:
        self.go_to(actions.TASKS)

    async def action_search(self) -> None:
        await self.rushes.action_library(search=True)

    # The shot -------------------------------------------------------------------------------------------------------

    @work(group="press")
    async def action_generate(self) -> None:
        """Sends the shot, or goes to the first problem."""
        from rushes.engine import Invalid, NotReady

        if not self.has_engine:
            return
        await self.form.hear_out()
        if problems := self.desk.problems():
            self.form.judge()
            self.form.first_problem(problems)
            self.app.bell()
            return
        try:
            tasks = await self.press.send(self.desk.shot)
        except Invalid as invalid:
            self.form.first_problem(invalid.problems)
            self.form.show_note("; ".join(each.message for each in invalid.problems))
            return
        except NotReady as refused:  # a key that went away since the form was looked at
            self.notify(one_line(str(refused)), title="Not sent", severity="warning", markup=False)
            return
        if tasks:
            self.takes.sent(tasks)

    def on_generate_button_pressed(self, message: GenerateButton.Pressed) -> None:
        message.stop()
        self.action_generate()

    async def action_next_provider(self) -> None:
        if self.has_engine:
            await self.form.sync(self.desk.next_provider())

    @work(group="choose")
    async def action_choose_model(self) -> None:
        """Opens the list of models."""
        if self.has_engine:
            await self.form.choose_model()

    @work(group="choose", exclusive=True)
    async def action_frame_of_take(self) -> None:
        """A frame of an earlier take for a field of the form."""
        if self.has_engine:
            await self.form.frame_of_take()

    @work(group="choose")
    async def action_edit_prompt(self) -> None:
        """The prompt in the person's own editor, and back."""
        if self.has_engine:
            await prompts.in_editor(self.rushes, self.form.prompt)

    @work(group="choose", exclusive=True)
    async def action_find_prompt(self) -> None:
        """Searches earlier prompts."""
        if self.has_engine:
            await prompts.find(self.rushes, self.desk.engine, self.form.prompt)

    @work(group="choose", exclusive=True)
    async def action_use_template(self) -> None:
        """A template, filled in."""
        if self.has_engine:
            await prompts.use_template(self.rushes, self.form.prompt)

    @work(group="choose", exclusive=True)
    async def action_keep_template(self) -> None:
        """The prompt as a template."""
        if self.has_engine:
            await prompts.keep_template(self.rushes, self.form.prompt)

    async def on_prompt_recalled(self, message: Prompt.Recalled) -> None:
        message.stop()
        prompt = self.form.prompt
        if not prompt.recalled:
            self.recall = Recall(await prompts.earlier(self.desk.engine))
        prompt.recall(self.recall.step(message.by))

    async def take_shot(self, task: Task, made: Rerun | None = None) -> None:
        """Puts an earlier task's shot on the desk, or what was made of it; what had to give stands beside it."""
        if self.has_engine:
            words = self.desk.take(made.shot if made else task.shot)
            await self.form.sync(", ".join([*(made.losses if made else ()), *([words] if words else [])]))
            self.press.comes_from(task.id, made.kinship if made else "rerun", self.desk.shot)
            self.go_to(actions.SHOT)

    async def take_picture(self, role: Role, path: Path) -> None:
        """Puts a picture into the shot on the desk, as far as its model takes one."""
        if self.has_engine:
            await self.form.sync(self.desk.add_input(role, str(path)))
            self.go_to(actions.SHOT)

    async def _settings_changed(self, _settings: Settings) -> None:
        """An empty form follows what another window, or an editor, chose.

        What counts is what the settings say now: the news may be older than a key pressed since.
        """
        if self.form.prompt.text.strip():
            return  # somebody writes here: another window does not change what the next press sends
        if self.desk.follow(self.desk.engine.settings.value):
            await self.form.sync()

    def money_changed(self, bars: Sequence[Bar]) -> None:
        super().money_changed(bars)
        if self.desk.bars != bars:
            self.desk.bars = bars
            self.form.judge()

    async def _providers_changed(self, _nothing: None) -> None:
        self.desk.infos = self.desk.engine.providers()
        await self.form.sync()

    # The tasks ------------------------------------------------------------------------------------------------------

    @work(group="undo")
    async def action_undo(self) -> None:
        """Takes the last press back."""
        if self.has_engine:
            await self.takes.undo(self.press.last)

    @work(group="task")
    async def action_cancel_task(self) -> None:
        """Cancels the current task after a question."""
        await self.takes.with_chosen(task_actions.cancel, task_actions.cancel_many)

    @work(group="task")
    async def action_forget_task(self) -> None:
        """Stops watching the current task after a question."""
        await self.takes.with_chosen(task_actions.forget, task_actions.forget_many)

    @work(group="task")
    async def action_retry_task(self) -> None:
        """Sends the current task's shot once more; it can be taken back like any press."""
        task = self.takes.current
        if task is None or (agreed := await task_actions.agree_again(self.rushes, self.desk.engine, task)) is None:
            return
        tasks = await task_actions.attempt(self.rushes, self.press.send(task.shot, agreed), failed="Not sent")
        if tasks:
            self.takes.sent(tasks)

    @work(group="task")
    async def action_fetch_task(self) -> None:
        """Downloads the current task's clip again."""
        await self.takes.with_current(task_actions.fetch)

    @work(group="task")
    async def action_resolve_task(self) -> None:
        """Settles the current task, whose request was not answered."""
        await self.takes.with_current(task_actions.resolve)

    @work(group="task")
    async def action_release(self) -> None:
        """Sends what waits from an earlier run."""
        if self.has_engine:
            await self.takes.release()

    @work(group="task")
    async def action_drop_waiting(self) -> None:
        """Drops what waits from an earlier run, after a question."""
        if self.has_engine:
            await self.takes.drop()

    def action_next_filter(self) -> None:
        if self.has_engine:
            self.takes.next_filter()

    def action_differ(self) -> None:
        if self.has_engine:
            self.takes.open_differences()

    async def action_hold(self) -> None:
        if self.has_engine:
            await self.takes.hold()

    @work(group="task")
    async def action_rank(self, by: int) -> None:
        """Sooner or later than the other waiting tasks."""
        if self.has_engine:
            await self.takes.rank(by)

    def on_line_list_opened(self) -> None:
        if self.takes.must_settle:
            self.action_resolve_task()
        else:
            self.takes.open_details()

    def on_line_list_marked(self) -> None:
        self.takes.marks_changed()

    async def on_line_list_selected(self) -> None:
        await self.takes.show(self.takes.current)

    async def action_again(self) -> None:
        if self.has_engine and (task := self.takes.current):
            await self.take_shot(task)

    def action_copy_path(self) -> None:
        if self.has_engine:
            self.takes.copy_path()

    def action_watch(self) -> None:
        if self.has_engine:
            self.takes.preview.pause()
            self.rushes.watch_take(self.takes.current)

    async def action_play(self) -> None:
        if self.has_engine:
            await self.takes.play()


def _pane(name: str, title: str) -> Vertical:
    near = " -near" * (name == actions.SHOT)  # it has the focus as soon as there is a form
    pane = Vertical(id=name, classes=f"pane{near}")
    pane.border_title = Content(title)
    return pane
