"""Small signs that several widgets draw: the value that is set, and whether a provider can be used. Light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from rushes.pool import ProviderInfo

__all__ = ["block", "mark"]


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
