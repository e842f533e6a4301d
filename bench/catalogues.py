"""How long the vendors' catalogues take to load: `python bench/catalogues.py`, best of twenty in milliseconds."""

from __future__ import annotations

import time

from providers.registry import load


def main() -> None:
    """One line for each provider."""
    for name, spec in load().specs.items():
        times = []
        for _run in range(20):
            started = time.perf_counter()
            catalogue = spec.load_catalogue()
            times.append(1000 * (time.perf_counter() - started))
        print(f"{name:10} {len(catalogue.model):3} models  {min(times):5.1f} ms")


if __name__ == "__main__":
    main()
