"""Requests made from the gateway's own OpenAPI document, right ones and wrong ones, against a gateway on a socket.

`python -m tests.gateway.cases [NUMBER]` tries 2,000. The stream of events is left out: it has no end.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from providers.shot import Shot
from rushes.remote.calls import CALLS
from rushes.remote.codec import encode
from tests.gateway.conftest import SMALL, bearer, opened, served

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = frozenset({"/v1/events", "/v1/engine/events"})
MOST_TURNS = 8


@dataclass
class Tally:
    """What was tried and what came of it."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def try_cases(home: Path, number: int) -> Tally:
    """Spreads `number` cases over all calls; a third of them are made likely."""
    tally = Tally()
    with _served(home) as (url, known):
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json", headers=bearer())
        calls = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
        calls = [each for each in calls if each.path not in ENDLESS]
        for turn in range(MOST_TURNS):
            # Calls without parameters have few cases; the others make up for them.
            rich = [each for each in calls if turn == 0 or each.body or each.path_parameters or each.query]
            for call in rich:
                _try(
                    call, -(-(number - tally.cases) // len(rich)) if turn else number // len(calls), turn, known, tally
                )
            if tally.cases >= number:
                break
    return tally


def _try(call: Any, number: int, turn: int, known: str, tally: Tally) -> None:
    both = st.one_of(
        call.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE),
        call.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
    )

    @seed(turn)
    @settings(
        max_examples=max(number, 1),
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=both, kind=st.integers(0, 2))
    def run(case: Any, kind: int) -> None:
        if kind == 0:
            _make_likely(case, known)
        if case.path_parameters.get("call") == "release" and isinstance(case.body, dict):
            case.body["task_ids"] = [known]  # all of what the other cases left unsent would take its time
        answer = case.call(headers=bearer())
        tally.cases += 1
        tally.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, Failure) as failure:
            found = getattr(failure, "exceptions", [failure])
            tally.problems += [f"{call.label} {answer.status_code}: {each}"[:600] for each in found]

    run()


def _make_likely(case: Any, known: str) -> None:
    """Chance alone hardly ever names the take that there is, or a shot that is valid."""
    if "call" in case.path_parameters:
        case.body = _arguments(case.path_parameters["call"], known)
    elif case.path_parameters:
        case.path_parameters["video_id"] = known
    elif isinstance(case.body, dict) and "prompt" in case.body:
        case.body = {
            **case.body,
            "prompt": "a fox",
            "provider": "",
            "model": "",
            "mode": "",
            "inputs": [],
            "params": {},
        }


def _arguments(call: str, known: str) -> dict[str, Any]:
    """What a call needs, as a client would give it."""
    if call not in CALLS:
        return {}
    likely = {
        "task_id": known,
        "task_ids": [known],
        "tasks": [],
        "parent": known,
        "ids": [known],
        "vendor_id": "theirs",
        "stars": 3,
        "tags": ["a"],
        "priority": 1,
        "at": 0,
        "first": "2026-11-01",
        "last": "2026-11-30",
        "shot": encode(Shot("sandbox", "sandbox-fast", "text_to_video", "a fox", SMALL)),
    }
    needed = (name for name in CALLS[call].signature.parameters if name != "self")
    required = CALLS[call].signature.parameters
    return {name: likely.get(name, "x") for name in needed if required[name].default is required[name].empty}


@contextmanager
def _served(home: Path) -> Iterator[tuple[str, str]]:
    """A gateway with one finished take: its address and the take's id. No more is drawn."""

    async def take() -> str:
        async with opened(home) as gate:
            return str((await gate.made())["id"])

    known = asyncio.run(take())
    with served(home, started=False) as url:
        yield url, known


def main(number: int) -> int:
    """Prints the tally; 1 where a problem was found."""
    with tempfile.TemporaryDirectory() as folder:
        tally = try_cases(Path(folder) / "home", number)
    print(f"{tally.cases} cases, {len(tally.problems)} problems; answers: {dict(sorted(tally.statuses.items()))}")
    for each in tally.problems[:20]:
        print(f"  {each}")
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
