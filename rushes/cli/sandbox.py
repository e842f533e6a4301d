"""`sandbox`: the offline vendors on a loopback port, for other programs and the vendors' own clients."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from types import FrameType

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, say
from rushes.home import Home

__all__ = ["sandbox"]


def sandbox(home: Home, options: Namespace) -> int:
    """Serves until it is interrupted."""
    from providers.sandbox.options import Options
    from providers.sandbox.server import serve
    from providers.sandbox.world import World
    from rushes.settings import SettingsStore

    speed = options.speed if options.speed is not None else SettingsStore(home.settings).value.sandbox.speed
    if not 0.01 <= speed <= 100_000:
        raise Stop(Exit.USAGE, "--speed takes a number from 0.01 to 100000")
    home.make()
    try:
        server = serve(World(home.sandbox / "served", options=Options(speed=speed)), options.port)
    except OSError as error:
        raise Stop(Exit.NETWORK, f"cannot listen on 127.0.0.1:{options.port}: {error.strerror or error}") from error
    with server:
        _announce(server.origin, server.base_urls, options)
        _wait()
    return Exit.DONE


def _announce(origin: str, urls: dict[str, str], options: Namespace) -> None:
    from providers.registry import load

    if options.json:
        print_json({"origin": origin, "base_urls": urls})
        return
    # A plug-in's API of the same name is not what is served here: the built-in ones stand first, and win.
    variables = {api.name: api.base_url_env for spec in reversed(load().specs.values()) for api in spec.apis}
    for api, url in urls.items():
        print(f"export {variables[api]}={url}", flush=True)
    say(f"the sandbox listens on {origin}; any key of the right shape is accepted; Ctrl-C ends it", quiet=options.quiet)


def _wait() -> None:
    done = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        done.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    done.wait()
