"""Templates: prompts with `{variables}`, kept by name in templates.toml beside the settings.

A variable is a word in braces; braces around anything else are text like any other. Values are put in as they are, and
looked through for no further variables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from rushes.atomic import locked, write_atomically

__all__ = ["TemplateProblem", "fill", "filled", "load", "remove", "save", "variables"]

_VARIABLE = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]{0,39})\}")
MOST_NAME = 60


class TemplateProblem(Exception):
    """A template that cannot be kept or read: the message says why."""


def variables(prompt: str) -> tuple[str, ...]:
    """The names of a prompt's variables, each once, in their order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(prompt)))


def fill(prompt: str, values: Mapping[str, str]) -> str:
    """The prompt with its variables replaced. Raises TemplateProblem naming those without a value."""
    missing = [name for name in variables(prompt) if name not in values]
    if missing:
        raise TemplateProblem(f"no value for {', '.join(missing)}")
    return _VARIABLE.sub(lambda found: values[found[1]], prompt)


def filled(prompt: str, values: Mapping[str, str]) -> str:
    """As `fill`, and raises TemplateProblem for values that the prompt has no place for: a slip of the finger."""
    there = variables(prompt)
    if strange := [name for name in values if name not in there]:
        has = f"it has {', '.join(there)}" if there else "it has no variables"
        raise TemplateProblem(f"there is no {{{strange[0]}}} in this template; {has}")
    return fill(prompt, values)


def load(path: Path) -> dict[str, str]:
    """Prompts by name; none where there is no file. Raises TemplateProblem for a file that cannot be read."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TemplateProblem(f"{path}: {error}") from error
    return {name: prompt for name, prompt in table.items() if isinstance(prompt, str)}


def save(path: Path, name: str, prompt: str) -> None:
    """Keeps a prompt under a name, in place of what had it before. Raises TemplateProblem."""
    name = name.strip()
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise TemplateProblem(f"a name has 1 to {MOST_NAME} characters that can be seen")
    _change(path, lambda table: {**table, name: prompt})


def remove(path: Path, name: str) -> None:
    """Takes a template away. Raises TemplateProblem."""
    _change(path, lambda table: {key: value for key, value in table.items() if key != name})


def _change(path: Path, changed: Callable[[dict[str, str]], dict[str, str]]) -> None:
    import tomli_w

    try:
        with locked(path):
            text = tomli_w.dumps(changed(load(path)), multiline_strings=True)
            write_atomically(path, text.encode("utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateProblem(f"{path}: {error}") from error
