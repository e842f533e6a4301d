"""JSON schemas of Luma's requests, generated from the types of the official clients, and a judge that reads them.

A developer's tool: `python -m tests.luma.schemas` prints the schemas.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from luma_agents.types.generation_create_params import GenerationCreateParams
from lumaai.types.generation_audio_params import GenerationAudioParams
from lumaai.types.generation_upscale_params import GenerationUpscaleParams
from lumaai.types.generations.image_create_params import ImageCreateParams
from lumaai.types.generations.image_reframe_params import ImageReframeParams
from lumaai.types.generations.video_create_params import VideoCreateParams
from lumaai.types.generations.video_modify_params import VideoModifyParams
from lumaai.types.generations.video_reframe_params import VideoReframeParams
from pydantic import TypeAdapter

__all__ = ["OPERATIONS", "faults", "fields", "operation", "schema"]

OPERATIONS: dict[str, Any] = {
    "agents": GenerationCreateParams,
    "create": VideoCreateParams,
    "modify": VideoModifyParams,
    "reframe": VideoReframeParams,
    "upscale": GenerationUpscaleParams,
    "audio": GenerationAudioParams,
    "image": ImageCreateParams,
    "image_reframe": ImageReframeParams,
}
_BY_PATH = {each: each for each in ("modify", "reframe", "upscale", "audio", "image")}


def operation(url: str) -> str:
    """Which of the operations a request's address is for."""
    if "agents" in url:
        return "agents"
    if url.endswith("/image/reframe"):
        return "image_reframe"
    return _BY_PATH.get(url.rsplit("/", 1)[-1], "create")


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """The JSON schema of an operation's body, closed against fields that the client does not know."""
    found: dict[str, Any] = _closed(TypeAdapter(OPERATIONS[name]).json_schema())
    return found


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(each) for each in value]
    if not isinstance(value, dict):
        return value
    closed = {name: _closed(each) for name, each in value.items()}
    return {**closed, "additionalProperties": False} if closed.get("type") == "object" else closed


def faults(body: Any, name: str) -> list[str]:
    """Every place where a body is not as the schema says."""
    whole = schema(name)
    return list(_judge(body, whole, whole.get("$defs", {}), "body"))


_TYPES: dict[str, Any] = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict, "array": list,
    "null": type(None),
}  # fmt: skip


def _judge(value: Any, rule: Mapping[str, Any], named: Mapping[str, Any], where: str) -> Iterator[str]:
    if "$ref" in rule:
        yield from _judge(value, named[rule["$ref"].rsplit("/", 1)[-1]], named, where)
    elif "anyOf" in rule:
        tried = [list(_judge(value, each, named, where)) for each in rule["anyOf"] if each.get("type") != "null"]
        if all(tried):
            yield from min(tried, key=len)
    elif not _fits(value, rule.get("type")):
        yield f"{where} is {value!r}, not {rule['type']}"
    elif "enum" in rule and value not in rule["enum"]:
        yield f"{where} is {value!r}, not one of {rule['enum']}"
    elif "const" in rule and value != rule["const"]:
        yield f"{where} is {value!r}, not {rule['const']!r}"
    elif isinstance(value, dict):
        yield from _object(value, rule, named, where)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _judge(each, rule.get("items", {}), named, f"{where}[{index}]")


def _object(value: Mapping[str, Any], rule: Mapping[str, Any], named: Mapping[str, Any], where: str) -> Iterator[str]:
    known = rule.get("properties", {})
    for name in rule.get("required", ()):
        if name not in value:
            yield f"{where}.{name} is missing"
    for name, each in value.items():
        if name in known:
            yield from _judge(each, known[name], named, f"{where}.{name}")
        else:
            yield f"{where}.{name} is unknown"


def _fits(value: Any, kind: str | None) -> bool:
    if kind is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def fields(name: str) -> dict[str, tuple[Any, ...]]:
    """Every field that can be set, by its dotted path, with the values that it is limited to (none: not limited)."""
    whole = schema(name)
    return dict(_walk(whole, whole.get("$defs", {}), ""))


REFERENCES = ("ImageRefParam", "FirstFrame", "Media", "Reference", "Concept")
"""Objects that stand for one picture, clip or name: their insides are the client's business."""


def _walk(rule: Mapping[str, Any], named: Mapping[str, Any], path: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if "$ref" in rule:
        title = rule["$ref"].rsplit("/", 1)[-1]
        if any(each in title for each in REFERENCES):
            yield path, ()
        else:
            yield from _walk(named[title], named, path)
    elif "anyOf" in rule:
        inside = [each for each in rule["anyOf"] if each.get("type") != "null"]
        values = tuple(value for each in inside for value in each.get("enum", ()))
        yield from ((path, values),) if values else _walk(inside[0], named, path)
    elif rule.get("type") == "object" and "properties" in rule:
        for key, each in rule["properties"].items():
            yield from _walk(each, named, f"{path}.{key}" if path else key)
    else:
        yield path, tuple(rule.get("enum", ()) or ((rule["const"],) if "const" in rule else ()))


if __name__ == "__main__":
    print(json.dumps({name: schema(name) for name in OPERATIONS}, indent=1))
