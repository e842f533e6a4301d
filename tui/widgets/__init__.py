"""The widgets of the studio. Each module is imported by the screen that shows it, never from here."""
