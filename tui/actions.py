"""One registry of everything that a key can do: from it come bindings, footer, palette, help and docs/keys.md.

An action has an id that people may name in settings.toml, its keys, a short label for the footer and a sentence for
the help. `where` is the screen, `pane` the part of it that must have the focus for the help and the footer to show it.
`shown` is how the keys are named where there are many, `over` are actions whose keys it takes on purpose.
Actions with an empty `run` are carried out by the widget that has the focus; they stand here to be found and
documented, and a test holds them against the widget.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from providers.values import dataclass

if TYPE_CHECKING:
    from textual.binding import Binding

__all__ = [
    "ACTIONS",
    "RATED",
    "Action",
    "around",
    "bindings",
    "find",
    "footer",
    "key_of",
    "keys_doc",
    "keys_of",
    "listed",
    "spoken",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does. `rank` orders the footer; 0 keeps it out of there."""

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    where: str
    run: str = ""
    pane: str = ""
    rank: int = 0
    priority: bool = False
    palette: bool = True
    shown: str = ""
    over: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """The keys as a person reads them: `ctrl+enter, ctrl+j, F5`."""
        return self.shown or ", ".join(spoken(each) for each in self.keys)

    @property
    def first_key(self) -> str:
        """The key that the footer names."""
        return self.shown or spoken(self.keys[0])


EVERYWHERE, STUDIO, LIBRARY, DIALOGUE = "everywhere", "studio", "library", "dialogue"
SPEND = "spend"
HEALTH, SETTINGS = "health", "settings"
CHECKS, OPTIONS = "checks", "options"
PLAYER, COMPARE = "player", "compare"
MEDIA = "media"
SHOT, TASKS, PREVIEW, SEARCH, TAKES = "shot", "tasks", "preview", "search", "takes"

PANES = {
    SHOT: "while writing the shot",
    MEDIA: "in a field for pictures and clips",
    TASKS: "in the task list",
    PREVIEW: "in the preview",
    SEARCH: "in the search line",
    TAKES: "in the list of takes",
    OPTIONS: "in the list of settings",
    CHECKS: "in the list of checks",
}
PLACES = {EVERYWHERE: "Everywhere", STUDIO: "Studio", LIBRARY: "Library", SPEND: "Spend"}
PLACES |= {HEALTH: "Health", SETTINGS: "Settings"}
PLACES |= {PLAYER: "Player", COMPARE: "Compare", DIALOGUE: "In a dialogue"}

_AROUND = {MEDIA: SHOT}
"""Panes that are a part of another one, whose keys count there as well."""
_MODE_KEYS = ("studio", "library", "spend", "health", "settings")
"""Actions whose digits mean stars where takes are rated."""
RATED = frozenset({LIBRARY, PLAYER, COMPARE})
"""Screens on which digits give stars."""
_SEND = ("ctrl+enter", "ctrl+j", "f5")
ACTIONS: tuple[Action, ...] = (
    Action("generate", _SEND, "Generate", "Send the shot; it waits 3 s first, so that u can take it back", STUDIO,
           "generate", rank=1, priority=True),
    Action("provider", ("f2",), "Provider", "Switch to the next provider; values that fit are kept", STUDIO,
           "next_provider", rank=4, priority=True),
    Action("model", ("f3",), "Model", "Choose the model", STUDIO, "choose_model", rank=5, priority=True),
    Action("editor", ("f4",), "Editor", "Write the prompt in $VISUAL or $EDITOR", STUDIO, "edit_prompt", rank=8,
           priority=True),
    Action("find-prompt", ("ctrl+r",), "Earlier prompts", "Search the prompts of earlier shots", STUDIO, "find_prompt",
           rank=13, priority=True),
    Action("template", (), "Use a template", "Choose a template and fill in its variables", STUDIO, "use_template"),
    Action("keep-template", (), "Keep as a template", "Keep the prompt under a name; {word} in it is a variable",
           STUDIO, "keep_template"),
    Action("find-media", ("enter",), "Find", "Find a picture, a clip or a take by a few letters", STUDIO, "", MEDIA,
           rank=1, palette=False),
    Action("frame-of-take", ("ctrl+g",), "Take's frame", "Use a frame of an earlier take as a picture in this shot",
           STUDIO, "frame_of_take", rank=7, priority=True),
    Action("recall", ("up", "down"), "Recall", "In an empty prompt: step through earlier prompts", STUDIO,
           "", SHOT, palette=False),
    Action("write", ("e", "i"), "Write", "Go to the prompt", STUDIO, "focus_prompt", rank=3),
    Action("next-pane", ("f6",), "Next pane", "Go to the next pane: shot, tasks, preview", STUDIO, "next_pane",
           rank=7, priority=True),
    Action("leave-field", ("escape",), "Tasks", "Leave the field for the task list", STUDIO, "focus_tasks", SHOT,
           rank=6),
    Action("change-value", ("left", "right"), "Change", "Change the value of a choice or a switch", STUDIO, "", SHOT),
    Action("next-field", ("tab", "shift+tab"), "Next field", "Go to the next field, or back", STUDIO, "", SHOT),
    Action("task-details", ("enter",), "Details", "Show everything about the task", STUDIO, "", TASKS, rank=1),
    Action("play", ("space",), "Play", "Play the clip in the preview, or pause it", STUDIO, "play", TASKS, rank=1),
    Action("full-screen", ("f",), "Full screen", "Watch the clip full screen", STUDIO, "watch", rank=9),
    Action("undo", ("u", "f9"), "Undo", "Take back the last shot while it has not been sent", STUDIO, "undo", rank=8,
           priority=True),
    Action("cancel", ("c",), "Cancel", "Cancel the task, after saying what happens to the money", STUDIO,
           "cancel_task", TASKS, rank=1),
    Action("again", ("r",), "Again", "Start a new shot with the same prompt and values", STUDIO, "again", TASKS,
           rank=1),
    Action("retry", ("R",), "Retry", "Send the same shot again as a new task, quoted again", STUDIO,
           "retry_task", TASKS),
    Action("filter", ("t",), "Filter", "Show all tasks, or only those running, waiting or done", STUDIO, "next_filter",
           TASKS, rank=3),
    Action("mark", ("x",), "Mark", "Mark the task; c and delete then act on all marked tasks", STUDIO, "", TASKS,
           rank=3),
    Action("differ", ("d",), "What differs", "Compare the marked tasks' values, or those of this and the next",
           STUDIO, "differ", TASKS, rank=5),
    Action("hold", ("p",), "Hold queue", "Hold everything not yet sent, or release it", STUDIO, "hold", TASKS,
           rank=3),
    Action("sooner", ("K",), "Sooner", "Send this waiting task before the others", STUDIO, "rank(1)", TASKS),
    Action("later", ("J",), "Later", "Send this waiting task after the others", STUDIO, "rank(-1)", TASKS),
    Action("resolve", ("a",), "Settle", "Settle a task sent without an answer: adopt, send again, give up",
           STUDIO, "resolve_task", TASKS),
    Action("send-waiting", ("s",), "Send waiting", "Send shots still waiting from an earlier run", STUDIO, "release",
           TASKS),
    Action("drop-waiting", ("S",), "Drop waiting", "Drop shots still waiting from an earlier run", STUDIO,
           "drop_waiting", TASKS),
    Action("forget", ("delete",), "Forget", "Stop watching the task; the vendor continues", STUDIO,
           "forget_task", TASKS),
    Action("download-again", (), "Download again", "Get a fresh link from the vendor and download the clip again",
           STUDIO, "fetch_task", TASKS),
    Action("copy-path", ("y",), "Copy path", "Copy the path of the clip", STUDIO, "copy_path", TASKS),
    Action("move", ("j", "k", "down", "up"), "Move", "Next or previous; g and G go to the ends", STUDIO, "",
           TASKS),
    Action("preview-play", ("space",), "Play", "Play or pause", STUDIO, "", PREVIEW, rank=2, palette=False),
    Action("seek", ("left", "right"), "Seek", "Back or forward one second; , and . step one frame", STUDIO, "",
           PREVIEW),
    Action("search", ("slash",), "Search", "Search the library", STUDIO, "search", rank=12),
    Action("search-again", ("slash",), "Search", "Go to the search line", LIBRARY, "focus_search", TAKES, rank=1),
    Action("to-takes", ("down", "enter"), "Takes", "Go to the list of takes", LIBRARY, "focus_list", SEARCH, rank=1),
    Action("step-out", ("escape",), "Out", "From the search to the list, from the list to the Studio", LIBRARY,
           "step_out", rank=7),
    Action("take-play", ("enter", "space"), "Play", "Play the clip beside the list, or pause it", LIBRARY, "play",
           TAKES, rank=2),
    Action("take-full-screen", ("f",), "Full screen", "Watch the clip full screen", LIBRARY, "watch", TAKES,
           rank=3),
    Action("take-mark", ("x",), "Mark", "Mark or unmark the take", LIBRARY, "", TAKES, rank=4),
    Action("take-compare", ("v",), "Compare", "Compare the marked takes; if none is marked, those of this shot",
           LIBRARY, "compare", TAKES, rank=5),
    Action("take-scp", ("Y",), "Copy scp line", "Copy a command that fetches the clip to another machine", LIBRARY,
           "copy_scp", TAKES),
    Action("take-link", ("b",), "Browser link", "Copy the take's browser address, if the gateway is running",
           LIBRARY, "copy_link", TAKES),
    Action("take-open", ("o",), "Open outside", "Open the clip in this machine's own player, if it has a screen",
           LIBRARY, "open_outside", TAKES),
    Action("take-rate", ("0", "1", "2", "3", "4", "5"), "Rate", "Rate the take; 0 removes the stars", LIBRARY,
           "", TAKES, rank=3, palette=False, shown="0–5",
           over=_MODE_KEYS),
    Action("take-copy-path", ("y",), "Copy path", "Copy the path of the clip", LIBRARY, "copy_path", TAKES, rank=4),
    Action("take-again", ("r",), "Again", "Start a new shot with the same prompt and values", LIBRARY, "again", TAKES,
           rank=5),
    Action("take-mark-range", ("X",), "Mark range", "Mark everything between the nearest mark and the cursor", LIBRARY,
           "mark_range", TAKES),
    Action("take-undo", ("u",), "Undo", "Take back the last rating, tag, note or trash in this window", LIBRARY,
           "undo", TAKES, rank=6),
    Action("take-tag", ("t",), "Tags", "Add or remove tags; a=b renames one everywhere", LIBRARY, "tag", TAKES, rank=6),
    Action("take-note", ("N",), "Notes", "Write notes on the marked takes", LIBRARY, "note", TAKES),
    Action("take-trash", ("D",), "Trash", "Move to the trash, or back; files stay until it is emptied", LIBRARY,
           "trash", TAKES, rank=8),
    Action("empty-trash", (), "Empty trash", "Delete everything in the trash, with its files, for good", LIBRARY,
           "empty_trash", TAKES),
    Action("take-export", ("e",), "Export", "Copy, link or move clips; make a contact sheet or a table",
           LIBRARY, "export", TAKES, rank=8),
    Action("take-sheet", ("C",), "Contact sheet", "Make a contact sheet of the marked or shown takes, PNG and page",
           LIBRARY, "sheet", TAKES),
    Action("room", (), "Room on the disk", "Show the disk space clips use, by month, provider and rating", LIBRARY,
           "room"),
    Action("import", (), "Import", "Add clips from a folder, or from a vendor's list for your key", LIBRARY, "import"),
    Action("take-extend", ("n",), "Extend", "Continue from this take: by the vendor, or from its last frame", LIBRARY,
           "extend", TAKES),
    Action("take-rerun", ("M",), "Other model", "Use another model for this shot; shows what is lost, and the price",
           LIBRARY, "rerun", TAKES),
    Action("take-vary", ("V",), "Variation", "Use another seed for this shot", LIBRARY, "vary", TAKES),
    Action("take-kin", ("l",), "Kin", "Browse what it was made from and what was made from it",
           LIBRARY, "kin", TAKES),
    Action("take-view", ("w",), "View", "Switch between a list and a grid of posters", LIBRARY, "view", TAKES,
           rank=8),
    Action("take-sort", ("s",), "Sort", "Sort: newest, oldest, best, most expensive or longest first", LIBRARY, "sort",
           TAKES, rank=8),
    Action("complete", ("tab",), "Complete", "Complete the filter or name; again: the next one", LIBRARY,
           "complete", SEARCH, rank=2),
    Action("keep-search", ("ctrl+s",), "Keep search", "Keep this search under a name", LIBRARY, "keep_search", rank=9),
    Action("kept-searches", ("S",), "Kept searches", "Choose a search you kept", LIBRARY, "kept_searches", TAKES),
    Action("take-details", ("d",), "Details", "Show everything about the take", LIBRARY, "open", TAKES, rank=6),
    Action("take-move", ("j", "k", "down", "up"), "Move", "Next or previous; g and G go to the ends", LIBRARY, "",
           TAKES),
    Action("player-play", ("space",), "Play", "Play or pause", PLAYER, "play_pause", rank=1),
    Action("player-seek-back", ("left",), "Back", "Back one second", PLAYER, "seek(-1)", rank=2),
    Action("player-seek-on", ("right",), "On", "Forward one second", PLAYER, "seek(1)", rank=2),
    Action("player-frame-back", ("comma",), "Frame back", "Back one frame, paused", PLAYER, "step(-1)", rank=6),
    Action("player-frame-on", ("full_stop",), "Frame on", "Forward one frame, paused", PLAYER, "step(1)", rank=6),
    Action("player-start", ("home",), "Start", "To the first frame, or to the in mark", PLAYER, "ends(False)"),
    Action("player-end", ("end",), "End", "To the last frame, or to the out mark", PLAYER, "ends(True)"),
    Action("player-slower", ("left_square_bracket",), "Slower", "Slower, down to a tenth of the speed", PLAYER,
           "faster(-1)", rank=9),
    Action("player-faster", ("right_square_bracket",), "Faster", "Faster, up to four times the speed", PLAYER,
           "faster(1)", rank=9),
    Action("player-loop", ("l",), "Loop", "Repeat at the end, or at the out mark", PLAYER, "loop", rank=8),
    Action("player-mark-in", ("i",), "Mark in", "Mark this frame as the start of a part; again: unmark it", PLAYER,
           "mark(False)", rank=7),
    Action("player-mark-out", ("u",), "Mark out", "Mark this frame as the end of a part; again: unmark it", PLAYER,
           "mark(True)", rank=7),
    Action("player-use-frame", ("F",), "Use frame", "Use this frame as a picture in the next shot", PLAYER,
           "use_frame", rank=4),
    Action("player-export", ("E",), "Export", "Save the marked part as MP4; without marks, this frame as PNG", PLAYER,
           "export", rank=5),
    Action("player-rate", ("0", "1", "2", "3", "4", "5"), "Rate", "Rate the take; 0 removes the stars", PLAYER, "",
           rank=3, palette=False, shown="0–5", over=_MODE_KEYS),
    Action("player-copy-path", ("y",), "Copy path", "Copy the path of the clip", PLAYER, "copy_path", rank=10),
    Action("player-scp", ("Y",), "Copy scp line", "Copy a command that fetches the clip to another machine", PLAYER,
           "copy_scp"),
    Action("player-link", ("b",), "Browser link", "Copy the take's browser address, if the gateway is running",
           PLAYER, "copy_link"),
    Action("player-open", ("o",), "Open outside", "Open the clip in this machine's own player, if it has a screen",
           PLAYER, "open_outside", rank=11),
    Action("player-back", ("escape", "q", "f"), "Back", "Back to where you came from", PLAYER, "back", rank=2,
           over=("quit",)),
    Action("compare-near", ("right", "tab"), "Next take", "Select the next take; if one is shown alone, show the next",
           COMPARE, "near(1)", rank=1),
    Action("compare-near-back", ("left", "shift+tab"), "Take before", "Select the take before, or show it", COMPARE,
           "near(-1)"),
    Action("compare-flip", ("s",), "Flip", "Show takes side by side, or one at a time at the same frame", COMPARE,
           "flip", rank=2),
    Action("compare-blind", ("b",), "Blind", "Hide the names and shuffle; again: show them", COMPARE, "hide",
           rank=4),
    Action("compare-rate", ("0", "1", "2", "3", "4", "5"), "Rate", "Rate the selected take; 0 removes the stars",
           COMPARE, "", rank=3, palette=False, shown="0–5", over=_MODE_KEYS),
    Action("compare-out", ("x",), "Out", "Drop the selected take; in a pair the other one wins", COMPARE, "out",
           rank=5),
    Action("compare-choose", ("enter",), "Better", "Choose the selected take as the better of the pair", COMPARE,
           "choose", rank=6),
    Action("compare-play", ("space",), "Play", "Play or pause all takes together", COMPARE, "play_pause", rank=7),
    Action("compare-seek-back", ("shift+left", "h"), "Back", "Back one second, all together", COMPARE, "seek(-1)"),
    Action("compare-seek-on", ("shift+right", "l"), "On", "Forward one second, all together", COMPARE, "seek(1)"),
    Action("compare-frame-back", ("comma",), "Frame back", "Back one frame, all together", COMPARE, "step(-1)"),
    Action("compare-frame-on", ("full_stop",), "Frame on", "Forward one frame, all together", COMPARE, "step(1)",
           rank=8),
    Action("compare-slower", ("left_square_bracket",), "Slower", "Slower, down to a tenth of the speed", COMPARE,
           "faster(-1)"),
    Action("compare-faster", ("right_square_bracket",), "Faster", "Faster, up to four times the speed", COMPARE,
           "faster(1)"),
    Action("compare-loop", ("L",), "Loop", "Repeat at the end, or not", COMPARE, "loop"),
    Action("compare-back", ("escape", "q", "v"), "Back", "Back to where you came from", COMPARE, "back", rank=9,
           over=("quit",)),
    Action("health-again", ("R",), "Check again", "Run every check again", HEALTH, "again", rank=1),
    Action("health-live", ("L",), "Ask vendors", "Run the checks and also ask the vendors; these calls are free",
           HEALTH, "live", rank=2),
    Action("health-out", ("escape",), "Studio", "Back to the Studio", HEALTH, "step_out", rank=7),
    Action("setting-edit", ("enter",), "Change", "Change the setting, or enter the key", SETTINGS, "", OPTIONS, rank=1,
           palette=False),
    Action("setting-next", ("right", "l"), "Next value", "Next value of a choice or a switch", SETTINGS,
           "change(1)", OPTIONS, rank=3, palette=False),
    Action("setting-back", ("left", "h"), "Value before", "Previous value of a choice or a switch", SETTINGS,
           "change(-1)", OPTIONS, palette=False),
    Action("setting-reset", ("delete", "backspace"), "Reset", "Reset the setting to its default; forget the key",
           SETTINGS, "reset", OPTIONS, rank=2, palette=False),
    Action("setting-search", ("slash",), "Search", "Search the settings", SETTINGS, "focus_search", OPTIONS, rank=4),
    Action("setting-list", ("down",), "Settings", "Go to the list", SETTINGS, "focus_list", SEARCH, rank=1),
    Action("setting-out", ("escape",), "Out", "From the search to the list, from the list to the Studio", SETTINGS,
           "step_out", rank=7),
    Action("close", ("escape",), "Back", "Close without doing anything", DIALOGUE, "", palette=False),
    Action("accept", ("enter",), "Accept", "Do what the selected button says", DIALOGUE, "", palette=False),
    Action("month-before", ("left",), "Month before", "Show the previous month", SPEND, "month(1)", rank=1),
    Action("month-after", ("right",), "Month after", "Show the next month", SPEND, "month(-1)", rank=2),
    Action("table-by", ("b",), "By", "Group the table by model, provider or tag", SPEND, "table_by", rank=3),
    Action("export-ledger", ("x",), "Export", "Write the month's ledger as CSV", SPEND, "export", rank=4),
    Action("reconcile", ("c",), "Check with vendors", "Ask the vendors what you used, and compare it with the ledger",
           SPEND, "reconcile", rank=5),
    Action("studio", ("f7", "1"), "Studio", "Write shots and watch them render", EVERYWHERE, "app.studio", rank=20),
    Action("library", ("f8", "2"), "Library", "Search and play earlier takes", EVERYWHERE, "app.library", rank=21),
    Action("spend", ("f10", "3"), "Spend", "See what was charged, and what is left of your budgets", EVERYWHERE,
           "app.spend", rank=21),
    Action("health", ("f11", "4"), "Health", "See every check, and how to fix what is wrong", EVERYWHERE, "app.health",
           rank=23),
    Action("settings", ("f12", "5"), "Settings", "Change settings and the vendors' keys", EVERYWHERE, "app.settings",
           rank=23),
    Action("commands", ("ctrl+p",), "Commands", "Find any action by its name", EVERYWHERE, "app.command_palette",
           rank=22, priority=True, palette=False),
    Action("keys", ("question_mark", "f1"), "Keys", "Show what the keys do here", EVERYWHERE, "app.keys", rank=23),
    Action("redraw", ("ctrl+l",), "Draw anew", "Redraw the screen after another program wrote over it",
           EVERYWHERE, "app.redraw", priority=True),
    Action("quit", ("q", "ctrl+q"), "Quit", "Leave; asks only if something would be lost", EVERYWHERE,
           "app.leave", rank=24),
)  # fmt: skip

_NAMES = {"question_mark": "?", "slash": "/", "full_stop": ".", "comma": ",", "escape": "esc"}
_NAMES |= {"left_square_bracket": "[", "right_square_bracket": "]"}
_ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓"}


def spoken(key: str) -> str:
    """A key as a person reads it: `question_mark` is `?`, `f2` is `F2`."""
    if key in _ARROWS:
        return _ARROWS[key]
    function = key.startswith("f") and key[1:].isdigit()
    return key.upper() if function else _NAMES.get(key, key)


_BY_ID = {each.id: each for each in ACTIONS}
Keymap = Mapping[str, str]
"""The person's own keys by action, with commas between, as `tui.keymap` found them to be usable."""
DEFAULT: Keymap = {}


def find(action_id: str) -> Action:
    """By id. Raises KeyError."""
    return _BY_ID[action_id]


def bindings(where: str) -> list[Binding]:
    """Textual's bindings for a screen, or for the app (`everywhere`), each with its action's id for remapping."""
    return [_binding(each, keys) for each in ACTIONS if each.where == where and each.run for keys in _by_kind(each)]


def _by_kind(action: Action) -> list[tuple[str, ...]]:
    """Keys that a text field would take as text, and the others: only these come before the field."""
    letters = tuple(key for key in action.keys if _is_letter([key]))
    others = tuple(key for key in action.keys if key not in letters)
    return [each for each in (letters, others) if each]


def _binding(action: Action, keys: tuple[str, ...]) -> Binding:
    first = action.priority and not _is_letter(keys)
    from textual.binding import Binding  # the registry alone is read without a screen, too

    return Binding(",".join(keys), action.run, action.label, id=action.id, priority=first, tooltip=action.help)


def listed(where: str, pane: str, keymap: Keymap = DEFAULT) -> list[Action]:
    """What the keys do at a place, nearest first: the pane, its screen, then everywhere."""
    here = [each for each in ACTIONS if each.where == where]
    near = [each for part in around(pane) for each in here if each.pane == part]
    found = [_mapped(each, keymap) for each in [*near, *(each for each in here if not each.pane)]]
    taken = {key for each in found for key in each.keys}
    everywhere = [_mapped(each, keymap) for each in ACTIONS if each.where == EVERYWHERE]
    return [*found, *(_without(each, taken) for each in everywhere)]


def around(pane: str) -> tuple[str, ...]:
    """A pane, and the one that it is a part of: the keys of both count there."""
    return tuple(each for each in (pane, _AROUND.get(pane, "")) if each)


def footer(where: str, pane: str, keymap: Keymap = DEFAULT) -> list[Action]:
    """What the bottom line shows, most wanted first; whoever draws it cuts the tail. While one types, no letters."""
    shown = [each for each in listed(where, pane, keymap) if each.rank and each.id != where]
    if pane in {SHOT, MEDIA, SEARCH}:
        shown = [replace(each, keys=tuple(key for key in each.keys if not _is_letter([key]))) for each in shown]
    return sorted((each for each in shown if each.keys), key=lambda each: each.rank)


def key_of(action_id: str, keymap: Keymap = DEFAULT, *, letters: bool) -> str:
    """The key to name for an action, as a person reads it; without `letters`, one that no field takes as text."""
    keys = sorted(_mapped(find(action_id), keymap).keys, key=lambda key: _is_letter([key]), reverse=letters)
    return spoken(keys[0]) if keys and (letters or not _is_letter(keys[:1])) else ""


def keys_of(action_id: str, keymap: Keymap = DEFAULT) -> str:
    """All the keys of an action, as a person reads them."""
    return _mapped(find(action_id), keymap).spoken


def _without(action: Action, taken: Collection[str]) -> Action:
    """The action under the keys that nothing nearer has: where 2 rates a take, it does not open the Library."""
    return replace(action, keys=tuple(key for key in action.keys if key not in taken))


def _mapped(action: Action, keymap: Keymap) -> Action:
    """The action under the keys that the person gave it."""
    return replace(action, keys=tuple(keymap[action.id].split(",")), shown="") if action.id in keymap else action


def _is_letter(keys: Iterable[str]) -> bool:
    """Whether every key is one that a text field takes as text."""
    return all(len(key) == 1 or key in {"slash", "question_mark", "space", "delete"} for key in keys)


_INTRO = (
    "This page lists every key of the app and what it does. In the app, `?` shows the keys that apply where you are.",
    "",
    "*Where* is the part of the screen that must have the focus. *Palette* means that an action has no key of its own:",
    "press ctrl+p and type its name. To change the keys of an action, put its id into `[keymap]` in `settings.toml`",
    "([settings.md](settings.md)). The page is generated from `tui/actions.py` by `python -m tui.actions`.",
)


def keys_doc() -> str:
    """docs/keys.md: every action by place, with the id under which settings.toml can remap it."""
    lines = ["# Keys", "", *_INTRO, ""]
    for where, title in PLACES.items():
        lines += [f"## {title}", "", "| keys | does | where | id |", "|---|---|---|---|"]
        for each in ACTIONS:
            if each.where == where:
                keys = f"`{each.spoken}`" if each.keys else "palette"
                lines.append(f"| {keys} | {each.help} | {PANES.get(each.pane, '')} | `{each.id}` |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    from pathlib import Path

    Path("docs/keys.md").write_text(keys_doc(), encoding="utf-8")
