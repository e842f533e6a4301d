"""What the world books: the proof of what a client did with somebody's money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.sandbox.faults import Fault, FaultScript, Kind, Point, Rule
from providers.sandbox.options import AGENTS, DREAM_MACHINE, RUNWAY
from providers.sandbox.store import micro, unmicro
from providers.sandbox.world import World
from tests.sandbox.kit import CREATE, PAID, PREFIX, Clock, Desk


@pytest.mark.parametrize("vendor", PAID)
def test_each_accepted_create_is_one_charge_and_a_refused_one_is_none(world: World, vendor: str) -> None:
    desk = Desk(world, vendor)
    job = desk.create().json["id"]
    desk.create(model="nonsense")
    entries = world.ledger()
    assert [(entry.kind, entry.job, entry.vendor) for entry in entries] == [("charge", job, vendor)]
    assert entries[0].amount > 0


@pytest.mark.parametrize("vendor", [DREAM_MACHINE, AGENTS])
def test_luma_gives_everything_back_when_a_job_fails(world: World, clock: Clock, vendor: str) -> None:
    desk = Desk(world, vendor)
    desk.prompt("a boat [fail:job failed]")
    assert world.balance(vendor, world.ledger()[0].account) < 10_000
    clock.forward(60)
    assert world.balance(vendor, world.ledger()[0].account) == 10_000
    assert [entry.kind for entry in world.ledger()] == ["charge", "refund"]


def test_a_refund_is_booked_once_and_at_the_moment_of_the_failure(world: World, clock: Clock) -> None:
    start = clock()
    Desk(world, RUNWAY).prompt("a boat [fail:INTERNAL]")
    clock.forward(500)
    for _ in range(3):
        entries = world.ledger()
    assert [(entry.kind, entry.at - start) for entry in entries] == [("charge", 0.0), ("refund", 12.0)]


def test_the_world_survives_its_process(make_world: Any, clock: Clock) -> None:
    job = Desk(make_world(), RUNWAY).create().json["id"]
    clock.forward(60)
    later = make_world()
    assert Desk(later, RUNWAY).word(job) == "SUCCEEDED"
    assert [entry.job for entry in later.ledger()] == [job]


@pytest.mark.parametrize("kind", [Kind.TIMEOUT, Kind.RESET, Kind.STATUS, Kind.MALFORMED])
@pytest.mark.parametrize(("point", "charges"), [(Point.BEFORE, 0), (Point.AFTER, 1)])
@pytest.mark.parametrize("vendor", PAID)
def test_a_fault_after_acceptance_charges_and_one_before_does_not(
    make_world: Any, vendor: str, kind: Kind, point: Point, charges: int
) -> None:
    script = FaultScript((Rule(Fault(kind, point), method="POST", calls=(1,)),))
    world = make_world(faults=script)
    Desk(world, vendor).create()
    assert len(world.ledger(vendor)) == charges
    Desk(world, vendor).create()
    assert len(world.ledger(vendor)) == charges + 1


def test_every_request_is_logged_without_the_key(world: World) -> None:
    desk = Desk(world, RUNWAY)
    desk.create()
    desk.get("/organization")
    Desk(world, RUNWAY, "").get("/organization")
    log = world.requests()
    path = PREFIX[RUNWAY] + CREATE[RUNWAY][0]
    assert (log[0].method, log[0].path, log[0].status) == ("POST", path, 200)
    assert [each.status for each in log] == [200, 200, 401]
    assert desk.key
    assert log[0].key == log[1].key != ""
    assert log[2].key == ""
    assert all(desk.key not in repr(each) for each in log)


def test_a_fault_script_replays_and_its_seed_matters() -> None:
    def run(seed: int) -> list[bool]:
        script = FaultScript((Rule(Fault(Kind.DROP), probability=0.5),), seed)
        return [script.pick("GET", "/x") is not None for _ in range(60)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 15 < sum(run(1)) < 45


def test_rules_choose_by_method_path_number_and_times() -> None:
    drop, slow = Fault(Kind.DROP), Fault(Kind.SLOW)
    script = FaultScript(
        (Rule(drop, method="POST", path="/runway/*", calls=(2,)), Rule(slow, path="/assets/*", times=1))
    )
    assert [script.pick("POST", "/runway/v1/x") for _ in range(3)] == [None, drop, None]
    assert [script.pick("GET", "/runway/v1/x") for _ in range(3)] == [None, None, None]
    assert [script.pick("GET", "/assets/a") for _ in range(2)] == [slow, None]


def test_money_is_kept_to_a_millionth() -> None:
    assert unmicro(micro(Decimal("0.398131"))) == Decimal("0.398131")
    assert str(unmicro(micro(Decimal(120)))) == "120"
