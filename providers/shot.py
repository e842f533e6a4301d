"""Shot: what a person asks a vendor for. Frozen, serialisable, and free of anything that belongs to one vendor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from providers.values import dataclass

__all__ = ["Input", "Media", "ParamValue", "Role", "Shot"]

ParamValue = str | int | float | bool


class Role(StrEnum):
    """What a picture or a clip is for."""

    START_IMAGE = "start_image"
    END_IMAGE = "end_image"
    VIDEO = "video"
    REFERENCE = "ref"


@dataclass(frozen=True, slots=True)
class Input:
    """A picture, clip or sound as the person named it: a path, an https URL, or the id of an earlier task.

    `media` says which kind of file is meant (`image`, `video`, `audio`) where a model takes several kinds under one
    role and somebody knows it: by the field of a form, or by looking; empty where the name has to tell.
    """

    role: Role
    source: str
    media: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain values; `media` only where it is said."""
        plain = {"role": self.role.value, "source": self.source}
        return {**plain, "media": self.media} if self.media else plain


@dataclass(frozen=True, slots=True)
class Media:
    """An input made ready for sending: exactly one of `url`, `data`, `vendor_id` or `upload` is set.

    `vendor_id` names a take or a file as the vendor does; `upload` is a file that was brought over beforehand, where a
    vendor tells the two apart.
    """

    role: Role
    url: str | None = None
    data: bytes | None = field(default=None, repr=False)
    media_type: str | None = None
    name: str | None = None
    vendor_id: str | None = None
    upload: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One request for one clip. `params` has our names and the vendor's values (`{"duration": "5s"}`)."""

    provider: str
    model: str
    mode: str
    prompt: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(
            self.params, MappingProxyType
        ):  # else another shot's, which nobody changes: thousands share it
            object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def input(self, role: Role) -> Input | None:
        """The first input of that role."""
        return next((each for each in self.inputs if each.role is role), None)

    def to_json(self) -> dict[str, Any]:
        """Plain values, in a fixed order; `from_json` reads them back."""
        return {
            "provider": self.provider,
            "model": self.model,
            "mode": self.mode,
            "prompt": self.prompt,
            "params": dict(self.params),
            "inputs": [each.to_json() for each in self.inputs],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Shot:
        """Raises KeyError or ValueError where `data` is not a shot."""
        return cls(
            provider=data["provider"],
            model=data["model"],
            mode=data["mode"],
            prompt=data["prompt"],
            params=data.get("params") or {},
            inputs=tuple(
                Input(Role(each["role"]), each["source"], each.get("media") or "") for each in data.get("inputs") or ()
            ),
        )

    def fingerprint(self) -> str:
        """The shot as one canonical JSON text: equal shots have equal texts."""
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
