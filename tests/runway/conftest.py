"""The sandbox's own fixtures serve here too: a world in its own folder, on a clock that is driven."""

from tests.sandbox.conftest import clock, make_world, world

__all__ = ["clock", "make_world", "world"]
