"""The browser's view: as text that a person's words cannot break, and in a real browser with and without JavaScript."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from tests.gateway.chromium import BROWSER, browser
from tests.gateway.conftest import ORIGIN, SMALL, TOKEN, Gate

HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> & \x1b[31m\u202e fox"
needs_chromium = pytest.mark.skipif(BROWSER is None, reason="there is no chromium here (Debian: apt install chromium)")


class _Elements(HTMLParser):
    """Every element of a page with its attributes; complains of what is not closed."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


async def hostile(gate: Gate) -> str:
    """A take whose prompt and tags are hostile."""
    safe = HOSTILE.replace("\x1b", "")
    video = await gate.made(safe)
    await gate.client.patch(f"/v1/videos/{video['id']}", json={"tags": ["<b>bold</b>"]})
    return str(video["id"])


async def test_no_words_of_a_person_become_part_of_a_page(gate: Gate) -> None:
    video_id = await hostile(gate)
    for path in ("/", f"/take/{video_id}", f"/take/{video_id}/card", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/docs"):
        page = (await gate.client.get(path)).text
        elements = _Elements(page).found
        scripts = [attributes for tag, attributes in elements if tag == "script"]
        assert all(each.get("src") == "/static/rushes.js" for each in scripts)
        assert not any(tag == "b" and "bold" in page.split("<b>")[-1][:5] for tag, _ in elements)
        assert not any(name.startswith("on") or name == "style" for _, attributes in elements for name in attributes)
        assert "\u202e" not in page


async def test_pages_load_nothing_from_elsewhere(gate: Gate) -> None:
    await gate.made()
    for path in ("/", "/docs", "/static/rushes.css", "/static/rushes.js", "/login"):
        text = (await gate.client.get(path)).text
        assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|url\(\s*[\"']?http", text)


async def test_a_wrong_search_is_explained_on_the_page(gate: Gate) -> None:
    answer = await gate.client.get("/", params={"q": "ratng:3"})
    assert answer.status_code == 422
    assert "did you mean rating:?" in answer.text


async def test_the_grid_goes_on_page_by_page(gate: Gate) -> None:
    for number in range(3):
        await gate.made(f"fox {number}")
    page = (await gate.client.get("/", params={"q": "fox"})).text
    assert page.count("<article") == 3
    cursor = (await gate.client.get("/v1/videos", params={"limit": 2})).json()["next"]
    assert (await gate.client.get("/", params={"cursor": cursor})).text.count("<article") == 1


async def test_stars_of_a_form_need_the_page_of_the_gateway_itself(gate: Gate) -> None:
    video = await gate.made()
    path = f"/take/{video['id']}/rate"
    foreign = await gate.client.post(path, data={"rating": "5"}, headers={"origin": "http://evil.example"})
    own = await gate.client.post(path, data={"rating": "4"}, headers={"origin": ORIGIN})
    wrong = await gate.client.post(path, data={"rating": "9"}, headers={"origin": ORIGIN})
    assert (foreign.status_code, own.status_code, wrong.status_code) == (403, 303, 422)
    assert (await gate.client.get(f"/v1/videos/{video['id']}")).json()["rating"] == 4


async def test_only_three_files_are_given(gate: Gate) -> None:
    assert (await gate.client.get("/static/rushes.css")).headers["content-type"].startswith("text/css")
    for name in ("app.py", "rushes.css.map", "", "%2e%2e", "rushes.css%00"):
        assert (await gate.client.get(f"/static/{name}")).status_code in {400, 404}


# ── in Chromium ──────────────────────────────────────────────────────────────────────────────────────────────────────


@needs_chromium
async def test_in_a_browser_it_loads_searches_plays_seeks_rates_and_follows_a_task(line: Gate, tmp_path: Path) -> None:
    fox = await line.made("a red fox in the snow")
    await line.made("a paper boat")
    async with browser(tmp_path) as tab:
        await tab.open(f"{line.url}/login?token={TOKEN}")
        await tab.until("document.querySelectorAll('article').length === 2")
        await tab.until("[...document.images].every(each => each.complete && each.naturalWidth > 0)")

        await tab.run("document.querySelector('input[type=search]').value = 'fox'")
        await tab.run("document.querySelector('form.search button').click()")
        await tab.until("location.search === '?q=fox' && document.querySelectorAll('article').length === 1")

        await tab.run("document.querySelector('article a').click()")
        await tab.until(f"location.pathname === '/take/{fox['id']}' && document.querySelector('video')")
        await tab.run("(v => { v.muted = true; return v.play(); })(document.querySelector('video'))")
        await tab.until("document.querySelector('video').readyState >= 3")
        await tab.run("(v => { v.pause(); v.currentTime = v.duration * 0.75; })(document.querySelector('video'))")
        await tab.until(
            "(v => !v.seeking && v.readyState >= 2 && v.currentTime > 0.5)(document.querySelector('video'))"
        )
        assert await tab.run("document.querySelector('video').videoWidth") == fox["width"]

        await tab.run("document.querySelectorAll('form.stars button')[3].click()")
        await tab.until("document.querySelectorAll('form.stars .on').length === 4")
        await line.until(fox["id"], lambda video: video["rating"] == 4)

        await tab.open(f"{line.url}/")
        answer = await line.client.post("/v1/videos", json={"prompt": "a comet", "params": SMALL})
        comet = answer.json()["videos"][0]["id"]
        await tab.until(f"document.querySelector('#v-{comet} img')?.naturalWidth > 0")
        assert await tab.run("document.querySelectorAll('article').length") == 3
        assert tab.complaints == []


@needs_chromium
async def test_hostile_words_do_nothing_in_a_browser(line: Gate, tmp_path: Path) -> None:
    video_id = await hostile(line)
    async with browser(tmp_path) as tab:
        await tab.call("Page.addScriptToEvaluateOnNewDocument", source="window.alert = () => { window.hurt = true; }")
        await tab.open(f"{line.url}/login?token={TOKEN}")
        await tab.until("document.querySelectorAll('article').length === 1")
        assert "<script>alert(1)</script>" in await tab.text()
        await tab.open(f"{line.url}/take/{video_id}")
        await tab.until("document.querySelector('video')")
        assert await tab.run("window.hurt === true") is False


@needs_chromium
async def test_without_javascript_takes_can_be_seen_and_rated(line: Gate, tmp_path: Path) -> None:
    video = await line.made("a red fox")
    async with browser(tmp_path, scripts=False) as tab:
        await tab.open(f"{line.url}/login?token={TOKEN}")
        await tab.until("document.images.length === 1 && document.images[0].naturalWidth > 0")
        await tab.run("document.querySelectorAll('form.stars button')[2].click()")
        await tab.until(f"location.pathname === '/take/{video['id']}'")
        await tab.until("document.querySelector('video').readyState >= 1")
        assert await tab.run("document.querySelectorAll('form.stars .on').length") == 3


@needs_chromium
async def test_a_page_of_another_site_cannot_reach_the_gateway(line: Gate, tmp_path: Path) -> None:
    """A page under another name of this machine, in a browser that is logged in."""
    async with browser(tmp_path) as tab:
        await tab.open(f"{line.url}/login?token={TOKEN}")
        await tab.open(f"{line.url.replace('127.0.0.1', 'localhost')}/login")
        script = f"fetch('{line.url}/v1/videos', {{credentials: 'include'}}).then(() => 'read', () => 'refused')"
        assert await tab.run(script) == "refused"


async def test_an_answer_is_never_kept_by_a_cache_on_the_way(gate: Gate) -> None:
    video = await gate.made()
    for path in ("/", "/v1/videos", f"/take/{video['id']}"):
        assert (await gate.client.get(path)).headers["cache-control"] == "no-store"
    for path in (video["content_url"], video["poster_url"]):
        answer: httpx.Response = await gate.client.get(path)
        assert "private" in answer.headers["cache-control"]
