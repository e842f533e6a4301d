"""What may be typed behind the verbs that spend nothing: a function for each; `rushes.cli.paid` has the others."""

from __future__ import annotations

import argparse
from collections.abc import Callable

__all__ = [
    "backup",
    "between",
    "completion",
    "doctor",
    "export",
    "given",
    "history",
    "import_",
    "keys",
    "many",
    "models",
    "note",
    "nothing",
    "one",
    "poster",
    "rate",
    "relocate",
    "sandbox",
    "serve",
    "settings",
    "show",
    "spend",
    "tag",
    "tasks",
    "trash",
    "verify",
]


def given(text: str) -> str:
    """A name that must say something: an empty one would stand for the working folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def tasks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="include finished tasks")
    parser.add_argument("--status", action="append", default=[], metavar="S", help="only this state (repeatable)")
    parser.add_argument("--provider", default="", help="only this provider")
    _paging(parser)


def _paging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=between(1, 10_000), default=50, metavar="N", help="at most this many (50)")
    parser.add_argument("--cursor", metavar="CURSOR", help="continue after a page (its `next` in JSON)")


def history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", metavar="QUERY", help="words and filters")
    about = "write everything found as a CSV table; - is standard output"
    parser.add_argument("--csv", type=given, metavar="FILE", help=about)
    _paging(parser)


def one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a task's id, or enough of its beginning or end")


def show(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("--log", action="store_true", help="also show its log entries")


def _cells(text: str) -> tuple[int, int]:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and 1 <= int(columns) <= 1000 and 1 <= int(rows) <= 1000):
        raise argparse.ArgumentTypeError("must be WxH in cells, such as 80x22")
    return int(columns), int(rows)


def poster(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("--cells", type=_cells, metavar="WxH", help="draw it in this many columns and rows")


def many(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="+", metavar="ID")


def rate(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("stars", type=between(0, 5), metavar="0..5")


def between(low: int, high: int) -> Callable[[str], int]:
    """A whole number within these bounds."""

    def whole(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"must be {low} to {high}")
        return number

    return whole


def _tag(text: str) -> str:
    from rushes.text import clean_tag

    try:
        return clean_tag(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def tag(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("tags", nargs="+", type=_tag, metavar="TAG")
    parser.add_argument("--remove", action="store_true")


def models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL")
    parser.add_argument("--provider", default="", help="only this provider")


def keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "set", "forget"), default="list")
    parser.add_argument("provider", nargs="?", metavar="PROVIDER")
    parser.add_argument("--api", default="", help="which API, if the provider has several")


def settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "get", "set", "reset", "path", "edit"), default="list")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("value", nargs="?", metavar="VALUE")


def doctor(parser: argparse.ArgumentParser) -> None:
    about = "show what each key press arrives as and what it does, instead of the checks"
    parser.add_argument("what", nargs="?", choices=["keys"], metavar="keys", help=about)
    parser.add_argument("--live", action="store_true", help="also make free calls to the vendors")
    parser.add_argument("--gateway", default="", metavar="URL", help="the gateway to ask (else RUSHES_CONNECT)")
    about = "also write a report without secrets, to paste into an issue"
    parser.add_argument("--bundle", type=given, metavar="FILE", help=about)


def serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--port", type=between(0, 65_535), default=8440, metavar="N", help="port (8440; 0 takes a free one)"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="accept this host name (repeatable)",
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="URL", help="let pages of this site call it (repeatable)"
    )
    parser.add_argument("--tui", action="store_true", help="also serve the app itself in a browser, on the next port")
    parser.add_argument("--public-url", default="", metavar="URL", help="where the vendors' webhooks arrive (https)")


def sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=between(0, 65_535), default=0, metavar="N", help="loopback port (a free one)")
    parser.add_argument("--speed", type=float, metavar="X", help="how many times faster than real time (default: 1)")


def spend(parser: argparse.ArgumentParser) -> None:
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--day", nargs="?", const="", metavar="DATE", help="one day (UTC): today, or 2026-11-22")
    span.add_argument("--month", nargs="?", const="", metavar="MONTH", help="one month: this one, or 2026-11")
    span.add_argument("--days", type=between(1, 36_600), metavar="N", help="the last N days")
    span.add_argument("--all", action="store_true", help="since the beginning")
    parser.add_argument("--provider", default="", help="only this provider")
    parser.add_argument("--practice", action="store_true", help="practice with the sandbox, which was free")
    about = "write the ledger for that time to FILE; - is standard output"
    parser.add_argument("--csv", type=given, metavar="FILE", help=about)
    parser.add_argument("--reconcile", action="store_true", help="ask the vendors what you used, and compare")


def note(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("text", metavar="TEXT", help="the notes; - reads them from standard input, '' removes them")


def trash(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="*", metavar="ID", help="takes to move to the trash; without any, lists the trash")
    parser.add_argument("--restore", action="store_true", help="take them out of the trash")
    parser.add_argument("--empty", action="store_true", help="delete everything in the trash for good, files included")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask first")


def export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="*", metavar="ID")
    parser.add_argument("--query", default="", metavar="QUERY", help="everything a search finds")
    parser.add_argument("--to", required=True, type=given, metavar="DIR", help="folder to copy to")
    parser.add_argument("--name", default="{date}_{provider}_{slug}_{n}", type=given, metavar="PATTERN",
                        help="pattern for file names: {date} {time} {provider} {model} {mode} {slug} {n} {id} {rating} "
                        "{seed} {tags} {size}")  # fmt: skip
    parser.add_argument(
        "--how",
        choices=("link", "copy", "move", "none"),
        default="copy",
        help="how (copy); none: only the contact sheet",
    )
    parser.add_argument("--sidecars", action="store_true", help="include the JSON files")
    parser.add_argument("--sheet", action="store_true", help="also make a contact sheet, as PNG and HTML")


def import_(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=given, metavar="SOURCE", help="a folder of clips, or a provider that lists your clips"
    )
    parser.add_argument("--list", action="store_true", help="from a provider: only list what is not here yet")
    parser.add_argument("--limit", type=between(1, 10_000), metavar="N", help="from a provider: only its newest N")


def verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="compare sizes only, without reading the clips")
    parser.add_argument(
        "--find",
        action="append",
        default=[],
        type=given,
        metavar="DIR",
        help="look in this folder for clips that were moved (repeatable)",
    )


def relocate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=given, metavar="DIR", help="the new folder for all clips")


def completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def backup(parser: argparse.ArgumentParser) -> None:
    words = "file or folder; default: a new file in the home's backups"
    parser.add_argument("file", nargs="?", type=given, metavar="FILE", help=words)


def nothing(_parser: argparse.ArgumentParser) -> None:
    """Verbs without anything of their own."""
