"""`/v1/engine`: the engine's interface for the app and the command line of another machine, and `/v1/uploads`.

What may be called stands in one list (`rushes.remote.calls`); what it takes and gives follows from the interface's own
types. The form goes with the version of the program: other programs use the calls beside this one.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import ClientDisconnect

from providers.price import Quote
from providers.shot import Shot
from rushes import __version__
from rushes.engine import Engine
from rushes.gateway.held import masked
from rushes.gateway.house import House, house_of
from rushes.gateway.news import place_of
from rushes.gateway.problems import Refusal
from rushes.gateway.shapes import Answered, Held, Offered, Refused
from rushes.gateway.videos import Key, once
from rushes.remote.calls import CALLS, Call
from rushes.remote.codec import Decoder, encode
from rushes.remote.offer import FORM
from rushes.task import Status, Task

__all__ = ["router"]

PRESSES = frozenset({"submit", "resend"})
"""What may be charged: remembered on disk, so that a restart does not forget it."""
_NO: dict[int | str, dict[str, Any]] = {
    code: {"model": Refused} for code in (400, 401, 402, 403, 404, 409, 413, 421, 422, 429, 502, 503, 507)
}
router = APIRouter(prefix="/v1", responses=_NO, tags=["engine"])
_read = Decoder()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the local engine knows at once."""

    engine: Engine

    async def quote(self, shot: Shot) -> Quote:
        await self.engine.given.measure(shot)
        return self.engine.quote(shot)

    async def usual(self, shot: Shot) -> str:
        return self.engine.usual(shot)


@router.get("/engine", response_model=None, responses={200: {"model": Offered}})
async def offer(request: Request) -> Response:
    """What this gateway can do, for a client that draws a form from it."""
    engine = house_of(request).engine
    infos = engine.providers()
    rules = {each.name: engine.pool.provider(each.name, practice=each.practice).cancel_rule for each in infos}
    body = {
        "form": FORM,
        "version": __version__,
        "providers": infos,
        "catalogues": {each.name: engine.catalogue(each.name) for each in infos},
        "cancel": rules,
        "trouble": await engine.trouble(),
    }
    text = json.dumps(encode(body), ensure_ascii=False).encode()
    headers = {"vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        # A quarter of a megabyte in words that repeat: every verb of a far command line asks for it.
        text = await asyncio.to_thread(gzip.compress, text, 5)
        headers["content-encoding"] = "gzip"
    return Response(text, media_type="application/json", headers=headers)


@router.post("/engine/{call}", response_model=None, responses={200: {"model": Answered}})
async def ask(
    request: Request,
    call: Annotated[str, Path(max_length=60, json_schema_extra={"enum": sorted(CALLS)})],
    given: Annotated[dict[str, Any], Body(description="the arguments, by name")],
    idempotency_key: Key = None,
) -> Response:
    """One call of the engine. One that changes something takes an Idempotency-Key, and is then done once."""
    if call not in CALLS:
        raise Refusal(404, "missing", "there is no such call")
    house, asked = house_of(request), CALLS[call]
    arguments = await _opened(house, asked.arguments(given, _read))
    if not asked.writes or idempotency_key is None:
        return _answer(await _do(house, asked, arguments))
    digest = hashlib.sha256(json.dumps([call, given], sort_keys=True).encode("utf-8", "replace")).hexdigest()
    async with house.presses.holding(idempotency_key):
        return await _once(house, asked, arguments, idempotency_key, digest)


@router.get(
    "/engine/events",
    response_model=None,
    responses={200: {"content": {"text/event-stream": {}}, "description": "events"}},
)
async def events(
    request: Request,
    last_event_id: Annotated[str | None, Header()] = None,
    since: Annotated[int | None, Query()] = None,
) -> StreamingResponse:
    """Every change as a server-sent event `task`, in the form of these calls."""
    seen = place_of(last_event_id, since)
    return StreamingResponse(house_of(request).news.listen(seen, _as_task), media_type="text/event-stream")


@router.put("/uploads/{name}", status_code=201, response_model=None, responses={201: {"model": Held}})
async def upload(request: Request, name: Annotated[str, Path(min_length=1, max_length=255)]) -> JSONResponse:
    """Takes a picture or clip; a shot then names it by the `source` of the answer."""
    try:
        source = await house_of(request).held.keep(name, request.stream())
    except ClientDisconnect as error:
        raise Refusal(400, "usage", "the body broke off") from error
    except OSError as error:
        raise Refusal(507, "disk", f"it could not be kept: {error.strerror or 'the disk'}") from error
    return JSONResponse({"source": source}, 201)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_task(task: Task) -> tuple[str, Any]:
    return "task", _written(task)


def _written(value: Any) -> Any:
    return encode(value, {Task: masked})


def _answer(result: Any) -> JSONResponse:
    return JSONResponse({"result": _written(result)})


async def _opened(house: House, arguments: dict[str, Any]) -> dict[str, Any]:
    """Names of what is held here become what they name. Raises Invalid."""
    shot = arguments.get("shot")
    return {**arguments, "shot": await house.held.opened(shot, house.find)} if isinstance(shot, Shot) else arguments


async def _do(house: House, call: Call[..., Any], arguments: Mapping[str, Any]) -> Any:
    engine = house.engine
    part, _, name = call.name.rpartition(".")
    whole: Any = _Asked(engine) if part == "asked" else getattr(engine, part) if part else engine
    return await getattr(whole, name)(**arguments)


async def _once(house: House, call: Call[..., Any], arguments: dict[str, Any], key: str, digest: str) -> Response:
    """The first time it is done; every other time its answer is given again."""
    known = house.memory.answers.get(key)
    if known is not None and known[0] != digest:
        raise Refusal(422, "idempotency", "this Idempotency-Key was used for another request within 24 hours")
    if known is not None:
        return Response(known[1], media_type="application/json", headers={"idempotent-replayed": "true"})
    done = _pressed if call.name in PRESSES else _plainly
    answer = _answer(await done(house, call, arguments, key, digest))
    house.memory.keep(key, digest, bytes(answer.body))
    return answer


async def _plainly(house: House, call: Call[..., Any], arguments: dict[str, Any], _key: str, _digest: str) -> Any:
    return await _do(house, call, arguments)


async def _pressed(house: House, call: Call[..., Any], arguments: dict[str, Any], key: str, digest: str) -> Any:
    """A press that may be charged; a restart between doing and answering changes nothing."""
    if call.name == "submit":
        ids = tuple(arguments.pop("ids", ()))
        arguments.pop("count", None)
        if not ids or len(ids) > 100 or not all(map(house.is_id, ids)):
            raise Refusal(422, "invalid", "a press names its tasks: ids, one for each, at most 100")

        async def press(missing: tuple[str, ...]) -> None:
            await house.engine.submit(**arguments, count=len(missing), ids=missing)

        _, tasks = await once(house, key, digest, ids, press)
        return [house.engine.view(each) for each in tasks]
    task_id = str(arguments["task_id"])
    if (await house.presses.begin(key, digest, [task_id])).known:
        return await house.need(task_id)
    try:
        return await _do(house, call, arguments)
    except Exception:
        # Told on as it is. Whatever it was: what was not pressed may be pressed with the same key, and nothing twice.
        if (await house.need(task_id)).status is Status.UNCERTAIN:
            await house.presses.drop(key)
        raise
