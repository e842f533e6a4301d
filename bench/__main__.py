"""`python -m bench [NAME …]`: runs the named benchmarks, or all of them."""

from __future__ import annotations

import importlib
import sys

BENCHES = (
    *("start", "studio", "idle", "generate", "media", "player"),
    *("pacing", "library", "gateway", "money", "tasks500"),
)


def main(names: list[str]) -> int:
    """Each by its own `main`; the gravest code of all."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(f"\n── {name} " + "─" * (72 - len(name)), flush=True)
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
