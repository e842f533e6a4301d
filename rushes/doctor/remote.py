"""Check of a gateway, where one is set: does it answer, is it one of ours, does it take our token, is it well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from providers.line import ssl_context
from rushes.doctor.check import Check, fail, ok, warn
from rushes.doctor.patient import Patient
from rushes.home import HomeError
from rushes.remote.address import TOKEN, address_of, token_for
from rushes.text import show

__all__ = ["URL_VARIABLE", "remote"]

URL_VARIABLE = "RUSHES_CONNECT"
TIMEOUT_S = 10.0


async def remote(patient: Patient) -> Check:
    """One check; all is well where no gateway is set."""
    named = patient.gateway or patient.home.connect or patient.environ.get(URL_VARIABLE, "")
    if not named:
        return ok("gateway.health", f"none set ({URL_VARIABLE} names one)")
    try:
        url = address_of(named)
    except HomeError as error:
        return fail("gateway.health", str(error), f"mend {URL_VARIABLE}, or --connect")
    try:
        token = token_for(url, patient.home, patient.environ)
    except HomeError:
        token = ""  # it says itself that it wants one
    verify = ssl_context() if url.startswith("https") else False
    try:
        async with httpx.AsyncClient(verify=verify, timeout=TIMEOUT_S, follow_redirects=False) as client:
            answer = await client.get(
                f"{url.rstrip('/')}/health", headers={"authorization": f"Bearer {token}"} if token else {}
            )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        words = f"{url} does not answer: {show(str(error), 200) or type(error).__name__}"
        return fail(
            "gateway.health", words, "start it there (rushes serve), or mend the tunnel (ssh -L) or the address"
        )
    return _judge(url, answer)


def _judge(url: str, answer: httpx.Response) -> Check:
    if answer.status_code in {401, 403}:
        fix = f"set {TOKEN} to what stands in the gateway's gateway.token"
        return fail("gateway.health", f"{url} refuses the token (HTTP {answer.status_code})", fix)
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, Mapping) or "version" not in said or "status" not in said:
        words = f"{url} answers (HTTP {answer.status_code}), but is no gateway of rushes"
        return fail("gateway.health", words, f"check the address in {URL_VARIABLE}, port included")
    if answer.status_code != 200 or said["status"] != "ok":
        return warn("gateway.health", f"{url} says: {_why(said)}", "run rushes doctor on that machine")
    return ok("gateway.health", f"{url}, version {show(str(said['version']), 40)}")


def _why(said: Mapping[str, Any]) -> str:
    problems = said.get("problems")
    words = "; ".join(map(str, problems)) if isinstance(problems, list) and problems else str(said["status"])
    return show(words, 200)
