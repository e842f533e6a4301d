"""`serve`: the gateway, until it is told to end."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, say
from rushes.gateway.whereabouts import standing
from rushes.home import Home

if TYPE_CHECKING:
    from rushes.gateway.config import Config
    from rushes.gateway.guard import Guard
    from rushes.gateway.token import Token

__all__ = ["serve"]

NEEDED = ("fastapi", "uvicorn")


def serve(home: Home, options: Namespace) -> int:
    """Runs until SIGTERM, SIGINT or SIGHUP."""
    needed = (*NEEDED, "textual_serve") if options.tui else NEEDED
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        hint = "install them with pip install 'rushes[serve]', or from requirements-dev.lock in a checkout"
        raise Stop(Exit.USAGE, f"serve needs {' and '.join(missing)}", hint=hint)
    from rushes.gateway.token import TokenProblem, load_token

    home.make()
    try:
        token = load_token(home.data / "gateway.token")
    except TokenProblem as problem:
        raise Stop(Exit.KEY, str(problem)) from problem
    config = _config(options, token)
    bound = _listen(options, options.port)
    beside = _listen(options, options.port and options.port + 1) if options.tui else None
    return asyncio.run(_serve(home, options, config, bound, beside))


async def _serve(
    home: Home, options: Namespace, config: Config, bound: socket.socket, beside: socket.socket | None
) -> int:
    from rushes.engine import Engine
    from rushes.gateway.server import serve as run
    from rushes.log import close_log

    engine = await Engine.open(home, cwd=Path.cwd())
    engine.keep_log([config.token.reveal(), config.token.cookie])
    try:
        window = None if beside is None else _window(options.home, beside)
        with standing(home, _origin_of(bound), config.public_url):
            told = partial(_announce, home, options, config, bound, beside)
            left = await run(engine, config, bound, told, window=window)
    finally:
        close_log()
    if left.at_vendor:
        say(
            f"rushes: {len(left.at_vendor)} tasks go on at their vendors; the next start picks them up",
            quiet=options.quiet,
        )
    return Exit.DONE


def _window(home: str | None, beside: socket.socket) -> Callable[[Guard], AbstractAsyncContextManager[None]]:
    """The app in a browser. `home` is the option as it was given: each app finds the same home by it."""
    from rushes.gateway.window import Window

    return lambda guard: Window(home, guard).serving(beside)


def _announce(
    home: Home, options: Namespace, config: Config, bound: socket.socket, beside: socket.socket | None
) -> None:
    """The link with the token is for a person at a terminal; a service's log gets the file's name."""
    origin, app = _origin_of(bound), _origin_of(beside) if beside else None
    if options.json:
        print_json({"origin": origin, "app": app, "token_file": str(home.data / "gateway.token")})
        return
    print(origin, flush=True)
    if sys.stderr.isatty():
        say(f"in a browser: {origin}/login?token={config.token.reveal()}", quiet=options.quiet)
    if app:
        say(f"the app, once you are in: {app}", quiet=options.quiet)
    say(f"the token is in {home.data / 'gateway.token'}; Ctrl-C ends it", quiet=options.quiet)


def _origin_of(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(options: Namespace, token: Token) -> Config:
    from rushes.gateway.config import LOOPBACK, Config

    origins = frozenset(_origin(each) for each in options.allow_origin)
    public = _public(options.public_url)
    named = {each.casefold().rstrip(".") for each in options.allow_host}
    return Config(token=token, hosts=LOOPBACK | named, origins=origins, public_url=public)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
        raise Stop(Exit.USAGE, f"--allow-origin takes an origin such as https://example.org, not {text!r}")
    return f"{parts.scheme}://{parts.netloc}".casefold()


def _public(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme != "https" or not parts.netloc):
        raise Stop(Exit.USAGE, f"--public-url takes an https address, not {text!r}")
    return text.rstrip("/")


def _listen(options: Namespace, port: int) -> socket.socket:
    from rushes.gateway.server import listen

    if not 0 <= port <= 65535:
        raise Stop(Exit.USAGE, f"{port} is no port")
    try:
        return listen(options.host, port)
    except OSError as error:
        words = f"cannot listen on {options.host} port {port}: {error.strerror or error}"
        raise Stop(Exit.NETWORK, words, hint="another gateway may run there; --port 0 takes a free one") from error
