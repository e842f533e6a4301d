"""How money is drawn: sums, budget bars, a plot of days, tables. Pure: figures in, styled text out.

Sums stand in words beside every bar and plot, so that neither colour nor block characters are needed to read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from tui.text import fit, width

if TYPE_CHECKING:
    from rushes.money.accounts import Spend
    from rushes.money.books import Group
    from rushes.money.budgets import Bar

__all__ = ["PLOT_DAYS", "bar_lines", "plot", "sum_lines", "table", "usd"]

PLOT_DAYS = 30
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_NUMBERS = 9
_NARROW = 54
_LONGEST_NAME = 44


def usd(amount: Decimal | None) -> str:
    """`$1.20`, `-$0.40`, `–` where there is none."""
    if amount is None:
        return "–"
    return f"-${-amount:.2f}" if amount < 0 else f"${amount:.2f}"


def _pair(name: str, value: str, *, loud: bool = False) -> Content:
    return Content.assemble(
        Content.styled(name.ljust(12), "$text-label"), Content.styled(value, "bold" if loud else "")
    )


def sum_lines(figures: Spend) -> Content:
    """What a span cost, and what a take that was kept has cost."""
    total = figures.total
    lines = [
        _pair("charged", usd(total.charged), loud=True),
        _pair("quoted", usd(total.quoted)),
        _pair("estimated", usd(total.estimated)),
        _pair("given back", usd(total.refunded)),
        _pair("shots", f"{total.presses} sent, {figures.takes} take{'s' * (figures.takes != 1)}"),
        _pair("4 ★ or more", f"{figures.kept}, {usd(figures.per_kept)} each" if figures.kept else "no take yet"),
    ]
    if total.unknown:
        lines.append(_pair("no price", f"{total.unknown} not in these sums"))
    if total.unsettled:
        lines.append(_pair("perhaps", f"{usd(total.unsettled)} more: answers were lost"))
    return Content("\n").join(lines)


def flying_line(figures: Spend) -> Content:
    """What is at the vendors now."""
    flying = figures.flying
    if not flying.tasks:
        return Content.styled("nothing is in flight", "$text-quiet")
    words = f"{flying.tasks}, up to {usd(flying.usd)} more"
    return _pair("in flight", words + (f", {flying.unknown} without a price" if flying.unknown else ""))


def bar_lines(bars: Sequence[Bar], cells: int) -> Content:
    """A budget a line; where none is set, how to set one."""
    if not bars:
        return Content.styled("no budget is set; Settings has them (search for budget)", "$text-quiet")
    name_width = min(24, max(width(bar.name) for bar in bars))
    words = [bar.words() for bar in bars]
    room = max(4, cells - name_width - max(map(width, words)) - 4)
    lines = [_bar(bar, said, name_width, room) for bar, said in zip(bars, words, strict=True)]
    return Content("\n").join(lines)


def _bar(bar: Bar, words: str, name_width: int, room: int) -> Content:
    full = min(room, round(bar.part * room))
    colour = "$error" if bar.part >= 1 else "$warning" if bar.part >= 0.8 else "$success"
    return Content.assemble(
        Content.styled(fit(bar.name, name_width), "$text-label"),
        "  ",
        Content.styled("━" * full, colour),
        Content.styled("─" * (room - full), "$text-quiet"),
        "  ",
        words,
    )


def plot(charged: Mapping[date, Decimal], last: date, cells: int, rows: int) -> Content:
    """The days up to `last` as columns, with the dearest one's sum at the top and the ends named below."""
    days = [last - timedelta(days=back) for back in reversed(range(PLOT_DAYS))]
    sums = [max(Decimal(0), charged.get(day, Decimal(0))) for day in days]
    most = max(sums)
    if most == 0:
        return Content.styled(f"nothing was charged in {PLOT_DAYS} days", "$text-quiet")
    column = max(1, min(3, (cells - _NUMBERS) // PLOT_DAYS))
    heights = [round(float(each / most) * rows * 8) or (1 if each else 0) for each in sums]
    lines = []
    for row in reversed(range(rows)):
        label = usd(most) if row == rows - 1 else "$0" if row == 0 else ""
        blocks = "".join(_EIGHTHS[min(8, max(0, height - row * 8))] * column for height in heights)
        lines.append(Content.assemble(Content.styled(label.rjust(_NUMBERS - 1) + " ", "$text-label"), blocks))
    ends = f"{days[0]:%d %b}".ljust(PLOT_DAYS * column - 6) + f"{last:%d %b}"
    return Content("\n").join([*lines, Content.styled(" " * _NUMBERS + ends, "$text-quiet")])


def table(title: str, groups: Sequence[Group], cells: int) -> Content:
    """Name, charged, takes, kept, and what a kept one cost; on few columns without the middle."""
    wide = cells >= _NARROW
    name_width = min(_LONGEST_NAME, max(12, cells - (42 if wide else 22)))
    lines = [
        Content.styled(_row((title, "charged", "takes", "kept", "each kept"), name_width, wide=wide), "$text-label")
    ]
    for each in groups:
        numbers = (usd(each.sums.charged), str(each.takes), str(each.kept), usd(each.per_kept))
        lines.append(Content(_row((each.name, *numbers), name_width, wide=wide)))
    if not groups:
        lines.append(Content.styled("nothing yet", "$text-quiet"))
    return Content("\n").join(lines)


def _row(cells: tuple[str, str, str, str, str], name_width: int, *, wide: bool) -> str:
    name, charged, takes, kept, each = cells
    middle = f"{takes:>8}{kept:>8}" if wide else ""
    return f"{fit(name, name_width)}{charged:>11}{middle}{each:>11}"
