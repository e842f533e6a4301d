"""Settings: every choice of a person, declared once with type, default, bounds and help.

The file, the settings screen, `rushes settings`, docs/settings.md and the validation all follow from this
declaration. Not for keys of vendors: those live in `.env` files (see `rushes.keys`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "Budget",
    "Limits",
    "Log",
    "Media",
    "Money",
    "Notify",
    "ProviderBudget",
    "ProviderChoice",
    "Sandbox",
    "Settings",
    "Spending",
    "Ui",
]

NAME_FIELDS = ("date", "time", "provider", "model", "mode", "words", "id")
"""What may stand in braces in `media.name_pattern`."""


def _money(value: Any) -> Any:
    """Amounts are read from their digits, so that 0.1 is a tenth of a dollar and not the nearest binary number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        return value


def _keys(value: Any) -> Any:
    """`"f5, ctrl+j"`, `["f5", "ctrl+j"]` and `""` (no key at all) alike."""
    if isinstance(value, str):
        return tuple(each.strip() for each in value.split(",") if each.strip())
    return tuple(value) if isinstance(value, list) else value


def _name_pattern(value: str) -> str:
    try:
        parts = [part for part in Formatter().parse(value) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"has braces that do not match ({error})") from error
    fields = [field if not (form or convert) else f"{field}…" for _, field, form, convert in parts]
    if unknown := [field for field in fields if field not in NAME_FIELDS]:
        raise ValueError(f"has {{{unknown[0]}}}; known are {', '.join(f'{{{name}}}' for name in NAME_FIELDS)}")
    if "id" not in fields:
        raise ValueError("must contain {id}, so that two clips never share a name")
    if re.search(r"[/\\\x00-\x1f\x7f]", value) or value.startswith((".", "-")):
        raise ValueError("must be a plain file name: no / or \\, no . or - in front")
    return value


Amount = Annotated[Decimal, BeforeValidator(_money), Field(ge=0, le=1_000_000, decimal_places=4, allow_inf_nan=False)]
Money = Amount | None
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000)] | None
Seconds = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] | None
Value = str | bool | int | Number
Keys = Annotated[tuple[str, ...], BeforeValidator(_keys)]
Slots = Annotated[int, Field(ge=0, le=1000)]


class Section(BaseModel):
    """A table of settings.toml. What it does not know is left alone in the file and not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class ProviderChoice(Section):
    """What was last chosen with one provider; the studio writes it."""

    model: str = Field(default="", description="model that was last chosen")
    params: Annotated[Mapping[str, Value], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}), description="parameters that were last chosen, by our names"
    )


class Sandbox(Section):
    """The offline stand-in."""

    stand_in: bool = Field(
        default=False, description="real providers run offline as practice, without keys and for nothing"
    )
    speed: Number = Field(
        default=1.0, ge=0.1, le=1000, description="how many times faster than life the sandbox renders"
    )


class Spending(Section):
    """When a paid press is asked about."""

    ask_above_usd: Amount = Field(
        default=Decimal(0),
        description="ask before a press that costs more than this, in USD; 0 asks before every paid one",
    )
    allow_without_asking: bool = Field(
        default=False, description="scripts without a terminal may spend, within the budget, without --yes"
    )
    over_budget: Literal["refuse", "ask"] = Field(
        default="refuse", description="what a press over the budget meets: refused, or asked about once"
    )
    cancel_when_dearer: bool = Field(
        default=False,
        description="cancel a task whose vendor's estimate is more than 2 % above the quote, while that costs nothing",
    )


class ProviderBudget(Section):
    """Limits of one provider, beside those of everything."""

    per_day_usd: Money = Field(default=None, description="the most that a day (UTC) may cost with it, in USD")
    per_month_usd: Money = Field(default=None, description="the most that a calendar month (UTC) may cost with it")
    per_day_clips: Count = Field(default=None, description="the most clips of a day (UTC) with it")
    per_month_clips: Count = Field(default=None, description="the most clips of a calendar month (UTC) with it")
    per_day_seconds: Seconds = Field(default=None, description="the most seconds of clip of a day (UTC) with it")
    per_month_seconds: Seconds = Field(default=None, description="the most seconds of clip of a month (UTC) with it")


class Budget(Section):
    """Limits, in USD and in clips or seconds of paid clip. None: no limit. What is unknown is over every limit."""

    per_press_usd: Money = Field(default=None, description="the most that one press may cost, in USD")
    per_day_usd: Money = Field(default=None, description="the most that a day (UTC) may cost, in USD")
    per_month_usd: Money = Field(default=None, description="the most that a calendar month (UTC) may cost, in USD")
    per_press_clips: Count = Field(default=None, description="the most clips that one press may make")
    per_day_clips: Count = Field(default=None, description="the most clips of a day (UTC)")
    per_month_clips: Count = Field(default=None, description="the most clips of a calendar month (UTC)")
    per_press_seconds: Seconds = Field(default=None, description="the most seconds of clip that one press may make")
    per_day_seconds: Seconds = Field(default=None, description="the most seconds of clip of a day (UTC)")
    per_month_seconds: Seconds = Field(default=None, description="the most seconds of clip of a month (UTC)")
    providers: Annotated[Mapping[str, ProviderBudget], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}), description="limits of one provider, beside those of everything"
    )


class Media(Section):
    """Where clips go."""

    folder: str = Field(default="", description="folder of the clips; empty: `media` in the data folder of the home")
    name_pattern: Annotated[str, Field(max_length=120), AfterValidator(_name_pattern)] = Field(
        default="{date}_{model}_{words}_{id}",
        description="file name of a clip without its ending, made of "
        + ", ".join(f"{{{name}}}" for name in NAME_FIELDS),
    )


class Ui(Section):
    """How the screens look and move."""

    theme: Literal["auto", "dark", "light", "high-contrast", "ansi"] = Field(
        default="dark", description="colours; auto follows the terminal's own background, ansi uses its 16 colours"
    )
    motion: Literal["full", "reduced"] = Field(default="full", description="reduced: nothing moves but the clips")
    mouse: bool = Field(default=True, description="react to the mouse")
    icons: bool = Field(default=True, description="symbols beside the words; off for terminals whose font lacks them")
    player_glyphs: Literal["auto", "half", "quadrant", "kitty", "sixel", "none"] = Field(
        default="auto",
        description="what clips are drawn with: half or quadrant blocks, the pixels of kitty's protocol, sixel for "
        "standing pictures, none at all; auto takes what the terminal is known to show",
    )
    undo_seconds: Number = Field(
        default=3.0, ge=0, le=60, description="seconds in which a press can be taken back; 0: none"
    )


class Notify(Section):
    """What happens when a task ends."""

    toast: bool = Field(default=True, description="a line in the corner of the app")
    bell: bool = Field(default=True, description="the terminal's bell, when its window is not in front")
    desktop: bool = Field(
        default=True, description="a notification of the desktop through the terminal (OSC 9, 777, 99)"
    )
    title: bool = Field(default=True, description="what runs stands in the title of the terminal")
    command: str = Field(
        default="", description="a command of your own; it finds the task as JSON on its standard input"
    )


class Limits(Section):
    """How much runs at once."""

    downloads: int = Field(default=3, ge=1, le=16, description="clips that are fetched at once")
    concurrency: Annotated[Mapping[str, Slots], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="tasks that run at once, by provider; 0: as many as the provider allows",
    )
    per_minute: Annotated[Mapping[str, Slots], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="tasks that are sent within a minute, by provider; 0: as many as the provider allows",
    )


class Log(Section):
    """What the log file keeps."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least that is written down"
    )


class Settings(Section):
    """Every choice of a person. Frozen: a change makes a new one (see `SettingsStore`)."""

    provider: str = Field(default="", description="provider that was last chosen; empty: the sandbox")
    providers: Annotated[Mapping[str, ProviderChoice], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}), description="what was last chosen, by provider"
    )
    sandbox: Sandbox = Field(default_factory=Sandbox)
    spending: Spending = Field(default_factory=Spending)
    budget: Budget = Field(default_factory=Budget)
    media: Media = Field(default_factory=Media)
    ui: Ui = Field(default_factory=Ui)
    keymap: Annotated[Mapping[str, Keys], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({}),
        description='keys of an action, by its id: `generate = "f5, ctrl+j"`; "" takes its keys away',
    )
    notify: Notify = Field(default_factory=Notify)
    limits: Limits = Field(default_factory=Limits)
    log: Log = Field(default_factory=Log)
