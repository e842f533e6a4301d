"""The keys that move through a clip, for screens that show one player."""

from __future__ import annotations

from tui.widgets.player import Player

__all__ = ["Transport"]


class Transport:
    """What the screen's keys do, its player does."""

    player: Player

    def action_play_pause(self) -> None:
        self.player.play()

    def action_seek(self, by_s: float) -> None:
        self.player.action_seek(by_s)

    def action_step(self, by: int) -> None:
        self.player.action_step(by)

    def action_faster(self, by: int) -> None:
        self.player.action_faster(by)

    def action_loop(self) -> None:
        self.player.action_loop()
