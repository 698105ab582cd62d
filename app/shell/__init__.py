"""The window and what surrounds the parts: theme, settings, banner, recovery. compose.py wires everything."""
