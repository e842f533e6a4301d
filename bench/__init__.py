"""Measurements as commands. Each prints its figures as ratios within one run, since absolute times drift."""
