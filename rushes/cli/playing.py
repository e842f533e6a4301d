"""`play` and `poster`: a take in the terminal, moving on the whole screen, or standing in so many cells."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import print_json
from rushes.cli.reading import open_library
from rushes.home import Home
from rushes.library.library import Library
from rushes.task import Task

if TYPE_CHECKING:
    from rushes.media.cells import Depth

__all__ = ["play", "poster"]


def play(home: Home, options: Namespace) -> int:
    """Opens the player on one take; leaving it ends the program."""
    from rushes.cli.app import open_app

    task, _ = _clip(home, options.id)
    return open_app(home, first=task.id)


def poster(home: Home, options: Namespace) -> int:
    """Prints where the poster lies, or draws it in cells. What is missing beside the clip is made."""
    from rushes.media.beside import rebuild

    task, clip = _clip(home, options.id)
    made = rebuild(clip)
    if not made.poster.exists():
        raise Stop(
            Exit.DOWNLOAD, "no picture could be made of the clip", hint=f"`rushes fetch {task.id}` gets it again"
        )
    if options.cells:
        _draw(made.poster, options.cells, os.environ)
    elif options.json:
        strip = str(made.strip) if made.strip.exists() else None
        print_json({"id": task.id, "poster": str(made.poster), "filmstrip": strip})
    else:
        print(made.poster)
    return Exit.DONE


def _clip(home: Home, name: str) -> tuple[Task, Path]:
    library = open_library(home)
    try:
        task = library.get(name)
        if task is not None and task.take is not None and not isinstance(library, Library):
            library.clip(task)
    finally:
        library.close()
    if task is None:
        raise Stop(Exit.USAGE, f"there is no task {name}", hint="`rushes history` lists them")
    if task.take is None:
        raise Stop(Exit.USAGE, f"task {task.id} has no clip ({task.status.value})", hint=f"`rushes show {task.id}`")
    if not task.take.file.is_file():
        hint = f"`rushes fetch {task.id}` gets it again while the vendor keeps it"
        raise Stop(Exit.DOWNLOAD, f"the clip is not where it was: {task.take.file}", hint=hint)
    return task, task.take.file


def _draw(picture: Path, cells: tuple[int, int], environ: Mapping[str, str]) -> None:
    import numpy as np
    from PIL import Image

    from rushes.media.cells import grey, lines

    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB"))
    if environ.get("NO_COLOR"):
        pixels = grey(pixels)
    for line in lines(pixels, *cells, _depth(environ)):
        print(line)


def _depth(environ: Mapping[str, str]) -> Depth:
    """What the environment says of colours; nobody is asked, since this may run on a pipe."""
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return "true"
    return "256" if "256" in environ.get("TERM", "") or "kitty" in environ.get("TERM", "") else "16"
