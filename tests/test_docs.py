"""Docs that state what the program is are held to the program."""

from __future__ import annotations

import re
from pathlib import Path

from rushes.cli.exits import Exit
from rushes.cli.verbs import VERBS
from rushes.task import Status

ROOT = Path(__file__).resolve().parent.parent
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_exit_code_is_in_the_docs_and_no_other() -> None:
    table = CLI.split("## Exit codes")[1]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {code.value for code in Exit}


def test_every_verb_is_in_the_docs_and_no_other() -> None:
    table = CLI.split("## Verbs")[1].split("\n## ")[0]
    rows = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([a-z]+)", rows)) - {"resend", "forget"} == set(VERBS) - {"forget"}


def test_every_state_is_in_the_docs() -> None:
    assert all(f"`{status.value}`" in CLI for status in Status)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if not (ROOT / link).exists()] == []


def test_every_module_that_the_design_names_is_there() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_/]+)`", design.split("## Where to read")[1].split("\n\nIn `tui")[0])
    assert len(named) > 40
    assert [each for each in named if not list((ROOT / "rushes").glob(f"{each.rstrip('/')}*"))] == []
