"""What a key and an address must look like before anything is sent with them or to them. Pure; knows no vendor."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["KeyProblem", "bare", "check_address", "clean_key", "is_loopback"]


class KeyProblem(ValueError):
    """A key or an address that cannot be used: the message says why, and never quotes it."""


def bare(value: str) -> str:
    """A key as it was meant: without white space, one pair of quotes, and a pasted `Bearer` around it."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return re.sub(r"^bearer\s+", "", text, flags=re.IGNORECASE)


def clean_key(value: str) -> str:
    """The key within what was typed or pasted. Raises KeyProblem where it is not clear what was meant."""
    key = bare(value)
    if not key:
        raise KeyProblem("is empty")
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", key):
        raise KeyProblem("has a control character in it; copy it again")
    if re.search(r"\s", key):
        raise KeyProblem("has a space or a line break in it; copy it again")
    if not key.isascii():
        raise KeyProblem("has a character in it that no key has (a typographic quote or dash?); copy it again")
    if re.search(r"[\"'`<>]", key):
        raise KeyProblem("has a quote or an angle bracket in it; copy the key alone")
    return key


def check_address(value: str) -> str:
    """An address to which a key may go: https, or http on this machine. Raises KeyProblem.

    Returns it without a slash at the end.
    """
    text = value.strip()
    if not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        raise KeyProblem("is not an address: it has spaces or characters that do not belong there")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise KeyProblem("is not an address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise KeyProblem("is not an address: it must begin with https://")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise KeyProblem("must be a plain address: no user, no ? and no #")
    if parts.scheme == "http" and not is_loopback(host):
        raise KeyProblem("must begin with https:// (http is allowed on this machine alone: the key would be readable)")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or its address alone: nothing is looked up."""
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
