"""Checks a JSON body against the vendors' field rules and names every fault at once. Pure.

A field is a mapping: `type` (string, integer, number, boolean, object, array, mixed), `required`, `enum`, `min`, `max`,
`min_length`, `max_length`, `min_items`, `max_items`, `fields`, `items`, `one_of`, `uri_forms`. The rules lie in the
JSON files beside this module, so that the sandbox does not learn from the clients that it is there to test.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Fields", "Issue", "Where", "check_body", "is_public", "load_fields", "utf16"]

Fields = Mapping[str, Mapping[str, Any]]
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of a body: a code in the manner of JSON validators, where it is, and words."""

    code: str
    path: Where
    message: str


@functools.cache
def load_fields(name: str) -> dict[str, Any]:
    """The rules file of a vendor (`runway_fields`, `luma_fields`)."""
    data: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return data


def utf16(text: str) -> int:
    """Length in UTF-16 units, as JavaScript services count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_body(
    body: Mapping[str, Any], fields: Fields, *, strict: bool, length: Callable[[str], int] = len
) -> list[Issue]:
    """Every fault of a body. `strict`: keys that are not in `fields` are faults too. `length` counts characters."""
    return list(_object(body, fields, (), strict, length))


def _object(
    body: Mapping[str, Any], fields: Fields, where: Where, strict: bool, length: Callable[[str], int]
) -> Iterator[Issue]:
    for name, rule in fields.items():
        value = body.get(name)
        if value is None:
            if rule.get("required"):
                yield Issue("invalid_type", (*where, name), "Required")
        else:
            yield from _value(value, rule, (*where, name), strict, length)
    unknown = sorted(set(body) - set(fields)) if strict else []
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        yield Issue("unrecognized_keys", where, f"Unrecognized key(s) in object: {names}")


def _value(
    value: Any, rule: Mapping[str, Any], where: Where, strict: bool, length: Callable[[str], int]
) -> Iterator[Issue]:
    kind = rule.get("type")
    if kind == "mixed":
        yield from _mixed(value, rule.get("one_of", ()), where, strict, length)
        return
    if kind in _TYPES and not _is(value, kind):
        yield Issue("invalid_type", where, f"Expected {kind}, received {_name(value)}")
        return
    if "enum" in rule and value not in rule["enum"]:
        choices = " | ".join(f"'{each}'" for each in rule["enum"])
        yield Issue("invalid_enum_value", where, f"Invalid enum value. Expected {choices}")
        return
    if isinstance(value, str):
        yield from _string(value, rule, where, length)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _range(value, rule, where, "min", "max", "Number must be")
    elif isinstance(value, list):
        yield from _range(len(value), rule, where, "min_items", "max_items", "Number of items must be")
        for index, each in enumerate(value[:256]):
            yield from _value(each, rule.get("items", {}), (*where, index), strict, length)
    elif isinstance(value, dict) and "fields" in rule:
        yield from _object(value, rule["fields"], where, strict, length)


def _string(value: str, rule: Mapping[str, Any], where: Where, length: Callable[[str], int]) -> Iterator[Issue]:
    forms = rule.get("uri_forms")
    if forms:
        if fault := _uri_fault(value, forms):
            yield Issue("invalid_string", where, fault)
        return
    yield from _range(length(value), rule, where, "min_length", "max_length", "String length must be")


def _mixed(value: Any, choices: Any, where: Where, strict: bool, length: Callable[[str], int]) -> Iterator[Issue]:
    """No fault where one of the choices fits; else the faults of the first choice that is of the right type."""
    best: list[Issue] | None = None
    for rule in choices:
        found = list(_value(value, rule, where, strict, length))
        if not found:
            return
        if best is None and _is(value, rule.get("type")):
            best = found
    yield from best or [Issue("invalid_union", where, "Invalid input")]


def _range(number: float, rule: Mapping[str, Any], where: Where, low: str, high: str, words: str) -> Iterator[Issue]:
    if low in rule and number < rule[low]:
        yield Issue("too_small", where, f"{words} at least {rule[low]}")
    if high in rule and number > rule[high]:
        yield Issue("too_big", where, f"{words} at most {rule[high]}")


def _is(value: Any, kind: Any) -> bool:
    if kind == "integer" and isinstance(value, float):
        return math.isfinite(value) and value.is_integer()
    if isinstance(value, bool):
        return kind in {"boolean", None}
    return kind not in _TYPES or isinstance(value, _TYPES[kind])


_TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return next((name for name, kind in _TYPES.items() if isinstance(value, kind)), "null")


def _uri_fault(value: str, forms: list[Mapping[str, Any]]) -> str | None:
    """Runway, inputs: https with a domain, `runway://` from an upload, or a data URI of a picture, clip or sound."""
    scheme = value.partition(":")[0].casefold()
    form = next((each for each in forms if each["scheme"] == scheme), None)
    if form is None:
        return f"Invalid URI: the scheme must be one of {', '.join(each['scheme'] for each in forms)}"
    if not form["min_length"] <= len(value) <= form["max_length"]:
        return f"Invalid URI: the length must be {form['min_length']} to {form['max_length']} characters"
    if scheme == "https":
        return None if _has_domain(value) else "Invalid URI: the host must be a domain name, not an IP address"
    if scheme == "data":
        return _data_fault(value, form.get("media", "image"))
    return None


def is_public(url: str) -> bool:
    """Whether a service on the internet could fetch an address: http or https, and a domain that is not reserved."""
    scheme = url.partition(":")[0].casefold()
    reserved = (".invalid", ".local", ".localhost", ".internal", ".test")
    return scheme in {"http", "https"} and _has_domain(url) and not (_host(url) or "").endswith(reserved)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _has_domain(url: str) -> bool:
    host = _host(url) or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False


_IMAGES = {"image/jpeg", "image/jpg", "image/png", "image/webp"}


def _data_fault(value: str, media: str) -> str | None:
    head = value[5:].partition(",")[0].casefold()
    kind = head.partition(";")[0]
    if not head.endswith(";base64"):
        return "Invalid URI: a data URI must be base64 encoded"
    fits = kind in _IMAGES if media == "image" else kind.startswith(f"{media}/")
    return None if fits else f"Invalid URI: unsupported media type {kind[:60] or 'none'}"
