"""`/v1/videos` and `/v1/events`: pressing, looking, searching, rating, cancelling, and following what happens."""

from __future__ import annotations

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from providers.shot import Input, Role, Shot
from rushes.engine import Invalid
from rushes.gateway.house import House, house_of
from rushes.gateway.news import place_of
from rushes.gateway.presses import Press
from rushes.gateway.problems import Refusal
from rushes.gateway.shapes import Change, Made, NewVideo, Plan, Refused, Video, Videos, video_json
from rushes.ids import new_id
from rushes.money.budgets import EVERYTHING
from rushes.pool import SANDBOX
from rushes.shots.composing import Wish, build, complete, whose
from rushes.task import Status, Task

__all__ = ["Key", "once", "router"]

LOOK_S = 0.05
LARGEST_CURSOR = r"^\d{1,18}$"
Key = Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[!-~]+$")]

_NO: dict[int | str, dict[str, Any]] = {
    code: {"model": Refused} for code in (400, 401, 402, 403, 404, 409, 413, 421, 422, 429, 502, 503)
}
router = APIRouter(prefix="/v1", responses=_NO, tags=["videos"])


@router.post(
    "/videos",
    status_code=201,
    response_model=None,
    responses={200: {"model": Plan, "description": "dry_run"}, 201: {"model": Made}},
)
async def make(request: Request, new: NewVideo, idempotency_key: Key = None) -> JSONResponse:
    """Checks, quotes and sends one press, once. With an Idempotency-Key it may be asked for again, for 24 hours."""
    house = house_of(request)
    shot = await _shot(house, new)
    if new.dry_run:
        return JSONResponse(await _plan(house, new, shot))
    if idempotency_key is None:
        return _made(house, await _submit(house, new, shot), shot, new)
    async with house.presses.holding(idempotency_key):
        return await _once(house, new, shot, idempotency_key)


@router.get("/videos", response_model=None, responses={200: {"model": Videos}})
async def search(
    request: Request,
    q: Annotated[str, Query(max_length=2000, description="words and filters, as in the library")] = "",
    status: Annotated[list[Status], Query(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
    cursor: Annotated[str | None, Query(pattern=LARGEST_CURSOR)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JSONResponse:
    """Takes, newest first."""
    house = house_of(request)
    page = await house.store.run(
        lambda library: library.page(q, cursor=cursor, limit=limit, statuses=tuple(status)),
    )
    videos = [video_json(house.engine.view(task)) for task in page.tasks]
    return JSONResponse({"videos": videos, "next": page.next})


@router.get("/videos/{video_id}", response_model=None, responses={200: {"model": Video}})
async def get(request: Request, video_id: str) -> JSONResponse:
    """One video as it stands."""
    return JSONResponse(video_json(await house_of(request).need(video_id)))


@router.patch("/videos/{video_id}", response_model=None, responses={200: {"model": Video}})
async def change(request: Request, video_id: str, wish: Change) -> JSONResponse:
    """Rates it, or gives it other tags."""
    house = house_of(request)
    task = await house.need(video_id)
    if wish.rating is not None:
        task = await house.engine.rate(task.id, wish.rating)
    if wish.tags is not None:
        gone = [each for each in task.tags if each not in wish.tags]
        await house.engine.tag(task.id, gone, remove=True)
        task = await house.engine.tag(task.id, wish.tags)
    return JSONResponse(video_json(house.engine.view(task)))


@router.delete("/videos/{video_id}", response_model=None, responses={200: {"model": Video}})
async def cancel(request: Request, video_id: str) -> JSONResponse:
    """Cancels, where the vendor can; 409 says why not. A finished clip is never deleted by this."""
    house = house_of(request)
    task = await house.engine.cancel((await house.need(video_id)).id)
    return JSONResponse(video_json(house.engine.view(task)))


@router.get(
    "/videos/{video_id}/content",
    response_model=None,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}, 416: {"model": Refused}},
)
@router.head("/videos/{video_id}/content", include_in_schema=False, response_model=None)
async def content(request: Request, video_id: str) -> FileResponse:
    """The clip; `Range` gives parts of it."""
    task = await house_of(request).need(video_id)
    take = task.take
    if take is None or not await asyncio.to_thread(take.file.is_file):
        raise Refusal(404, "missing", "there is no clip (yet)", hint="rushes fetch gets a lost one again")
    headers = {"cache-control": "private, max-age=3600", "etag": f'"{take.sha256}"'}
    # A vector picture may hold a script, and an archive anything: those are for saving, not for showing.
    shown = take.kind != "archive" and take.file.suffix != ".svg"
    kind = mimetypes.guess_type(take.file.name)[0] if shown else None
    return FileResponse(
        take.file,
        media_type=kind or "application/octet-stream",
        filename=take.file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=headers,
    )


@router.get("/videos/{video_id}/poster", response_model=None, responses={200: {"content": {"image/jpeg": {}}}})
async def poster(request: Request, video_id: str) -> FileResponse:
    """The picture beside the clip."""
    house = house_of(request)
    path = await house.engine.poster(await house.need(video_id))
    if path is None:
        raise Refusal(404, "missing", "there is no poster (yet)")
    return FileResponse(path, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})


@router.get(
    "/events", response_model=None, responses={200: {"content": {"text/event-stream": {}}, "description": "events"}}
)
async def events(
    request: Request,
    last_event_id: Annotated[str | None, Header()] = None,
    since: Annotated[int | None, Query()] = None,
) -> StreamingResponse:
    """Every change as a server-sent event `video`; a client that comes back sends the id of the last one it saw."""
    house = house_of(request)
    return StreamingResponse(house.news.listen(place_of(last_event_id, since)), media_type="text/event-stream")


# ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _shot(house: House, new: NewVideo) -> Shot:
    """As the command line and the app make it. Raises Invalid with everything that is wrong."""
    engine = house.engine
    provider = new.provider or _provider(house, new.model)
    await _check_inputs(house, new)
    given = tuple(Input(Role(each.role), each.source) for each in new.inputs)
    inputs = (await house.held.opened(Shot(provider, "", "", "", inputs=given), house.find)).inputs
    params = tuple((name, _word(value)) for name, value in new.params.items())
    catalogue = engine.catalogue(provider)
    shot, problems, _ = build(catalogue, Wish(provider, new.prompt, new.model, new.mode, params, inputs))
    problems = problems or await asyncio.to_thread(engine.check, shot)
    if problems:
        raise Invalid(problems)
    return complete(catalogue, shot)


def _provider(house: House, model: str) -> str:
    """The only one that has the model; else the one last chosen, else the sandbox. Raises Invalid for a slip."""
    engine = house.engine
    if model:
        found, problems = whose(model, [engine.catalogue(each.name) for each in engine.providers()])
        if problems:
            raise Invalid(problems)
        if found:
            return found
    return engine.settings.value.provider or SANDBOX


def _word(value: bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _check_inputs(house: House, new: NewVideo) -> None:
    """A client names links and videos of the library; a path of this machine is never looked at, let alone opened."""
    for place, each in enumerate(new.inputs):
        if each.source.startswith(("https://", "upload:")):
            continue
        task = await house.find(each.source)
        if task is None or task.take is None:
            problem = {
                "param": f"inputs.{place}.source",
                "message": "must be an https link, the id of a finished video, or what /v1/uploads answered",
            }
            raise Refusal(
                422, "invalid", "the shot is not valid; nothing was sent", problems=[{**problem, "allowed": []}]
            )


async def _plan(house: House, new: NewVideo, shot: Shot) -> dict[str, Any]:
    """The shot with all that was left out filled in, the exact request to the vendor, and the price."""
    if problems := await house.engine.given.look(shot):
        raise Invalid(problems)
    wire = (await house.engine.given.request(shot)).to_json()
    quote = house.engine.quote(shot).to_json(new.count)
    asked = [{"role": each.role, "source": each.source} for each in new.inputs]
    return {"request": {**shot.to_json(), "inputs": asked}, "wire": wire, "quote": quote, "problems": []}


async def _submit(house: House, new: NewVideo, shot: Shot, ids: tuple[str, ...] = ()) -> list[Task]:
    count = len(ids) or new.count
    return await house.engine.submit(shot, count=count, consent_usd=await _consent(house, new, shot), ids=ids)


async def _consent(house: House, new: NewVideo, shot: Shot) -> Decimal | None:
    """What the request agrees to: a sum, or a price that stays unknown when its clip was looked at."""
    if new.accept_unknown_price:
        await house.engine.given.measure(shot)
        if house.engine.quote(shot).usd is None:
            return EVERYTHING
    return None if new.max_cost_usd is None else Decimal(str(new.max_cost_usd))


async def _once(house: House, new: NewVideo, shot: Shot, key: str) -> JSONResponse:
    """The first request with a key makes the tasks; every other one gets them."""
    digest = hashlib.sha256(json.dumps(new.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
    now = datetime.now(UTC)

    async def submit(missing: tuple[str, ...]) -> None:
        await _submit(house, new, shot, missing)

    known, tasks = await once(house, key, digest, [new_id(now) for _ in range(new.count)], submit)
    return _made(house, tasks, shot, new, replayed=known)


async def once(
    house: House, key: str, digest: str, ids: Sequence[str], submit: Callable[[tuple[str, ...]], Awaitable[None]]
) -> tuple[bool, list[Task]]:
    """Makes the tasks of one press where they are not there yet; whether it was known, and the tasks.

    The ids are written down before: whatever crashes in between, the same press finds them, or makes exactly those.
    """
    press = await house.presses.begin(key, digest, ids)
    if press.digest != digest:
        raise Refusal(422, "idempotency", "this Idempotency-Key was used for another request within 24 hours")
    there = [task for each in press.ids if (task := await house.find(each)) is not None]
    missing = tuple(each for each in press.ids if each not in {task.id for task in there})
    if missing:
        try:
            await submit(missing)
        except Exception:
            # Told on as it is. Whatever it was: where nothing was written, the same key may be tried again.
            if not there and all([await house.find(each) is None for each in press.ids]):
                await house.presses.drop(key)
            raise
    tasks = [await house.need(each) for each in press.ids]
    await _release(house, press, tasks)
    return press.known, tasks


async def _release(house: House, press: Press, tasks: list[Task]) -> None:
    """Tasks that a crash left unsent: the same press, asked for again, is the person's wish to send them."""
    if press.known:
        left = [
            each.id for each in tasks if each.status is Status.QUEUED and not await house.engine.is_carried(each.id)
        ]
        if left:
            await house.engine.release(left)


def _made(house: House, tasks: list[Task], shot: Shot, new: NewVideo, *, replayed: bool = False) -> JSONResponse:
    videos = [video_json(house.engine.view(task)) for task in tasks]
    quote = house.engine.quote(shot).to_json(new.count)
    headers = {"idempotent-replayed": "true"} if replayed else {"location": f"/v1/videos/{tasks[0].id}"}
    return JSONResponse({"videos": videos, "quote": quote}, 201, headers=headers)
