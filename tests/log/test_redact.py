"""No secret and no control character survives the redactor, and ordinary words do."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from typing import NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import Access, Api, ProviderSpec
from rushes.redact import MARK, Redactor
from rushes.text import cells, show, visible

SECRETS = st.lists(st.from_regex(r"[ -~]{6,40}", fullmatch=True), min_size=1, max_size=4)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _unused(*_: Access) -> NoReturn:
    raise AssertionError("shapes come from the spec alone")


ACME = ProviderSpec(
    "acme",
    "Acme",
    (
        Api("old", "https://old.example", "OLD_URL", ("OLD_KEY",), key_prefix="acme-"),
        Api("new", "https://new.example", "NEW_URL", ("NEW_KEY",), key_prefix="acme-api-"),
    ),
    _unused,
    _unused,
)


@given(SECRETS, st.lists(st.one_of(st.text(), st.integers(0, 3)), max_size=8))
def test_no_registered_secret_survives_wherever_it_stands(secrets: list[str], parts: list[str | int]) -> None:
    redactor = Redactor(secrets)
    text = "".join(part if isinstance(part, str) else secrets[part % len(secrets)] for part in parts)
    for result in (redactor.redact(text), redactor.clean(text), redactor.clean(text, lines=True)):
        assert not [secret for secret in secrets if secret in result]


@given(SECRETS, st.text(), st.text())
def test_no_registered_secret_survives_in_a_link_or_in_json(secrets: list[str], before: str, after: str) -> None:
    redactor = Redactor(secrets)
    for secret in secrets:
        for form in (quote(secret, safe=""), json.dumps(secret)[1:-1]):
            assert form not in redactor.clean(f"{before}{form}{after}")


@given(st.text(alphabet=st.characters(codec=None)), st.booleans())
def test_no_control_character_survives(text: str, lines: bool) -> None:
    left = CONTROLS.sub(
        lambda found: "" if lines and found[0] == "\n" else found[0], Redactor().clean(text, lines=lines)
    )
    assert not CONTROLS.search(left)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_is_cleaned_in_every_corner_and_stays_json(data: object) -> None:
    cleaned = json.dumps(Redactor(["sesame-open"]).clean_data(data), ensure_ascii=False)
    assert "sesame-open" not in cleaned
    assert not CONTROLS.search(cleaned)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ('{"Authorization":"Bearer x.y-z_0123"}', "x.y-z_0123"),
        ("curl -H 'x-api-key: 12345678'", "12345678"),
        ("acme-0123456789abcdef01234567 was refused", "0123456789abcdef01234567"),
        ("key=acme-api-0123456789abcdef01234567", "0123456789abcdef01234567"),
        ("key_" + "0f" * 64, "0f0f"),
        ("https://cdn.example/x.mp4?_jwt=eyJhbGciOiJI.eyJzdWIiOiI.c2ln&x=1", "eyJhbGciOiJI"),
        ("https://s3.example/x?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=abc123def", "abc123def"),
        ("https://s3.example/x?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=abc123def", "AKIA"),
        ("https://cf.example/x?Policy=eyJTdGF0&Signature=Zm9v&Key-Pair-Id=K1", "Zm9v"),
        ("https://user:hunter2@api.example/v1", "hunter2"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "dozjg"),
        ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA", "iVBORw0KGgo"),
        ("data:image/svg+xml;charset=utf-8;base64,iVBORw0KGgoAAAANSUhEUgAA", "iVBORw0KGgo"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "MIIEvQ"),
    ],
)
def test_things_shaped_like_secrets_are_taken_out_though_nobody_registered_them(text: str, secret: str) -> None:
    cleaned = Redactor(specs=[ACME]).clean(text)
    assert secret not in cleaned
    assert MARK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "a basic cinematic shot, the bearer of bad news",
        "acme-flash-2 text_to_video 1280x720",
        "https://api.example/v1/tasks/0123456789abcdef?limit=100&offset=0",
        "task 01KAXS0Q4V7V3H8N1B2C3D4E5F is RUNNING at 62 %",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "the token expired; the key is missing; authorization failed",
        "data: nothing to see",
        "media/2026-11/20261122_acme-flash-2_a-paper-boat_01KAXS0Q.strip.jpg",
        "media/2026-11/2026-11-22_gen4.5_a-paper-boat_01KAXS0Q.mp4",
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert Redactor(specs=[ACME]).clean(text) == text


def test_where_a_secret_stood_the_rest_of_a_link_can_still_be_read() -> None:
    cleaned = Redactor().clean("GET https://cdn.example/a.mp4?_jwt=abcdef&part=2")
    assert cleaned == f"GET https://cdn.example/a.mp4?_jwt={MARK}&part=2"


def test_a_field_named_for_a_secret_is_taken_out_whatever_it_holds() -> None:
    names = ("Authorization", "Proxy-Authorization", "X-Api-Key", "Cookie", "Set-Cookie", "password", "token", "_jwt")
    assert Redactor().clean_data(dict.fromkeys(names, "x")) == dict.fromkeys(names, MARK)
    assert Redactor().clean_data({"n": [{"api_key": "y"}]}) == {"n": [{"api_key": MARK}]}


@pytest.mark.parametrize("word", ["push_in", "pov", "orbit_left", "tiny_planet"])
def test_a_plain_word_in_a_field_named_key_is_no_secret(word: str) -> None:
    data = {"concepts": [{"key": word}]}
    assert Redactor(specs=[ACME]).clean_data(data) == data


@pytest.mark.parametrize(
    "field",
    [
        {"key": "s3cret"},
        {"key": "Sesame"},
        {"key": "abcdefghijklmnopqrst"},
        {"key": "uploads/own/file.png"},
        {"Key": "push_in"},
        {"api_key": "push_in"},
        {"key": "sesame_open"},
    ],
)
def test_a_field_named_key_hides_what_may_open_something(field: dict[str, str]) -> None:
    (name,) = field
    assert Redactor(["sesame_open"], [ACME]).clean_data([field]) == [{name: MARK}]


@given(st.text(alphabet=st.characters(exclude_characters="•"), min_size=6), st.text())
def test_a_secret_of_any_characters_is_accepted_and_kept_out(secret: str, around: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.redact(f"{around}{secret}{around}")
    assert secret not in redactor.clean(f"{around}{secret}{around}")


def test_a_broken_value_from_the_environment_is_kept_out_too() -> None:
    broken = "acme-\udcff\x1b–0123456789"
    assert "0123456789" not in Redactor([broken]).clean(f"said {broken}")


def test_a_very_short_secret_does_not_blot_out_words() -> None:
    assert Redactor(["fox"]).clean("a fox runs") == "a fox runs"


def test_a_secret_learnt_later_is_kept_out_from_then_on() -> None:
    redactor = Redactor()
    assert "sesame-open" in redactor.clean("say sesame-open")
    redactor.register("sesame-open")
    assert redactor.clean("say sesame-open") == f"say {MARK}"


@pytest.mark.parametrize(
    "piece",
    ["data:a", "eyJ-", "key", "https://a", "?key", "bearer ", "authorization: ", "acme-", "api-key ", "-----BEGIN "],
)
def test_no_text_makes_the_search_slow(piece: str) -> None:
    redactor = Redactor(["sesame-open"], [ACME])
    plain, crafted = "a paper boat " * 8_000, piece * (104_000 // len(piece))
    assert _seconds(redactor, crafted) < 50 * _seconds(redactor, plain) + 0.5


def _seconds(redactor: Redactor, text: str) -> float:
    start = time.process_time()
    redactor.clean(text)
    return time.process_time() - start


def test_escapes_and_reordering_marks_are_seen() -> None:
    assert visible("\x1b[2J\x00\x7f\x9b\u202etxt.exe\n\t") == "␛[2J␀␡⟨9B⟩⟨RLO⟩txt.exe␊␉"
    assert visible("one\r\ntwo\rthree", lines=True) == "one\ntwo␍three"


def test_scripts_and_emoji_are_left_alone() -> None:
    text = "日本語 العربية हिन्दी 👩‍👩‍👧 é ü"
    assert visible(text) == text


@given(st.text(), st.integers(0, 60))
def test_a_shown_line_is_never_wider_than_asked(text: str, width: int) -> None:
    line = show(text, width)
    assert cells(line) <= width
    assert not CONTROLS.search(line)


def test_a_line_that_fits_is_shown_whole_and_one_that_does_not_ends_in_an_ellipsis() -> None:
    assert show("  a\n fox\t runs ", 10) == "a fox runs"
    assert show("a fox runs", 9) == "a fox ru…"
    assert show("日本語です", 7) == "日本語…"
    assert all(unicodedata.category(each) != "Cc" for each in show("\x1b]0;title\x07", 40))
