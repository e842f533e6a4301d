"""A vendor's key, entered in the app: without echo, into `.env`, tried at once by a call that costs nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.screens.line_dialogue import LineDialogue
from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.pool import ProviderPool
    from tui.app import RushesApp
    from tui.setting_rows import Row

__all__ = ["enter", "forget"]


async def enter(app: RushesApp, engine: Engine, row: Row) -> None:
    """Asks for the key, writes it, and says what the vendor says to it. For a worker."""
    from rushes.keys import EnvFileError, KeyProblem, set_key

    if (pool := engine.pool) is None:
        _elsewhere(app, engine)
        return
    provider, api, variable = _of(pool, row)
    title = f"Key of {pool.spec(provider).label}"
    lines = [row.help, f"It is not shown, and goes to {app.home.env} (readable by you alone)."]
    value = await app.push_screen_wait(LineDialogue(title, lines, problem=_wrong, secret=True))
    if value is None:
        return
    try:
        await asyncio.to_thread(set_key, app.home.env, variable, value)  # another process may hold the file
    except (KeyProblem, EnvFileError) as problem:
        app.notify(one_line(str(problem)), title="Not kept", severity="error", markup=False)
        return
    engine.renew_keys()
    app.providers_changed()
    await _try(app, pool, provider, api)


async def _try(app: RushesApp, pool: ProviderPool, provider: str, api: str) -> None:
    """What the program makes of the key, then what the vendor does."""
    from providers.errors import ProviderError

    found = next(each for each in pool.keyring.describe() if (each.provider, each.api) == (provider, api))
    if found.problem:
        app.notify(one_line(found.problem), title="Kept, but it cannot be used", severity="warning", markup=False)
        return
    if found.where and found.where != str(app.home.env):
        app.notify(one_line(f"{found.variable} in {found.where} counts before it."), title="Kept", markup=False)
    app.notify("Asking the vendor …", title="Kept", markup=False)
    try:
        health = await pool.provider(provider, practice=False).health()
    except ProviderError as error:
        app.notify(one_line(error.message), title="Kept, not tried", severity="warning", markup=False)
        return
    if not health.reachable:
        words = one_line(health.message).partition(": [")[0]
        app.notify(words, title="Kept, not tested", severity="warning", markup=False)
        return
    good = health.key_accepted is not False
    title = "The key works" if good and health.key_accepted else "Kept" if good else "Kept, but the vendor says no"
    app.notify(one_line(health.message), title=title, severity="information" if good else "error", markup=False)


def forget(app: RushesApp, engine: Engine, row: Row) -> None:
    """Takes the key out of the home's `.env`; one from the environment stays where it is."""
    from rushes.keys import EnvFileError, forget_key

    if (pool := engine.pool) is None:
        _elsewhere(app, engine)
        return
    provider, api, _variable = _of(pool, row)
    names = next(each.key_env for each in pool.spec(provider).apis if each.name == api)
    try:
        gone = [name for name in names if forget_key(app.home.env, name)]
    except EnvFileError as problem:
        app.notify(one_line(str(problem)), severity="error", markup=False)
        return
    engine.renew_keys()
    app.providers_changed()
    where = f"Taken out of {app.home.env}: {', '.join(gone)}" if gone else f"{app.home.env} has no key of {provider}."
    app.notify(one_line(where), markup=False)


def _elsewhere(app: RushesApp, engine: Engine) -> None:
    words = f"The keys stay on the machine of {engine.place}: rushes keys, there, sets one."
    app.notify(one_line(words), title="Not here", severity="warning", markup=False)


def _of(pool: ProviderPool, row: Row) -> tuple[str, str, str]:
    """Provider, API and the variable to write."""
    _, provider, api = row.id.split(":", 2)
    found = next(each for each in pool.spec(provider).apis if each.name == api)
    return provider, api, found.key_env[0]


def _wrong(text: str) -> str:
    from rushes.keys import KeyProblem, clean_key

    try:
        clean_key(text)
    except KeyProblem as problem:
        return f"the key {problem}"
    return ""
