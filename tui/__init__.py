"""What a person sees and presses: the Textual app over the engine."""
