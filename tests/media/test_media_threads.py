"""Two threads look at every frame while a clip is verified; that must never hang, however often it is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MANY = """
import sys
from pathlib import Path
from rushes.media import Expect, verify
from tests.house import _flat
folder = Path(sys.argv[1])
clip = folder / "clip.mp4"
clip.write_bytes(_flat(256, 144, 1.0, 6))
for _ in range(150):
    report = verify(
        clip, Expect(), poster=folder / "p.jpg", filmstrip=folder / "s.jpg", scrub=folder / "scrub.mp4"
    )
    assert report.ok, report.reason
"""


def test_many_clips_are_verified_without_a_hang(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path)], timeout=60, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
