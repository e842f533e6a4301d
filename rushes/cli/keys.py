"""`keys`: where each key was found, and setting one without echo. No option takes a key: it would be seen."""

from __future__ import annotations

import getpass
import os
import re
import sys
from argparse import Namespace
from pathlib import Path

from providers.base import Api, ProviderSpec
from providers.catalogue import near
from providers.registry import load
from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json, say, table
from rushes.home import Home
from rushes.keys import clean_key, find_keys, forget_key, set_key

__all__ = ["keys"]


def keys(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    specs = load().specs
    if options.action == "list" and options.provider:
        raise Stop(Exit.USAGE, f"keys list does not take {options.provider!r}: it lists them all")
    if options.action == "list":
        return _list(home, specs, options)
    if not options.provider:
        raise Stop(Exit.USAGE, f"keys {options.action} takes a provider: {', '.join(specs)}")
    spec = specs.get(options.provider)
    if spec is None:
        words = f"there is no provider {options.provider!r}{near(options.provider, specs)}"
        raise Stop(Exit.USAGE, words, hint=f"there are {', '.join(specs)}")
    if not spec.needs_key:
        raise Stop(Exit.USAGE, f"{spec.label} needs no key")
    home.make()
    return _set(home, spec, options) if options.action == "set" else _forget(home, spec, options)


def _list(home: Home, specs: dict[str, ProviderSpec], options: Namespace) -> int:
    ring = find_keys(specs.values(), environ=os.environ, cwd=Path.cwd(), config_dir=home.config)
    rows = [row for row in ring.describe() if specs[row.provider].needs_key]
    if options.json:
        print_json({"keys": [row.to_json() for row in rows], "problems": list(ring.problems)})
        return Exit.DONE
    cells = [
        (row.provider, row.api, row.variable, f"…{row.tail}" if row.where else "not set", row.where, row.problem or "")
        for row in rows
    ]
    table(cells, ("PROVIDER", "API", "VARIABLE", "KEY", "FOUND IN", "PROBLEM"))
    for words in (*ring.problems, *(row.note for row in rows if row.note)):
        say(f"rushes: {words}")
    return Exit.DONE


def _set(home: Home, spec: ProviderSpec, options: Namespace) -> int:
    value = getpass.getpass(f"Key of {spec.label}: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not value.strip():
        raise Stop(Exit.KEY, "no key was given; nothing was written")
    key = clean_key(value)
    api = _api(spec, options.api, key)
    _check_shape(spec, api, key)
    secret = set_key(home.env, api.key_env[0], key)
    if options.json:
        print_json({"variable": api.key_env[0], "tail": secret.tail, "path": str(home.env)})
    else:
        say(f"{api.key_env[0]} ({secret}) is in {home.env}", quiet=options.quiet)
    if not api.key_pattern:
        words = f"of a key of {spec.label} only its beginning can be checked here"
        say(f"rushes: {words}; `rushes doctor --live` asks whether it is taken", quiet=options.quiet)
    return Exit.DONE


def _check_shape(spec: ProviderSpec, api: Api, key: str) -> None:
    """Before a good key is written over: whether this can be one of this vendor's at all."""
    fits = re.fullmatch(api.key_pattern, key) if api.key_pattern else key.startswith(api.key_prefix)
    if not fits:
        where = f"; copy it again from {api.key_page}" if api.key_page else ""
        raise Stop(Exit.KEY, f"that is no key of {spec.label} ({len(key)} characters){where}; nothing was written")


def _forget(home: Home, spec: ProviderSpec, options: Namespace) -> int:
    names = [name for api in spec.apis if options.api in {"", api.name} for name in api.key_env]
    gone = [name for name in dict.fromkeys(names) if forget_key(home.env, name)]
    if options.json:
        print_json({"forgotten": gone, "path": str(home.env)})
    else:
        say(f"taken out of {home.env}: {', '.join(gone) or 'nothing, there was none'}", quiet=options.quiet)
    return Exit.DONE


def _api(spec: ProviderSpec, wanted: str, key: str) -> Api:
    """Which of a provider's APIs a key opens: as told, or by its prefix."""
    if wanted:
        found = next((api for api in spec.apis if api.name == wanted), None)
        if found is None:
            raise Stop(Exit.USAGE, f"{spec.label} has no API {wanted!r}: {', '.join(api.name for api in spec.apis)}")
        return found
    fitting = [api for api in spec.apis if api.key_prefix and key.startswith(api.key_prefix)]
    return max(fitting, key=lambda api: len(api.key_prefix)) if fitting else spec.apis[0]
