"""Luma's Agents API as a server speaks it: generations of `ray-3.2` and `uni-1`. Its files are in `agents_files`.

Sources: luma-agents 0.5 and its documentation. A generation is visible only to the key that made it. There is no
list, no cancel, no delete, no balance. Charged at submission, refunded on failure. Output links last an hour; a new GET
makes fresh ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from providers.sandbox.agents_files import FILE_ROUTES, error, media_picture
from providers.sandbox.clips import frame_size
from providers.sandbox.intake import Denied, Order
from providers.sandbox.jobs import Clip, Job, Phase
from providers.sandbox.options import AGENTS
from providers.sandbox.routing import Call, NoRoute, find_route, route, stamp
from providers.sandbox.schema import Issue, check_body, load_fields
from providers.sandbox.triggers import read_triggers
from providers.sandbox.wire import BadBody, Reply, Request, Stop, fingerprint, json_body, json_reply

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["agents"]

LARGEST_BODY = 50 * 2**20
"""Luma Agents, errors: 413 above 50 MB."""
MODEL = "ray-3.2"
VIDEO_TYPES = ("video", "video_edit", "video_reframe")
IMAGE_MODELS = ("uni-1", "uni-1-max")
IMAGE_TYPES = ("image", "image_edit")
MOST_PICTURES = {"image": 9, "image_edit": 8}
IMAGE_CENTS = {"uni-1": 4, "uni-1-max": 8}
"""What pictures cost is not published; the sandbox takes something."""
RATIOS = ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9")
CODES = frozenset({
    "content_moderated", "generation_failed", "budget_exhausted", "output_not_found", "image_too_large",
    "unsupported_format", "corrupt_input", "invalid_request", "rate_limited",
})  # fmt: skip
GENERATE = {
    "360p": {"5s": 6, "10s": 18},
    "540p": {"5s": 15, "10s": 45},
    "720p": {"5s": 30, "10s": 90},
    "1080p": {"5s": 120, "10s": 360},
}
HDR = {"720p": 60, "1080p": 240}
HDR_EXR = {"720p": 90, "1080p": 360}
EDIT = {
    "360p": {"5s": 54, "10s": 108},
    "540p": {"5s": 72, "10s": 144},
    "720p": {"5s": 108, "10s": 216},
    "1080p": {"5s": 216, "10s": 432},
}
REFRAME = {"360p": 3, "540p": 6, "720p": 12, "1080p": 36}
"""US cents; reframe is per second of the source."""
_WORDS = {
    Phase.THROTTLED: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "processing",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "failed",
}


def agents(world: World, request: Request, path: str) -> Reply:
    """Answers one request of this API."""
    key = request.key
    shape = key.startswith("luma-api-") and 14 <= len(key) <= 300
    if not (key in world.options.keys or (world.options.any_key and shape)):
        return error(401, "Invalid API key" if key else "Not authenticated")
    if len(request.body) > LARGEST_BODY:
        return error(413, "Request body too large")
    try:
        handler, args = find_route(_ROUTES, request.method, path)
        reply = handler(Call(world, request, fingerprint(key), args))
    except NoRoute as none:
        reply = error(none.status, "Not Found" if none.status == 404 else "Method Not Allowed")
        reply = reply.with_headers(allow=none.allow) if none.allow else reply
    except Stop as stop:
        reply = stop.reply
    return reply


def _create(call: Call) -> Reply:
    body = _body(call)
    triggers = read_triggers(body["prompt"])
    if triggers.refuse is not None:
        return error(triggers.refuse, f"the prompt asked the sandbox for {triggers.refuse}")
    kind = str(body.get("type") or "image")
    model = str(body.get("model") or (IMAGE_MODELS[0] if kind in IMAGE_TYPES else MODEL))
    clip = _still(body) if kind in IMAGE_TYPES else _clip(call, body)
    cents = IMAGE_CENTS[model] if kind in IMAGE_TYPES else _price(kind, body.get("video") or {})
    order = Order(
        vendor=AGENTS,
        account=call.account,
        model=model,
        operation=kind,
        clip=clip,
        request=_without_data(body),
        price=Decimal(cents),
        triggers=triggers,
    )
    try:
        job = call.world.accept(order)
    except Denied as denied:
        return _denied(call, denied)
    return triggers.answered(json_reply(201, _generation(call, job)))


def _denied(call: Call, denied: Denied) -> Reply:
    """Luma Agents, errors: the request rate has `X-RateLimit-*`; concurrency has `Retry-After: 60` alone."""
    if denied.why == "credits":
        return error(402, "Insufficient credits")
    if denied.why == "concurrent":
        return error(429, "Too many concurrent generations").with_headers(retry_after="60")
    wait = str(math.ceil(denied.retry_after))
    return error(429, "Rate limit exceeded").with_headers(
        retry_after=wait,
        x_ratelimit_limit=str(denied.limit),
        x_ratelimit_remaining="0",
        x_ratelimit_reset=str(math.ceil(call.world.clock() + denied.retry_after)),
    )


def _get(call: Call) -> Reply:
    job = call.world.job(AGENTS, call.args["id"], call.account)
    return error(404, "Generation not found") if job is None else json_reply(200, _generation(call, job))


_ROUTES = (route("POST", "/generations", _create), route("GET", "/generations/{id}", _get), *FILE_ROUTES)


def _body(call: Call) -> dict[str, Any]:
    try:
        body = json_body(call.request)
    except BadBody as bad:
        raise Stop(_faults([Issue("json_invalid", (), str(bad))])) from bad
    fields = load_fields("luma_fields")[AGENTS]["generation_create"]
    model = body.get("model", MODEL if body.get("type") in VIDEO_TYPES else "uni-1")
    if isinstance(model, str) and model not in (MODEL, *IMAGE_MODELS):
        raise Stop(error(400, f"Unknown model: {model[:80]}"))
    if issues := check_body(body, fields, strict=True):
        raise Stop(_faults(issues))
    body = {name: value for name, value in body.items() if value is not None}
    if not 1 <= len(body["prompt"]) <= 6000:
        raise Stop(_faults([Issue("string_length", ("prompt",), "String should have 1 to 6000 characters")]))
    if fault := _rule_broken(body):
        raise Stop(error(400, fault))
    return body


def _rule_broken(body: Mapping[str, Any]) -> str | None:
    """The first of the documented rules that a body breaks, in words."""
    kind, video = body.get("type", "image"), body.get("video") or {}
    model = body.get("model", MODEL if kind in VIDEO_TYPES else IMAGE_MODELS[0])
    if kind not in (IMAGE_TYPES if model in IMAGE_MODELS else VIDEO_TYPES):
        return f"model {model} does not support type {kind}"
    if kind in IMAGE_TYPES:
        return _image_rule_broken(kind, body)
    if body.get("aspect_ratio", "16:9") not in RATIOS:
        return f"aspect_ratio must be one of {', '.join(RATIOS)}"
    if kind != "video":
        return None if body.get("source") else f"source is required for type {kind}"
    return next((words for broken, words in _video_rules(video) if broken), None)


def _image_rule_broken(kind: str, body: Mapping[str, Any]) -> str | None:
    if body.get("video"):
        return f"video is not supported for type {kind}"
    if kind == "image_edit" and not body.get("source"):
        return "source is required for type image_edit"
    most = MOST_PICTURES[kind]
    return f"at most {most} image_ref" if len(body.get("image_ref") or ()) > most else None


def _video_rules(video: Mapping[str, Any]) -> list[tuple[bool, str]]:
    long, loop, hdr = video.get("duration") == "10s", bool(video.get("loop")), bool(video.get("hdr"))
    start, end, frames = video.get("start_frame"), video.get("end_frame"), video.get("keyframes") or ()
    indexes = video.get("keyframe_indexes")
    return [
        (long and bool(start or end), "duration 10s does not support start_frame or end_frame"),
        (long and loop, "duration 10s does not support loop"),
        (long and hdr, "duration 10s does not support hdr"),
        (loop and hdr, "loop does not support hdr"),
        (loop and bool(end), "loop does not support end_frame"),
        (bool(frames) and bool(start or end or loop), "keyframes exclude start_frame, end_frame and loop"),
        (bool(frames) and len(frames) > 64, "at most 64 keyframes"),
        (len(frames) != len(indexes or ()), "keyframe_indexes must match keyframes in length"),
        (hdr and video.get("resolution", "720p") not in HDR, "hdr needs resolution 720p or 1080p"),
        (bool(video.get("exr_export")) and not hdr, "exr_export requires hdr"),
    ]


def _still(body: Mapping[str, Any]) -> Clip:
    width, height = frame_size("1080p", str(body.get("aspect_ratio") or "1:1"))
    ending = "jpg" if body.get("output_format") == "jpeg" else "png"
    return Clip(body["prompt"], width, height, 1.0, files=(ending,))


def _clip(call: Call, body: Mapping[str, Any]) -> Clip:
    video = body.get("video") or {}
    width, height = frame_size(str(video.get("resolution") or "720p"), str(body.get("aspect_ratio") or "16:9"))
    return Clip(
        prompt=body["prompt"],
        width=width,
        height=height,
        seconds=float(str(video.get("duration") or "5s").removesuffix("s")),
        loop=bool(video.get("loop")),
        start_image=media_picture(call, video.get("start_frame")),
        end_image=media_picture(call, video.get("end_frame")),
        files=("mp4", "zip") if video.get("exr_export") else ("mp4",),
    )


def _price(kind: str, video: Mapping[str, Any]) -> int:
    """US cents. A reframe is taken as five seconds: the sandbox does not look into the source."""
    size, length = str(video.get("resolution") or "720p"), str(video.get("duration") or "5s")
    if kind == "video_reframe":
        return REFRAME[size] * 5
    if kind == "video_edit":
        return EDIT[size][length]
    if video.get("hdr"):
        return (HDR_EXR if video.get("exr_export") else HDR)[size]
    return GENERATE[size][length]


def _generation(call: Call, job: Job) -> dict[str, Any]:
    phase = job.phase(call.world.clock())
    failed = phase is Phase.FAILED
    code = (job.fail if job.fail in CODES else "generation_failed") if failed else None
    links = call.world.links(call.request.origin, job) if phase is Phase.DONE else []
    kind = "image" if job.operation in IMAGE_TYPES else "video"
    return {
        "id": job.id,
        "type": job.operation,
        "state": job.word if phase is Phase.RUNNING and job.word else _WORDS[phase],
        "model": job.model,
        "created_at": stamp(job.created_at),
        "output": [{"type": "exr" if number else kind, "url": url} for number, url in enumerate(links)],
        "failure_reason": f"The generation failed: {job.fail}" if failed else None,
        "failure_code": code,
    }


def _without_data(value: Any) -> Any:
    """The body as it is kept: without pictures that came inline."""
    if isinstance(value, dict):
        return {name: "…" if name == "data" else _without_data(each) for name, each in value.items()}
    return [_without_data(each) for each in value] if isinstance(value, list) else value


def _faults(issues: list[Issue]) -> Reply:
    detail = [{"type": each.code, "loc": ["body", *each.path], "msg": each.message} for each in issues]
    return json_reply(422, {"detail": detail})
