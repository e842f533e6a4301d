"""Which way of drawing pictures this terminal gets, from what it said at the start and what a person set.

Saying yes to the kitty protocol's question is not enough: several terminals do and cannot place pictures by characters.
So those that have been seen to can are listed by name. Inside tmux the question cannot be asked; tmux is, without a
word to the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol, runtime_checkable

from providers.values import dataclass

__all__ = ["HALF", "Graphics", "HasGraphics", "answer_of", "choose", "fitting", "tmux_question"]

Kind = Literal["half", "quadrant", "kitty", "sixel", "none"]

USUAL_CELL = (8, 16)
"""Pixels of a cell where the terminal does not say: only the proportion matters much."""
SHARE = 3
"""Pictures in pixels are sent at a third of the screen's resolution: at equal bytes far more than half blocks show."""
KITTY_FROM = (0, 28)
_KITTY = re.compile(r"kitty\W*(\d+)\.(\d+)", re.IGNORECASE)
_PLACES = ("ghostty", "rio")


@dataclass(frozen=True, slots=True)
class Graphics:
    """A way of drawing. `cell`: a cell's pixels; `tmux`: sequences must be wrapped to pass through it."""

    kind: Kind = "half"
    cell: tuple[int, int] = USUAL_CELL
    tmux: bool = False

    def pixels(self, columns: int, rows: int) -> tuple[int, int]:
        """Width and height, in square pixels, that a picture for so many cells should have."""
        if self.kind == "kitty":
            return max(1, columns * self.cell[0] // SHARE), max(1, rows * self.cell[1] // SHARE)
        if self.kind == "sixel":
            return max(1, columns * self.cell[0] // 2), max(1, rows * self.cell[1] // 2)
        if self.kind == "quadrant":
            return 2 * columns, 4 * rows
        return columns, 2 * rows


HALF = Graphics()


@runtime_checkable
class HasGraphics(Protocol):
    """An app that knows how to draw."""

    graphics: Graphics


def fitting(name: str) -> bool:
    """Whether a terminal of that name and version places pictures by characters."""
    if found := _KITTY.search(name):
        return (int(found[1]), int(found[2])) >= KITTY_FROM
    return any(re.match(rf"{each}\b", name.strip().casefold()) for each in _PLACES)


def choose(
    setting: str,
    *,
    name: str = "",
    kitty: bool = False,
    sixel: bool = False,
    cell: tuple[int, int] | None = None,
    tmux: str | None = None,
) -> Graphics:
    """The way of drawing. `name` is what the terminal calls itself; `tmux` is tmux's answer to `tmux_question`.

    A setting other than auto is obeyed: whoever forces a way knows the terminal better.
    """
    found = cell or USUAL_CELL
    if setting in {"half", "quadrant", "none", "sixel"}:
        return Graphics(setting, found)  # type: ignore[arg-type]  # the set above holds kinds only
    if setting == "kitty":
        return Graphics("kitty", found, tmux is not None)
    if tmux is not None:
        outside, _, passes = tmux.partition("|")
        return Graphics("kitty", found, True) if passes.strip() in {"on", "all"} and fitting(outside) else HALF
    if kitty and fitting(name):
        return Graphics("kitty", found)
    # Sixel is laid out in pixels, so a guess at the size of a cell would put it beside its place.
    return Graphics("sixel", cell) if sixel and cell and name.casefold().startswith("xterm") else HALF


def tmux_question(environ: Mapping[str, str]) -> list[str] | None:
    """The command whose output `choose` understands; None outside tmux."""
    if not environ.get("TMUX"):
        return None
    return ["tmux", "display-message", "-p", "#{client_termtype}|#{allow-passthrough}"]


async def answer_of(question: list[str]) -> str | None:
    """What the command says; None where it is not there or fails."""
    import asyncio

    try:
        asked = await asyncio.create_subprocess_exec(
            *question,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    said, _ = await asked.communicate()
    return said.decode("utf-8", "replace").strip() if asked.returncode == 0 else None
