"""JSON Schema of every model's parameters, made from the catalogue. Pure."""

from __future__ import annotations

from typing import Any

from providers.catalogue import Catalogue, InputSlot, Model, Param

__all__ = ["model_json"]


def model_json(catalogue: Catalogue, model: Model, *, ready: bool) -> dict[str, Any]:
    """One model: for each mode a schema of `params` and the pictures and clips that it takes."""
    return {
        "provider": catalogue.provider,
        "model": model.name,
        "label": model.label,
        "badge": model.badge,
        "facts": model.facts,
        "ready": ready,
        "aliases": list(model.aliases),
        "modes": {mode: _mode(model, mode) for mode in model.modes},
        "prices_as_of": catalogue.prices_as_of.isoformat(),
    }


def _mode(model: Model, mode: str) -> dict[str, Any]:
    params = model.params(mode)
    return {
        "prompt": {"type": "string", "minLength": model.prompt.min, "maxLength": model.prompt.max},
        "params": {
            "type": "object",
            "properties": {each.name: _param(each) for each in params},
            "required": [each.name for each in params if each.required and each.default is None],
            "additionalProperties": False,
        },
        "inputs": [_slot(each) for each in model.slots(mode)],
    }


def _param(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": param.label, **_type(param)}
    if param.help:
        schema["description"] = param.help
    if param.default is not None:
        schema["default"] = param.default
    return schema


def _type(param: Param) -> dict[str, Any]:
    match param.kind:
        case "choice":
            return {"enum": list(param.values)}
        case "switch":
            return {"type": "boolean"}
        case "integer" | "number":
            bounds = {"minimum": param.min, "maximum": param.max}
            return {"type": param.kind, **{name: value for name, value in bounds.items() if value is not None}}
        case _:
            return {"type": "string", **({"maxLength": int(param.max)} if param.max is not None else {})}


def _slot(slot: InputSlot) -> dict[str, Any]:
    return {
        "role": slot.role.value,
        "label": slot.label,
        "media": slot.media,
        "required": slot.required,
        "max_count": slot.max_count,
    }
