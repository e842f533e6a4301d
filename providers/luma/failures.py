"""Why a Luma generation failed: `failure_reason` of the Dream Machine API and `failure_code` of the Agents API, as the
kinds that are the same for every vendor. Both APIs charge at submission and give all of it back after a failure.
"""

from __future__ import annotations

from providers.errors import Failure, FailureKind
from providers.http import shorten

__all__ = ["read_code", "read_reason"]

AGAIN = "try again"
WORDS = "change the prompt"
PICTURES = "change the prompt or the picture"
LINK = "the picture or clip must be a public https link that Luma can read"

_REASONS: tuple[tuple[str, FailureKind, bool, str | None], ...] = (
    ("blacklisted", FailureKind.MODERATION, False, WORDS),
    ("frame moderation", FailureKind.MODERATION, False, PICTURES),
    ("moderation", FailureKind.MODERATION, False, PICTURES),
    ("user input frames", FailureKind.INPUT, False, LINK),
    ("prompt processing", FailureKind.SERVICE, True, AGAIN),
    ("dispatching", FailureKind.SERVICE, True, AGAIN),
    ("processing callback", FailureKind.SERVICE, True, "check the callback's address, or leave it out"),
    ("job failed", FailureKind.SERVICE, True, AGAIN),
)
_CODES: dict[str, tuple[FailureKind, bool, str | None]] = {
    "generation_failed": (FailureKind.SERVICE, True, AGAIN),
    "output_not_found": (FailureKind.SERVICE, True, AGAIN),
    "content_moderated": (FailureKind.MODERATION, False, PICTURES),
    "budget_exhausted": (FailureKind.BUDGET, False, "raise the budget at platform.lumalabs.ai"),
    "image_too_large": (FailureKind.INPUT, False, "make the picture smaller"),
    "unsupported_format": (FailureKind.INPUT, False, "give a JPEG, PNG or WebP picture, or an MP4 clip"),
    "corrupt_input": (FailureKind.INPUT, False, "the picture or clip is damaged; save it anew"),
    "invalid_request": (FailureKind.INVALID, False, None),
    "rate_limited": (FailureKind.RATE, True, "wait a minute, then try again"),
}


def read_reason(reason: str | None) -> Failure:
    """Dream Machine: the kind by the texts that the vendor documents; another text is shown as it is."""
    said = shorten(reason or "") or "failed without a reason"
    code = shorten(reason, 200) if reason else None
    for needle, kind, retryable, hint in _REASONS:
        if needle in said.casefold():
            return Failure(kind, said, retryable, charged=False, vendor_code=code, hint=hint)
    return Failure(FailureKind.UNKNOWN, said, retryable=True, charged=False, vendor_code=code)


def read_code(code: str | None, reason: str | None) -> Failure:
    """Agents: the kind by the code; an unknown code is shown with its words."""
    name = shorten(code or "", 80) or None
    kind, retryable, hint = _CODES.get(name or "", (FailureKind.UNKNOWN, True, None))
    said = shorten(reason or "") or (name or "failed without a reason").replace("_", " ")
    return Failure(kind, said, retryable, charged=False, vendor_code=name, hint=hint)
