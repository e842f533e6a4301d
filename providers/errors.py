"""The one taxonomy of what can go wrong between us and a vendor.

    ProviderError
    ├── NotSent            nothing left this machine: DNS, refused connection, TLS, full pool     safe to try again
    ├── Refused            the vendor answered a clear no (4xx); nothing was started
    │   ├── KeyRefused     401, 403: the key is missing, wrong or may not do this
    │   ├── NoCredits      402, or a 400 that says so
    │   ├── NotFound       404: the vendor does not know this id
    │   └── RateLimited    429: later; `retry_after` when the vendor said it
    ├── OutcomeUnknown     the request left and no clear answer came: it may have been charged     never sent again
    ├── Unreachable        a free request (poll, list, credits) got no usable answer               try again later
    ├── Malformed          a free request was answered with something that is not the vendor's format
    ├── NotSupported       this vendor has no such call
    └── AssetGone          the link to a finished clip is expired or the clip was deleted

A failed *generation* is not an error of the conversation: it arrives as a `Failure` inside a `VendorTask`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from providers.values import dataclass

__all__ = [
    "AssetGone",
    "Failure",
    "FailureKind",
    "KeyRefused",
    "Malformed",
    "NoCredits",
    "NotFound",
    "NotSent",
    "NotSupported",
    "OutcomeUnknown",
    "Problem",
    "ProviderError",
    "RateLimited",
    "Refused",
    "Unreachable",
]


class FailureKind(StrEnum):
    """Why a task ended badly, in words that are the same for every vendor."""

    MODERATION = "moderation"
    INPUT = "input"
    INVALID = "invalid"
    SERVICE = "service"
    BUDGET = "budget"
    RATE = "rate"
    KEY = "key"
    NETWORK = "network"
    DOWNLOAD = "download"
    GONE = "gone"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """How a task failed. `charged` is None where nobody knows; `retryable` means: another press makes sense."""

    kind: FailureKind
    message: str
    retryable: bool = False
    charged: bool | None = None
    vendor_code: str | None = None
    hint: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The `error` object of the command line and the library."""
        return {
            "kind": self.kind.value,
            "message": self.message,
            "retryable": self.retryable,
            "charged": self.charged,
            "vendor_code": self.vendor_code,
            "hint": self.hint,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Failure:
        """Reads what `to_json` wrote; an unknown kind (a newer version wrote it) becomes UNKNOWN."""
        kinds = {kind.value for kind in FailureKind}
        return cls(
            kind=FailureKind(data["kind"]) if data.get("kind") in kinds else FailureKind.UNKNOWN,
            message=str(data.get("message", "")),
            retryable=bool(data.get("retryable", False)),
            charged=data.get("charged"),
            vendor_code=data.get("vendor_code"),
            hint=data.get("hint"),
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a shot, found before anything is sent. `param` is our name, or `prompt`, `model`, …"""

    param: str
    message: str
    allowed: tuple[Any, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The form of `problems` on the command line."""
        return {"param": self.param, "message": self.message, "allowed": list(self.allowed)}


class ProviderError(Exception):
    """Anything that keeps a vendor from answering as it should. The message is fit for a person and holds no secret."""

    def __init__(self, message: str, *, vendor_code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.vendor_code = vendor_code
        self.hint = hint


class NotSent(ProviderError):
    """Nothing left this machine, so nothing can have been charged."""


class Refused(ProviderError):
    """The vendor said no before starting anything. `problems` names fields where the vendor did."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        problems: tuple[Problem, ...] = (),
        vendor_code: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, vendor_code=vendor_code, hint=hint)
        self.status = status
        self.problems = problems


class KeyRefused(Refused):
    """401 or 403."""


class NoCredits(Refused):
    """402, or a 400 whose text says that the credits do not suffice."""


class NotFound(Refused):
    """404: the vendor does not know what was asked for."""


class RateLimited(Refused):
    """429. `retry_after` is in seconds, None when the vendor did not say; `daily` when it is a limit per day."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, daily: bool = False, hint: str | None = None
    ) -> None:
        super().__init__(message, status=429, hint=hint)
        self.retry_after = retry_after
        self.daily = daily


class OutcomeUnknown(ProviderError):
    """A billable request left and no clear answer came back. It may exist and may be charged."""


class Unreachable(ProviderError):
    """A free request got no usable answer: network, time-out, 5xx. `retry_after` in seconds when the vendor said it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Malformed(ProviderError):
    """The answer is not in the vendor's format (HTML, cut JSON, fields missing)."""


class NotSupported(ProviderError):
    """The vendor has no such call."""


class AssetGone(ProviderError):
    """The clip's link is expired (a new one can be had by polling again) or the clip is deleted."""
