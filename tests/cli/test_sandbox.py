"""`rushes sandbox`: the variables that point other programs at it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOC = Path(__file__).parents[2] / "docs" / "sandbox.md"


def test_it_prints_the_variables_that_the_docs_show(home: Path) -> None:
    shown = [line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith("export ")]
    command = [sys.executable, "-m", "rushes", "--home", str(home), "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        assert served.stdout is not None
        told = [re.sub(r":\d+/", ":8099/", served.stdout.readline().rstrip()) for _ in shown]
        served.terminate()
    assert told == shown
