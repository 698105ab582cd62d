"""Files: .downhill archives, their schema and migrations."""
