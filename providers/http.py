"""The one door to the network: time limits, size limits, and the answer to "did the request leave this machine?".

A billable request goes through `bill`: on a fresh connection (a kept-alive one may be half closed, which would turn a
harmless failure into an unknown outcome), once, with no retry of any kind below it. Everything free goes through `ask`.
Redirects are never followed. No message made here holds a key, a header or a body of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.errors import (
    KeyRefused,
    Malformed,
    NoCredits,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from providers.reading import text
from providers.values import dataclass

if TYPE_CHECKING:
    import httpx

    from providers.line import Body, Line

__all__ = ["BILL_READ_S", "Answer", "Explain", "VendorHttp", "retry_after", "shorten"]

LONGEST_WAIT_S = 86_400.0
BILL_READ_S = 60.0
"""How long a billable request may go without a word before its outcome is unknown."""
MAYBE_ACCEPTED = frozenset({408, 409, 423, 424, 425, 499})
"""4xx answers that do not say clearly that nothing was started."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: `data` is the decoded JSON (numbers with a point as Decimal), None where it is not JSON."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    text: str = field(repr=False, default="")

    def object(self) -> dict[str, Any]:
        """The JSON object. Raises Malformed for anything else."""
        if isinstance(self.data, dict):
            return self.data
        raise Malformed(f"the answer (HTTP {self.status}) is not a JSON object: {shorten(self.text) or 'empty'}")

    def accepted(self) -> tuple[str, dict[str, Any]]:
        """The id of what a billable create began, and the whole answer.

        Raises OutcomeUnknown where there is none: something was accepted, and may be charged.
        """
        data = self.data if isinstance(self.data, dict) else {}
        vendor_id = text(data, "id")
        if vendor_id is None:
            raise OutcomeUnknown(f"accepted (HTTP {self.status}), but the answer holds no id: {shorten(self.text)}")
        return vendor_id, data


Explain = Callable[[Answer], Refused | None]
"""A vendor's reading of its own error body; None leaves it to the status."""


class VendorHttp:
    """A vendor's API at one address. `transport` None is the network; the sandbox passes its own."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        transport: httpx.AsyncBaseTransport | None = None,
        user_agent: str = "rushes",
        explain: Explain | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._explain = explain
        self._headers = {"user-agent": user_agent, "accept": "application/json", **headers}
        self._transport = transport
        self._line: Line | None = None

    def url(self, path: str) -> str:
        """The full address of a path."""
        return f"{self.base_url}{path}"

    async def bill(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Sends one billable request, once. Raises NotSent, Refused (and its kinds) or OutcomeUnknown."""
        from providers.line import Body, LineBroke, NeverLeft

        try:
            answer = await self._open().send(method, self.url(path), Body(body), billable=True)
        except NeverLeft as error:
            raise NotSent(f"could not reach {self._host}: {shorten(str(error))}; nothing was sent") from error
        except LineBroke as error:
            why = f"sent to {self._host}, but no answer came back: {shorten(str(error))}"
            raise OutcomeUnknown(why) from error
        if 200 <= answer.status < 300:
            return answer
        if answer.status >= 500 or answer.status in MAYBE_ACCEPTED:
            raise OutcomeUnknown(f"{self._host} answered HTTP {answer.status}: {_said(answer)}")
        raise self._refusal(answer)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request that costs nothing; `files` and `data` make it a form. Raises Unreachable, Refused kinds."""
        from providers.line import Body, LineBroke, NeverLeft

        body: Body = Body(json, files, data)
        try:
            answer = await self._open().send(method, self.url(path), body, params, billable=False)
        except (NeverLeft, LineBroke) as error:
            raise Unreachable(f"could not reach {self._host}: {shorten(str(error))}") from error
        if 200 <= answer.status < 300:
            return answer
        strange_404 = answer.status == 404 and not isinstance(answer.data, dict)
        if answer.status >= 500 or answer.status in MAYBE_ACCEPTED or strange_404:
            # A 404 in HTML comes from something in front of the vendor, which knows nothing of tasks.
            raise Unreachable(
                f"{self._host} answered HTTP {answer.status}: {_said(answer)}", retry_after=retry_after(answer.headers)
            )
        raise self._refusal(answer)

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._line is not None:
            await self._line.aclose()

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).netloc.rsplit("@", 1)[-1] or "the vendor"

    def _open(self) -> Line:
        """The clients, made with the first request: checking and quoting shots needs none."""
        if self._line is None:
            from providers.line import Line

            secure = urlsplit(self.base_url).scheme == "https"
            self._line = Line(self._headers, self._transport, secure=secure)
        return self._line

    def _refusal(self, answer: Answer) -> Refused:
        if self._explain and (said := self._explain(answer)):
            return said
        return _by_status(answer)


def _by_status(answer: Answer) -> Refused:
    said = _said(answer)
    match answer.status:
        case 401 | 403:
            return KeyRefused(f"the key was refused (HTTP {answer.status}): {said}", status=answer.status)
        case 402:
            return NoCredits(f"no credits left: {said}", status=402)
        case 404:
            return NotFound(f"not found: {said}", status=404)
        case 429:
            return RateLimited(f"too many requests: {said}", retry_after=retry_after(answer.headers))
        case status if 300 <= status < 400:
            return Refused(
                f"the address answers with a redirect (HTTP {status}), which is never followed",
                status=status,
                hint="check the address that is set for this vendor",
            )
        case status:
            return Refused(f"refused (HTTP {status}): {said}", status=status)


def _said(answer: Answer) -> str:
    if isinstance(answer.data, dict):
        for name in ("detail", "error", "message"):
            if isinstance(answer.data.get(name), str):
                return shorten(answer.data[name])
    return shorten(answer.text) or "without a word"


def shorten(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters, control characters gone: fit to stand inside a message."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by `Retry-After` in either form (seconds, HTTP date); None where it is absent or nonsense.

    A day at most: a longer wait is a slip of the pen, and would never be noticed.
    """
    value = next((text for name, text in headers.items() if name.casefold() == "retry-after"), "").strip()
    if value.replace(".", "", 1).isdigit() and value.isascii():
        return min(float(value), LONGEST_WAIT_S)
    from email.utils import parsedate_to_datetime  # an old corner of the library, slow to load and seldom needed

    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wait = (moment - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(0.0, wait), LONGEST_WAIT_S)
