"""`serve`: the gateway, until it is told to end."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, say
from rushes.home import Home

if TYPE_CHECKING:
    from rushes.gateway.config import Config
    from rushes.gateway.token import Token

__all__ = ["serve"]

NEEDED = ("fastapi", "uvicorn")


def serve(home: Home, options: Namespace) -> int:
    """Runs until SIGTERM, SIGINT or SIGHUP."""
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        hint = "install them with pip install 'rushes[serve]', or from requirements-dev.lock in a checkout"
        raise Stop(Exit.USAGE, f"serve needs {' and '.join(missing)}", hint=hint)
    from rushes.gateway.token import TokenProblem, load_token

    home.make()
    try:
        token = load_token(home.data / "gateway.token")
    except TokenProblem as problem:
        raise Stop(Exit.KEY, str(problem)) from problem
    config = _config(options, token)
    bound = _listen(options)
    return asyncio.run(_serve(home, options, config, bound))


async def _serve(home: Home, options: Namespace, config: Config, bound: socket.socket) -> int:
    from rushes.engine import Engine
    from rushes.gateway.server import serve as run
    from rushes.log import close_log, open_log
    from rushes.redact import Redactor

    engine = await Engine.open(home, cwd=Path.cwd())
    redactor = Redactor([*engine.pool.keyring.secrets(), config.token.reveal(), config.token.cookie])
    open_log(home.log, redactor, level=engine.settings.value.log.level, debug=bool(os.environ.get("RUSHES_DEBUG")))
    try:
        left = await run(engine, config, bound, lambda: _announce(home, options, config, bound))
    finally:
        close_log()
    if left.at_vendor:
        say(
            f"rushes: {len(left.at_vendor)} tasks go on at their vendors; the next start picks them up",
            quiet=options.quiet,
        )
    return Exit.DONE


def _announce(home: Home, options: Namespace, config: Config, bound: socket.socket) -> None:
    """The link with the token is for a person at a terminal; a service's log gets the file's name."""
    host, port = bound.getsockname()[:2]
    origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if options.json:
        print_json({"origin": origin, "token_file": str(home.data / "gateway.token")})
        return
    print(origin, flush=True)
    if sys.stderr.isatty():
        say(f"in a browser: {origin}/login?token={config.token.reveal()}", quiet=options.quiet)
    say(f"the token is in {home.data / 'gateway.token'}; Ctrl-C ends it", quiet=options.quiet)


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


def _listen(options: Namespace) -> socket.socket:
    from rushes.gateway.server import listen

    if not 0 <= options.port <= 65535:
        raise Stop(Exit.USAGE, f"{options.port} is no port")
    try:
        return listen(options.host, options.port)
    except OSError as error:
        words = f"cannot listen on {options.host} port {options.port}: {error.strerror or error}"
        raise Stop(Exit.NETWORK, words, hint="another gateway may run there; --port 0 takes a free one") from error
