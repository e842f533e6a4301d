"""What happens in one storm, drawn from its seed: presses, faults, deaths, stops, clock jumps, and what people do."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.shot import Shot
from tests.house import BOAT, DIRECT

__all__ = ["KEYS_FROM", "MORE_FROM", "Act", "Life", "Plan", "Press", "draw"]

BEFORE, AFTER = Point.BEFORE, Point.AFTER
TASKS = ("/sandbox/v1/clips/*", "/dream-machine/v1/generations/*", "/runway/v1/tasks/*")
LISTS = ("/sandbox/v1/clips", "/dream-machine/v1/generations")
HTTP_DATE = "Sun, 22 Nov 2026 12:00:40 GMT"
TRICKS = ("", "", "", "", "", "[fail:INTERNAL]", "[bad-clip]", "[word:PONDERING]", "[silent]", "[refuse:400]")
MORE_FROM = 1_000_000
"""Seeds from here on have more kinds of weather; those below mean what they always meant."""
KEYS_FROM = 2_000_000
"""Seeds from here on have processes with keys of two accounts; no vendor forgets a task in these."""
ACTS = ("cancel", "forget", "undo", "resend", "settle", "watch again", "fetch", "rate")
MORE_ACTS = ("mistake", "mistake", "news", "no key", "hold", "resend", "forget")
FAR_S = (-20 * 3600.0, -10 * 3600.0, -3 * 3600.0)
"""Less than a day apart, as equal requests further apart than that are told apart by our clocks (`uncertain.REACH`)."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of Generate by a process, at a moment (driven seconds); `count` takes at once are twins."""

    at_s: float
    shot: Shot
    count: int = 1


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does to a task, whichever they find."""

    at_s: float
    what: str
    which: int


@dataclass(frozen=True, slots=True)
class Life:
    """One process: when it starts, what it presses, and how it ends (`dies_at` counts effects; None: it does not)."""

    starts_s: float
    presses: tuple[Press, ...] = ()
    acts: tuple[Act, ...] = ()
    dies_at: int | None = None
    delivered: bool = False
    leaves_s: float | None = None
    stops: tuple[tuple[float, float], ...] = ()
    jumps: tuple[tuple[float, float], ...] = ()
    locked: tuple[tuple[float, float], ...] = ()
    full: tuple[tuple[float, float], ...] = ()
    calls_back: bool = False
    other_key: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One storm."""

    seed: int
    practice: bool
    rules: tuple[Rule, ...]
    lives: tuple[Life, ...]
    link_life_s: float
    slots: int
    routed: bool = False
    keys: bool = False


def draw(seed: int) -> Plan:
    """The storm of a seed; the same one every time."""
    plan = _draw(seed)
    if seed >= KEYS_FROM:
        return _keys(random.Random(f"keys {seed}"), plan)
    return plan if seed < MORE_FROM else _more(random.Random(f"more {seed}"), plan)


def _keys(rng: random.Random, plan: Plan) -> Plan:
    """The same with another key in some working folders, and keys that are changed for a while. Nobody stays for ever:
    what another key made does not end before them."""
    rules = tuple(each for each in plan.rules if not (each.method == "GET" and each.fault.status == 404))
    lives = tuple(
        replace(
            life,
            other_key=rng.random() < 0.5,
            leaves_s=rng.uniform(20, 200),
            acts=life.acts + tuple(Act(rng.uniform(0, 100), "other key", 0) for _ in range(rng.choice((0, 1, 1, 2)))),
        )
        for life in plan.lives
    )
    return replace(plan, rules=rules, lives=lives, practice=False, keys=True)


def _more(rng: random.Random, plan: Plan) -> Plan:
    """The same with full disks, clocks far off, keys taken away, callbacks, pauses, and people who err."""
    if plan.seed % 5 == 3:
        return _asleep(rng, plan)
    routed = plan.seed % 5 == 4 and rng.random() < 0.4
    lives = tuple(_more_of_life(rng, life) for life in plan.lives)
    if routed:
        lives = tuple(replace(life, presses=tuple(_on_router(rng, each) for each in life.presses)) for life in lives)
    elif plan.seed % 5 == 4 and rng.random() < 0.5:
        # A gateway, which names a callback, and the app beside it: only with keys does a callback go out.
        gateway, app = replace(lives[0], calls_back=True), replace(lives[-1], calls_back=False)
        return replace(plan, lives=(gateway, app), practice=False)
    return replace(plan, lives=lives, routed=routed)


def _asleep(rng: random.Random, plan: Plan) -> Plan:
    """A process sleeps while its request is in the air; another takes over, and a person settles what is not known."""
    shot = BOAT[rng.choice(("luma", "runway", "runway"))]
    slow = [Rule(Fault(Kind.SLOW, AFTER, seconds=rng.uniform(2, 8)), "POST", calls=(1,)) for _ in range(2)]
    silent = Rule(Fault(Kind.STATUS, status=503), "GET", rng.choice(LISTS), times=rng.randint(0, 6))
    wakes_s = rng.uniform(30, 90)
    decides = tuple(
        Act(rng.uniform(25, 60), rng.choice(("mistake", "mistake", "settle", "resend", "forget")), each)
        for each in range(rng.choice((1, 2, 3)))
    )
    here = rng.random() < 0.3
    sleeper = Life(0.0, (Press(0.0, shot, rng.choice((1, 2))),), decides if here else (), stops=((1.0, wakes_s),))
    other = Life(rng.uniform(1, 5), (Press(rng.uniform(0, 20), shot, rng.choice((1, 2))),), () if here else decides)
    return replace(plan, rules=(*slow, silent), lives=(sleeper, other), link_life_s=3600.0, slots=10)


def _more_of_life(rng: random.Random, life: Life) -> Life:
    acts = tuple(
        Act(rng.uniform(0, 120), rng.choice(MORE_ACTS), rng.randrange(8)) for _ in range(rng.choice((0, 0, 1, 3)))
    )
    far = ((rng.choice((0.0, rng.uniform(0, 60))), rng.choice(FAR_S)),) if rng.random() < 0.2 else ()
    full = _spans(rng, 40)
    return replace(life, acts=life.acts + acts, jumps=life.jumps + far, full=full, calls_back=rng.random() < 0.4)


def _on_router(rng: random.Random, press: Press) -> Press:
    """Requests through one router, which its list does not tell apart whatever they ask for."""
    prompt = rng.choice(("a paper boat", "a paper boat", "a paper plane"))
    return replace(press, shot=replace(BOAT["runway"], prompt=prompt))


def _draw(seed: int) -> Plan:
    rng = random.Random(f"storm {seed}")
    if seed % 5 == 4:
        return _twins(rng, seed)
    shots = [_shot(rng, number) for number in range(rng.choice((1, 1, 2, 3)))]
    return Plan(
        seed=seed,
        practice=rng.random() < 0.5,
        rules=tuple(_rules(rng)),
        lives=tuple(_life(rng, number, shots) for number in range(rng.choice((1, 2, 2, 3)))),
        link_life_s=rng.choice((0.5, 20.0, 3600.0)),
        slots=rng.choice((1, 2, 10)),
    )


def _twins(rng: random.Random, seed: int) -> Plan:
    """Equal requests in the same second at a vendor that can list, each of whose answers may be lost either way."""
    shot = BOAT[rng.choice(("luma", "luma", "sandbox"))]
    kinds = (Kind.TIMEOUT, Kind.RESET, Kind.DROP, Kind.STATUS)
    lost = [Rule(Fault(rng.choice(kinds), rng.choice((BEFORE, AFTER))), "POST", calls=(1,)) for _ in range(4)]
    silent = Rule(Fault(Kind.STATUS, status=503), "GET", rng.choice(LISTS), times=rng.randint(1, 4))
    lives = [
        Life(
            starts_s=rng.choice((0.0, 0.0, rng.uniform(0, 30))),
            presses=(Press(0.0, shot, rng.randint(1, 3)), Press(rng.uniform(0, 90), shot)),
            acts=tuple(
                Act(rng.uniform(5, 120), rng.choice(("forget", "resend", "settle")), n)
                for n in range(rng.choice((0, 1, 2)))
            ),
            dies_at=rng.randint(10, 90) if rng.random() < 0.4 else None,
            jumps=_jumps(random.Random(f"jumps {seed} {number}")),
        )
        for number in range(rng.choice((1, 2)))
    ]
    rules = [*rng.sample(lost, rng.randint(1, 4)), *([silent] if rng.random() < 0.4 else [])]
    return Plan(seed, rng.random() < 0.5, tuple(rules), tuple(lives), 3600.0, 10)


def _shot(rng: random.Random, number: int) -> Shot:
    shot = BOAT[rng.choice(tuple(BOAT))]
    return replace(shot, prompt=f"{shot.prompt} {number} {rng.choice(TRICKS)}".strip())


def _life(rng: random.Random, number: int, shots: list[Shot]) -> Life:
    starts = 0.0 if number == 0 else rng.choice((0.0, rng.uniform(0, 90)))
    presses = tuple(
        Press(rng.choice((0.0, 0.0, rng.uniform(0, 60))), shot, rng.choice((1, 1, 1, 2)))
        for shot in shots
        if number == 0 or rng.random() < 0.5
    )
    dies = rng.random() < 0.6
    return Life(
        starts_s=starts,
        presses=presses,
        acts=tuple(
            Act(rng.uniform(0, 120), rng.choice(ACTS), rng.randrange(8)) for _ in range(rng.choice((0, 0, 1, 2)))
        ),
        dies_at=rng.choice((rng.randint(4, 30), rng.randint(4, 120))) if dies else None,
        delivered=rng.random() < 0.5,
        leaves_s=rng.uniform(1, 100) if not dies and rng.random() < 0.5 else None,
        stops=_spans(rng, 90),
        jumps=_jumps(rng),
        locked=_spans(rng, 40),
    )


def _jumps(rng: random.Random) -> tuple[tuple[float, float], ...]:
    """When the wall clock is set, and by how much; mostly never."""
    return tuple((rng.uniform(0, 60), rng.choice((-3600.0, -30.0, 30.0, 3600.0))) for _ in _spans(rng, 2))


def _spans(rng: random.Random, most_s: float) -> tuple[tuple[float, float], ...]:
    """Moments and lengths; mostly none."""
    return tuple((rng.uniform(0, 60), rng.uniform(1, most_s)) for _ in range(rng.choice((0, 0, 0, 1))))


def _rules(rng: random.Random) -> list[Rule]:
    rules = []
    for path in DIRECT:
        if rng.random() < 0.8:
            hits = tuple(sorted(rng.sample(range(1, 7), rng.randint(1, 3))))
            rules += [Rule(_create_fault(rng), "POST", path, calls=(hit,)) for hit in hits]
    for path in (*TASKS, *LISTS):
        if rng.random() < 0.5:
            rules.append(
                Rule(_answer_fault(rng), "GET", path, probability=rng.choice((0.2, 0.9)), times=rng.randint(1, 8))
            )
    for _ in range(rng.choice((0, 0, 1, 2))):
        rules.append(Rule(_asset_fault(rng), "GET", "/assets/*", probability=0.7, times=rng.randint(1, 5)))
    return rules


def _create_fault(rng: random.Random) -> Fault:
    point = rng.choice((BEFORE, AFTER))
    limited = rng.choice(({}, {"retry-after": "7"}, {"retry-after": HTTP_DATE}))
    return rng.choice(
        (
            Fault(Kind.CONNECT, BEFORE),
            Fault(Kind.TIMEOUT, point),
            Fault(Kind.RESET, point),
            Fault(Kind.DROP, point),
            Fault(Kind.HALF_BODY, AFTER),
            Fault(Kind.MALFORMED, AFTER, fraction=rng.random()),
            Fault(Kind.STATUS, point, status=rng.choice((500, 502, 503, 504))),
            Fault(Kind.STATUS, BEFORE, status=429, headers=limited),
            Fault(Kind.STATUS, BEFORE, status=rng.choice((400, 401, 402, 403, 404, 422))),
            Fault(Kind.HTML, point, status=rng.choice((200, 502))),
            Fault(Kind.HUGE, point),
            Fault(Kind.REDIRECT, BEFORE),
            Fault(Kind.SLOW, AFTER, seconds=rng.choice((5.0, 45.0, 90.0))),
            Fault(Kind.TRICKLE, AFTER, seconds=20.0),
        )
    )


def _answer_fault(rng: random.Random) -> Fault:
    return rng.choice(
        (
            Fault(Kind.CONNECT, BEFORE),
            Fault(Kind.TIMEOUT, BEFORE),
            Fault(Kind.HALF_BODY),
            Fault(Kind.MALFORMED, fraction=rng.random()),
            Fault(Kind.STATUS, status=rng.choice((401, 429, 500, 503))),
            Fault(Kind.STATUS, status=404),
            Fault(Kind.STATUS, status=429, headers={"retry-after": "15"}),
            Fault(Kind.HTML, status=rng.choice((200, 404, 502))),
            Fault(Kind.SLOW, seconds=10.0),
            Fault(Kind.HUGE),
        )
    )


def _asset_fault(rng: random.Random) -> Fault:
    return rng.choice(
        (
            Fault(Kind.CONNECT, BEFORE),
            Fault(Kind.HALF_BODY, fraction=rng.random()),
            Fault(Kind.WRONG_LENGTH, delta=rng.choice((-500, 64))),
            Fault(Kind.STATUS, status=rng.choice((403, 404, 410, 416, 503))),
            Fault(Kind.HTML, status=200),
            Fault(Kind.HTML, status=200, headers={"content-type": "video/mp4"}),
            Fault(Kind.REDIRECT),
            Fault(Kind.TRICKLE, seconds=30.0),
            Fault(Kind.MALFORMED, fraction=0.5),
            Fault(Kind.TIMEOUT),
        )
    )
