"""The background thread that owns torch, and its Qt side."""
