"""Home: where everything of one person lies. Paths only; nothing is created before `make`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from providers.values import dataclass

__all__ = ["Home", "HomeError"]


_ANOTHER = "choose another home with --home DIR or RUSHES_HOME"


class HomeError(Exception):
    """The home cannot be used: says which folder and why, and what to do about it."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what}; {fix}" if fix else what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one home. With `--home` or `RUSHES_HOME` all four are one folder's own."""

    config: Path
    data: Path
    cache: Path
    state: Path
    connect: str = ""
    """The gateway that is worked against, as it was named; empty: the tasks are this home's own."""

    @classmethod
    def find(cls, option: str | None, environ: Mapping[str, str] = os.environ) -> Home:
        """`--home`, else `RUSHES_HOME`, else the platform's own folders."""
        if root := option or environ.get("RUSHES_HOME"):
            path = Path(root).expanduser().absolute()
            return cls(config=path, data=path, cache=path / "cache", state=path)
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("rushes", appauthor=False)
        return cls(
            config=dirs.user_config_path,
            data=dirs.user_data_path,
            cache=dirs.user_cache_path,
            state=dirs.user_state_path,
        )

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "settings.toml"

    @property
    def templates(self) -> Path:
        """Prompts with variables, by name."""
        return self.config / "templates.toml"

    @property
    def env(self) -> Path:
        """The keys file (mode 0600)."""
        return self.config / ".env"

    @property
    def library(self) -> Path:
        """The SQLite library."""
        return self.data / "library.sqlite3"

    @property
    def media(self) -> Path:
        """Clips and their sidecars, in a folder a month."""
        return self.data / "media"

    @property
    def exports(self) -> Path:
        """Frames and pieces that a person took out of clips."""
        return self.data / "exports"

    @property
    def receipts(self) -> Path:
        """One small file for each task that is at a vendor, should the library be lost."""
        return self.data / "in-flight"

    @property
    def backups(self) -> Path:
        """Copies of the library that were made without naming a place."""
        return self.data / "backups"

    @property
    def sandbox(self) -> Path:
        """What the built-in sandbox remembers between runs."""
        return self.cache / "sandbox"

    @property
    def offers(self) -> Path:
        """Lists that vendors gave (camera moves, say), asked again after a day."""
        return self.cache / "offers"

    @property
    def notes(self) -> Path:
        """What providers remember between runs: where they brought a file to, say."""
        return self.cache / "notes"

    @property
    def log(self) -> Path:
        """The rotating log."""
        return self.state / "rushes.log"

    def make(self) -> None:
        """Creates the folders (0700). Raises HomeError where that cannot be."""
        for folder in dict.fromkeys((self.config, self.data, self.cache, self.state)):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise HomeError(f"cannot use {folder}: {error.strerror or error}", _ANOTHER) from error
            if not os.access(folder, os.W_OK | os.X_OK):
                raise HomeError(f"cannot write to {folder}", _ANOTHER)
