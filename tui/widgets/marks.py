"""Small signs that several widgets draw: the value that is set, whether a provider can be used, what made a take.

Light to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.text import one_line

if TYPE_CHECKING:
    from rushes.pool import ProviderInfo
    from rushes.task import Task

__all__ = ["PRACTICE", "badge", "block", "mark"]

PRACTICE = "PRACTICE"
"""Stands wherever a task ran on a stand-in for the vendor: nothing was sent to it, nothing was charged."""


def block(text: str, *, loud: bool) -> Content:
    """The value that is set: in a block with half-cell edges, which shows without colours too; loud with the focus."""
    name = "chosen" if loud else "quiet"
    edges = Content.styled("▐", f"${name}"), Content.styled("▌", f"${name}")
    return Content.assemble(edges[0], Content.styled(text, f"${name}-text on ${name} bold"), edges[1])


def mark(info: ProviderInfo) -> tuple[str, str]:
    """A sign and its colour: ready, ready for practice only, or not ready."""
    if not info.ready:
        return "○", "$text-quiet"
    return ("◐", "$text-warning") if info.practice else ("●", "$text-success")


def badge(task: Task) -> str:
    """`LUMA-RAY-3.2`: the task's badge, else made from provider and model; without the practice mark."""
    text = one_line(task.badge or f"{task.shot.provider}-{task.shot.model}".upper())
    return text.removesuffix(PRACTICE).removeprefix(PRACTICE).strip(" ·-") or text
