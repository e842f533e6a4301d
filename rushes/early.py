"""What the app must know of the settings before its first paint, read without the rest of the settings.

Importing the declaration would cost a part of the first paint; this module needs next to nothing. What it says is
provisional: the store reads the same file properly a moment later. It reports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.values import dataclass

__all__ = ["Early", "read_early"]

MOST_BYTES = 1_000_000

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "theme": ("auto", "dark", "light", "high-contrast", "ansi"),
    "player_glyphs": ("auto", "half", "quadrant", "kitty", "sixel", "none"),
}


@dataclass(frozen=True, slots=True)
class Early:
    """The looks, with the declaration's own defaults (a test holds the two together)."""

    theme: str = "dark"
    mouse: bool = True
    icons: bool = True
    player_glyphs: str = "auto"


def read_early(path: Path) -> Early:
    """The looks from settings.toml. Never raises: what cannot be read, or cannot be, has its default."""
    try:
        if not path.is_file():
            return Early()
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig")
        import tomllib

        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError):
        return Early()
    ui = table.get("ui")
    found = ui if isinstance(ui, dict) else {}
    return Early(**{name: found[name] for name in Early.__match_args__ if _fits(name, found.get(name))})


def _fits(name: str, value: Any) -> bool:
    if name in _CHOICES:
        return isinstance(value, str) and value in _CHOICES[name]
    return isinstance(value, bool)
