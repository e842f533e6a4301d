"""Settings: every setting of the one declaration in a list that can be searched, and the vendors' keys.

Enter changes a value, where it is checked before it counts; delete takes it back to its default. A change from an
editor, the command line or another window shows at once. Keys are typed without echo, go to `.env`, and are tried by a
call that costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui import actions
from tui.screens.base import MainScreen, too_small
from tui.screens.dialogue import Choose
from tui.screens.line_dialogue import LineDialogue
from tui.text import one_line, visible
from tui.widgets.bars import KeyLine, TopLine
from tui.widgets.field import PlainInput
from tui.widgets.line_list import LineList
from tui.widgets.row_list import Row as Shown
from tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.settings import Settings
    from tui.setting_rows import Row

__all__ = ["SettingsScreen"]


class SettingsScreen(MainScreen):
    """The list, the search line over it, and what the current setting is about below it."""

    CSS_PATH = "../styles/settings.tcss"
    place: ClassVar[str] = actions.SETTINGS
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.SETTINGS)]
    AUTO_FOCUS = None

    engine: Engine
    list: RowList
    sought = ""

    def compose(self) -> ComposeResult:
        yield TopLine("settings")
        yield too_small()
        with Horizontal(classes="search-line"):
            yield Static(Content("/"), classes="slash", markup=False)
            yield PlainInput(placeholder="search the settings", compact=True, id="search")
        yield Vertical(id="panes")
        yield KeyLine()

    async def opened(self, engine: Engine) -> None:
        self.engine = engine
        self.list, self.about = RowList("No setting has these words"), Static(id="about", markup=False)
        self.list.name_cells = 40
        self.rows: list[Row] = []
        self.nowhere: list[str] = []
        await self.query_one("#panes").mount(self.list, self.about)
        self.rushes.bridge.settings.subscribe(self, self._changed)
        self.rushes.bridge.trouble.subscribe(self, self._changed)
        self.fill()
        self.list.focus()
        self.seek(self.sought)

    def seek(self, name: str) -> None:
        """Puts the cursor on a setting, as soon as there is a list."""
        self.sought = name
        if not name or not hasattr(self, "list"):
            return
        self.query_one("#search", Input).value = ""
        self._show()
        if (place := self.list.index_of(name)) is not None:
            self.list.move_to(place)

    def pane_of(self, focused: Widget | None) -> str:
        return actions.SEARCH if isinstance(focused, Input) else actions.OPTIONS

    # What is shown --------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Reads the settings and the keys as they are now."""
        from tui.keymap import faults as keymap_faults
        from tui.setting_rows import key_rows, rows

        store = self.engine.settings
        names = _names(self.engine)
        faults = {each.key: each.reason for each in store.faults}
        faults |= {f"keymap.{each}": words for each, words in keymap_faults(store.value.keymap).items()}
        needed = {each.name for each in self.engine.providers() if each.needs_key}
        pool = self.engine.pool
        keys = [each for each in pool.keyring.describe() if each.provider in needed] if pool else []
        self.rows = [*key_rows(keys), *rows(store.value, names, faults)]
        listed = {each.id for each in self.rows}
        self.nowhere = [f"{key}: {reason}" for key, reason in faults.items() if key not in listed]
        self._show()

    def _show(self) -> None:
        from tui.setting_rows import searched

        found = searched(self.rows, self.query_one("#search", Input).value)
        self.list.show([_shown(each) for each in found])
        self._tell()

    def _tell(self) -> None:
        row, store = self.current, self.engine.settings
        lines: list[Content] = []
        if store.problem:
            lines.append(Content.styled(visible(store.problem), "$text-error"))
        if self.nowhere:
            lines.append(Content.styled(one_line(f"✗ in the file: {'; '.join(self.nowhere)}"), "$text-error"))
        if self.engine.place:
            lines.append(
                Content.styled(f"This machine's own; keys and budgets are those of {self.engine.place}.", "$text-quiet")
            )
        if row is not None:
            lines += [Content(one_line(row.help)), Content.styled(_rule(row), "$text-quiet")]
            if row.problem:
                lines.append(Content.styled(f"✗ in the file: {one_line(row.problem)}", "$text-error"))
        self.about.update(Content("\n").join(lines))

    async def _changed(self, _news: Settings | None) -> None:
        self.fill()

    @property
    def current(self) -> Row | None:
        """The setting under the cursor."""
        return next((each for each in self.rows if each.id == self.list.cursor_id), None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_engine:
            self._show()

    def on_input_submitted(self) -> None:
        self.action_focus_list()

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        message.stop()
        self._tell()

    def on_line_list_opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.edit()

    # What the keys do -----------------------------------------------------------------------------------------------

    def action_focus_search(self) -> None:
        self.query_one("#search").focus()

    def action_focus_list(self) -> None:
        if self.has_engine:
            self.list.focus()

    async def action_step_out(self) -> None:
        if isinstance(self.focused, Input):
            self.list.focus()
        else:
            await self.rushes.action_studio()

    def action_change(self, step: int) -> None:
        """The next or the previous value of a choice or a switch."""
        row = self.current
        if row is None or row.option is None:
            return
        values = _choices(row)
        if values:
            at = values.index(row.value) if row.value in values else 0
            self._set(row, values[(at + step) % len(values)])

    def action_reset(self) -> None:
        """Takes the current setting out of the file, so that its default counts; a key out of `.env`."""
        row = self.current
        if row is None or not row.changed:
            return
        if row.option is not None:
            self.engine.settings.reset(row.id)
            self.notify(f"{row.id} is {row.default or 'not set'} again.", markup=False)
        else:
            from tui.vendor_keys import forget

            forget(self.rushes, self.engine, row)
            self.fill()

    @work(group="edit", exclusive=True)
    async def edit(self) -> None:
        """Asks for a new value, in the way that fits its kind."""
        row = self.current
        if row is None:
            return
        if row.option is None:
            from tui.vendor_keys import enter

            await enter(self.rushes, self.engine, row)
            self.fill()
        elif values := _choices(row):
            if len(values) == 2:
                self.action_change(1)
                return
            at = values.index(row.value) if row.value in values else 0
            index = await self.app.push_screen_wait(Choose(row.id, values, at))
            if index is not None:
                self._set(row, values[index])
        else:
            await self._ask(row)

    async def _ask(self, row: Row) -> None:
        from tui.setting_rows import NOT_SET

        value = "" if row.value == NOT_SET else row.value
        text = await self.app.push_screen_wait(
            LineDialogue(
                row.id, [row.help, _rule(row)], value=value, problem=lambda text: _wrong(row, text), replace=True
            )
        )
        if text is not None and text != value:
            self._set(row, text)

    def _set(self, row: Row, text: str) -> None:
        from rushes.settings import SettingsProblem

        try:
            self.engine.settings.update(row.id, text)
        except SettingsProblem as problem:
            self.notify(one_line(str(problem)), title="Not changed", severity="warning", markup=False)


def _names(engine: Engine) -> dict[str, list[str]]:
    """What the open tables may hold: providers, and the ids of actions."""
    paid = [each.name for each in engine.providers() if each.needs_key]
    every = [each.name for each in engine.providers()]
    return {
        "budget.providers": paid,
        "limits.concurrency": every,
        "limits.per_minute": every,
        "keymap": [each.id for each in actions.ACTIONS if each.run],
    }


def _choices(row: Row) -> list[str]:
    from rushes.settings.schema import Kind

    if row.option is None:
        return []
    return ["no", "yes"] if row.option.kind is Kind.SWITCH else list(row.option.choices)


def _wrong(row: Row, text: str) -> str:
    from rushes.settings import SettingsProblem
    from rushes.settings.check import parse

    try:
        parse(row.id, text)
    except SettingsProblem as problem:
        return problem.reason
    return ""


def _rule(row: Row) -> str:
    usual = f"; without a choice of yours: {row.default}" if row.option and row.default else ""
    return one_line(f"{row.rule}{usual}")


def _shown(row: Row) -> Shown:
    name = _key_name(row.id) if row.option is None else row.id
    if row.problem:
        return Shown(row.id, "✗", name, row.value, "bad", note=row.help)
    style = "" if row.changed else "dim"
    return Shown(row.id, "•" if row.changed else "", name, row.value, style, note=row.help)


def _key_name(row_id: str) -> str:
    """`key: luma agents`; the API's name only where it says more than the provider's."""
    _, provider, api = row_id.split(":", 2)
    return f"key: {provider}" if api == provider else f"key: {provider} {api.replace('_', ' ')}"
