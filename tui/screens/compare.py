"""Compare: up to four takes in step, what differs between them, and a decision. Many takes meet two at a time.

`TakesCompared` holds who is compared and in which order; the screen shows it. Ratings go to the engine at once.
"""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from rushes.shots.differences import differences, own_words
from rushes.task import Task
from rushes.tournament import Tournament
from tui import actions, task_actions
from tui.clips import bring_all
from tui.screens.base import RushesScreen, too_small
from tui.screens.dialogue import Choose
from tui.screens.transport import Transport
from tui.text import fit, one_line
from tui.widgets.bars import KeyLine
from tui.widgets.marks import badge
from tui.widgets.task_list import stars
from tui.widgets.together import Together

if TYPE_CHECKING:
    from rushes.interface import Engine

__all__ = ["MOST_AT_ONCE", "CompareScreen"]

MOST_AT_ONCE = 4
LETTERS = string.ascii_uppercase
NAME_CELLS = 12


class CompareScreen(Transport, RushesScreen[None]):
    """Two to four takes with clips; more make a tournament of pairs, blind at first. `rng` orders them when blind."""

    place: ClassVar[str] = actions.COMPARE
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings(actions.COMPARE),
        *(Binding(str(count), f"rate({count})", show=False) for count in range(6)),
    ]

    def __init__(self, engine: Engine, tasks: Sequence[Task], *, rng: random.Random) -> None:
        super().__init__()
        self.engine = engine
        self.rng = rng
        self.cup = Tournament.of(list(tasks)) if len(tasks) > MOST_AT_ONCE else None
        self.here: list[Task] = list(self.cup.pair if self.cup else tasks)
        self.blind = self.cup is not None
        self.near = 0
        self.together = self.player = Together("opening the clips …")

    def compose(self) -> ComposeResult:
        yield Static(id="above", classes="labels", markup=False)
        yield Static(id="below", classes="labels", markup=False)
        yield too_small()
        yield self.together
        yield Static(id="differences", markup=False)
        yield KeyLine()

    async def on_mount(self) -> None:
        self.query_one(KeyLine).show(actions.footer(self.place, "", self.rushes.keymap_set))
        self.together.focus()
        self.together.looping = True
        self.rushes.bridge.tasks.subscribe(self, self._task_changed)
        self._tell()
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        """The clips that are compared now; running, unless the person or the line wants that asked for."""
        if self.blind:
            self.rng.shuffle(self.here)
        await self.together.load_all(await bring_all(self.rushes, self.engine, self.here))
        self._tell()
        if self.rushes.moves and not self.together.stills_first and not self.together.playing:
            self.together.play()

    def _task_changed(self, task: Task) -> None:
        self.here = [task if each.id == task.id else each for each in self.here]
        self._tell()

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell)

    # What stands there ----------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Labels above the pictures in their columns, and the differences.

        Both lines of labels stay, also with nothing to say: how the pictures stand follows from the room they leave.
        """
        self._label_all()
        # The rows of words may have changed the room, and with it how the pictures stand.
        self.call_after_refresh(self._label_all)

    def _label_all(self) -> None:
        if not self.query("#above"):
            return  # the screen was left meanwhile
        places = self.together.places(1 if self.together.alone is not None else len(self.here))
        if self.together.alone is not None:
            rows = [self._labels(list(range(len(self.here))), len(self.here)), Content("")]
        else:
            order = list(range(len(self.here)))
            rows = [self._labels(order[: places.columns], places.columns)]
            rows.append(self._labels(order[places.columns :], places.columns))
        for name, words in zip(("above", "below"), rows, strict=True):
            self.query_one(f"#{name}", Static).update(words)
        self.query_one("#differences", Static).update(self._differences())

    def _labels(self, order: list[int], columns: int) -> Content:
        cells = max(8, self.size.width // max(1, columns))
        return Content.assemble(*(self._label(index, cells) for index in order))

    def _label(self, index: int, cells: int) -> Content:
        task = self.here[index]
        name = "" if self.blind else f" {one_line(badge(task))}"
        words = fit(f" {LETTERS[index]}{name}  {stars(task.rating)}", cells - 1) + " "
        return Content.styled(words, "bold $chosen-text on $chosen" if index == self.near else "$text-label on $line")

    def _differences(self) -> Content:
        """Each prompt with its own words marked, then the parameters in which the takes differ."""
        lines: list[Content] = [self._progress()] if self.cup else []
        prompts = own_words([one_line(each.shot.prompt) for each in self.here])
        if any(own for words in prompts for _, own in words):
            lines += [_prompt(LETTERS[at], words) for at, words in enumerate(prompts)]
        elif prompts:
            lines.append(_prompt("all", prompts[0]))
        for each in differences(self.here, blind=self.blind):
            values = "   ".join(f"{LETTERS[at]} {one_line(value, 60)}" for at, value in enumerate(each.values))
            lines.append(Content.assemble(Content.styled(fit(each.name, NAME_CELLS) + " ", "$text-label"), values))
        return Content("\n").join(lines)

    def _progress(self) -> Content:
        left = self.cup.left if self.cup else 0
        words = f"Which is better? enter: the marked one, x: the other. {left} to go at the most."
        return Content.styled(words, "bold $accent")

    # What the keys do -----------------------------------------------------------------------------------------------

    def action_near(self, by: int) -> None:
        """The next take: marked where they stand side by side, shown where one is alone."""
        self.near = (self.near + by) % len(self.here)
        if self.together.alone is not None:
            self.together.show_alone(self.near)
        self._tell()

    def action_flip(self) -> None:
        """Side by side, or one at a time."""
        self.together.show_alone(self.near if self.together.alone is None else None)
        self._tell()

    async def action_hide(self) -> None:
        """Without names, in another order; once more brings the names back."""
        self.blind = not self.blind
        if self.blind:
            self.near = 0
            await self._open()
        self._tell()

    @work(group="rate")
    async def action_rate(self, count: int) -> None:
        """0 to 5 stars for the marked take."""
        await task_actions.rate(self.rushes, self.engine, self.here[self.near], count)

    @work(group="decide", exclusive=True)
    async def action_choose(self) -> None:
        """The marked take is the better one of a pair."""
        await self._decide(self.here[self.near])

    @work(group="decide", exclusive=True)
    async def action_out(self) -> None:
        """The marked take loses: out of a pair the other one wins, else it leaves."""
        if self.cup is not None:
            await self._decide(self.here[1 - self.near])
        elif len(self.here) > 1:
            gone = self.here.pop(self.near)
            self.near = min(self.near, len(self.here) - 1)
            files = await bring_all(self.rushes, self.engine, self.here)
            await self.together.load_all(files, at_s=self.together.position)
            self._tell()
            left = " is left" if len(self.here) == 1 else ""
            words = f"{one_line(self.here[0].shot.prompt, 60)}" if left else one_line(gone.shot.prompt, 60)
            self.notify(words, title=f"This one{left}" if left else "Left out", markup=False)

    async def _decide(self, winner: Task) -> None:
        if self.cup is None:
            return
        newcomer, _ = self.cup.pair
        self.cup = self.cup.decided(winner.id == newcomer.id)
        if self.cup.over:
            await self._end(self.cup.ranked)
            return
        self.here, self.near = list(self.cup.pair), 0
        await self._open()

    async def _end(self, ranked: Sequence[Task]) -> None:
        """The ranking; the one that is chosen there is shown on the whole screen."""
        lines = [f"{place}. {one_line(badge(each))}" for place, each in enumerate(ranked, 1)]
        notes = [one_line(each.shot.prompt, 60) for each in ranked]
        self.together.pause()
        chosen = await self.app.push_screen_wait(Choose("Ranked; enter watches one", lines, 0, notes))
        self.dismiss(None)
        if chosen is not None:
            self.rushes.watch_take(ranked[chosen])

    def action_back(self) -> None:
        """Where one came from."""
        self.dismiss(None)


def _prompt(name: str, words: Sequence[tuple[str, bool]]) -> Content:
    marked = [Content.styled(word, "bold underline $warning") if own else Content(word) for word, own in words]
    return Content.assemble(Content.styled(f"{name:<4}", "bold $text-label"), Content(" ").join(marked))
