"""The person's own keys: which of them can be used, and what is wrong with the others, in words. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from tui.actions import ACTIONS, EVERYWHERE, Action, around, find, spoken

__all__ = ["Place", "faults", "with_keymap"]

IDS = frozenset(each.id for each in ACTIONS)
Place = Callable[[str], "int | None"]
"""The line of settings.toml on which a setting stands, by its name; None where that is not known."""


def with_keymap(keymap: Mapping[str, Sequence[str]], place: Place | None = None) -> tuple[dict[str, str], list[str]]:
    """The remapping that can be used, and what is wrong with the rest in words."""
    wrong = faults(keymap)
    problems = [_placed(each, wrong[each], place) for each in keymap if each in wrong]
    return {each: ",".join(keys) for each, keys in keymap.items() if each not in wrong}, problems


def faults(keymap: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What is wrong, by the action's id: an unknown id, an unknown key, a clash.

    A key that another action gives up in the same file is free; of two that want one key the first has it.
    """
    wrong = {action_id: words for action_id, keys in keymap.items() if (words := _unknown(action_id, keys))}
    good = {action_id: tuple(keys) for action_id, keys in keymap.items() if action_id not in wrong}
    while clash := next(filter(None, (_clash(each, good) for each in good)), None):
        action_id, key, owner = clash
        wrong[action_id] = f"{action_id} cannot have {spoken(key)}: it belongs to {owner}"
        del good[action_id]
    return wrong


def _placed(action_id: str, words: str, place: Place | None) -> str:
    line = place(f"keymap.{action_id}") if place else None
    return f"line {line}: {words}" if line else f"keymap: {words}"


def _unknown(action_id: str, keys: Sequence[str]) -> str:
    if action_id not in IDS:
        close = difflib.get_close_matches(action_id, IDS, n=1)
        return f"there is no action {action_id}" + (f"; did you mean {close[0]}?" if close else "")
    if strange := next((each for each in keys if not _is_key(each)), None):
        close = difflib.get_close_matches(strange, _key_names(), n=1)
        return f"{action_id}: there is no key {strange}" + (f"; did you mean {close[0]}?" if close else "")
    if taken := next((each for each in keys if each in _SAME), None):
        return f"{action_id} cannot have {taken}: most terminals send {_SAME[taken]} for it"
    return ""


_SAME = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "esc", "ctrl+[": "esc"}
"""Keys that a terminal cannot tell from others."""


def _is_key(key: str) -> bool:
    """Whether a key of that name can arrive: a character, or a name of Textual's, with or without modifiers."""
    *modifiers, name = key.split("+")
    known = len(name) == 1 or name in _key_names() or _is_character(name)
    return known and set(modifiers) <= {"ctrl", "shift", "alt", "super", "hyper", "meta"}


def _is_character(name: str) -> bool:
    """Whether it is a character's name, such as `question_mark`: Textual calls keys by Unicode's names."""
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return name in {"slash", "backslash", "at", "minus", "plus", "underscore"}
    return True


def _key_names() -> list[str]:
    from textual.keys import Keys

    return sorted({each.value for each in Keys if "+" not in each.value and "<" not in each.value})


def _clash(action_id: str, keymap: Mapping[str, tuple[str, ...]]) -> tuple[str, str, str] | None:
    """The action, a key of it that another one has where both apply, and that other's id. Later wishes do not count."""
    changed, later = find(action_id), list(keymap)[list(keymap).index(action_id) + 1 :]
    for other in ACTIONS:
        if other.id == action_id or other.id in later or _apart(changed, other):
            continue
        if other.id in changed.over or action_id in other.over:
            continue
        if both := set(keymap.get(other.id, other.keys)) & set(keymap[action_id]):
            return action_id, min(both), other.id
    return None


def _apart(one: Action, other: Action) -> bool:
    """Whether no place has both: other screens, or other panes of one screen."""
    if EVERYWHERE not in (one.where, other.where) and one.where != other.where:
        return True
    return bool(one.pane and other.pane and not {*around(one.pane)} & {*around(other.pane)})
