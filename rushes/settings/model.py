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
    "Declared",
    "Limits",
    "Log",
    "Media",
    "Money",
    "Notify",
    "ProviderBudget",
    "ProviderChoice",
    "Sandbox",
    "Section",
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

    model: str = setting(default="", description="the model you chose last")
    params: Mapping[str, Value] = setting(default=EMPTY, description="the parameters you chose last, by our names")


class Sandbox(Section):
    """The offline stand-in."""

    stand_in: bool = setting(
        default=False, description="run the real providers offline as practice, without keys and for free"
    )
    speed: float = setting(
        default=1.0, ge=0.1, le=1000, description="how many times faster than real time the sandbox renders"
    )


class Spending(Section):
    """When you are asked before money is spent. A press is one use of Generate or of a verb that sends."""

    ask_above_usd: Amount = setting(
        default=Decimal(0),
        description="ask before a press that costs more than this, in USD; 0: ask before every paid press",
    )
    allow_without_asking: bool = setting(
        default=False, description="the command line and the gateway may spend within the budgets without asking first"
    )
    over_budget: Literal["refuse", "ask"] = setting(
        default="refuse", description="whether a press over the budget is refused, or you are asked once"
    )
    cancel_when_dearer: bool = setting(
        default=False,
        description="cancel a task if the vendor's estimate is more than 2 % above the quote and cancelling is free",
    )


class ProviderBudget(Section):
    """Limits for one provider, in addition to the overall ones."""

    per_day_usd: Money = setting(default=None, description="the most you may spend with it in a day (UTC), in USD")
    per_month_usd: Money = setting(default=None, description="the most you may spend with it in a month (UTC), in USD")
    per_day_clips: Count = setting(default=None, description="the most clips with it in a day (UTC)")
    per_month_clips: Count = setting(default=None, description="the most clips with it in a month (UTC)")
    per_day_seconds: Seconds = setting(default=None, description="the most seconds of clip with it in a day (UTC)")
    per_month_seconds: Seconds = setting(default=None, description="the most seconds of clip with it in a month (UTC)")


class Budget(Section):
    """Limits in USD, in clips, or in seconds of paid clip. None: no limit. An unknown amount is over every limit."""

    per_press_usd: Money = setting(default=None, description="the most that one press may cost, in USD")
    per_day_usd: Money = setting(default=None, description="the most you may spend in a day (UTC), in USD")
    per_month_usd: Money = setting(default=None, description="the most you may spend in a calendar month (UTC), in USD")
    per_press_clips: Count = setting(default=None, description="the most clips that one press may make")
    per_day_clips: Count = setting(default=None, description="the most clips in a day (UTC)")
    per_month_clips: Count = setting(default=None, description="the most clips in a calendar month (UTC)")
    per_press_seconds: Seconds = setting(default=None, description="the most seconds of clip that one press may make")
    per_day_seconds: Seconds = setting(default=None, description="the most seconds of clip in a day (UTC)")
    per_month_seconds: Seconds = setting(default=None, description="the most seconds of clip in a month (UTC)")
    providers: Mapping[str, ProviderBudget] = setting(
        default=EMPTY, description="limits for one provider, in addition to the overall ones"
    )


class Media(Section):
    """Where clips are stored."""

    folder: str = setting(default="", description="the folder for clips; empty: `media` in the data folder of the home")
    name_pattern: str = setting(
        max_length=120,
        check=_name_pattern,
        default="{date}_{model}_{words}_{id}",
        description="the file name of a clip, without its extension; it may contain "
        + ", ".join(f"{{{name}}}" for name in NAME_FIELDS),
    )


class Ui(Section):
    """How the app looks and moves."""

    theme: Literal["auto", "dark", "light", "high-contrast", "ansi"] = setting(
        default="dark", description="colours; auto follows the terminal's background, ansi uses its 16 colours"
    )
    motion: Literal["full", "reduced"] = setting(default="full", description="reduced: a clip waits for a key to play")
    mouse: bool = setting(default=True, description="react to the mouse")
    icons: bool = setting(default=True, description="show symbols beside words; off if your terminal's font lacks them")
    player_glyphs: Literal["auto", "half", "quadrant", "kitty", "sixel", "none"] = setting(
        default="auto",
        description="how clips are drawn: half or quadrant blocks, pixels by kitty's protocol, sixel for still "
        "pictures, or none; auto picks what the terminal is known to support",
    )
    library_view: Literal["lines", "posters"] = setting(
        default="lines", description="how the library shows takes; `w` in the Library switches it"
    )
    undo_seconds: float = setting(
        default=3.0, ge=0, le=60, description="seconds that a press waits so that you can take it back; 0: send at once"
    )


class Notify(Section):
    """What happens when a task ends."""

    toast: bool = setting(default=True, description="show a message in the corner of the app")
    bell: bool = setting(default=True, description="ring the terminal's bell if its window is not in front")
    desktop: bool = setting(
        default=True, description="show a desktop notification through the terminal (OSC 9, 777, 99)"
    )
    title: bool = setting(default=True, description="show what is running in the terminal's title")
    command: str = setting(
        default="", description="a command to run; it receives the task as JSON on its standard input"
    )


class Limits(Section):
    """How much runs at once."""

    downloads: int = setting(default=3, ge=1, le=16, description="how many clips are downloaded at once")
    concurrency: Mapping[str, Slots] = setting(
        default=EMPTY,
        description="how many tasks run at once, by provider; 0: as many as the provider allows",
    )
    per_minute: Mapping[str, Slots] = setting(
        default=EMPTY,
        description="how many tasks are sent in a minute, by provider; 0: as many as the provider allows",
    )
    wait_here: bool = setting(
        default=True,
        description="tasks that exceed what your account's tier runs at once wait here, where cancelling is free; "
        "off: they are sent and wait at the vendor",
    )


class Log(Section):
    """What is written to the log file."""

    level: Literal["debug", "info", "warning", "error"] = setting(
        default="info", description="the lowest level that is written"
    )


class Settings(Section):
    """Every choice of a person. Frozen: a change makes a new one (see `SettingsStore`)."""

    provider: str = setting(default="", description="the provider you chose last; empty: the sandbox")
    providers: Mapping[str, ProviderChoice] = setting(default=EMPTY, description="what you chose last, by provider")
    sandbox: Sandbox = Sandbox()
    spending: Spending = Spending()
    budget: Budget = Budget()
    media: Media = Media()
    ui: Ui = Ui()
    keymap: Mapping[str, Keys] = setting(
        default=EMPTY,
        description='the keys of an action, by its id: `generate = "f5, ctrl+j"`; "" removes its keys',
    )
    notify: Notify = Notify()
    limits: Limits = Limits()
    options: Mapping[str, Mapping[str, str]] = setting(
        default=EMPTY, description="options of one provider, named in docs/providers.md; all are off by default"
    )
    log: Log = Log()
