"""The canvas: the network as cards from left to right, built by dragging and drawn with live numbers."""
