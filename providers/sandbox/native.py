"""The sandbox's own dialect: what the provider `sandbox` speaks. Free, listed, cancellable, with honest progress.

    POST   /clips               {model, prompt, duration, resolution, ratio, …} → 201 clip
    GET    /clips?limit&before  newest first → {clips, next}
    GET    /clips/{id}          → clip
    POST   /clips/{id}/cancel   → clip; 409 when it has ended
    DELETE /clips/{id}          → 204
    GET    /health              → {status, clips}

No key is needed; whoever sends one gets clips of its own. Errors are `{"error": text, "problems": [{param, message}]}`.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from providers.sandbox.clips import frame_size
from providers.sandbox.intake import Denied, Order
from providers.sandbox.jobs import Clip, Job, Phase
from providers.sandbox.options import NATIVE
from providers.sandbox.routing import Call, NoRoute, find_route, integer, route, stamp
from providers.sandbox.schema import Issue, check_body
from providers.sandbox.triggers import read_triggers
from providers.sandbox.wire import BadBody, Reply, Request, Stop, fingerprint, json_body, json_reply

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["native"]

_PICTURE = {
    "type": "object",
    "fields": {"data": {"type": "string"}, "media_type": {"type": "string"}, "url": {"type": "string"}},
}


def _fields(seconds: tuple[int, ...], resolutions: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {
        "model": {"type": "string", "required": True},
        "prompt": {"type": "string", "required": True, "min_length": 1, "max_length": 2000},
        "duration": {"type": "string", "enum": [f"{each}s" for each in seconds]},
        "resolution": {"type": "string", "enum": list(resolutions)},
        "ratio": {"type": "string", "enum": ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]},
        "loop": {"type": "boolean"},
        "seed": {"type": "integer", "min": 0, "max": 2**32 - 1},
        "motion": {"type": "number", "min": 0, "max": 1},
        "negative_prompt": {"type": "string", "max_length": 500},
        "start_image": _PICTURE,
        "end_image": _PICTURE,
        "refs": {"type": "array", "max_items": 3, "items": _PICTURE},
    }


MODELS = {
    "sandbox-fast": _fields(tuple(range(1, 11)), ("360p", "540p", "720p")),
    "sandbox-hd": _fields((3, 5, 8, 10), ("720p", "1080p")),
}
_WORDS = {
    Phase.THROTTLED: "waiting",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "drawing",
    Phase.DONE: "done",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "cancelled",
}


def native(world: World, request: Request, path: str) -> Reply:
    """Answers one request of this dialect."""
    try:
        handler, args = find_route(_ROUTES, request.method, path)
        return handler(Call(world, request, fingerprint(request.key), args))
    except NoRoute as none:
        reply = _error(none.status, "no such call")
        return reply.with_headers(allow=none.allow) if none.allow else reply
    except Stop as stop:
        return stop.reply


def _create(call: Call) -> Reply:
    body = _body(call)
    triggers = read_triggers(body["prompt"])
    if triggers.refuse is not None:
        return _error(triggers.refuse, f"the prompt asked the sandbox for {triggers.refuse}")
    order = Order(
        vendor=NATIVE,
        account=call.account,
        model=body["model"],
        operation="clip",
        clip=_clip(call, body),
        request={name: _short(value) for name, value in body.items()},
        triggers=triggers,
        queues=True,
    )
    try:
        job = call.world.accept(order)
    except Denied as denied:
        return _error(429, "too many requests").with_headers(retry_after=str(math.ceil(denied.retry_after)))
    return triggers.answered(json_reply(201, _show(call, job)))


def _get(call: Call) -> Reply:
    return json_reply(200, _show(call, _mine(call)))


def _list(call: Call) -> Reply:
    limit = integer(call.request.query.get("limit"), 50, 1, 200)
    offset = integer(call.request.query.get("offset"), 0, 0, 10**9)
    if limit is None or offset is None:
        return _error(400, "limit is 1 to 200, offset is not negative")
    jobs, total = call.world.jobs(NATIVE, call.account, limit, offset)
    following = offset + len(jobs)
    return json_reply(
        200, {"clips": [_show(call, job) for job in jobs], "next": following if following < total else None}
    )


def _cancel(call: Call) -> Reply:
    job = _mine(call)
    if job.phase(call.world.clock()).ended:
        return _error(409, "the clip has ended already")
    return json_reply(200, _show(call, call.world.cancel(job, refund=True, delete=False)))


def _delete(call: Call) -> Reply:
    call.world.forget(_mine(call))
    return Reply(204)


def _health(call: Call) -> Reply:
    _, total = call.world.jobs(NATIVE, call.account, 1)
    return json_reply(200, {"status": "ok", "clips": total, "models": list(MODELS)})


_ROUTES = (
    route("POST", "/clips", _create),
    route("GET", "/clips", _list),
    route("GET", "/clips/{id}", _get),
    route("DELETE", "/clips/{id}", _delete),
    route("POST", "/clips/{id}/cancel", _cancel),
    route("GET", "/health", _health),
)


def _body(call: Call) -> dict[str, Any]:
    try:
        body = json_body(call.request)
    except BadBody as bad:
        raise Stop(_error(400, str(bad))) from bad
    model = body.get("model")
    if not isinstance(model, str) or model not in MODELS:
        raise Stop(_refuse([Issue("unknown", ("model",), f"must be one of {', '.join(MODELS)}")]))
    if issues := check_body(body, MODELS[model], strict=True):
        raise Stop(_refuse(issues))
    body = {name: value for name, value in body.items() if value is not None}
    if body.get("loop") and body.get("end_image"):
        raise Stop(_refuse([Issue("conflict", ("loop",), "a loop ends where it began; leave out the end image")]))
    return body


def _clip(call: Call, body: Mapping[str, Any]) -> Clip:
    tier = "1080p" if body["model"] == "sandbox-hd" else "720p"
    width, height = frame_size(str(body.get("resolution") or tier), str(body.get("ratio") or "16:9"))
    seed = body.get("seed")
    return Clip(
        prompt=body["prompt"],
        width=width,
        height=height,
        seconds=float(str(body.get("duration") or "5s").removesuffix("s")),
        seed=int(seed) if seed is not None else None,
        loop=bool(body.get("loop")),
        start_image=_picture(call, body, "start_image"),
        end_image=_picture(call, body, "end_image"),
    )


def _picture(call: Call, body: Mapping[str, Any], name: str) -> str | None:
    data = (body.get(name) or {}).get("data")
    if data is None:
        return None
    try:
        return call.world.clips.keep_picture(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as bad:
        raise Stop(_refuse([Issue("base64", (name,), "the data is not valid base64")])) from bad


def _short(value: Any) -> Any:
    """The request as it is echoed: pictures by their size alone."""
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, dict) and "data" in value:
        return {**value, "data": f"{len(value['data'])} characters"}
    return value


def _mine(call: Call) -> Job:
    job = call.world.job(NATIVE, call.args["id"], call.account)
    if job is None:
        raise Stop(_error(404, "no such clip"))
    return job


def _show(call: Call, job: Job) -> dict[str, Any]:
    now = call.world.clock()
    phase = job.phase(now)
    return {
        "id": job.id,
        "state": job.word if phase is Phase.RUNNING and job.word else _WORDS[phase],
        "progress": None if job.silent else round(1.0 if phase is Phase.DONE else job.progress(now), 4),
        "created_at": stamp(job.created_at),
        "model": job.model,
        "request": dict(job.request),
        "url": call.world.link(call.request.origin, job) if phase is Phase.DONE else None,
        "failure": {"code": job.fail, "message": f"failed on purpose: {job.fail}"} if phase is Phase.FAILED else None,
    }


def _error(status: int, words: str) -> Reply:
    return json_reply(status, {"error": words, "problems": []})


def _refuse(issues: list[Issue]) -> Reply:
    problems = [{"param": ".".join(map(str, each.path)), "message": each.message} for each in issues]
    words = "; ".join(f"{each['param']}: {each['message']}" for each in problems)
    return json_reply(400, {"error": f"the request is not valid: {words}", "problems": problems})
