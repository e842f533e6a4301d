"""Settings of a person: declared once, kept in settings.toml, told to whoever subscribes."""

from __future__ import annotations

from rushes.settings.check import Fault
from rushes.settings.model import Settings
from rushes.settings.schema import Kind, Option, SettingsProblem, options, sections
from rushes.settings.store import SettingsStore

__all__ = ["Fault", "Kind", "Option", "Settings", "SettingsProblem", "SettingsStore", "options", "sections"]
