"""Errors over the line: what an engine raises there is raised here, of the same kind and with the same words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers import errors as vendors
from providers.errors import Problem, ProviderError
from rushes.interface import NotHere
from rushes.library.opening import LibraryError
from rushes.library.search import SearchProblem
from rushes.lifecycle import NotAllowed
from rushes.money.budgets import OverBudget, SpendingRefused
from rushes.pool import UnknownProvider
from rushes.remote.codec import Decoder, Misfit, encode
from rushes.tasks.acting import WrongState
from rushes.tasks.submitting import Invalid, NotReady

__all__ = ["pack", "unpack"]

_OURS = (Invalid, NotReady, NotHere, NotAllowed, WrongState, OverBudget, SpendingRefused, UnknownProvider)
_THEIRS = tuple(
    found
    for found in (getattr(vendors, name) for name in vendors.__all__)
    if isinstance(found, type) and issubclass(found, ProviderError)
)
_KINDS: dict[str, type[Exception]] = {
    each.__name__: each for each in (*_OURS, *_THEIRS, SearchProblem, LibraryError, LookupError, ValueError)
}
_FIELDS: Mapping[str, Any] = {
    "message": str,
    "hint": str | None,
    "vendor_code": str | None,
    "status": int,
    "problems": tuple[Problem, ...],
    "needed_usd": Decimal | None,
    "may_ask": bool,
    "retry_after": float | None,
    "daily": bool,
}
"""What the known kinds carry besides their words."""


def pack(error: Exception) -> dict[str, Any] | None:
    """A known error as JSON, by its nearest known kind; None for a fault."""
    name = next((each.__name__ for each in type(error).__mro__ if _KINDS.get(each.__name__) is each), None)
    if name is None:
        return None
    carried = {each: encode(getattr(error, each)) for each in _FIELDS if hasattr(error, each)}
    words = str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)
    return {"type": name, "words": words, "with": carried}


def unpack(data: Any) -> Exception | None:
    """The error itself; None where it is none that is known here."""
    kind = _KINDS.get(str(data.get("type"))) if isinstance(data, Mapping) else None
    if kind is None:
        return None
    error = kind.__new__(kind)
    error.args = (str(data.get("words", "")),)
    carried, read = data.get("with"), Decoder()
    for name, value in (carried if isinstance(carried, Mapping) else {}).items():
        if name in _FIELDS:
            try:
                setattr(error, name, read(_FIELDS[name], value))
            except Misfit:
                return None
    return error
