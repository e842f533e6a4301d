"""Check: one finding of the doctor, and what all findings together mean. Pure; draws and prints nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Check", "Level", "fail", "ok", "warn", "worst"]


class Level(StrEnum):
    """How a check went. WARN: something is worth knowing, and nothing is broken by it."""

    PASS = "pass"  # noqa: S105 - the word for a check that went well
    WARN = "warn"
    FAIL = "fail"


_GRAVITY = {Level.PASS: 0, Level.WARN: 1, Level.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Check:
    """`name` is `group.what`; `fix` is one line that says what to do, empty where nothing is to be done."""

    name: str
    status: Level
    detail: str
    fix: str = ""

    @property
    def group(self) -> str:
        """What the name begins with: environment, home, settings, library, keys, vendors, gateway or path."""
        return self.name.partition(".")[0]

    def to_json(self) -> dict[str, Any]:
        """One object of `doctor --json`."""
        return {"name": self.name, "status": self.status.value, "detail": self.detail, "fix": self.fix}


def ok(name: str, detail: str) -> Check:
    """All is well."""
    return Check(name, Level.PASS, detail)


def warn(name: str, detail: str, fix: str) -> Check:
    """Worth knowing."""
    return Check(name, Level.WARN, detail, fix)


def fail(name: str, detail: str, fix: str) -> Check:
    """Broken."""
    return Check(name, Level.FAIL, detail, fix)


def worst(checks: Iterable[Check]) -> Level:
    """The gravest level; PASS where there are none."""
    return max((each.status for each in checks), key=lambda level: _GRAVITY[level], default=Level.PASS)
