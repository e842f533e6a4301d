"""docs/settings.md, made from the declaration: `python -m rushes.settings.docs > docs/settings.md`."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from rushes.settings.schema import Option, options, sections

__all__ = ["markdown"]

INTRO = """\
# Settings

This page is made from the declaration in `rushes/settings/model.py`:
`python -m rushes.settings.docs > docs/settings.md` writes it.

`rushes settings` lists the values that count, `rushes settings get KEY` and `rushes settings set KEY VALUE` read and
change one, `rushes settings path` says where the file is, `rushes settings edit` opens it. Every face of the program
that is running takes a change over, wherever it was made.

* The file is TOML, only its owner can read it, and a missing one is fine: each default then counts.
* Comments, the order and keys that this version does not know stay as they are.
* Two programs may change it at once; each writes only what it changed itself.
* A file with a syntax error is reported with line and column and never written to. Until it is mended the last good
  settings count (at a start: the defaults, and if it speaks of a budget, nothing may be spent). Changes made
  meanwhile count, and are written once the file is mended.
* A value that cannot be is reported with its line, and its default counts. A limit in `[budget]` counts as 0 then.
* Keys of vendors do not belong here; see `.env.example`.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([INTRO, *(_section(name, about) for name, about in sections().items())])


def _section(name: str, about: str) -> str:
    heading = f"## `[{name}]`" if name else "## At the top"
    rows = [_row(option) for option in options() if _home(option) == name]
    return "\n".join([heading, "", about, "", "| key | value | default | |", "|---|---|---|---|", *rows, ""])


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
