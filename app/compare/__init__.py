"""Several runs side by side: chosen, trained together, looked at."""
