"""What is trained: frozen values, saved in files."""
