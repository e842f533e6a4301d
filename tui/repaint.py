"""How little of Textual's screen is drawn and sent when something changes. Textual is pinned for its private parts.

* `Compositor.render_partial_update` draws every widget there is for one changed cell; here, those in sight of it.
* `ChopsUpdate.render_segments` and `LayoutUpdate.render_segments` send what was drawn; here, what looks different.
* `Screen._on_timer_update`: a frame waits up to 16 ms for the next tick; what a key asked for need not.
* `Widget._border_title`: another title draws the whole pane; here, its line.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.screen_diff import Shown, whole_cells

__all__ = ["forget", "full_repaint", "install", "paint_now", "retitle"]

Spans = list[tuple[int, int, int]]
"""Row, first column, and the column behind the last one."""


def install() -> None:
    """For the whole process; calling it again changes nothing."""
    Compositor.render_partial_update = _partial_update  # type: ignore[method-assign]  # Textual offers no way in
    ChopsUpdate.render_segments = _render_spans  # type: ignore[method-assign]
    LayoutUpdate.render_segments = _render_layout  # type: ignore[method-assign]


FRAME_S = 1 / 60
"""Textual's own pause between two frames, in seconds."""


class _Last:
    painted = 0.0


def paint_now(widget: Widget) -> None:
    """Sends at once what was redrawn of a widget, and whatever else waits for the next frame.

    At most once in the time of a frame: of keys that come faster, the later ones share one as ever.
    """
    now, screen = time.monotonic(), widget.screen
    if now - _Last.painted >= FRAME_S:
        _Last.painted = now
        screen._dirty_widgets.add(widget)
        screen._on_timer_update()


def retitle(pane: Widget, title: Content | None = None, subtitle: Content | None = None) -> None:
    """Other words in the frame of a pane. Assigned as usual, they have the whole pane drawn, and all that is in it."""
    width, height = pane.outer_size
    top, left = pane.gutter.top, pane.gutter.left
    for y, name, words in ((0, "_border_title", title), (height - 1, "_border_subtitle", subtitle)):
        if words is not None and words != getattr(pane, name):
            setattr(pane, name, words)
            pane.refresh(Region(-left, y - top, width, 1))


# -- drawing -------------------------------------------------------------------------------------------------------


def _partial_update(self: Compositor) -> ChopsUpdate | None:
    regions = self._dirty_regions.copy()
    self._dirty_regions.clear()
    if not regions:
        return None
    spans = list(self._regions_to_spans(regions))
    return ChopsUpdate(_chops(self, spans), spans, [cuts[1:] for cuts in self.cuts])


def _chops(compositor: Compositor, spans: Spans) -> list[dict[int, Strip | None]]:
    """For each row, its pieces by the column in which they begin; pieces beside the spans stay None."""
    wanted = _wanted(compositor.cuts, spans)
    chops: list[dict[int, Strip | None]] = [
        dict.fromkeys(cuts[:-1]) if y in wanted else {} for y, cuts in enumerate(compositor.cuts)
    ]
    # From front to back: what is in sight first fills its pieces, and what is wholly behind is not drawn at all.
    for widget, (region, clip) in compositor.visible_widgets.items():
        if not wanted:
            break
        seen = region.intersection(clip)
        left, right = seen.column_span
        rows = [y for y in seen.line_range if any(left <= cut < right for cut in wanted.get(y, ()))]
        if rows:
            part = Region(seen.x - region.x, rows[0] - region.y, seen.width, rows[-1] + 1 - rows[0])
            strips = widget.render_lines(part)
            for y in rows:
                _fill(chops[y], wanted, y, _pieces(strips[y - rows[0]], compositor.cuts[y], left, right))
    return chops


def _wanted(cuts: list[list[int]], spans: Spans) -> dict[int, set[int]]:
    """Rows, and the columns in which the pieces that the spans touch begin."""
    wanted: dict[int, set[int]] = {}
    for y, x1, x2 in spans:
        found = {start for start, end in pairwise(cuts[y]) if start < x2 and end > x1}
        wanted[y] = wanted.get(y, set()) | found
    return wanted


def _pieces(strip: Strip, cuts: list[int], left: int, right: int) -> Iterable[tuple[int, Strip]]:
    inner = [cut for cut in cuts if left <= cut <= right]
    if len(inner) == 2 and type(strip) is Strip and strip.cell_length == right - left:
        return [(left, strip)]  # a picture's strip wants to know how it is cut
    return zip(inner, strip.divide([cut - left for cut in inner[1:]]), strict=False)


def _fill(
    chops: dict[int, Strip | None], wanted: dict[int, set[int]], y: int, parts: Iterable[tuple[int, Strip]]
) -> None:
    left = wanted[y]
    for cut, part in parts:
        if cut in left:
            chops[cut] = part
            left.discard(cut)
    if not left:
        del wanted[y]


# -- sending -------------------------------------------------------------------------------------------------------


class _Repaint:
    full = False
    size = (0, 0)


_shown = Shown()


def full_repaint() -> bool:
    """True while the whole screen is being written: what a picture believes to be there already may not be."""
    return _Repaint.full


def forget() -> None:
    """What the terminal shows is not known any more: all that is drawn from now on is sent."""
    _shown.forget()


def _render_layout(self: LayoutUpdate, console: Console) -> str:
    size = self.region.size
    if size != _Repaint.size:
        forget()
    _Repaint.full, _Repaint.size = True, size
    try:
        return "".join(_shown.write_whole(y, strips, console) for y, strips in enumerate(self.strips))
    finally:
        _Repaint.full = False


def _render_spans(self: ChopsUpdate, console: Console) -> str:
    written: list[str] = []
    for y, x1, x2 in self.spans:
        for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            start, stop = max(x, x1) - x, min(end, x2) - x
            if start or stop < end - x:
                if type(strip) is Strip:  # a picture has single cells, and looking into it would cost its memory
                    start, stop = whole_cells(strip, start, stop)
                strip = strip.crop(start, stop)
            written.append(_shown.write(y, x + start, strip, console))
    return "".join(written)
