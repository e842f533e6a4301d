"""The account's side of Runway's API: organization, its use by day, and uploads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.sandbox.options import DAY_S, RUNWAY
from providers.sandbox.routing import Call, route
from providers.sandbox.schema import Issue, load_fields
from providers.sandbox.uploads import Upload, Uploads, form_fields, new_id
from providers.sandbox.wire import BadBody, Reply, Stop, json_body, json_reply

__all__ = ["ACCOUNT_ROUTES", "bad_request", "error", "upload_picture"]

DOCS = "https://docs.dev.runwayml.com/api"
UPLOAD_LIFE_S = DAY_S
LONGEST_DAYS = 90
USUAL_DAYS = 30


def error(status: int, words: str) -> Reply:
    """This API's error body."""
    return json_reply(status, {"error": words, "docUrl": DOCS} if status == 400 else {"error": words})


def bad_request(issues: Iterable[Issue]) -> Reply:
    """400 with every issue at once."""
    found = [{"code": each.code, "path": list(each.path), "message": each.message} for each in issues]
    return json_reply(400, {"error": "Validation of body failed", "issues": found, "docUrl": DOCS})


def upload_picture(call: Call, uri: str) -> str | None:
    """The picture of an upload of this account that is still usable. Raises Stop."""
    upload = Uploads(call.world).find(RUNWAY, uri.rsplit("/", 1)[-1], call.account)
    if upload is None or upload.picture is None:
        raise Stop(bad_request([Issue("custom", ("promptImage",), "The upload was not found")]))
    if call.world.clock() >= upload.created_at + UPLOAD_LIFE_S:
        raise Stop(bad_request([Issue("custom", ("promptImage",), "The upload has expired")]))
    return upload.picture


def _organization(call: Call) -> Reply:
    options = call.world.options
    models = sorted({model for mode in load_fields("runway_fields")["modes"].values() for model in mode} - {"*"})
    used = call.world.made_since(RUNWAY, call.account, call.world.clock() - DAY_S)
    limits = {
        "maxConcurrentGenerations": options.concurrent.get(RUNWAY),
        "maxDailyGenerations": options.runway_daily,
    }
    return json_reply(
        200,
        {
            "creditBalance": int(call.world.balance(RUNWAY, call.account)),
            "tier": {
                "maxMonthlyCreditSpend": options.runway_monthly_usd * 100,
                "models": dict.fromkeys(models, limits),
            },
            "usage": {"models": {model: {"dailyGenerations": used.get(model, 0)} for model in models}},
        },
    )


def _usage(call: Call) -> Reply:
    start, stop = _days(call)
    by_day: dict[str, dict[str, Decimal]] = {}
    for entry in call.world.ledger(RUNWAY, call.account):
        day = datetime.fromtimestamp(entry.at, UTC).date()
        if start <= day < stop:
            models = by_day.setdefault(day.isoformat(), {})
            signed = entry.amount if entry.kind == "charge" else -entry.amount
            models[entry.model] = models.get(entry.model, Decimal(0)) + signed
    results = [
        {
            "date": day,
            "usedCredits": [{"model": model, "amount": int(amount)} for model, amount in sorted(models.items())],
        }
        for day, models in sorted(by_day.items())
    ]
    return json_reply(200, {"models": sorted({name for each in by_day.values() for name in each}), "results": results})


def _days(call: Call) -> tuple[date, date]:
    """The asked days: from thirty days ago, for thirty days, at most ninety (Runway, organization usage)."""
    body = _object(call) if call.request.body.strip() else {}
    today = datetime.fromtimestamp(call.world.clock(), UTC).date()
    start = _day(body, "startDate") or today - timedelta(days=USUAL_DAYS)
    stop = _day(body, "beforeDate") or start + timedelta(days=USUAL_DAYS + 1)
    if not timedelta(0) < stop - start <= timedelta(days=LONGEST_DAYS):
        raise Stop(bad_request([Issue("custom", ("beforeDate",), "Must be 1 to 90 days after startDate")]))
    return start, stop


def _day(body: dict[str, Any], name: str) -> date | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        return min(date.fromisoformat(str(value)[:10]), date(9000, 1, 1))
    except ValueError as bad:
        raise Stop(bad_request([Issue("invalid_string", (name,), "Invalid date")])) from bad


def _object(call: Call) -> dict[str, Any]:
    try:
        return json_body(call.request)
    except BadBody as bad:
        raise Stop(error(400, f"Invalid JSON: {bad}")) from bad


def _upload(call: Call) -> Reply:
    body = _object(call)
    name, kind = body.get("filename"), body.get("type")
    issues = []
    if not isinstance(name, str) or not 3 <= len(name) <= 255 or not re.fullmatch(r"[^/\\]+\.[^./\\]+", name):
        issues.append(Issue("invalid_string", ("filename",), "Must be 3 to 255 characters with an extension"))
    if kind != "ephemeral":
        issues.append(Issue("invalid_literal", ("type",), "Invalid literal value, expected 'ephemeral'"))
    if issues:
        return bad_request(issues)
    upload = Upload(new_id(), RUNWAY, call.account, call.world.clock(), filename=str(name))
    Uploads(call.world).add(upload)
    return json_reply(
        200,
        {
            "uploadUrl": f"{call.request.origin}/storage/{RUNWAY}/{upload.id}",
            "fields": form_fields(upload),
            "runwayUri": f"runway://{RUNWAY}-uploads/{upload.id}",
        },
    )


ACCOUNT_ROUTES = (
    route("GET", "/organization", _organization),
    route("POST", "/organization/usage", _usage),
    route("POST", "/uploads", _upload),
)
