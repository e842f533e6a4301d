"""Builds the wheel, installs it alone into an empty environment, and runs it there as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _run(*command: str | Path, cwd: Path, **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("RUSHES", "PYTHON", "LUMA"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**clean, **env}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _install(python: Path, wheel: Path, folder: Path) -> None:
    """From the lock, with hashes; by uv where there is one, since it is ten times faster."""
    uv = shutil.which("uv")
    pip: list[str | Path] = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    _run(*pip, "--quiet", "--require-hashes", "-r", ROOT / "requirements.lock", cwd=folder)
    _run(*pip, "--quiet", "--no-deps", wheel, cwd=folder)


def main() -> None:
    """Ends with an error where anything is missing from the wheel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
        wheel = next(folder.glob("*.whl"))
        _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
        python = folder / "venv" / "bin" / "python"
        _install(python, wheel, folder)
        rushes = python.with_name("rushes")
        version = _run(rushes, "--version", cwd=folder).strip()
        shot = ("generate", "a paper boat", "-p", "duration=1", "-p", "resolution=360p", "--json")
        out = _run(rushes, *shot, cwd=folder, RUSHES_HOME=str(folder / "home"))
        task = json.loads(out.splitlines()[-1])
        _run(python, "-c", "import tui.app, tui.screens.library, tui.screens.help", cwd=folder)
        models = json.loads(_run(rushes, "models", "--json", cwd=folder))["models"]
        if task["status"] != "SUCCEEDED" or not models:
            sys.exit(f"the installed wheel does not work: {task}")
        print(f"{wheel.name}: {version}, {len(models)} models, a clip of {task['bytes']} bytes")


if __name__ == "__main__":
    main()
