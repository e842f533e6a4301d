"""How long the vendors' catalogues take to load: `python bench/catalogues.py`, best of twenty in milliseconds."""

from __future__ import annotations

import time
from pathlib import Path

import providers
from providers.catalogue import Catalogue


def main() -> None:
    """One line for each catalogue file."""
    for path in sorted(Path(providers.__file__).parent.glob("*/catalogue.toml")):
        times = []
        for _run in range(20):
            started = time.perf_counter()
            catalogue = Catalogue.load(path)
            times.append(1000 * (time.perf_counter() - started))
        print(f"{path.parent.name:10} {len(catalogue.model):3} models  {min(times):5.1f} ms")


if __name__ == "__main__":
    main()
