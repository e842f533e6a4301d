"""The life of a task: the queue, the one send, polls, downloads, and what a person does to it."""
