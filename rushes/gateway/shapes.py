"""Shapes: what requests and answers look like, for checking what comes in and for the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rushes.task import Status, Task

__all__ = [
    "Answered",
    "Change",
    "Failed",
    "Held",
    "Made",
    "Models",
    "NewVideo",
    "Offered",
    "Plan",
    "Providers",
    "Refused",
    "Spend",
    "Video",
    "Videos",
    "Wellness",
    "video_json",
]

Name = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=100_000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="allow")


class InputIn(_In):
    """A picture or clip: an https link, the id of a finished video, or what /v1/uploads answered. Never a path."""

    role: Literal["start_image", "end_image", "video", "ref"]
    source: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class NewVideo(_In):
    """One press. What is left out is chosen as the app does: provider, model, mode by the inputs, parameters."""

    prompt: Text = ""
    provider: Name = ""
    model: Name = ""
    mode: Name = ""
    params: dict[Name, bool | int | float | Name] = Field(default_factory=dict, max_length=100)
    inputs: tuple[InputIn, ...] = Field(default=(), max_length=32)
    count: int = Field(default=1, ge=1, le=100, description="takes of the same shot")
    max_cost_usd: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="the press may cost up to this; without it only what needs no asking",
    )
    accept_unknown_price: bool = Field(
        default=False,
        description="consent to a press whose price the catalogue does not know; no max_cost_usd covers that one",
    )
    dry_run: bool = Field(default=False, description="check and quote; write and send nothing")


class Change(_In):
    """What a person says of a take."""

    rating: int | None = Field(default=None, ge=0, le=5)
    tags: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] | None = Field(
        default=None, max_length=50, description="all of its tags from now on"
    )


class Cost(_Out):
    quoted_usd: float | None
    estimated_usd: float | None
    charged_usd: float | None


class Failed(_Out):
    kind: str
    message: str
    retryable: bool
    charged: bool | None
    vendor_code: str | None
    hint: str | None


class ProblemOut(_Out):
    param: str
    message: str
    allowed: list[Any]


class Refused(_Out):
    """Every answer that is no."""

    error: Failed
    problems: list[ProblemOut]


class Video(_Out):
    """A task and its clip."""

    id: str
    provider: str
    model: str
    mode: str
    prompt: str
    params: dict[str, bool | int | float | str]
    status: Status
    vendor_status: str | None
    vendor_id: str | None
    progress: float | None
    eta_s: float | None
    badge: str
    practice: bool
    cost: Cost
    error: Failed | None
    content_url: str | None
    poster_url: str | None
    sha256: str | None
    bytes: int | None
    width: int | None
    height: int | None
    duration_s: float | None
    fps: float | None
    rating: int | None
    tags: list[str]
    created_at: str
    submitted_at: str | None
    finished_at: str | None
    charges_sent: int
    kind: str | None


class QuoteOut(_Out):
    usd: float | None
    total_usd: float | None
    unit: str
    as_of: str | None


class Made(_Out):
    """What a press made."""

    videos: list[Video]
    quote: QuoteOut


class Plan(_Out):
    """What a press would make; nothing was written and nothing sent."""

    request: dict[str, Any]
    quote: QuoteOut
    problems: list[ProblemOut]


class Videos(_Out):
    """A page, newest first; `next` is the `cursor` of the one behind it."""

    videos: list[Video]
    next: str | None


class Wellness(_Out):
    """`status` is `ok`, or `degraded` with the problems."""

    status: Literal["ok", "degraded"]
    version: str
    providers: dict[str, bool]
    problems: list[str]


class Providers(_Out):
    providers: list[dict[str, Any]]


class Models(_Out):
    models: list[dict[str, Any]]


class Offered(_Out):
    """What a client needs for its forms; `form` is the version of these calls."""

    form: int
    version: str
    providers: list[dict[str, Any]]
    catalogues: dict[str, Any]
    cancel: dict[str, str]
    trouble: str


class Answered(_Out):
    """What a call gave, in the form of the interface's types."""

    result: Any


class Held(_Out):
    """How a shot names what was sent."""

    source: str


class Spend(_Out):
    """USD, by UTC days."""

    today_usd: float
    month_usd: float
    budgets: list[dict[str, Any]]


def video_json(task: Task) -> dict[str, Any]:
    """The task as the command line prints it, with addresses in the place of paths of this machine."""
    data = task.to_json()
    del data["file"]
    data["inputs"] = [{"role": each["role"], "source": _public(each["source"])} for each in data["inputs"]]
    has_clip = task.take is not None and task.status is Status.SUCCEEDED
    data["content_url"] = f"/v1/videos/{task.id}/content" if has_clip else None
    data["poster_url"] = f"/v1/videos/{task.id}/poster" if has_clip else None
    return data


def _public(source: str) -> str:
    """A link or an id as it is; of a path of this machine the file's name."""
    return source if source.startswith("https://") else source.rsplit("/", 1)[-1]
