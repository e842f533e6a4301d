"""Turns a good answer into what a fault asks for. What happens on the line itself is left to the transports."""

from __future__ import annotations

from dataclasses import replace

from providers.sandbox.faults import SILENT, Fault, Kind
from providers.sandbox.wire import FilePart, Reply, json_reply

__all__ = ["spoil"]

_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


def spoil(reply: Reply | None, fault: Fault) -> Reply:
    """The answer that goes out. `reply` is None where the request never reached the vendor."""
    whole = reply or Reply(503)
    if fault.kind in SILENT:
        return replace(whole, fault=fault)
    match fault.kind:
        case Kind.STATUS:
            return _status(fault)
        case Kind.HTML:
            return Reply(fault.status, {"content-type": "text/html", **fault.headers}, fault.body or _PAGE)
        case Kind.REDIRECT:
            return Reply(302, {"location": "https://login.invalid/", **fault.headers})
        case Kind.HUGE:
            filler = b'{"padding":"' + b"x" * max(0, fault.size - 14) + b'"}'
            return Reply(200, {"content-type": "application/json"}, filler)
        case Kind.MALFORMED:
            return replace(whole, body=_cut(whole.body, fault.fraction))
        case _:
            return replace(whole, fault=fault)


def _cut(body: bytes | FilePart, fraction: float) -> bytes | FilePart:
    """The first part of a body, in an answer that says nothing of the rest."""
    if isinstance(body, bytes):
        return body[: int(len(body) * fraction)]
    return replace(body, length=int(body.length * fraction))


def _status(fault: Fault) -> Reply:
    """An error in words that every vendor's client can read: `detail` for Luma, `error` for Runway."""
    if fault.body is not None:
        return Reply(fault.status, {"content-type": "application/json", **fault.headers}, fault.body)
    words = f"the sandbox was told to answer {fault.status}"
    reply = json_reply(fault.status, {"detail": words, "error": words})
    return replace(reply, headers={**reply.headers, **fault.headers})
