"""Screens: what a person sees at once, and which message leads to which action."""
