"""Redactor: what takes secrets out of text before it is written or shown. One per process, used at the logging border.

Two nets: secrets that are known (registered by whoever found them) and shapes of secrets in general. The first lets
none through; the second is for keys that nobody registered, such as one that a vendor quotes in an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rushes.text import visible

if TYPE_CHECKING:
    from providers.base import ProviderSpec

__all__ = ["MARK", "Redactor"]

MARK = "•••••"
"""Stands where a secret stood. No key has its character, so the two sides of it never join into another secret."""

SHORTEST = 6
"""A registered secret has at least this many characters: shorter ones would blot out ordinary words."""

_PARAMETERS = (
    "_jwt|jwt|token|access_token|refresh_token|id_token|api[-_]?key|apikey|key|secret|client_secret|password|sig|"
    "signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|policy|"
    "key-pair-id|se|sv|skoid|hdnea|hdnts"
)
"""Parts of a link's query that open it."""

_SECRET_FIELD = re.compile(rf"(?i){_PARAMETERS}|(?:proxy-)?authorization|x-api-key|(?:set-)?cookie")
"""Names of headers and fields whose value is a secret whatever it looks like."""

_PLAIN_KEY = re.compile(r"[a-z]{2,12}(?:_[a-z]{1,12}){0,2}")
"""What may stand in a field that is named just `key`: a name such as `push_in`. Keys that open something have digits,
capitals or more letters."""

# Every repetition that may fail after a long run is bounded, so that no text makes the search slow.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Pictures inlined in requests: long, private, and of no use in a log.
    (
        re.compile(r"(data:[\w.+-]{0,80}(?:/[\w.+-]{0,80})?(?:;[\w=.+-]{1,80}){0,5},)[A-Za-z0-9+/=_%-]{16,}"),
        rf"\1{MARK}",
    ),
    (re.compile(r"(?i)(\bauthorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?)(?:\w{1,20}\s{1,9})?[^\s\"',;}]+"), rf"\1{MARK}"),
    (re.compile(r"(?i)\b(bearer)(\s{1,9}|%20)[A-Za-z0-9._~+/=-]{8,}"), rf"\1\2{MARK}"),
    (re.compile(r"(?i)(\bapi[-_]?key[\"']?\s{0,9}[:=]\s{0,9}[\"']?)[^\s\"',;&}]{4,}"), rf"\1{MARK}"),
    (re.compile(rf"(?i)([?&;](?:{_PARAMETERS})=)[^&\s\"'<>#]+"), rf"\1{MARK}"),
    (re.compile(r"(?i)\b(https?://)[^\s/@\"'<>]{1,300}@"), rf"\1{MARK}@"),
    (re.compile(r"\beyJ[\w-]{8,400}\.[\w-]{8,4000}(?:\.[\w-]*)?"), MARK),
    (re.compile(r"\b(?:key|sk|pk|api|token|secret)[-_][A-Za-z0-9_-]{16,}"), MARK),
    (re.compile(r"-----BEGIN [A-Z ]{1,40}-----[\s\S]*?(?:-----END [A-Z ]{1,40}-----|\Z)"), MARK),
)

_NO_CLIP = r"(?<![0-9]{8}_)"
"""Not behind a date, as in the names of our own clips: `20261201_luma-ray-2_a-paper-boat_01KAXS0Q.mp4` is no key."""
PREFIXED_LENGTH = 20
"""Characters behind a vendor's key prefix that make it a key and not the name of a model."""


class Redactor:
    """Takes registered secrets and things shaped like secrets out of text. Threads may share it."""

    def __init__(self, secrets: Iterable[str] = (), specs: Iterable[ProviderSpec] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self._shapes = _SHAPES
        self.register(*secrets)
        self.learn(specs)

    def register(self, *secrets: str) -> None:
        """From now on these never pass, nor do they as they look inside a URL or JSON.

        What is shorter than six characters is left to the shapes. A value that is no key after all (control characters,
        other scripts) is kept out just the same, unless the mark's own character is in it.
        """
        new = {form for each in secrets if len(each) >= SHORTEST for form in _forms(each)}
        self._secrets |= new
        if self._secrets:
            longest_first = sorted(self._secrets, key=lambda each: (-len(each), each))
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def learn(self, specs: Iterable[ProviderSpec]) -> None:
        """Adds the shapes of these vendors' keys."""
        prefixes = {api.key_prefix for spec in specs for api in spec.apis if len(api.key_prefix) > 1}
        for prefix in sorted(prefixes):
            shape = re.compile(rf"(?<![A-Za-z0-9]){_NO_CLIP}{re.escape(prefix)}[A-Za-z0-9_-]{{{PREFIXED_LENGTH},}}")
            self._shapes = (*self._shapes, (shape, MARK))

    def redact(self, text: str) -> str:
        """The text without secrets; everything else as it was."""
        text = self._without_known(text)
        for shape, mark in self._shapes:
            text = shape.sub(mark, text)
        return text

    def clean(self, text: str, *, lines: bool = False) -> str:
        """Without secrets, and with control characters, escapes and reordering marks made visible.

        `lines` lets line breaks be, for text that is shown as a block.
        """
        return self._without_known(visible(self.redact(text), lines=lines))

    def _without_known(self, text: str) -> str:
        return self._known.sub(MARK, text) if self._known else text

    def clean_data(self, data: Any) -> Any:
        """The same for all text in JSON-like data, names included; what is not JSON becomes cleaned text."""
        if isinstance(data, str):
            return self.clean(data)
        if data is None or isinstance(data, bool | int | float):
            return data
        if isinstance(data, Mapping):
            return {self.clean(str(name)): self._field(str(name), value) for name, value in data.items()}
        if isinstance(data, list | tuple | set | frozenset):
            return [self.clean_data(each) for each in data]
        return self.clean(str(data))

    def _field(self, name: str, value: Any) -> Any:
        """A header or field whose name says that it holds a secret gives it away by name alone; `key` only says so of
        what is no plain word, as names of camera moves are called keys too."""
        if not isinstance(value, str) or (name == "key" and _PLAIN_KEY.fullmatch(value)):
            return self.clean_data(value)
        if _SECRET_FIELD.fullmatch(name):
            return MARK
        return self.clean_data(value)


def _forms(secret: str) -> set[str]:
    """A secret as it is, in a URL, and inside a JSON string."""
    plain = {secret, quote(secret, safe="", errors="replace"), quote(secret, errors="replace")}
    return plain | {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
