"""Contact sheets: the posters of a selection on one picture (PNG), and as a page for a browser (HTML). Blocks.

The page is one file that asks for nothing: pictures are inside it, and no text of anybody's is read as markup.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.media.beside import beside
from rushes.task import Task
from rushes.text import show

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["write_html", "write_png", "write_sheets"]

CELL, CAPTION, GAP, COLUMNS = (320, 180), 34, 12, 4
MOST = 400
"""Pictures on one sheet; more would be a picture that nothing opens."""


def write_sheets(tasks: Sequence[Task], folder: Path) -> tuple[Path, Path]:
    """`contact-sheet.png` and `.html` in a folder. Raises OSError, and ValueError for no takes. Blocks."""
    picture, page = folder / "contact-sheet.png", folder / "contact-sheet.html"
    folder.mkdir(parents=True, exist_ok=True)
    write_png(tasks, picture)
    write_html(tasks, page)
    return picture, page


def write_png(tasks: Sequence[Task], target: Path) -> None:
    """Four pictures in a row, each with its model and prompt below. Raises OSError, ValueError for none."""
    from PIL import Image, ImageDraw

    shown = list(tasks)[:MOST]
    if not shown:
        raise ValueError("a contact sheet needs at least one take")
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    wide, high = CELL[0] + GAP, CELL[1] + CAPTION + GAP
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), (18, 18, 22))
    draw = ImageDraw.Draw(sheet)
    for place, task in enumerate(shown):
        x, y = GAP + place % columns * wide, GAP + place // columns * high
        picture = _poster(task)
        if picture is not None:
            sheet.paste(picture, (x + (CELL[0] - picture.width) // 2, y + (CELL[1] - picture.height) // 2))
        for line, text in enumerate(_words(task)):
            draw.text((x, y + CELL[1] + 4 + line * 14), _latin(text), fill=(220, 220, 220) if line else (150, 170, 255))
    sheet.save(target, "PNG")


def write_html(tasks: Sequence[Task], target: Path) -> None:
    """One page with the pictures inside. Raises OSError, ValueError for none."""
    shown = list(tasks)[:MOST]
    if not shown:
        raise ValueError("a contact sheet needs at least one take")
    cells = "\n".join(_cell(task) for task in shown)
    target.write_text(_PAGE.replace("{cells}", cells), encoding="utf-8")


def _cell(task: Task) -> str:
    badge, prompt = (html.escape(each) for each in _words(task, 400))
    poster = beside(task.take.file).poster if task.take else None
    picture = ""
    if poster is not None and poster.is_file():
        data = base64.b64encode(poster.read_bytes()).decode()
        picture = f'<img alt="" src="data:image/jpeg;base64,{data}">'
    words = f"<b>{badge}</b><br>{prompt}<br><small>{html.escape(task.id)}</small>"
    return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"


def _poster(task: Task) -> Image | None:
    from PIL import Image

    if task.take is None:
        return None
    try:
        with Image.open(beside(task.take.file).poster) as found:
            picture = found.convert("RGB")
    except OSError:
        return None
    picture.thumbnail(CELL)
    return picture


def _words(task: Task, limit: int = 46) -> tuple[str, str]:
    stars = f"  {'★' * task.rating}" if task.rating else ""
    return show(f"{task.badge or task.shot.model}{stars}", limit), show(task.shot.prompt, limit)


def _latin(text: str) -> str:
    """Pillow's own font has no more."""
    return text.replace("★", "*").encode("latin-1", "replace").decode("latin-1")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Contact sheet</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body { background: #121216; color: #ddd; font: 14px system-ui, sans-serif; display: grid; gap: 1em; padding: 1em;
  grid-template-columns: repeat(auto-fill, minmax(20em, 1fr)); }
figure { margin: 0; } img { width: 100%; } b { color: #9ab0ff; } small { color: #888; }
</style></head><body>
{cells}
</body></html>
"""
