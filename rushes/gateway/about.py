"""`/health`, `/v1/providers`, `/v1/models`, `/v1/spend`: what this gateway has and how it is."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from rushes import __version__
from rushes.gateway.house import House, house_of
from rushes.gateway.schemas import model_json
from rushes.gateway.shapes import Models, Providers, Refused, Spend, Wellness
from rushes.library.library import Library
from rushes.money.budgets import bars
from rushes.settings import Settings

__all__ = ["router"]

log = logging.getLogger("rushes.gateway.about")
LITTLE_ROOM = 256 * 2**20
router = APIRouter(
    responses={401: {"model": Refused}, 403: {"model": Refused}, 429: {"model": Refused}}, tags=["about"]
)


@router.get("/health", response_model=None, responses={200: {"model": Wellness}, 503: {"model": Wellness}})
async def health(request: Request) -> JSONResponse:
    """Which providers are configured, and whether library, disk and queue are well; 503 where they are not."""
    house = house_of(request)
    infos = house.engine.providers()
    queue = await _queue(house)
    disk = await _disk(house)
    problems = [words for words in (queue.pop("problem"), disk.pop("problem")) if words]
    body = {
        "status": "degraded" if problems else "ok",
        "version": __version__,
        "providers": {each.name: each.ready for each in infos},
        "reasons": {each.name: each.reason for each in infos if each.reason},
        "practice": [each.name for each in infos if each.practice],
        "queue": queue,
        "disk": disk,
        "problems": problems,
    }
    return JSONResponse(house.redactor.clean_data(body), 503 if problems else 200)


async def _queue(house: House) -> dict[str, Any]:
    """Tasks that have not ended, by state; reading them shows that the library answers."""
    try:
        active = await house.store.run(lambda library: library.active())
    except sqlite3.Error as error:
        log.warning("library", extra={"data": {"said": str(error)}})
        return {"problem": f"the library does not answer: {type(error).__name__}"}
    counts: dict[str, int] = {}
    for each in active:
        counts[each.status.value] = counts.get(each.status.value, 0) + 1
    return {"tasks": counts, "problem": ""}


async def _disk(house: House) -> dict[str, Any]:
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, house.engine.home.data)).free
    except OSError as error:
        return {"problem": f"the disk does not answer: {error.strerror}"}
    return {"free_bytes": free, "problem": "the disk is nearly full" if free < LITTLE_ROOM else ""}


@router.get("/v1/providers", response_model=None, responses={200: {"model": Providers}})
async def providers(request: Request) -> JSONResponse:
    """Every provider in the order of the switcher; `reason` says why one is not ready."""
    found = [
        {
            "name": each.name,
            "label": each.label,
            "ready": each.ready,
            "practice": each.practice,
            "reason": each.reason,
            "note": each.note,
        }
        for each in house_of(request).engine.providers()
    ]
    return JSONResponse({"providers": found})


@router.get("/v1/models", response_model=None, responses={200: {"model": Models}})
async def models(request: Request) -> JSONResponse:
    """Every model with a JSON Schema of its parameters in each mode."""
    engine = house_of(request).engine
    found = [
        model_json(catalogue, model, ready=info.ready)
        for info in engine.providers()
        for catalogue in (engine.catalogue(info.name),)
        for model in catalogue.model
    ]
    return JSONResponse({"models": found})


@router.get("/v1/spend", response_model=None, responses={200: {"model": Spend}})
async def spend(request: Request) -> JSONResponse:
    """What today and this month have used (charged, else estimated, else quoted), and the budgets."""
    house = house_of(request)
    now, settings = datetime.now(UTC), house.engine.settings.value
    return JSONResponse(await house.store.run(lambda library: _spend(library, settings, now)))


def _spend(library: Library, settings: Settings, now: datetime) -> dict[str, Any]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    budgets = [
        {"name": each.name, "used": float(each.used), "limit": float(each.limit), "unit": each.unit}
        for each in bars(library.books, settings.budget, now)
    ]
    return {
        "today_usd": float(library.books.used(midnight).usd),
        "month_usd": float(library.books.used(midnight.replace(day=1)).usd),
        "budgets": budgets,
    }
