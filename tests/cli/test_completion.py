"""`rushes completion`: a real shell completes verbs, options and fixed values without starting the program."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from rushes.cli.completion import script
from rushes.cli.parser import arguments_of
from rushes.cli.verbs import VERBS
from tests.cli.conftest import Rushes


def completed(*words: str) -> list[str]:
    """What bash offers for the last word, with no program of that name on the path."""
    line = f'{script("bash")}\nCOMP_WORDS=(rushes "$@")\nCOMP_CWORD=$#\n_rushes\nprintf \'%s\\n\' "${{COMPREPLY[@]}}"'
    ran = subprocess.run(["bash", "-c", line, "bash", *words], capture_output=True, text=True, check=True, env={})
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("gen",), ["generate"]),
        (("retr",), ["retry"]),
        (("--",), ["--home", "--connect", "--json", "--quiet", "--version", "--help"]),
        (("--home", "/tmp", "gen"), ["generate"]),
        (("--home", "=", "/tmp", "gen"), ["generate"]),
        (("--connect", "http://127.0.0.1:8440", "-q", "gen"), ["generate"]),
        (("--connect", "http://127.0.0.1:8440", "keys", "s"), ["set"]),
        (("--connect", ""), []),
        (("keys", "set", "luma", "--api", ""), []),
        (("generate", "a boat", "--max"), ["--max-cost"]),
        (("apply", "shots.toml", "--y"), ["--yes"]),
        (("keys", "s"), ["set"]),
        (("export", "01K", "--how", ""), ["link", "copy", "move", "none"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("plan", "sh"), []),
    ],
)
def test_bash_completes_without_the_program(words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_verb_and_option_is_in_the_script_and_the_shell_can_read_it(rushes: Rushes, shell: str) -> None:
    run = rushes("completion", shell)
    assert run.code == 0
    for verb in VERBS:
        assert verb in run.out
        for action in arguments_of(verb):
            for name in action.option_strings:
                bare = name.lstrip("-") if shell == "fish" else name
                assert bare in run.out, (verb, name)
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=run.out, text=True, check=True)


def test_the_script_as_json_is_one_document(rushes: Rushes) -> None:
    assert rushes("completion", "bash", "--json").json == {"shell": "bash", "script": script("bash")}


def test_another_shell_is_named_with_those_that_there_are(rushes: Rushes) -> None:
    run = rushes("completion", "tcsh")
    assert (run.code, "there are bash, zsh, fish" in run.err) == (2, True)
