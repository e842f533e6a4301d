"""Exchanges: what this program and a vendor said to each other about one task, kept for whoever asks how it went.

The request as it left, the vendor's answer to it, and the vendor's latest word. Nothing in here opens anything: keys
and signatures are taken out before it is written, pictures and other long texts are cut, and so is the whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from providers.values import dataclass
from rushes.task import stamp

if TYPE_CHECKING:
    from providers.errors import Refused
    from rushes.redact import Redactor

__all__ = ["LARGEST", "LONGEST_TEXT", "Exchange", "Said", "Scribe"]

LONGEST_TEXT = 2_000
"""Characters of one text; a prompt fits, a picture does not."""
MOST_ITEMS = 50
DEEPEST = 30
"""Lists within lists; a vendor's answer must never be able to stop us from writing down that it came."""
LONGEST_NUMBER = 18
"""Digits of a number; a longer one is kept as text."""
LARGEST = 16_000
"""Characters of one exchange as JSON."""
LOOKED_AT = 8 * LONGEST_TEXT
"""Characters of one text that secrets are looked for in: what is kept ends far before, so that none is cut in half."""


class Said(StrEnum):
    """Which part of a conversation: there is one of each for each press."""

    REQUEST = "request"
    ANSWER = "answer"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing that was said. `press` counts the billable requests of the task; `data` is JSON-like and redacted."""

    press: int
    said: Said
    at: datetime
    data: Any

    def to_json(self) -> dict[str, Any]:
        """The form of `exchanges` in `show --json`."""
        return {"press": self.press, "said": self.said.value, "at": stamp(self.at), "data": self.data}

    def text(self) -> str:
        """The data as a block for people; it may be long."""
        return json.dumps(self.data, ensure_ascii=False, indent=2)


class Scribe:
    """Turns what was said into the text that is kept."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor

    def write(self, data: Any) -> str:
        """JSON without secrets, of at most `LARGEST` characters or little more."""
        clean = self.redactor.clean_data(self._plain(data))
        for longest in (LONGEST_TEXT, LONGEST_TEXT // 5, LONGEST_TEXT // 25):
            text = json.dumps(_cut(clean, longest), ensure_ascii=False)
            if len(text) <= LARGEST:
                return text
        return json.dumps(_short(text, LARGEST // 2, len(text)), ensure_ascii=False)

    def _plain(self, data: Any, deep: int = 0) -> Any:
        """JSON's own kinds of values; a picture is cut before it is searched."""
        if deep > DEEPEST and isinstance(data, Mapping | list | tuple):
            return "…"
        if isinstance(data, Mapping):
            return {str(name): self._plain(each, deep + 1) for name, each in data.items()}
        if isinstance(data, list | tuple):
            return [self._plain(each, deep + 1) for each in data[: MOST_ITEMS + 1]]
        if isinstance(data, int | Decimal) and not isinstance(data, bool):
            return _number(data)
        if isinstance(data, str) and len(data) > LOOKED_AT:
            return _short(self.redactor.redact(data[:LOOKED_AT]), LONGEST_TEXT // 25, len(data))
        return data

    def refusal(self, error: Refused) -> str:
        """A vendor's no, as far as the error tells it."""
        told = {"http": error.status or None, "message": error.message, "code": error.vendor_code}
        problems = [each.to_json() for each in error.problems]
        return self.write({name: each for name, each in {**told, "problems": problems}.items() if each})


def _number(number: int | Decimal) -> int | float | str:
    """As JSON has it. One like 1e99999 would take a second to write out, and no reader could take it in."""
    value = Decimal(number)
    if not value.is_finite() or value.adjusted() >= LONGEST_NUMBER:
        return f"{value:.6e}"
    return int(value) if value == value.to_integral_value() else float(value)


def _cut(data: Any, longest: int) -> Any:
    if isinstance(data, Mapping):
        return {name: _cut(each, longest) for name, each in data.items()}
    if isinstance(data, list):
        more = ["…"] if len(data) > MOST_ITEMS else []
        return [_cut(each, longest) for each in data[:MOST_ITEMS]] + more
    if isinstance(data, str) and len(data) > longest:
        return _short(data, longest, len(data))
    return data


def _short(text: str, longest: int, length: int) -> str:
    return f"{text[:longest]}… ({length} characters)"
