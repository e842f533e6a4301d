"""The story of a task tells what was sent and what the vendor answered, without what would open anything."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.context import Patience
from rushes.money.budgets import EVERYTHING
from rushes.redact import MARK, Redactor
from rushes.task import Status
from rushes.tasks.exchanges import LARGEST, LONGEST_TEXT, Exchange, Said, Scribe
from tests.clock import driven
from tests.engine.conftest import MakeHouse
from tests.house import BOAT, House


def _by_part(found: list[Exchange]) -> dict[Said, Exchange]:
    assert len({each.said for each in found}) == len(found)
    return {each.said: each for each in found}


@pytest.mark.parametrize("provider", sorted(BOAT))
@driven
async def test_the_request_the_answer_and_the_latest_word_are_kept(house: House, provider: str) -> None:
    engine = await house.open()
    (task,) = await engine.submit(BOAT[provider])
    done = await house.until(task.id)
    found = _by_part(await engine.exchanges(task.id))
    await engine.close()
    request, answer, latest = (found[each] for each in (Said.REQUEST, Said.ANSWER, Said.LATEST))
    assert request.data["method"] == "POST"
    assert "a paper boat" in json.dumps(request.data["body"])
    assert answer.data["id"] == latest.data["id"] == done.vendor_id
    assert done.vendor_status in latest.data.values(), "the last word, not the first"
    assert {each.press for each in found.values()} == {1}
    assert request.at <= answer.at < latest.at
    kept = json.dumps([each.to_json() for each in found.values()])
    assert not any(secret in kept for secret in engine.pool.keyring.secrets())


@pytest.mark.parametrize("status", [401, 500, 200], ids=["refused", "unknown", "no id"])
@driven
async def test_a_key_or_a_link_that_a_vendor_quotes_is_written_nowhere(make_house: MakeHouse, status: int) -> None:
    secrets = ("luma-practice-0000-0000-0000", "c2lnbmVk0123456789abcdef")
    quoted = f"Invalid API key: {secrets[0]}, see https://cdn.example/a.mp4?X-Amz-Signature={secrets[1]}"
    body = json.dumps({"detail": quoted, "state": "queued"}).encode()
    house = make_house(Rule(Fault(Kind.STATUS, Point.BEFORE, status, body), "POST"), practice=False)
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(BOAT["luma"], consent_usd=EVERYTHING)
    done = await house.until(task.id, Status.FAILED, Status.UNCERTAIN)
    await engine.close()
    library = house.library()
    told = json.dumps([done.to_json(), *(each.to_json() for each in library.events(task.id))])
    library.close()
    assert done.error is not None
    assert "Invalid API key" in done.error.message
    assert MARK in done.error.message
    assert not any(each in told for each in secrets)


@driven
async def test_a_refusal_is_kept_with_what_the_vendor_said_against_each_field(make_house: MakeHouse) -> None:
    said = {"error": "no", "issues": [{"path": ["promptText"], "message": "too odd"}]}
    house = make_house(Rule(Fault(Kind.STATUS, Point.BEFORE, 400, json.dumps(said).encode()), "POST"))
    engine = await house.open()
    (task,) = await engine.submit(BOAT["runway"])
    done = await house.until(task.id)
    assert done.status is Status.FAILED
    found = _by_part(await engine.exchanges(task.id))
    await engine.close()
    assert done.error is not None
    told = found[Said.ANSWER].data
    assert (told["http"], told["message"]) == (400, done.error.message)
    assert told["problems"] == [{"param": "promptText", "message": "too odd", "allowed": []}]
    assert Said.LATEST not in found


@driven
async def test_a_request_sent_again_by_a_press_stands_beside_the_first(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.TIMEOUT, Point.AFTER), "POST"))
    engine = await house.open()
    (task,) = await engine.submit(BOAT["runway"])
    await house.until(task.id, Status.UNCERTAIN)
    house.calm()
    await engine.resend(task.id)
    await house.until(task.id)
    found = await engine.exchanges(task.id)
    await engine.close()
    presses = [(each.press, each.said) for each in found]
    assert presses == [(1, Said.REQUEST), (2, Said.REQUEST), (2, Said.ANSWER), (2, Said.LATEST)]


SECRET = "key_" + "ab12" * 32


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"key": SECRET, "said": f"bad key {SECRET}"}, {"key": MARK, "said": f"bad key {MARK}"}),
        ({"url": "https://a.example/x.mp4?_jwt=abc.def"}, {"url": f"https://a.example/x.mp4?_jwt={MARK}"}),
        ({"cost": Decimal("12.50"), "seed": Decimal(7)}, {"cost": 12.5, "seed": 7}),
        ({"word": "a\x1b[31mb"}, {"word": "a␛[31mb"}),
        ({"many": list(range(60))}, {"many": [*range(50), "…"]}),
    ],
)
def test_what_is_kept_opens_nothing_and_shows_as_it_is(data: object, wanted: object) -> None:
    assert json.loads(Scribe(Redactor([SECRET])).write(data)) == wanted


def test_pictures_and_long_texts_are_cut_and_so_is_the_whole() -> None:
    scribe = Scribe(Redactor())
    raw = json.loads(scribe.write({"data": "A" * 3_000_000, "prompt": "b" * 5000, "short": "c" * LONGEST_TEXT}))
    assert raw["data"].endswith("(3000000 characters)")
    assert len(raw["data"]) < 200
    assert raw["prompt"] == f"{'b' * LONGEST_TEXT}… (5000 characters)"
    assert raw["short"] == "c" * LONGEST_TEXT
    assert len(scribe.write({str(each): "d" * 1500 for each in range(50)})) <= LARGEST
    assert len(scribe.write({str(each): "d" * 1500 for each in range(5000)})) <= LARGEST


def test_a_secret_at_the_edge_of_a_cut_is_not_kept_in_half() -> None:
    for start in range(LONGEST_TEXT - 140, LONGEST_TEXT + 5):
        text = Scribe(Redactor([SECRET])).write("x " * (start // 2) + SECRET)
        assert "ab12ab12" not in text
