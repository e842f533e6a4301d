"""Reads multipart/form-data, which is how files come in. Bounded, and never surprised by what it is given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["BadForm", "Part", "read_form"]

MOST_PARTS = 64


class BadForm(Exception):
    """The body is not a form."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; `filename` is None where it is not a file."""

    name: str
    filename: str | None
    media_type: str
    data: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The value of a plain field."""
        return self.data.decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> list[Part]:
    """The parts in the order they came. Raises BadForm."""
    kind, _, rest = content_type.partition(";")
    match = re.search(r'boundary="?([^";,\s]{1,200})"?', rest)
    if kind.strip().casefold() != "multipart/form-data" or match is None:
        raise BadForm("the body must be multipart/form-data with a boundary")
    mark = b"--" + match[1].encode("latin-1", "replace")
    if not body.startswith(mark):
        raise BadForm("the body does not begin with its boundary")
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise BadForm("the form is cut off")
    if len(pieces) > MOST_PARTS:
        raise BadForm("too many fields")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, gap, data = piece.partition(b"\r\n\r\n")
    if not gap:
        raise BadForm("a field has no end of its headers")
    headers = head.decode("utf-8", "replace")
    name = re.search(r'[;\s]name="([^"\r\n]*)"', headers)
    if name is None:
        raise BadForm("a field has no name")
    filename = re.search(r'[;\s]filename="([^"\r\n]*)"', headers)
    media = re.search(r"(?im)^content-type:\s*([^\s;]+)", headers)
    return Part(name[1], filename[1] if filename else None, media[1] if media else "text/plain", data)
