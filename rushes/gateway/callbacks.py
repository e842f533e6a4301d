"""`/v1/callbacks/…`: webhooks of vendors. What they say is never believed: it is a reason to ask the vendor now.

The path's last part is derived from the token, so that only who was told it can post here; and what is posted can do no
more than make one poll come earlier.
"""

from __future__ import annotations

import hmac
import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rushes.gateway.house import House, house_of
from rushes.gateway.problems import Refusal
from rushes.lifecycle import AT_VENDOR

__all__ = ["callback_url", "router"]

router = APIRouter(include_in_schema=False)


def callback_url(house: House, provider: str) -> str:
    """Where a provider's webhooks arrive; empty where no public address is set."""
    public = house.config.public_url.rstrip("/")
    return f"{public}/v1/callbacks/{provider}/{house.config.token.path_for(provider)}" if public else ""


@router.post("/v1/callbacks/{provider}/{secret}")
async def callback(request: Request, provider: str, secret: str) -> Response:
    """204 in every case in which the path is right, so that nothing can be learnt by trying ids."""
    house = house_of(request)
    right = hmac.compare_digest(house.config.token.path_for(provider).encode(), secret.encode("utf-8", "replace"))
    if not (right and house.config.public_url):
        raise Refusal(404, "missing", "Not Found")
    vendor_id = _vendor_id(await request.body())
    if vendor_id:
        active = await house.store.run(lambda library: library.active())
        for task in active:
            if task.vendor_id == vendor_id and task.shot.provider == provider and task.status in AT_VENDOR:
                house.engine.look(task)
    return Response(status_code=204)


def _vendor_id(body: bytes) -> str:
    try:
        data = json.loads(body)
    except ValueError:
        return ""
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""
