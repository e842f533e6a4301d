"""What may be typed behind the verbs that may spend: a function for each; `rushes.cli.free` has the others."""

from __future__ import annotations

import argparse
from typing import Any

from rushes.cli.free import between, given, one

__all__ = ["apply", "generate", "plan", "resolve", "retry", "watch"]

MOST_TAKES = 100


def generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompt", metavar="PROMPT", nargs="?", help="what the clip should show; - reads it from standard input"
    )
    parser.add_argument("--template", metavar="NAME", help="use the template kept under this name instead of PROMPT")
    parser.add_argument(
        "--var", action="append", default=[], metavar="K=V", help="value for the template's {K} (repeatable)"
    )
    parser.add_argument("--provider", default="", help="which provider makes it (`rushes models` lists them)")
    parser.add_argument("--model", default="", help="which model (`rushes models`)")
    parser.add_argument("--mode", default="", help="default: chosen from the media you give")
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter (repeatable), by our name or the vendor's",
    )
    for option, what in (
        ("--start-image", "first frame"),
        ("--end-image", "last frame"),
        ("--video", "clip to work on"),
    ):
        about = f"{what}: a file, an https URL or a task's id"
        parser.add_argument(option, action=_Once, metavar="SOURCE", help=about)
    parser.add_argument("--ref", action="append", default=[], metavar="SOURCE", help="reference picture (repeatable)")
    parser.add_argument(
        "--count", type=between(1, MOST_TAKES), default=1, metavar="N", help="how many takes of the shot (default: 1)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the exact request and the quote; send nothing")
    _consent(parser)
    _no_wait(parser)
    about = "also copy the clip to FILE, which must be new or empty"
    parser.add_argument("-o", "--output", type=given, metavar="FILE", help=about)


def plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="+", type=given, metavar="FILE", help="a shot file (TOML; docs/shots.md)")


def apply(parser: argparse.ArgumentParser) -> None:
    plan(parser)
    _consent(parser)
    _no_wait(parser)


def watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="*", metavar="ID", help="default: everything in flight")
    parser.add_argument("--release", action="store_true", help="also send what an earlier run left unsent")
    _consent(parser)


def retry(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("--provider", default="", help="with another provider; says what has to change")
    parser.add_argument("--model", default="", help="with another model")
    parser.add_argument("--variation", action="store_true", help="with another seed, if the model has one")
    _consent(parser)
    _no_wait(parser)


def resolve(parser: argparse.ArgumentParser) -> None:
    one(parser)
    parser.add_argument("how", choices=("adopt", "resend", "forget"))
    parser.add_argument("vendor_id", nargs="?", metavar="VENDOR_ID", help="for adopt: the vendor's id of the task")
    _consent(parser)


def _consent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="spend the quoted price without asking")
    parser.add_argument("--max-cost", metavar="USD", help="spend up to this in total without asking")


def _no_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-wait", action="store_true", help="exit once the vendor has accepted it")


class _Once(argparse.Action):
    """An option that a second time would silently replace what it said the first time."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if getattr(namespace, self.dest, None) is not None:
            raise argparse.ArgumentError(self, "is given twice; a shot has one")
        setattr(namespace, self.dest, values)
