"""The routes of the browser's view: the library, a take, rating by a form, the way in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from rushes.gateway import pages
from rushes.gateway.guard import COOKIE, Guard
from rushes.gateway.house import House, house_of
from rushes.gateway.problems import Refusal
from rushes.library.search import SearchProblem

__all__ = ["router"]

STATIC = Path(__file__).parent / "static"
TYPES = {"rushes.css": "text/css", "rushes.js": "text/javascript", "rushes.svg": "image/svg+xml"}
PAGE = 48
MONTH_S = 30 * 86_400

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(
    request: Request,
    q: Annotated[str, Query(max_length=2000)] = "",
    cursor: Annotated[str | None, Query(pattern=r"^\d{1,18}$")] = None,
) -> HTMLResponse:
    """The library, searched where something was searched for."""
    house = house_of(request)
    try:
        page = await house.store.run(lambda library: library.page(q, cursor=cursor, limit=PAGE))
    except SearchProblem as problem:
        return HTMLResponse(pages.library((), q, None, str(problem)), 422)
    return HTMLResponse(pages.library(map(house.engine.view, page.tasks), q, page.next))


@router.get("/take/{video_id}")
async def take(request: Request, video_id: str) -> HTMLResponse:
    """One take with its player."""
    task = await house_of(request).find(video_id)
    if task is None:
        return HTMLResponse(pages.message("Not here", "There is no such take."), 404)
    return HTMLResponse(pages.take(task))


@router.get("/take/{video_id}/card")
async def card(request: Request, video_id: str) -> HTMLResponse:
    """The part of the grid that shows it, for a page that is open."""
    return HTMLResponse(pages.card(await house_of(request).need(video_id)))


@router.post("/take/{video_id}/rate")
async def rate(request: Request, video_id: str) -> Response:
    """The stars of a page without JavaScript."""
    house = house_of(request)
    task = await house.need(video_id)
    stars = await _field(request, "rating")
    if stars not in {"0", "1", "2", "3", "4", "5"}:
        raise Refusal(422, "invalid", "a rating is 0 to 5")
    await house.engine.rate(task.id, int(stars))
    return RedirectResponse(f"/take/{task.id}", 303)


@router.get("/login")
async def ask(request: Request, token: str = "") -> Response:
    """Asks for the token, or takes it from the link that `rushes serve` prints."""
    return _let_in(request, token) if token else HTMLResponse(pages.login())


@router.post("/login")
async def enter(request: Request) -> Response:
    """Takes the token from the form."""
    return _let_in(request, await _field(request, "token"))


@router.get("/static/{name}")
async def static(name: str) -> FileResponse:
    """One of three files, by name."""
    if name not in TYPES:
        raise Refusal(404, "missing", "Not Found")
    return FileResponse(STATIC / name, media_type=TYPES[name], headers={"cache-control": "private, max-age=600"})


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every call on one page; nothing is loaded from elsewhere."""
    return HTMLResponse(await asyncio.to_thread(pages.documents, request.app.openapi()))


def _let_in(request: Request, token: str) -> Response:
    house: House = house_of(request)
    guard: Guard = request.app.state.guard
    if not house.config.token.fits(token.strip()):
        guard.wrong_token(request.client.host if request.client else "")
        return HTMLResponse(pages.login("That is not the token."), 401)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE, house.config.token.cookie, max_age=MONTH_S, httponly=True, samesite="strict", secure=house.config.secure
    )
    return response


async def _field(request: Request, name: str) -> str:
    """One field of a form, which is small."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=20)
    return fields.get(name, [""])[0]
