"""The app for a browser: `python -m tui.served [HOME]`, started by the gateway, once for each page that is open.

There is no terminal to ask: the page's own draws 24-bit colours, and textual-serve has named Textual's web driver.
"""

from __future__ import annotations

import sys

from rushes.home import Home

__all__ = ["main"]


def main(home: str | None) -> int:
    """Opens the app on a home; without one, where RUSHES_HOME or the platform says."""
    from tui.app import RushesApp
    from tui.terminal import Terminal

    app = RushesApp(Home.find(home), terminal=Terminal(true_colour=True))
    app.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
