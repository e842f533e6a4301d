"""Files that were sent in: their records, and the storage host that takes their bytes.

Runway: a form POST with every field it handed out first and `file` last; a session takes one attempt, and a failed one
may not be repeated. Luma Agents: a PUT to a presigned address. Neither wants the API's Authorization header.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from providers.sandbox.multipart import BadForm, read_form
from providers.sandbox.options import AGENTS, RUNWAY
from providers.sandbox.wire import Reply, Request

if TYPE_CHECKING:
    import sqlite3

    from providers.sandbox.world import World

__all__ = ["PUT_LIFE_S", "Upload", "Uploads", "form_fields", "new_id", "storage"]

SMALLEST, LARGEST = 512, 200 * 2**20
"""Runway, uploads: 512 bytes to 200 MB, usable for 24 hours."""
PUT_LIFE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Upload:
    """One file or one session that waits for it. Times are seconds of the world's clock."""

    id: str
    vendor: str
    account: str
    created_at: float
    filename: str | None = None
    media_type: str = "application/octet-stream"
    size: int = 0
    purpose: str = "input"
    user_id: str | None = None
    expires_at: str | None = None
    tried: bool = False
    picture: str | None = None
    completed_at: float | None = None
    deleted_at: float | None = None


class Uploads:
    """The records of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, upload: Upload) -> Upload:
        """Keeps a new record."""
        with self._world.store.write() as db:
            _insert(db, upload)
        return upload

    def find(self, vendor: str, upload_id: str, account: str | None = None) -> Upload | None:
        """A record, only the account's own where one is given."""
        with self._world.store.read() as db:
            query = "SELECT details FROM upload WHERE id = ? AND vendor = ?"
            row = db.execute(query, (upload_id, vendor)).fetchone()
        found = Upload(**json.loads(row[0])) if row else None
        return found if found and account in (None, found.account) else None

    def change(self, upload: Upload) -> Upload:
        """Writes a record back."""
        with self._world.store.write() as db:
            db.execute("UPDATE upload SET details = ? WHERE id = ?", (json.dumps(asdict(upload)), upload.id))
        return upload

    def page(self, vendor: str, account: str, before: int | None) -> list[tuple[int, Upload]]:
        """An account's records with their numbers, newest first, older than number `before`."""
        query = "SELECT seq, details FROM upload WHERE vendor = ? AND account = ? AND seq < ? ORDER BY seq DESC"
        with self._world.store.read() as db:
            found = db.execute(query, (vendor, account, 2**62 if before is None else before)).fetchall()
        return [(int(seq), Upload(**json.loads(details))) for seq, details in found]


def new_id() -> str:
    """A fresh id of a file."""
    return str(uuid.uuid4())


def _insert(db: sqlite3.Connection, upload: Upload) -> None:
    values = (upload.id, upload.vendor, upload.account, upload.created_at, json.dumps(asdict(upload)))
    db.execute("INSERT INTO upload (id, vendor, account, created_at, details) VALUES (?, ?, ?, ?, ?)", values)


def storage(world: World, request: Request, path: str) -> Reply:
    """The storage host: `/runway/{id}` takes a form, `/agents/{id}` takes a PUT."""
    if "authorization" in request.headers:
        return _error(400, "InvalidArgument")
    _, vendor, upload_id = (*path.split("/"), "", "")[:3]
    uploads = Uploads(world)
    upload = uploads.find(vendor, upload_id) if vendor in {RUNWAY, AGENTS} else None
    if upload is None:
        return _error(404, "NoSuchKey")
    if request.method != ("POST" if vendor == RUNWAY else "PUT"):
        return _error(405, "MethodNotAllowed")
    if vendor == RUNWAY:
        return _take_form(world, request, upload)
    return _take_put(world, request, upload)


def _take_form(world: World, request: Request, upload: Upload) -> Reply:
    uploads = Uploads(world)
    if upload.tried:
        return _error(403, "AccessDenied")
    uploads.change(replace(upload, tried=True))
    try:
        parts = read_form(request.headers.get("content-type", ""), request.body)
    except BadForm:
        return _error(400, "MalformedPOSTRequest")
    names = [part.name for part in parts]
    fields = {part.name: part.text for part in parts if part.filename is None}
    if names.count("file") != 1 or names[-1] != "file":
        return _error(400, "InvalidArgument")
    if any(fields.get(name) != value for name, value in form_fields(upload).items()):
        return _error(403, "AccessDenied")
    data = parts[-1].data
    if not SMALLEST <= len(data) <= LARGEST:
        return _error(400, "EntityTooSmall" if len(data) < SMALLEST else "EntityTooLarge")
    name, media = world.clips.keep_picture(data), parts[-1].media_type
    now = world.clock()
    uploads.change(replace(upload, tried=True, picture=name, size=len(data), media_type=media, completed_at=now))
    return Reply(204)


def form_fields(upload: Upload) -> dict[str, str]:
    """What has to come back with the file."""
    return {"key": f"ephemeral/{upload.id}/{upload.filename}", "policy": upload.id.replace("-", "")}


def _take_put(world: World, request: Request, upload: Upload) -> Reply:
    if world.clock() >= upload.created_at + PUT_LIFE_S or upload.deleted_at is not None:
        return _error(403, "AccessDenied")
    if request.headers.get("content-type", upload.media_type) != upload.media_type:
        return _error(403, "SignatureDoesNotMatch")
    if len(request.body) != upload.size:
        return _error(400, "IncompleteBody")
    Uploads(world).change(replace(upload, picture=world.clips.keep_picture(request.body)))
    return Reply(200, {"etag": f'"{upload.id}"'})


def _error(status: int, code: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()
    return Reply(status, {"content-type": "application/xml"}, body)
