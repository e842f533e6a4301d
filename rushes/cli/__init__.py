"""The command line: thin over the engine. Standard output is data, standard error is words, exit codes an interface.

This module is all that `rushes --version` imports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rushes import __version__

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and gives its exit code; without a verb, the app."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args in (["--version"], ["-V"]):
        print(f"rushes {__version__}")
        return 0
    from rushes.cli.run import run

    try:
        code = run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
