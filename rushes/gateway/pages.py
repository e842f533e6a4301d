"""The browser's view: the library as quiet pages, made on the server, readable without JavaScript, live with it.

Everything that came from a person, a vendor or a file goes through `html.escape`. No script or style stands in a page:
the policy that the guard sends allows files of this gateway only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from rushes.media.kinds import words
from rushes.money.words import price
from rushes.task import ENDED, Status, Task
from rushes.text import visible

__all__ = ["card", "documents", "library", "login", "message", "take"]

STARS = 5


def library(tasks: Iterable[Task], query: str, following: str | None, problem: str = "") -> str:
    """The grid. `following` is the cursor of the next page."""
    cards = "".join(card(each) for each in tasks)
    more = ""
    if following:
        more = f'<p class="more"><a href="/?{_link(q=query, cursor=following)}">Older takes</a></p>'
    nothing = '<p class="nothing">Nothing here yet.</p>' if not query else '<p class="nothing">Nothing found.</p>'
    body = f"{_search(query)}{_problem(problem)}<main class='grid' id='grid'>{cards or nothing}</main>{more}"
    return _page("Library", body)


def card(task: Task) -> str:
    """One take or running task in the grid."""
    live = "" if task.status in ENDED else " live"
    return (
        f'<article class="card{live}" id="v-{task.id}" data-id="{task.id}" data-status="{task.status.value}">'
        f'<a href="/take/{task.id}">{_picture(task)}<span class="words">{_text(task.shot.prompt, 160)}</span></a>'
        f'<p class="facts"><b>{_text(task.badge, 60)}</b> {_state(task)}</p>{_stars(task)}</article>'
    )


def take(task: Task) -> str:
    """One take by itself, with its player."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{value}</td></tr>" for name, value in _facts(task).items())
    body = (
        f'<main class="take" data-id="{task.id}" data-status="{task.status.value}"><p><a href="/">Library</a></p>'
        f"{_player(task)}<h1>{_text(task.shot.prompt, 4000)}</h1>{_stars(task)}<table>{rows}</table></main>"
    )
    return _page(task.shot.prompt[:60] or task.id, body)


def login(problem: str = "") -> str:
    """Asks for the token; says nothing of what is behind it."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>rushes</title>'
        '<meta name="viewport" content="width=device-width"></head><body><main><h1>rushes</h1>'
        f"{_problem(problem)}"
        '<form method="post" action="/login"><label>Token <input name="token" type="password" autocomplete="off" '
        "autofocus required></label> <button>Open</button></form><p>It is in <code>gateway.token</code> in the data "
        "folder of the machine where <code>rushes serve</code> runs.</p></main></body></html>"
    )


def message(title: str, words: str) -> str:
    """A page that only says something."""
    return _page(title, f'<main class="message"><h1>{escape(title)}</h1><p>{escape(words)}</p></main>')


def documents(openapi: Mapping[str, object]) -> str:
    """The OpenAPI document as a page: each call with what it does, its parameters and its answers."""
    paths = openapi.get("paths")
    rows = []
    for path, calls in paths.items() if isinstance(paths, Mapping) else ():
        for method, call in calls.items():
            names = ", ".join(str(each["name"]) for each in call.get("parameters", ())) or "–"
            answers = ", ".join(call.get("responses", {}))
            words = call.get("description") or call.get("summary", "")
            rows.append(
                f"<tr><td><code>{escape(method.upper())} {escape(path)}</code></td><td>{escape(str(words))}</td>"
                f"<td>{escape(names)}</td><td>{escape(answers)}</td></tr>"
            )
    head = "<tr><th>Call</th><th>Does</th><th>Parameters</th><th>Answers</th></tr>"
    about = '<p>Every call needs <code>Authorization: Bearer TOKEN</code>. <a href="/openapi.json">OpenAPI</a></p>'
    return _page("Calls", f'<main class="docs"><h1>Calls</h1>{about}<table>{head}{"".join(rows)}</table></main>')


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


_HEAD = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="dark light">'
    '<link rel="stylesheet" href="/static/rushes.css"><link rel="icon" href="/static/rushes.svg">'
    '<script src="/static/rushes.js" defer></script>'
)
_TOP = '<header><a href="/">rushes</a><nav><a href="/">Library</a><a href="/docs">Calls</a></nav></header>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title, 60)} · rushes</title>{_HEAD}'
        f"</head><body>{_TOP}{body}</body></html>"
    )


def _search(query: str) -> str:
    return (
        '<form class="search" method="get" action="/" role="search"><input type="search" name="q" '
        f'value="{escape(visible(query))}" placeholder="fox neon rating:&gt;=3 after:2026-10" aria-label="Search">'
        "<button>Search</button></form>"
    )


def _problem(words: str) -> str:
    return f'<p class="problem" role="alert">{escape(words)}</p>' if words else ""


def _picture(task: Task) -> str:
    if task.status is Status.SUCCEEDED and task.take is not None:
        alt = _text(task.shot.prompt, 80)
        return f'<img loading="lazy" src="/v1/videos/{task.id}/poster" alt="{alt}">'
    part = task.progress or 0.0
    return f'<span class="blank"><progress max="1" value="{part:.3f}">{part:.0%}</progress></span>'


def _player(task: Task) -> str:
    if task.take is None or task.status is not Status.SUCCEEDED:
        return f'<p class="facts">{_state(task)}</p>{_picture(task)}'
    source = f"/v1/videos/{task.id}/content"
    if task.take.kind == "audio":
        return f'{_picture(task)}<audio controls preload="metadata" src="{source}"></audio>'
    if task.take.kind != "video":
        shown = _picture(task) if task.take.kind == "image" else ""
        return f'<a href="{source}">{shown or escape(task.take.file.name)}</a>'
    return (
        f'<video controls playsinline preload="metadata" width="{task.take.width}" height="{task.take.height}" '
        f'poster="/v1/videos/{task.id}/poster" src="{source}"></video>'
    )


def _state(task: Task) -> str:
    words = task.status.value.lower()
    if task.status in ENDED:
        words = "" if task.status is Status.SUCCEEDED else words
    elif task.progress is not None:
        words = f"{words} {task.progress:.0%}"
    reason = f" {_text(task.error.message, 300)}" if task.error is not None else ""
    return f'<span class="state">{escape(words)}</span>{reason}'


def _stars(task: Task) -> str:
    """A form, so that rating works without JavaScript too."""
    if task.status is not Status.SUCCEEDED:
        return ""
    rated = task.rating or 0
    buttons = "".join(
        f'<button name="rating" value="{0 if number == rated else number}" aria-label="{number} of {STARS}" '
        f'class="{"on" if number <= rated else "off"}">★</button>'
        for number in range(1, STARS + 1)
    )
    return f'<form class="stars" method="post" action="/take/{task.id}/rate">{buttons}</form>'


def _facts(task: Task) -> dict[str, str]:
    cost = {name: getattr(task.cost, name) for name in ("quoted", "estimated", "charged")}
    params = ", ".join(f"{name} {value}" for name, value in task.shot.params.items())
    facts = {
        "Model": f"{_text(task.badge, 60)} ({_text(task.shot.provider, 40)} {_text(task.shot.model, 60)})",
        "Parameters": _text(params, 2000) or "–",
        "Price": " · ".join(f"{name} {price(value)}" for name, value in cost.items() if value is not None) or "–",
        "Made": f"{_time(task.created_at)} UTC",
        "Tags": _text(", ".join(task.tags), 500) or "–",
        "Id": task.id,
    }
    if task.take is not None:
        take = task.take
        facts[words(take.kind).capitalize()] = take.measures
        facts["SHA-256"] = f"<code>{escape(take.sha256)}</code>"
    return facts


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _text(words: str, limit: int) -> str:
    cut = words if len(words) <= limit else f"{words[: limit - 1]}…"
    return escape(visible(cut, lines=True))


def _link(**values: str) -> str:
    return escape(urlencode({name: value for name, value in values.items() if value}))
