"""What fills the prompt besides the keyboard: the person's editor, earlier prompts, templates. Each is for a worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.recall import distinct
from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from tui.app import RushesApp
    from tui.widgets.prompt import Prompt

__all__ = ["earlier", "find", "in_editor", "keep_template", "use_template"]

REMEMBERED = 500
"""How many of the newest tasks are looked through for their prompts."""


async def earlier(engine: Engine) -> list[str]:
    """The prompts of the newest tasks, each once, newest first."""
    page = await engine.history(limit=REMEMBERED)
    return distinct(each.shot.prompt for each in page.tasks)


async def find(app: RushesApp, engine: Engine, prompt: Prompt) -> None:
    """Searches earlier prompts; the chosen one takes the place of what stands there."""
    from tui.screens.find import Find

    known = await earlier(engine)
    lines = [("", each) for each in known]
    chosen = await app.push_screen_wait(Find("Earlier prompts", lines, empty="No earlier prompt has these words"))
    if chosen is not None:
        put(prompt, known[chosen])


async def in_editor(app: RushesApp, prompt: Prompt) -> None:
    """The prompt as the editor leaves it."""
    from tui.editor import EditorFailed, edit

    try:
        text = await edit(app, prompt.text)
    except EditorFailed as error:
        app.notify(one_line(str(error)), title="Editor", severity="warning", markup=False)
        return
    if text != prompt.text:
        put(prompt, text)


async def keep_template(app: RushesApp, prompt: Prompt) -> None:
    """Keeps what stands in the prompt under a name."""
    from rushes.shots.templates import TemplateProblem, save, variables
    from tui.screens.line_dialogue import LineDialogue

    names = ", ".join(f"{{{each}}}" for each in variables(prompt.text)) or "none; write {word} for one"
    lines = [one_line(prompt.text, 200), f"Variables: {names}", "", "Name"]
    name = await app.push_screen_wait(
        LineDialogue("Keep as a template", lines, problem=lambda text: "" if text.strip() else "a name")
    )
    if name is None:
        return
    try:
        await asyncio.to_thread(save, app.home.templates, name, prompt.text)  # another process may hold the file
    except TemplateProblem as problem:
        app.notify(one_line(str(problem)), title="Not kept", severity="warning", markup=False)
        return
    app.notify(one_line(name), title="Template kept", markup=False)


async def use_template(app: RushesApp, prompt: Prompt) -> None:
    """Chooses a template, has its variables filled in, and puts it into the prompt."""
    from rushes.shots.templates import TemplateProblem, load, variables
    from tui.screens.fill_in import FillIn
    from tui.screens.find import Find

    try:
        known = list((await asyncio.to_thread(load, app.home.templates)).items())
    except TemplateProblem as problem:
        app.notify(one_line(str(problem)), title="Templates", severity="warning", markup=False)
        return
    chosen = await app.push_screen_wait(
        Find("Templates", known, empty="No template has these words; the palette keeps a prompt as one")
    )
    if chosen is None:
        return
    name, text = known[chosen]
    whole = await app.push_screen_wait(FillIn(name, text)) if variables(text) else text
    if whole is not None:
        put(prompt, whole)


def put(prompt: Prompt, text: str) -> None:
    """A text in the prompt as if it had been typed."""
    from tui.widgets.prompt import typed  # not before the first paint

    prompt.load_text(typed(text))
    prompt.move_cursor(prompt.document.end)
    prompt.focus()
