"""What fills the prompt besides the keyboard: the person's editor and earlier prompts. Each is for a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.recall import distinct
from tui.text import one_line

if TYPE_CHECKING:
    from rushes.engine import Engine
    from tui.app import RushesApp
    from tui.widgets.prompt import Prompt

__all__ = ["earlier", "find", "in_editor"]

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


def put(prompt: Prompt, text: str) -> None:
    """A text in the prompt as if it had been typed."""
    from tui.text import visible

    prompt.load_text(visible(text))
    prompt.move_cursor(prompt.document.end)
    prompt.focus()
