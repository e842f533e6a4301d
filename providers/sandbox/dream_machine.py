"""Luma's Dream Machine API as a server speaks it: generations, credits, ping, concepts.

Sources: the OpenAPI document of 2025-06-24, the guides, lumaai 1.21. Errors are `{"detail": text}`, or a list of field
faults with 422. Charged at submission, refunded in full on failure. There is no cancel: DELETE hides the generation and
gives nothing back. Pictures can only be named by URL; an offline sandbox draws without them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from providers.sandbox.clips import frame_size
from providers.sandbox.intake import Denied, Order
from providers.sandbox.jobs import Clip, Job, Phase
from providers.sandbox.options import DREAM_MACHINE
from providers.sandbox.routing import Call, NoRoute, find_route, integer, route, stamp
from providers.sandbox.schema import Issue, check_body, is_public, load_fields
from providers.sandbox.triggers import read_triggers
from providers.sandbox.wire import BadBody, Reply, Request, Stop, fingerprint, json_body, json_reply

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["CONCEPTS", "dream_machine"]

CONCEPTS = (
    "aerial_drone", "bolt_cam", "crane_down", "crane_up", "dolly_zoom", "elevator_doors", "eye_level", "ground_level",
    "handheld", "high_angle", "low_angle", "orbit_left", "orbit_right", "overhead", "over_the_shoulder", "pan_left",
    "pan_right", "pedestal_down", "pedestal_up", "pov", "pull_out", "push_in", "roll_left", "roll_right", "selfie",
    "static", "tilt_down", "tilt_up", "tiny_planet", "truck_left", "truck_right", "zoom_in", "zoom_out",
)  # fmt: skip

RATE = {"ray-2": Decimal("0.0064"), "ray-flash-2": Decimal("0.0022")}
RATE_MODIFY = {"ray-2": Decimal("0.01582"), "ray-flash-2": Decimal("0.00544")}
"""USD per megapixel (width × height × 24 × seconds), as the published figures imply."""
STILLS = frozenset({"image", "reframe_image"})
STILL_CENTS = Decimal(2)
PICTURES = ("image_ref", "style_ref", "character_ref", "modify_image_ref")
SIZES = {
    "1:1": (1536, 1536), "16:9": (2048, 1152), "9:16": (1152, 2048), "4:3": (1792, 1344), "3:4": (1344, 1792),
    "21:9": (2432, 1024), "9:21": (1024, 2432),
}  # fmt: skip
UNREADABLE = "Failed to read user input frames"
_WORDS = {
    Phase.THROTTLED: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "dreaming",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "failed",
}


def dream_machine(world: World, request: Request, path: str) -> Reply:
    """Answers one request of this API."""
    key = request.key
    if not _accepts(world, key):
        return _error(401, "Invalid API key" if key else "Not authenticated")
    try:
        handler, args = find_route(_ROUTES, request.method, path)
        return handler(Call(world, request, fingerprint(key), args))
    except NoRoute as none:
        reply = _error(none.status, "Not Found" if none.status == 404 else "Method Not Allowed")
        return reply.with_headers(allow=none.allow) if none.allow else reply
    except Stop as stop:
        return stop.reply


def _accepts(world: World, key: str) -> bool:
    shape = key.startswith("luma-") and not key.startswith("luma-api-") and 10 <= len(key) <= 300
    return key in world.options.keys or (world.options.any_key and shape)


def _create(call: Call) -> Reply:
    body = _body(call, "video_create")
    _check_video(call, body)
    return _accept(call, "video", body, str(body.get("prompt") or ""), str(body["model"]), 201)


def _modify(call: Call) -> Reply:
    body = _body(call, "video_modify")
    return _accept(call, "modify_video", body, str(body.get("prompt") or "modified"), str(body["model"]), 201)


def _reframe(call: Call) -> Reply:
    body = _body(call, "video_reframe")
    return _accept(call, "reframe_video", body, str(body.get("prompt") or "reframed"), str(body["model"]), 201)


def _image(call: Call) -> Reply:
    body = _body(call, "image_create")
    prompt = body.get("prompt")
    if prompt is None and not any(name in body for name in PICTURES):
        raise Stop(_error(400, "Prompt is required"))
    if prompt is not None and len(prompt) < 3:
        raise Stop(_error(400, "Prompt is too short, minimum length is 3 characters"))
    return _accept(call, "image", body, str(prompt or "a picture"), str(body["model"]), 201)


def _image_reframe(call: Call) -> Reply:
    body = _body(call, "image_reframe")
    return _accept(call, "reframe_image", body, str(body.get("prompt") or "reframed"), str(body["model"]), 201)


def _upscale(call: Call) -> Reply:
    body, source = _body(call, "upscale"), _finished(call)
    body.setdefault("generation_type", "upscale_video")
    shape = str(source.request.get("aspect_ratio") or "16:9")
    return _accept(call, "upscale_video", {**body, "aspect_ratio": shape}, source.clip.prompt, source.model, 200, body)


def _audio(call: Call) -> Reply:
    body, source = _body(call, "audio"), _finished(call)
    body.setdefault("generation_type", "add_audio")
    size = {name: source.request[name] for name in ("aspect_ratio", "resolution") if name in source.request}
    return _accept(call, "add_audio", {**body, **size}, source.clip.prompt, source.model, 200, body)


def _accept(
    call: Call, operation: str, body: dict[str, Any], prompt: str, model: str, status: int, echo: Any = None
) -> Reply:
    triggers = read_triggers(prompt)
    if triggers.refuse is not None:
        return _error(triggers.refuse, f"the prompt asked the sandbox for {triggers.refuse}")
    clip = _still(body, prompt) if operation in STILLS else _clip(body, prompt)
    clip = replace(clip, sound=operation == "add_audio")
    order = Order(
        vendor=DREAM_MACHINE,
        account=call.account,
        model=model,
        operation=operation,
        clip=clip,
        request=dict(body if echo is None else echo),
        price=_price(model, operation, clip),
        triggers=triggers,
        fail=_unreadable(call, body),
    )
    try:
        job = call.world.accept(order)
    except Denied as denied:
        return _denied(denied.why, denied.retry_after)
    return triggers.answered(json_reply(status, _generation(call, job)))


def _denied(why: str, retry_after: float) -> Reply:
    if why == "credits":
        return _error(400, "Insufficient credits")
    words = "Too many concurrent generations" if why == "concurrent" else "Rate limit exceeded"
    return _error(429, words).with_headers(retry_after=str(math.ceil(retry_after)))


def _get(call: Call) -> Reply:
    return json_reply(200, _generation(call, _mine(call)))


def _delete(call: Call) -> Reply:
    call.world.forget(_mine(call))
    return Reply(204)


def _list(call: Call) -> Reply:
    limit = integer(call.request.query.get("limit"), 100, 1, 100)
    offset = integer(call.request.query.get("offset"), 0, 0, 10**9)
    if limit is None or offset is None:
        name = "limit" if limit is None else "offset"
        return _faults([Issue("value_error", ("query", name), "Input should be a whole number in bounds")])
    jobs, total = call.world.jobs(DREAM_MACHINE, call.account, limit, offset)
    page = [_generation(call, job) for job in jobs]
    more = offset + len(jobs) < total
    return json_reply(
        200, {"generations": page, "count": len(page), "has_more": more, "limit": limit, "offset": offset}
    )


def _credits(call: Call) -> Reply:
    return json_reply(200, {"credit_balance": float(call.world.balance(DREAM_MACHINE, call.account))})


_ROUTES = (
    route("GET", "/ping", lambda _call: json_reply(200, {"message": "pong"})),
    route("GET", "/credits", _credits),
    route("GET", "/generations/concepts/list", lambda _call: json_reply(200, list(CONCEPTS))),
    route("GET", "/generations/camera_motion/list", lambda _call: json_reply(200, list(CONCEPTS))),
    route("POST", "/generations", _create),
    route("POST", "/generations/video", _create),
    route("POST", "/generations/video/modify", _modify),
    route("POST", "/generations/image", _image),
    route("POST", "/generations/image/reframe", _image_reframe),
    route("POST", "/generations/video/reframe", _reframe),
    route("POST", "/generations/{id}/upscale", _upscale),
    route("POST", "/generations/{id}/audio", _audio),
    route("GET", "/generations", _list),
    route("GET", "/generations/{id}", _get),
    route("DELETE", "/generations/{id}", _delete),
)


def _body(call: Call, operation: str) -> dict[str, Any]:
    try:
        body = json_body(call.request)
    except BadBody as error:
        raise Stop(_faults([Issue("json_invalid", (), str(error))])) from error
    issues = check_body(body, load_fields("luma_fields")[DREAM_MACHINE][operation], strict=False)
    if issues:
        raise Stop(_faults(issues))
    return {name: value for name, value in body.items() if value is not None}


def _check_video(call: Call, body: Mapping[str, Any]) -> None:
    """The rules that the vendor answers with 400."""
    prompt, frames = body.get("prompt"), body.get("keyframes") or {}
    if prompt is None and not frames:
        raise Stop(_error(400, "Prompt is required"))
    if prompt is not None and len(prompt) < 3:
        raise Stop(_error(400, "Prompt is too short, minimum length is 3 characters"))
    if prompt is not None and len(prompt) > 5000:
        raise Stop(_error(400, "Prompt is too long, maximum length is 5000 characters"))
    if body.get("duration", "5s") not in {"5s", "9s"}:
        raise Stop(_error(400, "Invalid duration, must be one of 5s, 9s"))
    if body.get("resolution", "720p") not in {"540p", "720p", "1080p", "4k"}:
        raise Stop(_error(400, "Invalid resolution, must be one of 540p, 720p, 1080p, 4k"))
    kinds = tuple((frames.get(name) or {}).get("type") for name in ("frame0", "frame1"))
    if body.get("loop") and (kinds[1] == "image" or None not in kinds or kinds == (None, "generation")):
        raise Stop(_error(400, "Loop is not supported with these keyframes"))
    for name in ("frame0", "frame1"):
        _check_frame(call, frames.get(name) or {})


def _unreadable(call: Call, body: Mapping[str, Any]) -> str | None:
    """The failure of a picture that the vendor could not fetch: no HTTP error, but a job that fails later."""
    frames = [(body.get("keyframes") or {}).get(name) or {} for name in ("frame0", "frame1")]
    urls = [str(frame["url"]) for frame in frames if frame.get("type") == "image"]
    own = f"{call.request.origin}/"
    return None if all(url.startswith(own) or is_public(url) for url in urls) else UNREADABLE


def _check_frame(call: Call, frame: Mapping[str, Any]) -> None:
    if frame.get("type") != "generation":
        return
    job = call.world.job(DREAM_MACHINE, str(frame.get("id")), call.account)
    if job is None or job.phase(call.world.clock()) is not Phase.DONE:
        raise Stop(_error(400, "The referenced generation must be completed"))


def _clip(body: Mapping[str, Any], prompt: str) -> Clip:
    seconds = float(str(body.get("duration") or "5s").removesuffix("s"))
    width, height = frame_size(str(body.get("resolution") or "720p"), str(body.get("aspect_ratio") or "16:9"))
    return Clip(prompt, width, height, seconds, loop=bool(body.get("loop")))


def _still(body: Mapping[str, Any], prompt: str) -> Clip:
    width, height = SIZES[str(body.get("aspect_ratio") or "16:9")]
    return Clip(prompt, width, height, 1.0, files=(str(body.get("format") or "jpg"),))


def _price(model: str, operation: str, clip: Clip) -> Decimal:
    """US cents, rounded half up, which gives every published figure. Pictures: what they cost is not published."""
    if operation in STILLS:
        return STILL_CENTS
    rate = (RATE_MODIFY if operation == "modify_video" else RATE)[model]
    usd = Decimal(clip.width * clip.height * 24) * Decimal(clip.seconds) / 1_000_000 * rate
    return (usd * 100).quantize(Decimal(1), ROUND_HALF_UP)


def _mine(call: Call) -> Job:
    job = call.world.job(DREAM_MACHINE, call.args["id"], call.account)
    if job is None:
        raise Stop(_error(404, "Generation not found"))
    return job


def _finished(call: Call) -> Job:
    job = _mine(call)
    if job.phase(call.world.clock()) is not Phase.DONE:
        raise Stop(_error(400, "The generation must be completed"))
    return job


def _generation(call: Call, job: Job) -> dict[str, Any]:
    phase = job.phase(call.world.clock())
    word = job.word if phase is Phase.RUNNING and job.word else _WORDS[phase]
    url = call.world.link(call.request.origin, job) if phase is Phase.DONE else None
    kind = "image" if job.operation in STILLS else "video"
    return {
        "id": job.id,
        "generation_type": kind,
        "state": word,
        "failure_reason": job.fail if phase is Phase.FAILED else None,
        "created_at": stamp(job.created_at),
        "assets": {"video": None, "image": None, "progress_video": None, kind: url} if url else None,
        "model": job.model,
        "request": {"generation_type": kind, **job.request},
    }


def _error(status: int, detail: str) -> Reply:
    return json_reply(status, {"detail": detail})


def _faults(issues: list[Issue]) -> Reply:
    """422 in FastAPI's form."""
    detail = [{"type": each.code, "loc": ["body", *each.path], "msg": each.message} for each in issues]
    return json_reply(422, {"detail": detail})
