"""Extras: further files of one take. Several pictures of one press, EXR frames beside a clip, a sound beside pictures.

The first file is the take's own; the others lie beside it as `NAME.2.png`, `NAME.3.zip` … and stand in its sidecar
under `more`, with their lengths and hashes. They go where the take goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from providers.values import dataclass
from rushes.atomic import write_atomically
from rushes.media.kinds import Kind, kind_of

__all__ = [
    "Extra",
    "as_json",
    "extra_of",
    "extra_path",
    "extras_in",
    "extras_of",
    "pictures_of",
    "sides_of",
    "write_extras",
]

MOST = 64


@dataclass(frozen=True, slots=True)
class Extra:
    """One further file; `bytes` and `sha256` are those that it had when it was kept."""

    file: Path
    sha256: str
    bytes: int

    @property
    def kind(self) -> Kind:
        """Clip, picture, sound or archive, by its name."""
        return kind_of(self.file)


def extra_path(take: Path, number: int, suffix: str) -> Path:
    """Where the further file of that number lies; the take's own file is number 1."""
    return take.with_name(f"{take.stem}.{number}{suffix}")


def extras_of(take: Path) -> tuple[Extra, ...]:
    """What the sidecar beside a take says; nothing where there is none, or it cannot be read. Blocks."""
    try:
        data = json.loads(take.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    return extras_in(data, take.parent) if isinstance(data, dict) else ()


def pictures_of(take: Path) -> tuple[Path, ...]:
    """Where the poster, the filmstrip and the scrub proxy of a take lie, made or not."""
    from rushes.media.beside import beside

    made = beside(take)
    return made.poster, made.strip, made.scrub


def sides_of(take: Path) -> tuple[Path, ...]:
    """All that lies beside a take's own file and goes where it goes, there or not; the sidecar last. Blocks."""
    return (*(each.file for each in extras_of(take)), *pictures_of(take), take.with_suffix(".json"))


def extra_of(take: Path, number: int) -> Extra | None:
    """The one of that number, as far as the sidecar names it. Blocks."""
    return next((each for each in extras_of(take) if each.file.stem == f"{take.stem}.{number}"), None)


def extras_in(data: Mapping[str, Any], folder: Path) -> tuple[Extra, ...]:
    """The `more` of a sidecar. Entries that name no file of the folder itself are passed over: they may be forged."""
    rows = data.get("more")
    found = [_extra(row, folder) for row in rows[:MOST]] if isinstance(rows, list) else []
    return tuple(each for each in found if each is not None)


def _extra(row: Any, folder: Path) -> Extra | None:
    if not isinstance(row, dict):
        return None
    name, sha256, size = row.get("file"), row.get("sha256"), row.get("bytes")
    plain = isinstance(name, str) and name == Path(name).name and re.search(r"\.\d{1,2}\.\w{1,5}$", name)
    known = isinstance(sha256, str) and isinstance(size, int) and not isinstance(size, bool)
    return Extra(folder / str(name), str(sha256), int(str(size))) if plain and known else None


def as_json(extras: Sequence[Extra]) -> list[dict[str, Any]]:
    """The form of `more` in a sidecar."""
    return [{"file": each.file.name, "kind": each.kind, "sha256": each.sha256, "bytes": each.bytes} for each in extras]


def write_extras(sidecar: Path, extras: Sequence[Extra]) -> None:
    """Names other files in a sidecar that exists. Raises OSError, ValueError."""
    data = json.loads(sidecar.read_text(encoding="utf-8"))
    data["more"] = as_json(extras)
    write_atomically(sidecar, json.dumps(data, ensure_ascii=False, indent=1).encode())
