"""Figures without a screen; matplotlib is imported only here."""
