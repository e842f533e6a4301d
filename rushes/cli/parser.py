"""What was typed: parsing, help that shows examples first, and the nearest name for one that is not known. argparse
only; nothing heavy."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

from rushes import __version__
from rushes.cli.exits import Exit, Stop
from rushes.cli.verbs import VERBS

__all__ = ["arguments_of", "build", "parse"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        choice = _CHOICE.fullmatch(message)
        if choice is not None:
            what, known = choice["what"], re.findall(r"[\w-]+", choice["known"])
            nearest = _near(choice["given"], known)
            there = (
                f"there is no verb {choice['given']}" if what == "VERB" else f"{what}: there is no {choice['given']}"
            )
            message = there + (nearest or f"; there are {', '.join(known)}")
        raise Stop(Exit.USAGE, message, hint=f"`{self.prog} --help` shows examples")


_CHOICE = re.compile(
    r"argument (?P<what>\S+): invalid choice: '?(?P<given>.*?)'? \(choose from (?P<known>.*)\)", re.DOTALL
)


def _near(given: str, known: Sequence[str]) -> str:
    """`; did you mean X?`, or nothing. Letters that changed places are the likeliest slip."""
    turned = [each for each in known if sorted(each) == sorted(given)]
    close = turned or difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=100)


def parse(args: Sequence[str]) -> argparse.Namespace:
    """What was typed. Raises Stop, with the nearest name for one that is not known."""
    options, rest = build(_word(args)).parse_known_args(args)
    if not rest:
        return options
    wrong = next((each for each in rest if each.startswith("-") and each != "-"), rest[0])
    names = [name for each in arguments_of(options.verb) for name in each.option_strings]
    known = [name for name in names if name.startswith("--")]
    prog = f"rushes {options.verb}" if options.verb else "rushes"
    words = f"there is no option {wrong} here{_near(wrong.partition('=')[0], known)}"
    if wrong == rest[0] and not wrong.startswith("-"):
        words = f"{wrong!r} is one word too many; put a text of several words in quotes"
    raise Stop(Exit.USAGE, words, hint=f"`{prog} --help` shows examples")


def arguments_of(verb: str | None) -> list[argparse.Action]:
    """Everything that may stand behind a verb, or before any."""
    parser = _Parser()
    _common(parser, suppress=False)
    if verb is not None:
        VERBS[verb].arguments(parser)
    return list(parser._actions)


def _word(args: Sequence[str]) -> str:
    """The verb, as far as that can be told without a parser; nothing where it is none, or help is wanted."""
    rest = iter(args)
    for each in rest:
        if each in ("--home", "--connect"):
            next(rest, "")
        elif each not in ("--json", "-q", "--quiet"):
            return each
    return NO_VERB


NO_VERB = "-"


def build(only: str = "") -> argparse.ArgumentParser:
    """The parser of everything; of one verb alone, or of none, where it is known that no other was typed.

    Thirty verbs take seven milliseconds, which every start would pay.
    """
    parser = _Parser(prog="rushes", description=_ABOUT, formatter_class=_Formatter, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"rushes {__version__}")
    _common(parser, suppress=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser, title="verbs")
    for name in [only] if only in VERBS else [] if only == NO_VERB else VERBS:
        verb = VERBS[name]
        description = f"{verb.about}\n\nexamples:\n" + "\n".join(f"  {line}" for line in verb.examples)
        sub = verbs.add_parser(
            name, help=verb.about, description=description, formatter_class=_Formatter, allow_abbrev=False
        )
        _common(sub, suppress=True)
        verb.arguments(sub)
    return parser


_ABOUT = """A terminal studio for AI video. Without a verb: the app.

examples:
  rushes
  rushes generate "a paper boat on a rainy street"
  rushes generate "harbour at dawn" --provider runway -p duration=5 --max-cost 1
  rushes history "paper rating:>=3"
"""


def _common(parser: argparse.ArgumentParser, *, suppress: bool) -> None:
    """Options of every verb, before or behind it."""
    empty: object = argparse.SUPPRESS if suppress else None
    off: object = argparse.SUPPRESS if suppress else False
    parser.add_argument("--home", metavar="DIR", default=empty, help="keep everything in DIR (else RUSHES_HOME)")
    parser.add_argument(
        "--connect", metavar="URL", default=empty, help="work against a gateway (else RUSHES_CONNECT; '' is none)"
    )
    parser.add_argument("--json", action="store_true", default=off, help="print JSON on standard output, nothing else")
    parser.add_argument("-q", "--quiet", action="store_true", default=off, help="no progress on standard error")
