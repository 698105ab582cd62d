"""The experiment on the screen: its value, its undo stack, its file."""
