"""The command line: thin over the engine. Standard output is data, standard error is words, exit codes an interface.

This module is all that `rushes --version` imports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rushes import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:  # the library's own name for it costs a third of `rushes --version`
    from typing import TextIO

__all__ = ["main", "mute"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and gives its exit code; without a verb, the app."""
    _open_what_is_closed()
    args = list(sys.argv[1:] if argv is None else argv)
    if args in (["--version"], ["-V"]):
        print(f"rushes {__version__}")
        return 0
    try:
        from rushes.cli.run import run

        code = run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing left to say, and nobody to say it to.
        mute(sys.stdout)
        return 0
    except OSError as error:  # the last of what was printed has no room; `run` has told of every other
        mute(sys.stdout)
        print(f"rushes: standard output: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def mute(stream: TextIO) -> None:
    """Sends what is still written to a stream, its buffer included, nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_what_is_closed() -> None:
    """A stream that the caller closed (`2>&-`) would be None, and its number would go to the next file opened."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open as long as we run
