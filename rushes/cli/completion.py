"""`completion`: a script for bash, zsh or fish that completes verbs, options and fixed values.

Everything stands in the script itself, so that a press of Tab starts no Python at all.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rushes.cli.exits import Exit
from rushes.cli.output import print_json
from rushes.cli.parser import arguments_of
from rushes.cli.verbs import VERBS
from rushes.home import Home

__all__ = ["completion", "script"]


@dataclass(frozen=True, slots=True)
class _Option:
    """One option: its names, what it is for, whether a value follows, and which, where only some may."""

    names: tuple[str, ...]
    help: str
    takes: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Verb:
    name: str
    about: str
    options: tuple[_Option, ...]
    words: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [name for option in self.options for name in option.names]


def completion(_home: Home, options: Namespace) -> int:
    """Prints the script."""
    if options.json:
        print_json({"shell": options.shell, "script": script(options.shell)})
    else:
        print(script(options.shell), end="")
    return Exit.DONE


def script(shell: str) -> str:
    """The script of a shell: `bash`, `zsh` or `fish`."""
    verbs = [_verb(name) for name in VERBS]
    return "\n".join(_SHELLS[shell](verbs)) + "\n"


def _verb(name: str) -> _Verb:
    actions = arguments_of(name)
    options = tuple(_option(each) for each in actions if each.option_strings)
    words = [str(value) for each in actions if not each.option_strings for value in each.choices or ()]
    return _Verb(name, VERBS[name].about, options, tuple(words))


def _option(action: argparse.Action) -> _Option:
    values = tuple(str(value) for value in action.choices or ())
    return _Option(tuple(action.option_strings), action.help or "", action.nargs != 0, values)


def _common() -> list[_Option]:
    """What may stand before any verb."""
    return [_option(each) for each in arguments_of(None) if each.option_strings]


def _skipped() -> list[str]:
    """Options before the verb behind which a value follows, which is no verb."""
    return [name for option in _common() if option.takes for name in option.names]


def _bash(verbs: Sequence[_Verb]) -> Iterator[str]:
    names = " ".join(each.name for each in verbs)
    long = [name for option in _common() for name in option.names if name.startswith("--") and name != "--help"]
    yield "# Completion of rushes for bash: rushes completion bash > ~/.local/share/bash-completion/completions/rushes"
    yield "_rushes() {"
    yield '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" verb="" words="" i'
    yield "  for ((i = 1; i < COMP_CWORD; i++)); do"
    yield '    case "${COMP_WORDS[i]}" in'
    # Bash makes three words of --home=DIR.
    yield f'      {"|".join(_skipped())}) ((i++)); [[ ${{COMP_WORDS[i]}} == "=" ]] && ((i++)) ;;'
    yield '      -*) ;; *) verb="${COMP_WORDS[i]}"; break ;;'
    yield "    esac"
    yield "  done"
    yield '  case "$verb $prev" in'
    for verb, option in _with_values(verbs):
        places = "|".join(f'"{verb.name} {name}"' for name in option.names)
        yield f'    {places}) COMPREPLY=($(compgen -W "{" ".join(option.values)}" -- "$cur")); return ;;'
    yield "  esac"
    yield '  case "$prev" in'
    # Anything may follow these, and no word of the verb's own: the shell offers files.
    free = {name for verb in verbs for option in verb.options if option.takes for name in option.names}
    yield f"    {'|'.join(sorted(free))}) return ;;"
    yield "  esac"
    yield '  case "$verb" in'
    yield f'    "") words="{names}"; [[ $cur == -* ]] && words="{" ".join(long)} --version --help" ;;'
    for verb in verbs:
        first = f'words="{" ".join(verb.words)}"; ' if verb.words else ""
        yield f'    {verb.name}) {first}[[ $cur == -* ]] && words="{" ".join(verb.names)}" ;;'
    yield "  esac"
    yield '  COMPREPLY=($(compgen -W "$words" -- "$cur"))'
    yield "}"
    yield "complete -o default -F _rushes rushes"


def _with_values(verbs: Sequence[_Verb]) -> Iterator[tuple[_Verb, _Option]]:
    return ((verb, option) for verb in verbs for option in verb.options if option.values)


def _zsh(verbs: Sequence[_Verb]) -> Iterator[str]:
    yield "#compdef rushes"
    yield '# Completion of rushes for zsh: rushes completion zsh > "${fpath[1]}/_rushes"'
    yield "_rushes() {"
    yield "  local verb='' word skip=0"
    yield "  local -a found"
    yield '  for word in "${(@)words[2,CURRENT-1]}"; do'
    yield "    if (( skip )); then skip=0; continue; fi"
    yield "    case $word in"
    yield f"      {'|'.join(_skipped())}) skip=1 ;;"
    yield "      -*) ;;"
    yield "      *) verb=$word; break ;;"
    yield "    esac"
    yield "  done"
    yield "  if (( skip )); then _files; return; fi"
    yield "  case $verb in"
    yield "    '') found=("
    yield from (f"      {_quoted(f'{each.name}:{each.about}')}" for each in verbs)
    yield "    ); _describe verb found; return ;;"
    for verb in verbs:
        yield f"    {verb.name}) if [[ $PREFIX == -* ]]; then found=("
        for option in verb.options:
            yield from (f"      {_quoted(f'{_bare(name)}:{option.help}')}" for name in option.names)
        words = " ".join(verb.words)
        yield f"    ); _describe option found; else {f'compadd {words}' if words else '_files'}; fi ;;"
    yield "  esac"
    yield "}"
    yield 'if [[ "${funcstack[1]}" == _rushes ]]; then _rushes "$@"; else compdef _rushes rushes; fi'


def _fish(verbs: Sequence[_Verb]) -> Iterator[str]:
    yield "# Completion of rushes for fish: rushes completion fish > ~/.config/fish/completions/rushes.fish"
    yield "function __rushes_verb"
    yield "  set -l words (commandline -opc)"
    yield "  set -e words[1]"
    yield "  set -l skip 0"
    yield "  for word in $words"
    yield "    if test $skip = 1"
    yield "      set skip 0"
    yield f"    else if contains -- $word {' '.join(_skipped())}"
    yield "      set skip 1"
    yield "    else if not string match -q -- '-*' $word"
    yield "      echo $word"
    yield "      return 0"
    yield "    end"
    yield "  end"
    yield "  return 1"
    yield "end"
    for verb in verbs:
        yield f"complete -c rushes -n 'not __rushes_verb >/dev/null' -f -a {verb.name} -d {_quoted(verb.about)}"
        here = f"complete -c rushes -n 'contains {verb.name} (__rushes_verb)'"
        if verb.words:
            yield f"{here} -f -a {_quoted(' '.join(verb.words))}"
        for option in verb.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            values = f" -f -a {_quoted(' '.join(option.values))}" if option.values else ""
            yield f"{here} {names}{' -r' if option.takes else ''}{values} -d {_quoted(option.help)}"


def _quoted(text: str) -> str:
    """In single quotes, as all three shells read them alike."""
    return "'" + text.replace("\\", "").replace("'", "’") + "'"


def _bare(name: str) -> str:
    return name.replace(":", "\\:")


_SHELLS: Mapping[str, Callable[[Sequence[_Verb]], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
