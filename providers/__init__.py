"""How to speak to each vendor, and what each can do. Knows nothing of tasks, files or screens."""
