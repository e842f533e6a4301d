"""docs/settings.md, made from the declaration: `python -m rushes.settings.docs > docs/settings.md`."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from rushes.settings.schema import Option, options, sections

__all__ = ["markdown"]

INTRO = """\
# Settings

This page lists every setting: its key, the values it takes, its default and what it does. It is generated from
`rushes/settings/model.py` by `python -m rushes.settings.docs > docs/settings.md`.

You can change settings on the app's Settings screen, on the command line or in the file:

* `rushes settings` lists the values in effect; `rushes settings get KEY` and `rushes settings set KEY VALUE` read and
  change one.
* `rushes settings path` prints the path of the file; `rushes settings edit` opens it.

Every running part of the program picks up a change, wherever you made it.

The file:

* It is TOML, and only you can read it. If it is missing, every default applies.
* Your comments, the order of keys, and keys that this version does not know are kept.
* Two programs may change it at once; each writes only what it changed.
* If it has a syntax error, rushes reports line and column and does not write to it. Until you correct it, the last good
  settings apply. If rushes starts with such a file, the defaults apply, and if the file mentions a budget, nothing may
  be spent. Changes you make meanwhile apply, and are written once the file is correct.
* An invalid value is reported with its line, and the default applies instead. An invalid limit in `[budget]` counts
  as 0.
* Vendors' keys do not belong in it; see `.env.example`.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([INTRO, *(_section(name, about) for name, about in sections().items())])


def _section(name: str, about: str) -> str:
    heading = f"## `[{name}]`" if name else "## At the top"
    rows = [_row(option) for option in options() if _home(option) == name]
    return "\n".join(
        [heading, "", about[:1].upper() + about[1:], "", "| key | value | default | |", "|---|---|---|---|", *rows, ""]
    )


def _home(option: Option) -> str:
    return option.path[0] if len(option.path) > 1 else ""


def _row(option: Option) -> str:
    cells = (f"`{option.key}`", option.rule, _default(option), option.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(option: Option) -> str:
    """As it would stand in the file."""
    if option.default is None:
        return "none"
    return f"`{_toml(option.default)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int | float):
        return f"{value}"
    return f'"{value}"'


if __name__ == "__main__":
    sys.stdout.write(markdown())
