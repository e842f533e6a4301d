"""The colours: dark, light, high contrast, and the terminal's own sixteen. Styles name variables, never colours."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

__all__ = ["DEFAULTS", "THEMES", "theme_name"]

DEFAULTS: Final = {
    "chosen": "ansi_cyan",
    "chosen-text": "ansi_black",
    "quiet": "ansi_bright_black",
    "quiet-text": "ansi_bright_white",
    "cursor-row": "ansi_default",
    "text-label": "ansi_default",
    "text-quiet": "ansi_bright_black",
    "pane-edge": "ansi_bright_black",
    "pane-edge-near": "ansi_white",
    "pane-edge-focus": "ansi_cyan",
    "line": "ansi_default",
}
"""Variables of ours, for themes that do not set them: the ones of sixteen colours."""


def _variables(
    loud: tuple[str, str], quiet: tuple[str, str], label: str, edges: tuple[str, str], line: str, row: str
) -> dict[str, str]:
    """Of ours and of Textual's: `loud` and `quiet` are background and text of a value that is set.

    `row` shines through behind the line with the cursor; sixteen colours have no shades, there its edge alone tells.
    """
    return {
        "cursor-row": f"{row} 22%",
        "chosen": loud[0],
        "chosen-text": loud[1],
        "quiet": quiet[0],
        "quiet-text": quiet[1],
        "text-label": label,
        "text-quiet": label,
        "pane-edge": edges[0],
        "pane-edge-near": edges[1],
        "pane-edge-focus": loud[0],
        "line": line,
        "border": edges[0],
        "border-blurred": edges[0],
        "block-cursor-background": loud[0],
        "block-cursor-foreground": loud[1],
        "input-selection-background": f"{loud[0]} 35%",
        "scrollbar": edges[0],
        "scrollbar-hover": edges[1],
        "scrollbar-active": loud[0],
        "scrollbar-background": line,
        "scrollbar-corner-color": line,
        "footer-background": line,
    }


THEMES: Final = (
    Theme(
        name="rushes-dark",
        primary="#7fb2ff",
        secondary="#b79cff",
        accent="#ffb65c",
        success="#86d993",
        warning="#ffd166",
        error="#ff8087",
        foreground="#dde2ec",
        background="#0f1217",
        surface="#151a21",
        panel="#1c232d",
        dark=True,
        variables=_variables(
            ("#ffb65c", "#1a1206"), ("#2c3644", "#f0f3f8"), "#94a1b5", ("#2c3644", "#56657b"), "#161b23", "#7fb2ff"
        ),
    ),
    Theme(
        name="rushes-light",
        primary="#1f5fbf",
        secondary="#6a45c0",
        accent="#a85a00",
        success="#1f7a36",
        warning="#8a6100",
        error="#b3261e",
        foreground="#1d2430",
        background="#f6f4ef",
        surface="#efece4",
        panel="#e6e2d8",
        dark=False,
        variables=_variables(
            ("#a85a00", "#fffaf2"), ("#d8d2c4", "#1d2430"), "#566173", ("#cbc5b7", "#8b8577"), "#e9e5db", "#1f5fbf"
        ),
    ),
    Theme(
        name="rushes-high-contrast",
        primary="#8fd0ff",
        secondary="#e0c0ff",
        accent="#ffff00",
        success="#5dff7a",
        warning="#ffe000",
        error="#ff9a9a",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#101010",
        dark=True,
        variables=_variables(
            ("#ffff00", "#000000"), ("#ffffff", "#000000"), "#ffffff", ("#b0b0b0", "#ffffff"), "#000000", "#8fd0ff"
        ),
    ),
)

_NAMES = {"light": "rushes-light", "high-contrast": "rushes-high-contrast", "ansi": "ansi-dark"}


def theme_name(setting: str, *, light_terminal: bool = False) -> str:
    """Textual's name for a setting of ours; `auto` follows the terminal's background."""
    if setting == "auto":
        return "rushes-light" if light_terminal else "rushes-dark"
    return _NAMES.get(setting, "rushes-dark")
