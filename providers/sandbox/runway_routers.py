"""Runway's Model Router: routers, the requests that went through them, and what a router makes of a request.

The sandbox keeps no routers of its own making. Every account has one for each model, `only-MODEL`, that allows nothing
else, and `any`, which allows all and picks `gen4.5` (or `aleph2` for a given clip). Source: runwayml 5.24.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from providers.sandbox.jobs import Job
from providers.sandbox.options import RUNWAY
from providers.sandbox.routing import Call, integer, route, stamp
from providers.sandbox.runway_account import error
from providers.sandbox.schema import load_fields
from providers.sandbox.wire import Reply, json_reply

__all__ = ["ROUTER_ROUTES", "router_body", "router_model", "routing"]

ANY = "any"
CHOSEN = "gen4.5"
EPOCH = 1_780_000_000.0
_SHORT = {"480p": 480, "720p": 720, "1080p": 1080, "4k": 2160}
_MODES = ("text_to_video", "image_to_video", "video_to_video")


def _models() -> list[str]:
    modes = load_fields("runway_fields")["modes"]
    return sorted({model for mode in _MODES for model in modes[mode]})


def _slug(model: str) -> str:
    return "only-" + re.sub(r"[^a-z0-9_]", "-", model.lower())


def router_model(slug: str) -> str | None:
    """The model that a router picks; None where there is no such router."""
    if slug == ANY:
        return CHOSEN
    return next((model for model in _models() if _slug(model) == slug), None)


def router_body(model: str, asked: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The mode, and the request in the words of a plain model, as far as size, length and price need it."""
    pictures = {str(each["role"]): each["uri"] for each in asked.get("referenceImages") or ()}
    mode = "video_to_video" if asked.get("referenceVideos") else "image_to_video" if pictures else "text_to_video"
    if model not in load_fields("runway_fields")["modes"][mode]:
        modes = load_fields("runway_fields")["modes"]
        mode = next(each for each in _MODES if model in modes[each])
    across, down = (int(side) for side in str(asked.get("aspectRatio") or "16:9").split(":"))
    scale = _SHORT[str(asked.get("resolution") or "720p")] / min(across, down)
    body = {"model": model, "ratio": f"{round(across * scale / 2) * 2}:{round(down * scale / 2) * 2}"}
    body |= {name: asked[name] for name in ("duration", "audio", "seed", "promptText") if name in asked}
    frames = [{"uri": pictures[role], "position": role} for role in ("first", "last") if role in pictures]
    return mode, {**body, **({"promptImage": frames} if frames else {})}


def routing(slug: str, model: str, body: Mapping[str, Any], price: float) -> dict[str, Any]:
    """What the create answer tells of the choice."""
    return {
        "configId": slug,
        "estimatedCost": {"credits": price},
        "model": model,
        "provider": "runway",
        "resolvedInput": {"duration": body.get("duration", 5), "ratio": body["ratio"], "resolution": "720p"},
        "resolvedSettings": {"optimizeFor": "cost", "priceCeiling": None},
    }


def _router(slug: str) -> dict[str, Any]:
    models = (
        {"mode": "allow_new_except", "ids": []}
        if slug == ANY
        else {"mode": "allowlist_only", "ids": [router_model(slug)]}
    )
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, slug)),
        "slug": slug,
        "name": slug,
        "version": 1,
        "createdAt": stamp(EPOCH),
        "updatedAt": stamp(EPOCH),
        "settings": {"schemaVersion": 1, "optimizeFor": "cost", "models": models},
    }


def _routers() -> list[dict[str, Any]]:
    return [_router(slug) for slug in (ANY, *(_slug(model) for model in _models()))]


def _list(call: Call) -> Reply:
    return _page(call, _routers())


def _retrieve(call: Call) -> Reply:
    found = next((each for each in _routers() if each["id"] == call.args["id"]), None)
    return error(404, "A router with that ID was not found.") if found is None else json_reply(200, found)


def _requests(call: Call) -> Reply:
    found = next((each for each in _routers() if each["id"] == call.args["id"]), None)
    if found is None:
        return error(404, "A router with that ID was not found.")
    jobs, _total = call.world.jobs(RUNWAY, call.account, 10_000)
    return _page(call, [_request(job) for job in jobs if job.request.get("configId") == found["slug"]])


def _request(job: Job) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"request {job.id}")),
        "createdAt": stamp(job.created_at),
        "emptiedBy": [],
        "estimatedCredits": float(job.price),
        "model": job.model,
        "pipeline": [{"type": "rank", "outcome": "single_candidate"}],
        "provider": "runway",
        "reason": None,
        "reasonCode": "only_eligible_model",
        "requestId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"call {job.id}")),
        "status": "routed",
        "taskId": job.id,
    }


def _page(call: Call, rows: Sequence[dict[str, Any]]) -> Reply:
    limit = integer(call.request.query.get("limit"), 0, 1, 100)
    start = integer(call.request.query.get("cursor"), 0, 0, 10**9)
    if not limit or start is None:
        return error(400, "limit must be 1 to 100, and the cursor one that was given out.")
    following = str(start + limit) if start + limit < len(rows) else None
    return json_reply(200, {"data": list(rows[start : start + limit]), "nextCursor": following})


ROUTER_ROUTES = (
    route("GET", "/routers", _list),
    route("GET", "/routers/{id}", _retrieve),
    route("GET", "/routers/{id}/requests", _requests),
)
