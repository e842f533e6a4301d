"""The verbs: what each is for, its examples, what may be typed behind it, and the function that runs it."""

from __future__ import annotations

import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rushes.cli import free, paid
from rushes.home import Home

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """`runs` is `module:function`, imported when it is used. `arguments` adds to a parser what may stand behind it.

    `there_only` says why it is done on the gateway's own machine; empty: it works against a gateway too.
    """

    runs: str
    about: str
    examples: Sequence[str]
    arguments: Callable[[ArgumentParser], None]
    there_only: str = ""

    def load(self) -> Callable[[Home, Namespace], int]:
        """The function that runs it; what it returns is the exit code."""
        module, _, function = self.runs.partition(":")
        found: Callable[[Home, Namespace], int] = getattr(importlib.import_module(module), function)
        return found


VERBS: dict[str, Verb] = {
    "generate": Verb(
        "rushes.cli.generate:generate",
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
    "plan": Verb(
        "rushes.cli.shotfiles:plan",
        "Shows which shots of the files are new, changed or done, and what the missing ones would cost; sends nothing.",
        ("rushes plan shots.toml", "rushes plan act1.toml act2.toml --json"),
        paid.plan,
        there_only="shot files are compared with the library on the gateway's machine",
    ),
    "apply": Verb(
        "rushes.cli.shotfiles:apply",
        "Makes only the missing takes of shot files; asks once, with the total.",
        (
            "rushes apply shots.toml",
            "rushes apply shots.toml --max-cost 5 --no-wait",
            "rushes apply shots.toml --yes --json",
        ),
        paid.apply,
        there_only="shot files are applied on the gateway's machine",
    ),
    "tasks": Verb(
        "rushes.cli.listing:tasks",
        "Lists tasks that are not finished.",
        ("rushes tasks", "rushes tasks --all --status FAILED --json"),
        free.tasks,
    ),
    "show": Verb(
        "rushes.cli.listing:show",
        "Shows everything known about one task.",
        ("rushes show 01KAX…", "rushes show 9RK5 --json"),
        free.show,
    ),
    "watch": Verb(
        "rushes.cli.watch:watch",
        "Watches tasks in flight until they end; sends nothing new unless --release.",
        ("rushes watch", "rushes watch 01KAX… --json", "rushes watch --release --max-cost 2"),
        paid.watch,
    ),
    "cancel": Verb(
        "rushes.cli.acting:cancel",
        "Cancels tasks, and says what the vendor does about the money.",
        ("rushes cancel 01KAX…",),
        free.many,
    ),
    "forget": Verb(
        "rushes.cli.acting:forget",
        "Stops watching tasks; the vendor continues, and charges.",
        ("rushes forget 01KAX…",),
        free.many,
    ),
    "erase": Verb(
        "rushes.cli.acting:erase",
        "Deletes finished tasks at the vendor for good; your files here stay. Not every vendor offers this.",
        ("rushes erase 01KAX…",),
        free.many,
    ),
    "retry": Verb(
        "rushes.cli.acting:retry",
        "Sends the same shot again as a new task, quoted again.",
        (
            "rushes retry 01KAX… --yes",
            "rushes retry 01KAX… --variation",
            "rushes retry 01KAX… --provider runway --model gen4.5",
        ),
        paid.retry,
    ),
    "fetch": Verb(
        "rushes.cli.acting:fetch",
        "Downloads a clip again from a fresh link, and verifies it.",
        ("rushes fetch 01KAX…",),
        free.one,
    ),
    "resolve": Verb(
        "rushes.cli.acting:resolve",
        "Settles a task whose request may or may not have arrived.",
        (
            "rushes resolve 01KAX… adopt 5f0c…   # it is this task at the vendor",
            "rushes resolve 01KAX… resend --yes  # a new request, which may be charged again",
            "rushes resolve 01KAX… forget",
        ),
        paid.resolve,
    ),
    "history": Verb(
        "rushes.cli.listing:history",
        "Searches all takes, newest first.",
        (
            "rushes history",
            "rushes history fox neon 'rating:>=3' provider:luma after:2026-10",
            "rushes history 'cost:>1' sort:cost --json",
            "rushes history has:loop --csv loops.csv",
        ),
        free.history,
    ),
    "play": Verb("rushes.cli.playing:play", "Plays a take in the terminal.", ("rushes play 01KAX…",), free.one),
    "poster": Verb(
        "rushes.cli.playing:poster",
        "Prints the path of a take's picture, or draws it in the terminal.",
        ("rushes poster 01KAX…", "rushes poster 01KAX… --cells 80x22"),
        free.poster,
    ),
    "rate": Verb("rushes.cli.acting:rate", "Rates a take from 0 to 5 stars.", ("rushes rate 01KAX… 4",), free.rate),
    "tag": Verb(
        "rushes.cli.acting:tag",
        "Adds tags to a take, or removes them.",
        ("rushes tag 01KAX… keeper titles", "rushes tag 01KAX… titles --remove"),
        free.tag,
    ),
    "models": Verb(
        "rushes.cli.models:models",
        "Shows what can be generated: modes, parameters, limits, prices.",
        ("rushes models", "rushes models ray-2", "rushes models --provider runway --json"),
        free.models,
    ),
    "doctor": Verb(
        "rushes.cli.doctor:doctor",
        "Checks everything, and says how to fix each problem.",
        ("rushes doctor", "rushes doctor --live", "rushes doctor --bundle report.md --json", "rushes doctor keys"),
        free.doctor,
    ),
    "spend": Verb(
        "rushes.cli.spend:spend",
        "Shows what was quoted, estimated and charged, by day, provider, model and tag, and the budgets.",
        (
            "rushes spend",
            "rushes spend --day --json",
            "rushes spend --month 2026-11 --csv november.csv",
            "rushes spend --reconcile --days 30",
        ),
        free.spend,
    ),
    "keys": Verb(
        "rushes.cli.keys:keys",
        "Lists where each vendor's key was found, or sets one without showing it.",
        ("rushes keys", "rushes keys set luma", "pass show runway | rushes keys set runway"),
        free.keys,
        there_only="the keys stay on the gateway's machine",
    ),
    "settings": Verb(
        "rushes.cli.settings:settings",
        "Shows or changes settings.",
        ("rushes settings", "rushes settings set budget.per_day_usd 20", "rushes settings path"),
        free.settings,
    ),
    "serve": Verb(
        "rushes.cli.serve:serve",
        "Serves the gateway: this home's queue, library and keys over HTTP, and the library in a browser.",
        ("rushes serve", "rushes serve --port 0 --json", "rushes serve --host 0.0.0.0 --allow-host studio.lan"),
        free.serve,
        there_only="a gateway serves the tasks of its own machine, and this works against another one",
    ),
    "sandbox": Verb(
        "rushes.cli.sandbox:sandbox",
        "Serves the offline vendors on a loopback port, for other programs.",
        ("rushes sandbox", "rushes sandbox --port 8099 --speed 10"),
        free.sandbox,
        there_only="the sandbox is this machine's own, and this works against a gateway",
    ),
    "completion": Verb(
        "rushes.cli.completion:completion",
        "Prints a script that completes verbs and options in a shell.",
        ("rushes completion bash > ~/.local/share/bash-completion/completions/rushes", "rushes completion fish"),
        free.completion,
    ),
    "reindex": Verb(
        "rushes.cli.reindex:reindex",
        "Rebuilds the library from the files beside the clips.",
        ("rushes reindex",),
        free.nothing,
        there_only="the library is rebuilt on the gateway's machine, where the clips are",
    ),
    "backup": Verb(
        "rushes.cli.upkeep:backup",
        "Copies the library file, even while it is in use.",
        ("rushes backup", "rushes backup /mnt/disk/rushes.sqlite3", "rushes backup --json"),
        free.backup,
        there_only="the library is copied on the gateway's machine, where it is",
    ),
    "vacuum": Verb(
        "rushes.cli.upkeep:vacuum",
        "Compacts the library file.",
        ("rushes vacuum",),
        free.nothing,
        there_only="the library is compacted on the gateway's machine, where it is",
    ),
    "note": Verb(
        "rushes.cli.shelf:note",
        "Writes notes on a take.",
        ("rushes note 01KAX… 'for the titles'", "rushes note 01KAX… ''"),
        free.note,
    ),
    "trash": Verb(
        "rushes.cli.shelf:trash",
        "Moves takes to the trash and back; deletes them only when told to.",
        ("rushes trash 01KAX…", "rushes trash 01KAX… --restore", "rushes trash --empty --yes"),
        free.trash,
    ),
    "export": Verb(
        "rushes.cli.shelf:export",
        "Copies clips to a folder under readable names.",
        (
            "rushes export 01KAX… 01KB1… --to selects",
            "rushes export --query 'rating:>=4 tag:titles' --to selects --how link --sheet",
            "rushes export 01KAX… --to selects --name '{model}_{slug}' --sidecars",
        ),
        free.export,
    ),
    "import": Verb(
        "rushes.cli.importing:import_",
        "Adds clips to the library, from a folder or from what a vendor lists as yours.",
        ("rushes import ~/old-clips", "rushes import luma --list", "rushes import luma --limit 20"),
        free.import_,
        there_only="clips are added on the gateway's machine, where the library is",
    ),
    "verify": Verb(
        "rushes.cli.shelf:verify",
        "Finds missing, changed and duplicate clips; shows the disk space they use.",
        ("rushes verify", "rushes verify --quick --json", "rushes verify --find ~/clips"),
        free.verify,
    ),
    "relocate": Verb(
        "rushes.cli.relocate:relocate",
        "Moves all clips to another folder: copies, verifies, switches, and deletes the old ones last.",
        ("rushes relocate /data/clips",),
        free.relocate,
        there_only="clips are moved on the gateway's machine, where they are",
    ),
}
