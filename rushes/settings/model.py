"""Settings: every choice of a person, declared once with type, default, bounds and help.

The file, the settings screen, `rushes settings`, docs/settings.md and the validation all follow from this
declaration. Not for keys of vendors: those live in `.env` files (see `rushes.keys`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from string import Formatter
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, dataclass_transform

from providers.frozen import EMPTY, Frozen

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


class Declared(NamedTuple):
    """What is said of a setting beside its kind: what it is when nobody says anything, its help and its bounds."""

    default: Any = None
    description: str = ""
    ge: float | None = None
    le: float | None = None
    max_length: int | None = None
    check: Callable[[Any], Any] | None = None
    """Raises ValueError with what is wrong, in words that follow the setting's name."""


def setting(
    *,
    default: Any,
    description: str,
    ge: float | None = None,
    le: float | None = None,
    max_length: int | None = None,
    check: Callable[[Any], Any] | None = None,
) -> Any:
    """Declares one."""
    return Declared(default, description, ge, le, max_length, check)


Amount = Annotated[Decimal, Declared(ge=0, le=1_000_000)]
Money = Amount | None
Count = Annotated[int, Declared(ge=0, le=1_000_000)] | None
Seconds = Annotated[float, Declared(ge=0, le=1_000_000_000)] | None
Value = str | bool | int | float
Keys = tuple[str, ...]
Slots = Annotated[int, Declared(ge=0, le=1000)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting,))
class Section(Frozen):
    """A table of settings.toml. What it does not know is left alone in the file and not read."""

    declared: ClassVar[Mapping[str, Declared]] = EMPTY

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {name: cls.__dict__[name] for name in cls.field_names}
        cls.declared = {name: each if isinstance(each, Declared) else Declared(each) for name, each in own.items()}
        for name, each in cls.declared.items():
            setattr(cls, name, each.default)


class ProviderChoice(Section):
    """What was last chosen with one provider; the studio writes it."""

    model: str = setting(default="", description="model that was last chosen")
    params: Mapping[str, Value] = setting(default=EMPTY, description="parameters that were last chosen, by our names")


class Sandbox(Section):
    """The offline stand-in."""

    stand_in: bool = setting(
        default=False, description="real providers run offline as practice, without keys and for nothing"
    )
    speed: float = setting(
        default=1.0, ge=0.1, le=1000, description="how many times faster than life the sandbox renders"
    )


class Spending(Section):
    """When a paid press is asked about."""

    ask_above_usd: Amount = setting(
        default=Decimal(0),
        description="ask before a press that costs more than this, in USD; 0 asks before every paid one",
    )
    allow_without_asking: bool = setting(
        default=False, description="scripts without a terminal may spend, within the budget, without --yes"
    )
    over_budget: Literal["refuse", "ask"] = setting(
        default="refuse", description="what a press over the budget meets: refused, or asked about once"
    )
    cancel_when_dearer: bool = setting(
        default=False,
        description="cancel a task whose vendor's estimate is more than 2 % above the quote, while that costs nothing",
    )


class ProviderBudget(Section):
    """Limits of one provider, beside those of everything."""

    per_day_usd: Money = setting(default=None, description="the most that a day (UTC) may cost with it, in USD")
    per_month_usd: Money = setting(default=None, description="the most that a calendar month (UTC) may cost with it")
    per_day_clips: Count = setting(default=None, description="the most clips of a day (UTC) with it")
    per_month_clips: Count = setting(default=None, description="the most clips of a calendar month (UTC) with it")
    per_day_seconds: Seconds = setting(default=None, description="the most seconds of clip of a day (UTC) with it")
    per_month_seconds: Seconds = setting(default=None, description="the most seconds of clip of a month (UTC) with it")


class Budget(Section):
    """Limits, in USD and in clips or seconds of paid clip. None: no limit. What is unknown is over every limit."""

    per_press_usd: Money = setting(default=None, description="the most that one press may cost, in USD")
    per_day_usd: Money = setting(default=None, description="the most that a day (UTC) may cost, in USD")
    per_month_usd: Money = setting(default=None, description="the most that a calendar month (UTC) may cost, in USD")
    per_press_clips: Count = setting(default=None, description="the most clips that one press may make")
    per_day_clips: Count = setting(default=None, description="the most clips of a day (UTC)")
    per_month_clips: Count = setting(default=None, description="the most clips of a calendar month (UTC)")
    per_press_seconds: Seconds = setting(default=None, description="the most seconds of clip that one press may make")
    per_day_seconds: Seconds = setting(default=None, description="the most seconds of clip of a day (UTC)")
    per_month_seconds: Seconds = setting(default=None, description="the most seconds of clip of a month (UTC)")
    providers: Mapping[str, ProviderBudget] = setting(
        default=EMPTY, description="limits of one provider, beside those of everything"
    )


class Media(Section):
    """Where clips go."""

    folder: str = setting(default="", description="folder of the clips; empty: `media` in the data folder of the home")
    name_pattern: str = setting(
        max_length=120,
        check=_name_pattern,
        default="{date}_{model}_{words}_{id}",
        description="file name of a clip without its ending, made of "
        + ", ".join(f"{{{name}}}" for name in NAME_FIELDS),
    )


class Ui(Section):
    """How the screens look and move."""

    theme: Literal["auto", "dark", "light", "high-contrast", "ansi"] = setting(
        default="dark", description="colours; auto follows the terminal's own background, ansi uses its 16 colours"
    )
    motion: Literal["full", "reduced"] = setting(default="full", description="reduced: nothing moves but the clips")
    mouse: bool = setting(default=True, description="react to the mouse")
    icons: bool = setting(default=True, description="symbols beside the words; off for terminals whose font lacks them")
    player_glyphs: Literal["auto", "half", "quadrant", "kitty", "sixel", "none"] = setting(
        default="auto",
        description="what clips are drawn with: half or quadrant blocks, the pixels of kitty's protocol, sixel for "
        "standing pictures, none at all; auto takes what the terminal is known to show",
    )
    library_view: Literal["lines", "posters"] = setting(
        default="lines", description="how the library shows takes; `w` there changes it"
    )
    undo_seconds: float = setting(
        default=3.0, ge=0, le=60, description="seconds in which a press can be taken back; 0: none"
    )


class Notify(Section):
    """What happens when a task ends."""

    toast: bool = setting(default=True, description="a line in the corner of the app")
    bell: bool = setting(default=True, description="the terminal's bell, when its window is not in front")
    desktop: bool = setting(
        default=True, description="a notification of the desktop through the terminal (OSC 9, 777, 99)"
    )
    title: bool = setting(default=True, description="what runs stands in the title of the terminal")
    command: str = setting(
        default="", description="a command of your own; it finds the task as JSON on its standard input"
    )


class Limits(Section):
    """How much runs at once."""

    downloads: int = setting(default=3, ge=1, le=16, description="clips that are fetched at once")
    concurrency: Mapping[str, Slots] = setting(
        default=EMPTY,
        description="tasks that run at once, by provider; 0: as many as the provider allows",
    )
    per_minute: Mapping[str, Slots] = setting(
        default=EMPTY,
        description="tasks that are sent within a minute, by provider; 0: as many as the provider allows",
    )
    wait_here: bool = setting(
        default=True,
        description="what a vendor would only hold back (more at once than the account's tier runs) waits here, where "
        "cancelling costs nothing; off: it is sent and waits there",
    )


class Log(Section):
    """What the log file keeps."""

    level: Literal["debug", "info", "warning", "error"] = setting(
        default="info", description="the least that is written down"
    )


class Settings(Section):
    """Every choice of a person. Frozen: a change makes a new one (see `SettingsStore`)."""

    provider: str = setting(default="", description="provider that was last chosen; empty: the sandbox")
    providers: Mapping[str, ProviderChoice] = setting(default=EMPTY, description="what was last chosen, by provider")
    sandbox: Sandbox = Sandbox()
    spending: Spending = Spending()
    budget: Budget = Budget()
    media: Media = Media()
    ui: Ui = Ui()
    keymap: Mapping[str, Keys] = setting(
        default=EMPTY,
        description='keys of an action, by its id: `generate = "f5, ctrl+j"`; "" takes its keys away',
    )
    notify: Notify = Notify()
    limits: Limits = Limits()
    options: Mapping[str, Mapping[str, str]] = setting(
        default=EMPTY, description="switches of one provider, as docs/providers.md names them; all off without this"
    )
    log: Log = Log()
