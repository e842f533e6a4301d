"""Files that are sent in: Runway's upload sessions and the files of Luma's Agents API."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import pytest

from providers.sandbox.multipart import BadForm, read_form
from providers.sandbox.options import AGENTS, RUNWAY
from providers.sandbox.wire import Request
from providers.sandbox.world import World
from tests.sandbox.kit import Answer, Clock, Desk

PICTURE = b"\x89PNG\r\n\x1a\n--not really--\r\n" * 40


def form(world: World, url: str, fields: dict[str, str], data: bytes, *, file_first: bool = False) -> Answer:
    """A form POST as httpx would make it; `file_first` breaks the order."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    file = ("file", ("a.png", io.BytesIO(data), "image/png"))
    files: Any = [file, *parts] if file_first else [*parts, file]
    request = httpx.Request("POST", url, files=files)
    target = url.split("sandbox.invalid", 1)[1]
    return Answer(world.handle(Request.of("POST", target, request.headers.multi_items(), request.read())))


def session(world: World) -> dict[str, Any]:
    """A fresh upload session at Runway."""
    data: dict[str, Any] = Desk(world, RUNWAY).post("/uploads", {"filename": "a.png", "type": "ephemeral"}).json
    return data


def use(world: World, uri: str) -> Answer:
    """An image-to-video that starts with an upload."""
    body = {"model": "gen4_turbo", "promptImage": uri, "ratio": "1280:720", "promptText": "x"}
    return Desk(world, RUNWAY).post("/image_to_video", body)


def test_a_runway_upload_can_be_used_for_a_day(world: World, clock: Clock) -> None:
    opened = session(world)
    assert form(world, opened["uploadUrl"], opened["fields"], PICTURE).status == 204
    assert use(world, opened["runwayUri"]).status == 200
    clock.forward(86_401)
    assert use(world, opened["runwayUri"]).status == 400


def test_a_runway_upload_wants_the_file_last_and_every_field(world: World) -> None:
    opened = session(world)
    assert form(world, opened["uploadUrl"], opened["fields"], PICTURE, file_first=True).status == 400
    opened = session(world)
    assert form(world, opened["uploadUrl"], {}, PICTURE).status == 403


def test_a_failed_runway_upload_may_not_be_repeated(world: World) -> None:
    opened = session(world)
    assert form(world, opened["uploadUrl"], opened["fields"], b"too small").status == 400
    assert form(world, opened["uploadUrl"], opened["fields"], PICTURE).status == 403
    assert use(world, opened["runwayUri"]).status == 400


@pytest.mark.parametrize("body", [{}, {"filename": "a", "type": "ephemeral"}, {"filename": "a.png", "type": "kept"}])
def test_a_runway_session_needs_a_name_with_an_extension(world: World, body: dict[str, str]) -> None:
    assert Desk(world, RUNWAY).post("/uploads", body).status == 400


def test_the_storage_host_refuses_the_api_key(world: World) -> None:
    opened = session(world)
    target = opened["uploadUrl"].split("sandbox.invalid", 1)[1]
    request = Request.of("POST", target, [("Authorization", "Bearer key_x")], b"")
    assert world.handle(request).status == 400


def put(world: World, url: str, data: bytes, media: str = "image/png") -> Answer:
    """A PUT to a presigned address."""
    target = url.split("sandbox.invalid", 1)[1]
    return Answer(world.handle(Request.of("PUT", target, [("content-type", media)], data)))


def test_an_agents_file_is_put_completed_and_then_ready(world: World, clock: Clock) -> None:
    desk = Desk(world, AGENTS)
    made = desk.post("/files", {"mime_type": "image/png", "size_bytes": len(PICTURE), "filename": "a.png"}).json
    assert (made["state"], made["upload"]["method"]) == ("pending", "PUT")
    assert desk.post(f"/files/{made['id']}/complete").status == 400
    assert put(world, made["upload"]["url"], PICTURE[:-1]).status == 400
    assert put(world, made["upload"]["url"], PICTURE, "text/plain").status == 403
    assert put(world, made["upload"]["url"], PICTURE).status == 200
    assert desk.post(f"/files/{made['id']}/complete").json["state"] == "pending"
    reference = {"video": {"start_frame": {"file_id": made["id"]}}}
    assert desk.create(**reference).status == 400
    clock.forward(2)
    assert desk.get(f"/files/{made['id']}").json["state"] == "ready"
    assert desk.create(**reference).status == 201


def test_an_agents_file_can_come_inline(world: World, clock: Clock) -> None:
    desk = Desk(world, AGENTS)
    request = httpx.Request("POST", "https://x", data={"purpose": "reference"}, files={"file": ("a.png", PICTURE)})
    headers = {"content-type": request.headers["content-type"]}
    made = desk.send("POST", "/files", request.read(), headers).json
    assert made["upload"] is None
    assert (made["file"]["purpose"], made["file"]["size_bytes"]) == ("reference", len(PICTURE))
    clock.forward(2)
    assert desk.get(f"/files/{made['id']}").json["state"] == "ready"


def test_agents_files_are_listed_in_pages_and_deleted_softly(world: World) -> None:
    desk = Desk(world, AGENTS)
    made = [desk.post("/files", {"mime_type": "image/png", "size_bytes": 5}).json["id"] for _ in range(3)]
    first = desk.get("/files", limit=2).json
    assert [each["id"] for each in first["data"]] == made[:0:-1]
    rest = desk.get("/files", limit=2, cursor=first["next_cursor"]).json
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (made[:1], False)
    assert desk.delete(f"/files/{made[0]}").status == 204
    assert desk.delete(f"/files/{made[0]}").status == 404
    assert desk.get(f"/files/{made[0]}").json["state"] == "deleted"
    assert len(desk.get("/files").json["data"]) == 2
    assert len(desk.get("/files", state="deleted").json["data"]) == 1
    assert desk.get("/files", limit=101).status == 422
    assert Desk(world, AGENTS, "luma-api-somebody-else").get(f"/files/{made[1]}").status == 404


def test_pictures_inside_a_request_are_kept_for_the_clip(world: World) -> None:
    data = base64.b64encode(PICTURE).decode()
    frame = {"data": data, "media_type": "image/png"}
    job = Desk(world, AGENTS).create(video={"start_frame": frame}).json["id"]
    kept = world.job(AGENTS, job)
    assert kept is not None
    assert world.clips.picture(kept.clip.start_image) == PICTURE
    assert data not in str(kept.request)


def test_runways_pictures_inside_a_request_are_drawn_at_both_ends(world: World) -> None:
    data = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    frames = [{"uri": data, "position": "first"}, {"uri": data, "position": "last"}]
    body = {"model": "veo3.1", "promptImage": frames, "ratio": "1280:720", "promptText": "x"}
    kept = world.job(RUNWAY, Desk(world, RUNWAY).post("/image_to_video", body).json["id"])
    assert kept is not None
    assert kept.clip.start_image == kept.clip.end_image
    assert world.clips.picture(kept.clip.end_image) == PICTURE
    assert data not in str(kept.request)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b""),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nno headers"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--"),
    ],
)
def test_a_body_that_is_no_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(BadForm):
        read_form(kind, body)


def test_a_file_may_hold_line_ends_and_dashes() -> None:
    data = b"\r\n--x\r\n--y--\r\n\r\n"
    body = b'--b0\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + data + b"\r\n--b0--\r\n"
    assert read_form("multipart/form-data; boundary=b0", body)[0].data == data
