"""What may be typed: the verbs, their options, and help that shows examples first. argparse only; nothing heavy."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import NoReturn

from rushes import __version__
from rushes.cli import free, paid
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


_Fill = Callable[[argparse.ArgumentParser], None]
_VERBS: dict[str, tuple[str, Sequence[str], _Fill]] = {
    "generate": (
        "Makes one shot: validates, quotes, asks, submits once, waits, downloads, verifies; prints the file's path.",
        (
            'rushes generate "a paper boat on a rainy street"',
            'rushes generate "harbour at dawn" --provider luma --model ray-2 -p duration=9s -p ratio=9:16 --yes',
            'rushes generate "the same boat" --start-image boat.png --count 3 --json',
            "cat prompt.txt | rushes generate - --provider runway --max-cost 0.60 -o harbour.mp4",
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
        free.tasks,
    ),
    "show": ("Tells everything known of one task.", ("rushes show 01KAX…", "rushes show 9RK5 --json"), free.show),
    "watch": (
        "Carries on with what is in flight until it ends; submits nothing new unless --release.",
        ("rushes watch", "rushes watch 01KAX… --json", "rushes watch --release --max-cost 2"),
        paid.watch,
    ),
    "cancel": ("Cancels tasks, and says what the vendor does about the money.", ("rushes cancel 01KAX…",), free.many),
    "forget": ("Stops watching tasks; the vendor goes on, and charges.", ("rushes forget 01KAX…",), free.many),
    "erase": (
        "Deletes ended tasks at the vendor, for good; the files that are kept here stay. Not every vendor can.",
        ("rushes erase 01KAX…",),
        free.many,
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
    "fetch": ("Downloads a clip again over a fresh link, and verifies it.", ("rushes fetch 01KAX…",), free.one),
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
        free.history,
    ),
    "play": ("Plays a take in the terminal.", ("rushes play 01KAX…",), free.one),
    "poster": (
        "Prints where a take's picture lies, or draws it in cells.",
        ("rushes poster 01KAX…", "rushes poster 01KAX… --cells 80x22"),
        free.poster,
    ),
    "rate": ("Rates a take with 0 to 5 stars.", ("rushes rate 01KAX… 4",), free.rate),
    "tag": ("Tags a take.", ("rushes tag 01KAX… keeper titles", "rushes tag 01KAX… titles --remove"), free.tag),
    "models": (
        "Shows what can be generated: modes, parameters, limits, prices.",
        ("rushes models", "rushes models ray-2", "rushes models --provider runway --json"),
        free.models,
    ),
    "doctor": (
        "Checks everything, and says for each thing that is wrong what mends it.",
        ("rushes doctor", "rushes doctor --live", "rushes doctor --bundle report.md --json", "rushes doctor keys"),
        free.doctor,
    ),
    "spend": (
        "Shows what was quoted, estimated and charged, by day, provider, model and tag, and the budgets.",
        (
            "rushes spend",
            "rushes spend --day --json",
            "rushes spend --month 2026-11 --csv november.csv",
            "rushes spend --reconcile --days 30",
        ),
        free.spend,
    ),
    "keys": (
        "Lists where each vendor's key was found, or sets one without echo.",
        ("rushes keys", "rushes keys set luma", "pass show runway | rushes keys set runway"),
        free.keys,
    ),
    "settings": (
        "Shows or changes settings.",
        ("rushes settings", "rushes settings set budget.per_day_usd 20", "rushes settings path"),
        free.settings,
    ),
    "serve": (
        "Serves the gateway: this home's queue, library and keys over HTTP, and the library in a browser.",
        ("rushes serve", "rushes serve --port 0 --json", "rushes serve --host 0.0.0.0 --allow-host studio.lan"),
        free.serve,
    ),
    "sandbox": (
        "Serves the offline vendors on a loopback port, for other programs.",
        ("rushes sandbox", "rushes sandbox --port 8099 --speed 10"),
        free.sandbox,
    ),
    "completion": (
        "Prints a script that completes verbs and options in a shell.",
        ("rushes completion bash > ~/.local/share/bash-completion/completions/rushes", "rushes completion fish"),
        free.completion,
    ),
    "reindex": ("Rebuilds the library from the files beside the clips.", ("rushes reindex",), free.nothing),
    "backup": (
        "Copies the library's file, whole, while it is in use.",
        ("rushes backup", "rushes backup /mnt/disk/rushes.sqlite3", "rushes backup --json"),
        free.backup,
    ),
    "vacuum": ("Makes the library's file small again.", ("rushes vacuum",), free.nothing),
    "note": ("Writes notes on a take.", ("rushes note 01KAX… 'for the titles'", "rushes note 01KAX… ''"), free.note),
    "trash": (
        "Throws takes away, gets them back, and deletes them only when told to.",
        ("rushes trash 01KAX…", "rushes trash 01KAX… --restore", "rushes trash --empty --yes"),
        free.trash,
    ),
    "export": (
        "Puts clips into a folder under readable names.",
        (
            "rushes export 01KAX… 01KB1… --to selects",
            "rushes export --query 'rating:>=4 tag:titles' --to selects --how link --sheet",
            "rushes export 01KAX… --to selects --name '{model}_{slug}' --sidecars",
        ),
        free.export,
    ),
    "import": (
        "Takes the clips of a folder, or of a vendor's own list, into the library.",
        ("rushes import ~/old-clips", "rushes import luma --list", "rushes import luma --limit 20"),
        free.import_,
    ),
    "verify": (
        "Looks for clips that are missing or changed, and for doubles; shows the room they take.",
        ("rushes verify", "rushes verify --quick --json", "rushes verify --find ~/clips"),
        free.verify,
    ),
    "relocate": (
        "Moves all clips to another folder: copies, verifies, switches, and deletes the old ones last.",
        ("rushes relocate /data/clips",),
        free.relocate,
    ),
}
