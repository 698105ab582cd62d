"""New from an example: a gallery with pictures."""
