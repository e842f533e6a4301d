"""The library that a verb reads: this home's, without any engine, or the one of the gateway that is worked against."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rushes.cli.output import say
from rushes.home import Home
from rushes.library.library import Library
from rushes.library.opening import ANEW_WORDS

if TYPE_CHECKING:
    from rushes.remote.reading import FarLibrary

__all__ = ["open_library"]


def open_library(home: Home) -> Library | FarLibrary:
    """Close it. Raises LibraryError; for a gateway HomeError, KeyRefused, Unreachable."""
    home.make()
    if home.connect:
        from rushes.remote.reading import FarLibrary

        return FarLibrary(home)
    library = Library(home.library, now=lambda: datetime.now(UTC))
    if library.begun_anew():
        say(f"rushes: {ANEW_WORDS}")
    return library
