"""The screens that are modes of the app, each loaded when it is first gone to."""

from __future__ import annotations

from textual.screen import Screen

__all__ = ["health", "library", "settings", "spend"]


def library() -> Screen[None]:
    """Search and play earlier takes."""
    from tui.screens.library import LibraryScreen

    return LibraryScreen()


def spend() -> Screen[None]:
    """What was charged, and what the budgets leave."""
    from tui.screens.spend import SpendScreen

    return SpendScreen()


def health() -> Screen[None]:
    """Every check of the doctor."""
    from tui.screens.health import HealthScreen

    return HealthScreen()


def settings() -> Screen[None]:
    """Settings and keys."""
    from tui.screens.settings import SettingsScreen

    return SettingsScreen()
