"""Runway's API as a server speaks it: create, tasks, cancel. The account's side is in `runway_account`.

Sources: the OpenAPI document of 2026-08-08, runwayml 5.24, the documentation. Every call needs `X-Runway-Version`. A
bad body is a 400 with all its issues at once. Over the concurrency limit of a model a task is THROTTLED, which is not a
failure. The daily limit is a 429. DELETE gives the money back only while the task waits; after it the task is gone.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from providers.sandbox.intake import Denied, Order
from providers.sandbox.jobs import Clip, Job, Phase
from providers.sandbox.options import RUNWAY
from providers.sandbox.routing import Call, NoRoute, find_route, route, stamp
from providers.sandbox.runway_account import ACCOUNT_ROUTES, bad_request, error, upload_picture
from providers.sandbox.runway_price import clip_seconds, frame, price
from providers.sandbox.runway_routers import ROUTER_ROUTES, router_body, router_model, routing
from providers.sandbox.schema import Issue, check_body, load_fields, utf16
from providers.sandbox.triggers import Triggers, read_triggers
from providers.sandbox.wire import BadBody, Reply, Request, Stop, fingerprint, json_body, json_reply

if TYPE_CHECKING:
    from providers.sandbox.world import World

__all__ = ["VERSION", "runway"]

VERSION = "2024-11-06"
_KEY = re.compile(r"key_[0-9a-f]{128}")
CHARGED_FAILURES = ("SAFETY.INPUT", "SAFETY.OUTPUT")
"""Runway, task failures: moderated work is charged, everything else is given back."""
MODES = (
    "text_to_video",
    "image_to_video",
    "video_to_video",
    "character_performance",
    "video_upscale",
    "video_to_hdr",
    "text_to_image",
    "sound_effect",
    "video_to_audio",
)
SOUND_MODES = frozenset({"sound_effect", "video_to_audio"})
VECTOR = "recraft_v4_1_vector"


@dataclass(frozen=True, slots=True)
class Made:
    """A checked create request and what it costs."""

    model: str
    mode: str
    clip: Clip
    request: dict[str, Any]
    most: Decimal
    final: Decimal
    triggers: Triggers


_WORDS = {
    Phase.THROTTLED: "THROTTLED",
    Phase.QUEUED: "PENDING",
    Phase.RUNNING: "RUNNING",
    Phase.DONE: "SUCCEEDED",
    Phase.FAILED: "FAILED",
    Phase.CANCELLED: "CANCELLED",
}


def runway(world: World, request: Request, path: str) -> Reply:
    """Answers one request of this API."""
    key = request.key
    if not (key in world.options.keys or (world.options.any_key and _KEY.fullmatch(key))):
        return error(401, "You did not provide a valid API key." if key else "You did not provide an API key.")
    if request.headers.get("x-runway-version") != VERSION:
        return error(400, f"Please specify a valid X-Runway-Version header, such as {VERSION}.")
    try:
        handler, args = find_route(_ROUTES, request.method, path)
        return handler(Call(world, request, fingerprint(key), args))
    except NoRoute as none:
        words = "The requested resource was not found." if none.status == 404 else "Method not allowed."
        reply = error(none.status, words)
        return reply.with_headers(allow=none.allow) if none.allow else reply
    except Stop as stop:
        return stop.reply


def _create(call: Call) -> Reply:
    mode = call.request.path.rsplit("/", 1)[-1]
    body = _body(call.request, mode)
    model, prompt = str(body["model"]), str(body.get("promptText") or "")
    triggers = read_triggers(prompt)
    if triggers.refuse is not None:
        return error(triggers.refuse, f"The prompt asked the sandbox for {triggers.refuse}.")
    most, final = price(model, mode, body, most=True), price(model, mode, body, most=False)
    clip = _clip(call, mode, body, prompt)
    job = _accept(call, Made(model, mode, clip, _without_data(body), most, final, triggers))
    return triggers.answered(json_reply(200, {"id": job.id, "estimatedCost": {"credits": _number(job.price)}}))


def _accept(call: Call, made: Made) -> Job:
    order = Order(
        vendor=RUNWAY,
        account=call.account,
        model=made.model,
        operation=made.mode,
        lane=made.model,
        clip=made.clip,
        request=made.request,
        price=made.most,
        final=made.final,
        kept=made.final if (made.triggers.fail or "").startswith(CHARGED_FAILURES) else Decimal(0),
        triggers=made.triggers,
        queues=True,
        daily=call.world.options.runway_daily,
    )
    try:
        return call.world.accept(order)
    except Denied as denied:
        raise Stop(_denied(denied.why)) from denied


def _denied(why: str) -> Reply:
    if why == "credits":
        return error(400, "You do not have enough credits to run this task.")
    return error(429, "You have exceeded the daily limit of generations for this model.")


def _generate(call: Call) -> Reply:
    """The Model Router: a model-agnostic input, priced and queued as the model that the router picks."""
    try:
        body = json_body(call.request)
    except BadBody as bad:
        return error(400, f"Invalid JSON: {bad}")
    rules = load_fields("runway_fields")["modes"]["generate/video"]["*"]
    if issues := check_body(body, rules["fields"], strict=True, length=utf16):
        return bad_request(issues)
    slug, asked = str(body["configId"]), body["input"]
    model = router_model(slug)
    if model is None:
        return error(400, f"router_config_not_found: there is no router {slug}.")
    triggers = read_triggers(str(asked.get("promptText") or ""))
    if triggers.refuse is not None:
        return error(triggers.refuse, f"The prompt asked the sandbox for {triggers.refuse}.")
    mode, plain = router_body(model, asked)
    most, final = price(model, mode, plain, most=True), price(model, mode, plain, most=False)
    clip = _clip(call, mode, plain, str(asked.get("promptText") or ""))
    job = _accept(call, Made(model, mode, clip, {**_without_data(plain), "configId": slug}, most, final, triggers))
    answer = {"id": job.id, "routing": routing(slug, model, plain, float(job.price))}
    return triggers.answered(json_reply(200, answer))


def _body(request: Request, mode: str) -> dict[str, Any]:
    try:
        body = json_body(request)
    except BadBody as bad:
        raise Stop(error(400, f"Invalid JSON: {bad}")) from bad
    models = load_fields("runway_fields")["modes"][mode]
    model = body.get("model")
    if not isinstance(model, str) or model not in models:
        choices = " | ".join(f"'{each}'" for each in models)
        message = f"Invalid discriminator value. Expected {choices}"
        raise Stop(bad_request([Issue("invalid_union_discriminator", ("model",), message)]))
    rules = models[model]
    issues = check_body(body, rules["fields"], strict=rules["strict"], length=utf16)
    if issues:
        raise Stop(bad_request(issues))
    return {name: value for name, value in body.items() if name in rules["fields"] and value is not None}


def _without_data(value: Any) -> Any:
    """The body as it is kept: without what came inline."""
    if isinstance(value, dict):
        return {name: _without_data(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_data(each) for each in value]
    return f"{value[:40]}…" if isinstance(value, str) and value.startswith("data:") else value


def _clip(call: Call, mode: str, body: Mapping[str, Any], prompt: str) -> Clip:
    width, height = frame(body)
    fields = load_fields("runway_fields")["modes"][mode][body["model"]]["fields"]
    seed = body.get("seed")
    pictures = _pictures(call, body.get("promptImage"))
    return Clip(
        prompt=prompt or mode.replace("_", " "),
        width=width,
        height=height,
        seconds=clip_seconds(body, fields, most=False),
        seed=int(seed) if seed is not None else None,
        start_image=pictures.get("first"),
        end_image=pictures.get("last"),
        files=_files(mode, body),
    )


def _files(mode: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The endings of what comes out: pictures and sounds may be several, sequences are packed, with their sound."""
    made = str(body.get("format") or body.get("outputFormat") or "")
    many = int(body.get("outputCount") or body.get("numVariants") or 1)
    if mode in SOUND_MODES:
        return ({"ogg_opus": "ogg"}.get(made, made or "mp3"),) * many
    if mode == "text_to_image":
        ending = "svg" if body["model"] == VECTOR else {"jpeg": "jpg", "": "png"}.get(made, made)
        return (ending,) * many
    return ("zip", "wav") if "_sequence" in made else ("mp4",)


def _pictures(call: Call, given: Any) -> dict[str, str | None]:
    """The pictures of the first and the last frame, by position."""
    items = given if isinstance(given, list) else [{"uri": given, "position": "first"}] if given else []
    found: dict[str, str | None] = {}
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("uri"), str):
            found[str(item.get("position") or "first")] = _picture(call, item["uri"])
    return found


def _picture(call: Call, uri: str) -> str | None:
    if uri.startswith("runway://"):
        return upload_picture(call, uri)
    if not uri.startswith("data:"):
        return None
    try:
        return call.world.clips.keep_picture(base64.b64decode(uri.partition(",")[2], validate=True))
    except (binascii.Error, ValueError) as bad:
        issue = Issue("invalid_string", ("promptImage",), "Invalid URI: the data is not valid base64")
        raise Stop(bad_request([issue])) from bad


def _get(call: Call) -> Reply:
    job = call.world.job(RUNWAY, call.args["id"], call.account)
    return _unknown() if job is None else json_reply(200, _task(call, job))


def _delete(call: Call) -> Reply:
    job = call.world.job(RUNWAY, call.args["id"], call.account)
    if job is None:
        return _unknown()
    waiting = job.phase(call.world.clock()) in {Phase.THROTTLED, Phase.QUEUED}
    call.world.cancel(job, refund=waiting, delete=True)
    return Reply(204)


def _unknown() -> Reply:
    return error(404, "A task with that ID was not found.")


_ROUTES = (
    *(route("POST", f"/{mode}", _create) for mode in MODES),
    route("POST", "/generate/video", _generate),
    *ROUTER_ROUTES,
    route("GET", "/tasks/{id}", _get),
    route("DELETE", "/tasks/{id}", _delete),
    *ACCOUNT_ROUTES,
)


def _task(call: Call, job: Job) -> dict[str, Any]:
    now = call.world.clock()
    phase = job.phase(now)
    word = job.word if phase is Phase.RUNNING and job.word else _WORDS[phase]
    task: dict[str, Any] = {"id": job.id, "status": word, "createdAt": stamp(job.created_at)}
    if not phase.ended:
        task["estimatedCost"] = {"credits": _number(job.price)}
        if phase is Phase.RUNNING and not job.silent:
            task["progress"] = round(job.progress(now), 4)
        return task
    task["cost"] = {"credits": _number(job.charge(now))}
    if phase is Phase.DONE:
        task["output"] = call.world.links(call.request.origin, job)
    if phase is Phase.FAILED:
        task |= {"failure": "The task failed, as the prompt asked the sandbox.", "failureCode": job.fail}
    return task


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
