"""The Model Router: `router:SLUG` as a model, and submitting through a router that allows one model alone.

Runway cannot list tasks, but a router lists the requests that went through it. So a request that got no answer can be
found again when it was sent through a saved router (`GET /v1/routers/{id}/requests`). That is an option, off unless
`Access.options` says `router.MODEL = SLUG`. The list tells model, time and task, not the request itself: where more
than one answer was lost on a router, nothing is claimed. Source: the official client runwayml 5.24.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from providers.base import VendorState, VendorTask
from providers.catalogue import Catalogue, Model
from providers.catalogue_file import shape
from providers.errors import Malformed, NotSupported, Problem, Refused
from providers.http import VendorHttp
from providers.reading import moment, text
from providers.runway.dialect import ROUTER
from providers.shot import ParamValue, Shot

__all__ = ["OPTION", "Routers", "through"]

OPTION = "router."
PAGE = 100
PAGES = 20


def through(shot: Shot, catalogue: Catalogue, options: Mapping[str, str]) -> Shot:
    """The shot as it goes out: unchanged, unless a router is set for its model and can say all that the shot says."""
    slug = options.get(f"{OPTION}{shot.model}")
    model, router = catalogue.find(shot.model), catalogue.find(f"{ROUTER}{slug}") if slug else None
    if model is None or router is None or shot.mode not in router.modes:
        return shot
    params: dict[str, ParamValue] = {}
    for name, value in shot.params.items():
        if _is_default(model, shot, name, value) and router.find_param(name, shot.mode) is None:
            continue
        said = _said(model, router, shot, name, value)
        if said is None:
            return shot
        params |= said
    if any(router.slot(each, shot.mode) is None for each in shot.inputs):
        return shot
    return replace(shot, model=router.name, params=params)


def _is_default(model: Model, shot: Shot, name: str, value: ParamValue) -> bool:
    param = model.find_param(name, shot.mode)
    return param is not None and param.default == value


def _said(model: Model, router: Model, shot: Shot, name: str, value: ParamValue) -> dict[str, ParamValue] | None:
    """A parameter in the router's words: a frame size is its shape and its resolution there. None where it has none."""
    param = model.find_param(name, shot.mode)
    tier = param.tier(value) if param else None
    wanted: dict[str, ParamValue] = (
        {name: value} if tier is None else {"ratio": shape(str(value)) or "", "resolution": tier}
    )
    for each, said in wanted.items():
        target = router.find_param(each, shot.mode)
        if target is None or target.problem(said):
            return None
    return wanted


@dataclass(frozen=True, slots=True)
class _Lost:
    slug: str
    at: datetime


class Routers:
    """The routers of an account. Every call here is free."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http
        self._ids: dict[str, str] = {}
        self._checked: set[tuple[str, str]] = set()
        self._lost: list[_Lost] = []

    async def check(self, slug: str, model: str) -> None:
        """Makes sure that the router allows exactly this model. Raises Refused (status 0): nothing was started."""
        if (slug, model) in self._checked:
            return
        router = await self._find(slug)
        settings = router.get("settings")
        models = settings.get("models") if isinstance(settings, dict) else None
        only = isinstance(models, dict) and models.get("mode") == "allowlist_only" and models.get("ids") == [model]
        if not only:
            words = f"the router {slug} must allow {model} and nothing else (allowlist_only)"
            raise Refused(words, status=0, problems=(Problem("model", words),))
        self._checked.add((slug, model))

    def lost(self, slug: str, at: datetime) -> None:
        """Remembers that an answer was lost on a router."""
        self._lost.append(_Lost(slug, at))

    async def find(self, slug: str, since: datetime, until: datetime) -> list[VendorTask]:
        """The tasks that a router started in the window. Raises NotSupported where that proves nothing."""
        if sum(each.slug == slug and since <= each.at <= until for each in self._lost) > 1:
            raise NotSupported(f"more than one answer was lost on the router {slug}")
        found: list[VendorTask] = []
        async for row in self._pages(f"/v1/routers/{quote(await self._id(slug), safe='')}/requests"):
            created, task_id = moment(row.get("createdAt")), text(row, "taskId")
            if created is not None and created < since:
                break
            if created is not None and created <= until and task_id and row.get("status") == "routed":
                found.append(VendorTask(task_id, VendorState.PENDING, "PENDING", created_at=created))
        return found

    async def _id(self, slug: str) -> str:
        return self._ids.get(slug) or str((await self._find(slug))["id"])

    async def _find(self, slug: str) -> dict[str, Any]:
        async for row in self._pages("/v1/routers"):
            if row.get("slug") == slug and text(row, "id"):
                self._ids[slug] = str(row["id"])
                return row
        words = f"there is no router {slug} in this account"
        raise Refused(words, status=0, problems=(Problem("model", words),))

    async def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        for _page in range(PAGES):
            params = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
            answer = (await self._http.ask("GET", path, params=params)).object()
            rows = answer.get("data")
            if not isinstance(rows, list):
                raise Malformed("the list from Runway has no data")
            for row in rows:
                if isinstance(row, dict):
                    yield row
            cursor = text(answer, "nextCursor")
            if cursor is None:
                return
