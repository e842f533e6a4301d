"""What Runway charges for a video, in credits, by the pricing page's rules. Pure.

The rules are those of `runway_fields.json`: credits per second (flat, by size, by sound), per picture, for input video,
and least amounts. A model without a published price costs `UNKNOWN_PER_S`, so that an estimate can be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from providers.sandbox.schema import load_fields

__all__ = ["clip_seconds", "frame", "price"]

UNKNOWN_PER_S = Decimal(15)
USUAL_S = 5
AUTO_S = 8
"""How long a clip comes out where the model was left to choose."""
_TIERS = ("360p", "480p", "720p", "768p", "1080p", "2k", "4k")
_SHAPES = {"adaptive": (16, 9)}


def price(model: str, mode: str, body: Mapping[str, Any], *, most: bool) -> Decimal:
    """Credits. `most`: the estimate, which takes `duration: "auto"` at its longest."""
    data = load_fields("runway_fields")
    rule = data["price"].get(model)
    fields = data["modes"][mode][model]["fields"]
    seconds = clip_seconds(body, fields, most=most)
    if rule is not None and "each" in rule:
        return _whole(_rate(rule["each"], mode, body) * int(body.get("outputCount") or 1))
    if rule is None:
        return _whole(UNKNOWN_PER_S * Decimal(str(seconds)))
    paid = max(seconds, float(rule.get("min_s", 0)))
    total = _rate(rule.get("per_s", 0), mode, body) * Decimal(str(paid))
    total += Decimal(str(rule.get("per_image") or 0)) * _pictures(body)
    total += _surcharge(data["surcharge"], body, seconds)
    if "input_video_per_s" in rule and mode == "video_to_video":
        total += _rate(rule["input_video_per_s"], mode, body) * USUAL_S
    return _whole(max(total, Decimal(str(rule.get("min", 0)))))


def clip_seconds(body: Mapping[str, Any], fields: Mapping[str, Any], *, most: bool) -> float:
    """The length of the clip, a second at least; one that was not said is five seconds, as far as the model allows."""
    given = body.get("duration")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return max(1.0, float(given))
    rule = fields.get("duration", {})
    numbers = [rule, *rule.get("one_of", ())]
    longest = next((each["max"] for each in numbers if "max" in each), USUAL_S)
    if given == "auto":
        return float(longest if most else min(longest, AUTO_S))
    if "enum" in rule:
        return float(max(rule["enum"]))
    shortest = next((each["min"] for each in numbers if "min" in each), 1)
    return float(min(max(USUAL_S, shortest), longest))


def frame(body: Mapping[str, Any]) -> tuple[int, int]:
    """Pixels of the clip: `ratio` is pixels for most models, a shape for some, a tier for a few."""
    ratio = str(body.get("ratio") or "1280:720")
    if ratio.startswith("auto_"):
        return _tier_size(ratio.removeprefix("auto_"), (16, 9))
    across, _, down = ratio.partition(":")
    if not (across.isdigit() and down.isdigit()):
        return _tier_size(str(body.get("resolution") or "720p"), _SHAPES.get(ratio, (16, 9)))
    wide, high = int(across), int(down)
    if wide >= 128 and high >= 128:
        return wide, high
    return _tier_size(str(body.get("resolution") or "720p"), (max(1, wide), max(1, high)))


def _tier_size(tier: str, shape: tuple[int, int]) -> tuple[int, int]:
    from providers.sandbox.clips import frame_size

    return frame_size(tier, f"{shape[0]}:{shape[1]}")


def _rate(rule: Any, mode: str, body: Mapping[str, Any]) -> Decimal:
    """Credits a second; where a rule knows neither the size nor the mode, the dearest."""
    if not isinstance(rule, dict):
        return Decimal(str(rule))
    if "silent" in rule:
        return Decimal(str(rule["silent" if body.get("audio") is False else "audio"]))
    if "video_to_video" in rule:
        return Decimal(str(rule["video_to_video" if mode == "video_to_video" else "text/image"]))
    tier = _tier(body)
    return Decimal(str(rule[tier] if tier in rule else max(rule.values())))


def _tier(body: Mapping[str, Any]) -> str:
    if isinstance(body.get("resolution"), str):
        return str(body["resolution"]).casefold()
    wide, high = frame(body)
    pixels = wide * high
    limits = ((600_000, "480p"), (1_300_000, "720p"), (2_800_000, "1080p"))
    return next((tier for most, tier in limits if pixels <= most), "4k")


def _pictures(body: Mapping[str, Any]) -> int:
    picture, references = body.get("promptImage"), body.get("references")
    count = len(picture) if isinstance(picture, list) else int(picture is not None)
    return count + (len(references) if isinstance(references, list) else 0)


def _surcharge(rates: Mapping[str, int], body: Mapping[str, Any], seconds: float) -> Decimal:
    rate = rates.get(str(body.get("outputFormat")), 20 if str(body.get("outputFormat")).startswith("hdr") else 0)
    wide, high = frame(body)
    doubled = rate >= 20 and wide * high > 4_000_000
    return Decimal(rate * (2 if doubled else 1)) * Decimal(str(seconds))


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)
