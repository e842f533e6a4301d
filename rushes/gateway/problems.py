"""Problems: what went wrong, as one JSON form for every answer. No stack, no key, no path of this machine.

    {"error": {"kind", "message", "retryable", "charged", "vendor_code", "hint"},
     "problems": [{"param", "message", "allowed"}]}

The same form as the command line prints with `--json`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from providers.errors import (
    KeyRefused,
    NoCredits,
    NotFound,
    NotSent,
    NotSupported,
    Problem,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from rushes.engine import Invalid, NotReady
from rushes.interface import NotHere
from rushes.library.library import LibraryError
from rushes.library.search import SearchProblem
from rushes.lifecycle import NotAllowed
from rushes.money.budgets import OverBudget, SpendingRefused
from rushes.pool import UnknownProvider
from rushes.redact import Redactor
from rushes.remote.errors import pack
from rushes.shots.inputs import InputProblem
from rushes.tasks.acting import WrongState

__all__ = ["Refusal", "answer", "handle_problems"]

log = logging.getLogger("rushes.gateway")
ENGINE = "/v1/engine/"
"""Calls of other engines: they are told the error itself beside the words."""


class Refusal(Exception):
    """An answer that is no: `kind` for programs, `message` and `hint` for people."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        hint: str | None = None,
        problems: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        self.headers = dict(headers or {})


def answer(
    refusal: Refusal, redactor: Redactor | None = None, *, raised: Mapping[str, Any] | None = None
) -> JSONResponse:
    """The JSON of a refusal, cleaned of secrets and control characters; `raised` is the error for other engines."""
    error = {
        "kind": refusal.kind,
        "message": refusal.message,
        "retryable": refusal.status in {429, 502, 503},
        "charged": False,
        "vendor_code": None,
        "hint": refusal.hint,
    }
    body: dict[str, Any] = {"error": error, "problems": list(refusal.problems)}
    if raised is not None:
        body["raised"] = raised
    data = redactor.clean_data(body) if redactor else body
    return JSONResponse(data, refusal.status, headers=refusal.headers)


def handle_problems(app: FastAPI, redactor: Redactor) -> None:
    """Every error of the engine becomes an answer; what is left is a fault of ours, and says so."""

    async def expected(request: Request, error: Exception) -> JSONResponse:
        refusal = _untold(request) if isinstance(error, RequestValidationError) else None
        raised = pack(error) if request.url.path.startswith(ENGINE) else None
        return answer(refusal or _refusal(error), redactor, raised=raised)

    async def fault(request: Request, error: Exception) -> JSONResponse:
        log.error("a fault while answering", extra={"data": {"path": request.url.path}}, exc_info=error)
        return answer(Refusal(500, "fault", "a fault of this program; its log has the details"), redactor)

    async def wrong(request: Request, error: Exception) -> JSONResponse:
        """A value that the engine does not take is the caller's mistake where the engine itself was called."""
        if not request.url.path.startswith(ENGINE):
            return await fault(request, error)
        return answer(Refusal(422, "invalid", str(error)), redactor, raised=pack(error))

    app.add_exception_handler(ValueError, wrong)
    for kind in (*_STATUS, Refusal, RequestValidationError, HTTPException, LookupError):
        app.add_exception_handler(kind, expected)
    app.add_exception_handler(Exception, fault)


_STATUS: dict[type[Exception], tuple[int, str]] = {
    Invalid: (422, "invalid"),
    InputProblem: (422, "invalid"),
    NotHere: (409, "state"),
    UnknownProvider: (422, "invalid"),
    SearchProblem: (422, "usage"),
    NotReady: (409, "key"),
    SpendingRefused: (402, "budget"),
    WrongState: (409, "state"),
    NotAllowed: (409, "state"),
    LibraryError: (503, "library"),
    KeyRefused: (502, "key"),
    NoCredits: (402, "budget"),
    NotFound: (409, "gone"),
    RateLimited: (429, "rate"),
    Refused: (502, "service"),
    NotSupported: (409, "state"),
    Unreachable: (502, "network"),
    NotSent: (502, "network"),
    ProviderError: (502, "service"),
}
"""By the nearest class; its subclasses too."""


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        return _malformed(error)
    if isinstance(error, HTTPException):
        kind = {404: "missing", 405: "usage", 413: "size"}.get(error.status_code, "usage")
        return Refusal(error.status_code, kind, str(error.detail), headers=error.headers)
    if isinstance(error, Invalid):
        return Refusal(422, "invalid", "the shot is not valid; nothing was sent", problems=_listed(error.problems))
    known = next((_STATUS[each] for each in type(error).__mro__ if each in _STATUS), None)
    status, kind = known or (404, "missing")
    hint = getattr(error, "hint", None)
    if isinstance(error, SpendingRefused):
        hint = _agreeing(error)
    wait = getattr(error, "retry_after", None)
    headers = {"retry-after": str(int(wait) + 1)} if isinstance(wait, int | float) else {}
    return Refusal(status, kind, str(error), hint=hint if isinstance(hint, str) else None, headers=headers)


def _agreeing(error: SpendingRefused) -> str:
    """How a press that nobody has agreed to can be sent all the same."""
    if isinstance(error, OverBudget):
        return "no consent passes a budget: rushes spend shows it, rushes settings changes it"
    unknown = error.needed_usd is None
    return 'agree to it with "accept_unknown_price": true' if unknown else "agree to it with max_cost_usd"


def _untold(request: Request) -> Refusal | None:
    """A body of which nobody said that it is JSON is not read as JSON; that is then all there is to say."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if request.method not in {"POST", "PATCH"} or kind == "application/json" or kind.endswith("+json"):
        return None
    hint = "send it with the header Content-Type: application/json"
    problem = {"param": "Content-Type", "message": "must be application/json", "allowed": ["application/json"]}
    words = f"the body is called {kind}, and not JSON" if kind else "the body is not called JSON by any Content-Type"
    return Refusal(422, "invalid", words, hint=hint, problems=[problem])


def _listed(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [each.to_json() for each in problems]


def _malformed(error: RequestValidationError) -> Refusal:
    """The request does not have the form that the OpenAPI document says; each place is named."""
    problems = [
        {"param": ".".join(map(str, each["loc"][1:])) or str(each["loc"][0]), "message": each["msg"], "allowed": []}
        for each in error.errors()
    ]
    return Refusal(422, "invalid", "the request is not in the form of /openapi.json", problems=problems)
