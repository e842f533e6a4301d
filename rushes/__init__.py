"""rushes: a terminal studio for AI video. What happens to a task lives here; vendors and screens do not."""

__version__ = "0.1.0"
