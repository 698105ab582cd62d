"""Everything of Downhill that needs no screen."""
