"""What may be typed: the verbs, their options, and help that shows examples first. argparse only; nothing heavy."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import NoReturn

from rushes import __version__
from rushes.cli import paid
from rushes.cli.exits import Exit, Stop

__all__ = ["VERBS", "about", "arguments_of", "build", "examples", "parse"]

VERBS = {
    "generate": "rushes.cli.generate:generate",
    "plan": "rushes.cli.shotfiles:plan",
    "apply": "rushes.cli.shotfiles:apply",
    "tasks": "rushes.cli.listing:tasks",
    "show": "rushes.cli.listing:show",
    "history": "rushes.cli.listing:history",
    "watch": "rushes.cli.watch:watch",
    "cancel": "rushes.cli.acting:cancel",
    "forget": "rushes.cli.acting:forget",
    "erase": "rushes.cli.acting:erase",
    "retry": "rushes.cli.acting:retry",
    "fetch": "rushes.cli.acting:fetch",
    "resolve": "rushes.cli.acting:resolve",
    "play": "rushes.cli.playing:play",
    "poster": "rushes.cli.playing:poster",
    "rate": "rushes.cli.acting:rate",
    "tag": "rushes.cli.acting:tag",
    "models": "rushes.cli.models:models",
    "doctor": "rushes.cli.doctor:doctor",
    "spend": "rushes.cli.spend:spend",
    "keys": "rushes.cli.keys:keys",
    "settings": "rushes.cli.settings:settings",
    "serve": "rushes.cli.serve:serve",
    "sandbox": "rushes.cli.sandbox:sandbox",
    "completion": "rushes.cli.completion:completion",
    "reindex": "rushes.cli.reindex:reindex",
    "backup": "rushes.cli.upkeep:backup",
    "vacuum": "rushes.cli.upkeep:vacuum",
    "note": "rushes.cli.shelf:note",
    "trash": "rushes.cli.shelf:trash",
    "export": "rushes.cli.shelf:export",
    "import": "rushes.cli.importing:import_",
    "verify": "rushes.cli.shelf:verify",
    "relocate": "rushes.cli.relocate:relocate",
}
"""Each verb and the function that runs it, imported when it is used."""


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
    """`; did you mean X?`, or nothing."""
    close = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
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
        _VERBS[verb][2](parser)
    return list(parser._actions)


def about(verb: str) -> str:
    """What a verb does, in a line."""
    return _VERBS[verb][0]


def examples() -> dict[str, Sequence[str]]:
    """The examples of each verb's help."""
    return {verb: lines for verb, (_about, lines, _fill) in _VERBS.items()}


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
    for name in [only] if only in _VERBS else [] if only == NO_VERB else _VERBS:
        words, lines, fill = _VERBS[name]
        description = f"{words}\n\nexamples:\n" + "\n".join(f"  {line}" for line in lines)
        sub = verbs.add_parser(
            name, help=words, description=description, formatter_class=_Formatter, allow_abbrev=False
        )
        _common(sub, suppress=True)
        fill(sub)
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


def _limit(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError("must be 1 to 10000")
    return number


def _tasks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="finished ones too")
    parser.add_argument("--status", action="append", default=[], metavar="S", help="only these states")
    parser.add_argument("--provider", default="", help="only this provider")
    _paging(parser)


def _paging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_limit, default=50, metavar="N", help="at most so many (50)")
    parser.add_argument("--cursor", metavar="CURSOR", help="go on behind a page (`next` of its JSON)")


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", metavar="QUERY", help="words and filters")
    parser.add_argument("--csv", metavar="FILE", help="write all that is found as a table; - is standard output")
    _paging(parser)


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a task's id, or the beginning or end of it")


def _show(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--log", action="store_true", help="what the log says of it")


def _cells(text: str) -> tuple[int, int]:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and 1 <= int(columns) <= 1000 and 1 <= int(rows) <= 1000):
        raise argparse.ArgumentTypeError("must be WxH in cells, such as 80x22")
    return int(columns), int(rows)


def _poster(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--cells", type=_cells, metavar="WxH", help="draw it in so many columns and rows")


def _many(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="+", metavar="ID")


def _rate(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("stars", type=int, choices=range(6), metavar="0..5")


def _tag(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("tags", nargs="+", metavar="TAG")
    parser.add_argument("--remove", action="store_true")


def _models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL")
    parser.add_argument("--provider", default="", help="only this provider")


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "set", "forget"), default="list")
    parser.add_argument("provider", nargs="?", metavar="PROVIDER")
    parser.add_argument("--api", default="", help="where a provider has several APIs: which one")


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "get", "set", "reset", "path", "edit"), default="list")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("value", nargs="?", metavar="VALUE")


def _doctor(parser: argparse.ArgumentParser) -> None:
    about = "show what each key press arrives as and what it does, instead of the checks"
    parser.add_argument("what", nargs="?", choices=["keys"], metavar="keys", help=about)
    parser.add_argument("--live", action="store_true", help="also ask the vendors, by calls that cost nothing")
    parser.add_argument("--gateway", default="", metavar="URL", help="the gateway to ask (else RUSHES_CONNECT)")
    parser.add_argument("--bundle", metavar="FILE", help="also write a report without secrets, to paste into an issue")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8440, metavar="N", help="port (8440; 0 takes a free one)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name under which it is asked, repeatable"
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="URL", help="a site whose pages may ask it, repeatable"
    )
    parser.add_argument("--tui", action="store_true", help="also the app itself in a browser, on the next port")
    parser.add_argument("--public-url", default="", metavar="URL", help="where the vendors' webhooks arrive (https)")


def _sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, metavar="N", help="loopback port (a free one)")
    parser.add_argument("--speed", type=float, metavar="X", help="times faster than life (1)")


def _spend(parser: argparse.ArgumentParser) -> None:
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--day", nargs="?", const="", metavar="DATE", help="one day (UTC): today, or 2026-11-22")
    span.add_argument("--month", nargs="?", const="", metavar="MONTH", help="one month: this one, or 2026-11")
    span.add_argument("--days", type=_days, metavar="N", help="the last N days")
    span.add_argument("--all", action="store_true", help="everything ever")
    parser.add_argument("--provider", default="", help="only this provider")
    parser.add_argument("--practice", action="store_true", help="practice with the sandbox, which cost nothing")
    parser.add_argument("--csv", metavar="FILE", help="write the ledger of the span to FILE; - is standard output")
    parser.add_argument("--reconcile", action="store_true", help="ask the vendors what was used, and compare")


def _days(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 36_600:
        raise argparse.ArgumentTypeError("must be 1 to 36600")
    return number


def _note(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("text", metavar="TEXT", help="the notes; - reads them from standard input, '' takes them away")


def _trash(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="*", metavar="ID", help="takes to throw away; without any, the trash is listed")
    parser.add_argument("--restore", action="store_true", help="get them back")
    parser.add_argument("--empty", action="store_true", help="delete what is in the trash, with its files, for good")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before that")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="*", metavar="ID")
    parser.add_argument("--query", default="", metavar="QUERY", help="all that a search finds")
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder")
    parser.add_argument("--name", default="{date}_{provider}_{slug}_{n}", metavar="PATTERN",
                        help="how files are called: {date} {time} {provider} {model} {mode} {slug} {n} {id} {rating} "
                        "{seed} {tags} {size}")  # fmt: skip
    parser.add_argument(
        "--how", choices=("link", "copy", "move", "none"), default="copy", help="copy is usual; none: the sheet alone"
    )
    parser.add_argument("--sidecars", action="store_true", help="the JSON files too")
    parser.add_argument("--sheet", action="store_true", help="also a contact sheet, as PNG and as a page")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a folder of clips, or a provider that lists what it made")
    parser.add_argument("--list", action="store_true", help="of a provider: say what is not here yet; fetch nothing")
    parser.add_argument("--limit", type=_limit, metavar="N", help="of a provider: at most its newest N")


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="sizes only, without reading the clips")
    parser.add_argument(
        "--find", action="append", default=[], metavar="DIR", help="look there for clips that were moved, repeatable"
    )


def _relocate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="where all clips shall be from now on")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def _backup(parser: argparse.ArgumentParser) -> None:
    words = "file or folder; without one a new file in the home's backups"
    parser.add_argument("file", nargs="?", metavar="FILE", help=words)


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


_Fill = Callable[[argparse.ArgumentParser], None]
_VERBS: dict[str, tuple[str, Sequence[str], _Fill]] = {
    "generate": (
        "Makes one shot: validates, quotes, asks, submits once, waits, downloads, verifies; prints the file's path.",
        (
            'rushes generate "a paper boat on a rainy street"',
            'rushes generate "harbour at dawn" --provider luma --model ray-2 -p duration=9s -p ratio=9:16 --yes',
            'rushes generate "the same boat" --start-image boat.png --count 3 --json',
            "cat prompt.txt | rushes generate - --provider runway --max-cost 0.60 -o clip.mp4",
            'rushes generate "a test" --provider runway --dry-run --json',
            'rushes generate --template "slow pan" --var place="a harbour" --var light=dusk',
        ),
        paid.generate,
    ),
    "plan": (
        "Says what of shot files is new, changed and done, and what the rest would cost; sends nothing.",
        ("rushes plan shots.toml", "rushes plan act1.toml act2.toml --json"),
        paid.plan,
    ),
    "apply": (
        "Makes what is missing of shot files, and just that; asks once, with the total.",
        (
            "rushes apply shots.toml",
            "rushes apply shots.toml --max-cost 5 --no-wait",
            "rushes apply shots.toml --yes --json",
        ),
        paid.apply,
    ),
    "tasks": (
        "Lists tasks that are not finished.",
        ("rushes tasks", "rushes tasks --all --status FAILED --json"),
        _tasks,
    ),
    "show": ("Tells everything known of one task.", ("rushes show 01KAX…", "rushes show 9RK5 --json"), _show),
    "watch": (
        "Carries on with what is in flight until it ends; submits nothing new unless --release.",
        ("rushes watch", "rushes watch 01KAX… --json", "rushes watch --release --max-cost 2"),
        paid.watch,
    ),
    "cancel": ("Cancels tasks, and says what the vendor does about the money.", ("rushes cancel 01KAX…",), _many),
    "forget": ("Stops watching tasks; the vendor goes on, and charges.", ("rushes forget 01KAX…",), _many),
    "erase": (
        "Deletes ended tasks at the vendor, for good; the files that are kept here stay. Not every vendor can.",
        ("rushes erase 01KAX…",),
        _many,
    ),
    "retry": (
        "Makes a new task of the same shot: a new press, quoted again.",
        (
            "rushes retry 01KAX… --yes",
            "rushes retry 01KAX… --variation",
            "rushes retry 01KAX… --provider runway --model gen4.5",
        ),
        paid.retry,
    ),
    "fetch": ("Downloads a clip again over a fresh link, and verifies it.", ("rushes fetch 01KAX…",), _one),
    "resolve": (
        "Settles a task whose submit had an unknown outcome.",
        (
            "rushes resolve 01KAX… adopt 5f0c…   # it is this task at the vendor",
            "rushes resolve 01KAX… resend --yes  # a new press, which may be charged again",
            "rushes resolve 01KAX… forget",
        ),
        paid.resolve,
    ),
    "history": (
        "Searches all takes, newest first.",
        (
            "rushes history",
            "rushes history fox neon 'rating:>=3' provider:luma after:2026-10",
            "rushes history 'cost:>1' sort:cost --json",
            "rushes history has:loop --csv loops.csv",
        ),
        _history,
    ),
    "play": ("Plays a take in the terminal.", ("rushes play 01KAX…",), _one),
    "poster": (
        "Prints where a take's picture lies, or draws it in cells.",
        ("rushes poster 01KAX…", "rushes poster 01KAX… --cells 80x22"),
        _poster,
    ),
    "rate": ("Rates a take with 0 to 5 stars.", ("rushes rate 01KAX… 4",), _rate),
    "tag": ("Tags a take.", ("rushes tag 01KAX… keeper titles", "rushes tag 01KAX… titles --remove"), _tag),
    "models": (
        "Shows what can be generated: modes, parameters, limits, prices.",
        ("rushes models", "rushes models ray-2", "rushes models --provider runway --json"),
        _models,
    ),
    "doctor": (
        "Checks everything, and says for each thing that is wrong what mends it.",
        ("rushes doctor", "rushes doctor --live", "rushes doctor --bundle report.md --json", "rushes doctor keys"),
        _doctor,
    ),
    "spend": (
        "Shows what was quoted, estimated and charged, by day, provider, model and tag, and the budgets.",
        (
            "rushes spend",
            "rushes spend --day --json",
            "rushes spend --month 2026-11 --csv november.csv",
            "rushes spend --reconcile --days 30",
        ),
        _spend,
    ),
    "keys": (
        "Lists where each vendor's key was found, or sets one without echo.",
        ("rushes keys", "rushes keys set luma", "pass show runway | rushes keys set runway"),
        _keys,
    ),
    "settings": (
        "Shows or changes settings.",
        ("rushes settings", "rushes settings set budget.per_day_usd 20", "rushes settings path"),
        _settings,
    ),
    "serve": (
        "Serves the gateway: this home's queue, library and keys over HTTP, and the library in a browser.",
        ("rushes serve", "rushes serve --port 0 --json", "rushes serve --host 0.0.0.0 --allow-host studio.lan"),
        _serve,
    ),
    "sandbox": (
        "Serves the offline vendors on a loopback port, for other programs.",
        ("rushes sandbox", "rushes sandbox --port 8099 --speed 10"),
        _sandbox,
    ),
    "completion": (
        "Prints a script that completes verbs and options in a shell.",
        ("rushes completion bash > ~/.local/share/bash-completion/completions/rushes", "rushes completion fish"),
        _completion,
    ),
    "reindex": ("Rebuilds the library from the files beside the clips.", ("rushes reindex",), _nothing),
    "backup": (
        "Copies the library's file, whole, while it is in use.",
        ("rushes backup", "rushes backup /mnt/disk/rushes.sqlite3", "rushes backup --json"),
        _backup,
    ),
    "vacuum": ("Makes the library's file small again.", ("rushes vacuum",), _nothing),
    "note": ("Writes notes on a take.", ("rushes note 01KAX… 'for the titles'", "rushes note 01KAX… ''"), _note),
    "trash": (
        "Throws takes away, gets them back, and deletes them only when told to.",
        ("rushes trash 01KAX…", "rushes trash 01KAX… --restore", "rushes trash --empty --yes"),
        _trash,
    ),
    "export": (
        "Puts clips into a folder under readable names.",
        (
            "rushes export 01KAX… 01KB1… --to selects",
            "rushes export --query 'rating:>=4 tag:titles' --to selects --how link --sheet",
            "rushes export 01KAX… --to selects --name '{model}_{slug}' --sidecars",
        ),
        _export,
    ),
    "import": (
        "Takes the clips of a folder, or of a vendor's own list, into the library.",
        ("rushes import ~/old-clips", "rushes import luma --list", "rushes import luma --limit 20"),
        _import,
    ),
    "verify": (
        "Looks for clips that are missing or changed, and for doubles; shows the room they take.",
        ("rushes verify", "rushes verify --quick --json", "rushes verify --find ~/clips"),
        _verify,
    ),
    "relocate": (
        "Moves all clips to another folder: copies, verifies, switches, and deletes the old ones last.",
        ("rushes relocate /data/clips",),
        _relocate,
    ),
}
