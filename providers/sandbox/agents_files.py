"""The files of Luma's Agents API: inline by a form, or by a presigned PUT that is then completed; list, get, delete.

Sources: luma-agents 0.5. States: `pending` until the bytes are here and taken in, then `ready` or `failed`, and
`deleted` after a DELETE, which leaves the record readable.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.sandbox.multipart import BadForm, read_form
from providers.sandbox.options import AGENTS
from providers.sandbox.routing import Call, integer, route, stamp
from providers.sandbox.uploads import PUT_LIFE_S, Upload, Uploads, new_id
from providers.sandbox.wire import BadBody, Reply, Stop, json_body, json_reply

__all__ = ["FILE_ROUTES", "error", "media_picture"]

LARGEST = 5 * 2**30
INGEST_S = 1.0
PURPOSES = ("input", "reference")
STATES = ("pending", "ready", "failed", "deleted")


def error(status: int, detail: str) -> Reply:
    """This API's error body."""
    return json_reply(status, {"detail": detail})


def media_picture(call: Call, reference: Any) -> str | None:
    """Checks a media reference and gives the picture behind it, None where the sandbox cannot have it (a URL).

    Luma Agents: exactly one of `url`, `data` with `media_type`, `generation_id` or `file_id`. Raises Stop.
    """
    if not isinstance(reference, dict):
        return None
    given = [name for name in ("url", "data", "generation_id", "file_id") if reference.get(name) is not None]
    if len(given) != 1:
        raise Stop(error(400, "exactly one of url, data, generation_id, file_id must be given"))
    value = str(reference[given[0]])
    match given[0]:
        case "data":
            return _inline(call, value, reference.get("media_type"))
        case "file_id":
            return _ready_file(call, value)
        case "generation_id":
            if call.world.job(AGENTS, value, call.account) is None:
                raise Stop(error(404, "Generation not found"))
        case _:
            if not re.match(r"https?://[^/\s]+", value):
                raise Stop(error(400, "url must be a public http or https address"))
    return None


def _inline(call: Call, value: str, media_type: Any) -> str:
    if not isinstance(media_type, str) or not media_type:
        raise Stop(error(400, "media_type is required with data"))
    try:
        return call.world.clips.keep_picture(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError) as bad:
        raise Stop(error(400, "data is not valid base64")) from bad


def _ready_file(call: Call, file_id: str) -> str | None:
    upload = Uploads(call.world).find(AGENTS, file_id, call.account)
    if upload is None or upload.deleted_at is not None:
        raise Stop(error(404, "File not found"))
    if _state(call, upload) != "ready":
        raise Stop(error(400, "The file is not ready"))
    return upload.picture


def _create(call: Call) -> Reply:
    inline = call.request.headers.get("content-type", "").casefold().startswith("multipart/form-data")
    upload = _from_form(call) if inline else _from_json(call)
    Uploads(call.world).add(upload)
    record, envelope = _file(call, upload), None
    if not inline:
        envelope = {
            "url": f"{call.request.origin}/storage/{AGENTS}/{upload.id}",
            "method": "PUT",
            "headers": {"Content-Type": upload.media_type},
            "expires_at": stamp(upload.created_at + PUT_LIFE_S),
        }
    return json_reply(201, {"id": upload.id, "state": record["state"], "file": record, "upload": envelope})


def _from_form(call: Call) -> Upload:
    try:
        parts = read_form(call.request.headers.get("content-type", ""), call.request.body)
    except BadForm as bad:
        raise Stop(error(400, str(bad))) from bad
    fields = {part.name: part.text for part in parts if part.filename is None}
    file = next((part for part in parts if part.name == "file" and part.filename is not None), None)
    if file is None:
        raise Stop(error(422, "the form has no file"))
    now = call.world.clock()
    return Upload(
        id=new_id(),
        vendor=AGENTS,
        account=call.account,
        created_at=now,
        filename=fields.get("filename") or file.filename,
        media_type=fields.get("mime_type") or file.media_type,
        size=len(file.data),
        purpose=_purpose(fields.get("purpose")),
        user_id=fields.get("user_id"),
        expires_at=fields.get("expires_at"),
        picture=call.world.clips.keep_picture(file.data),
        completed_at=now,
    )


def _from_json(call: Call) -> Upload:
    try:
        body = json_body(call.request)
    except BadBody as bad:
        raise Stop(error(422, str(bad))) from bad
    media, size = body.get("mime_type"), body.get("size_bytes")
    if not isinstance(media, str) or not re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", media, re.ASCII):
        raise Stop(error(422, "mime_type is required"))
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= LARGEST:
        raise Stop(error(422, "size_bytes must be 1 to 5368709120"))
    return Upload(
        id=new_id(),
        vendor=AGENTS,
        account=call.account,
        created_at=call.world.clock(),
        filename=_text(body, "filename"),
        media_type=media,
        size=size,
        purpose=_purpose(body.get("purpose")),
        user_id=_text(body, "user_id"),
        expires_at=_text(body, "expires_at"),
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def _purpose(given: Any) -> str:
    if given is None:
        return "input"
    if given not in PURPOSES:
        raise Stop(error(422, f"purpose must be one of {', '.join(PURPOSES)}"))
    return str(given)


def _complete(call: Call) -> Reply:
    upload = _mine(call)
    if upload.deleted_at is not None:
        return error(404, "File not found")
    if upload.picture is None:
        return error(400, "No bytes were uploaded")
    if upload.completed_at is None:
        upload = Uploads(call.world).change(replace(upload, completed_at=call.world.clock()))
    return json_reply(200, _file(call, upload))


def _get(call: Call) -> Reply:
    return json_reply(200, _file(call, _mine(call)))


def _delete(call: Call) -> Reply:
    upload = _mine(call)
    if upload.deleted_at is not None:
        return error(404, "File not found")
    Uploads(call.world).change(replace(upload, deleted_at=call.world.clock()))
    return Reply(204)


def _list(call: Call) -> Reply:
    query = call.request.query
    limit = integer(query.get("limit"), 25, 1, 100)
    before = integer(query["cursor"].removeprefix("c"), 0, 0, 10**9) if "cursor" in query else None
    if limit is None or ("cursor" in query and before is None):
        return error(422, "limit must be 1 to 100" if limit is None else "the cursor is not one of ours")
    page = [
        (seq, record)
        for seq, upload in Uploads(call.world).page(AGENTS, call.account, before)
        if _wanted(record := _file(call, upload), query)
    ]
    shown = page[:limit]
    more = len(page) > limit
    cursor = f"c{shown[-1][0]}" if more else None
    return json_reply(200, {"data": [record for _, record in shown], "has_more": more, "next_cursor": cursor})


def _wanted(record: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Deleted files are listed only when they are asked for."""
    if query.get("purpose", record["purpose"]) != record["purpose"]:
        return False
    return bool(query["state"] == record["state"] if "state" in query else record["state"] != "deleted")


FILE_ROUTES = (
    route("POST", "/files", _create),
    route("GET", "/files", _list),
    route("GET", "/files/{id}", _get),
    route("DELETE", "/files/{id}", _delete),
    route("POST", "/files/{id}/complete", _complete),
)


def _mine(call: Call) -> Upload:
    upload = Uploads(call.world).find(AGENTS, call.args["id"], call.account)
    if upload is None:
        raise Stop(error(404, "File not found"))
    return upload


def _state(call: Call, upload: Upload) -> str:
    if upload.deleted_at is not None:
        return "deleted"
    if upload.completed_at is None or call.world.clock() < upload.completed_at + INGEST_S / call.world.options.speed:
        return "pending"
    return "ready"


def _file(call: Call, upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "created_at": stamp(upload.created_at),
        "mime_type": upload.media_type,
        "purpose": upload.purpose,
        "size_bytes": upload.size,
        "state": _state(call, upload),
        "filename": upload.filename,
        "user_id": upload.user_id,
        "expires_at": upload.expires_at,
        "failure_reason": None,
        "deleted_at": None if upload.deleted_at is None else stamp(upload.deleted_at),
    }
