"""The report on a run: what a student hands in. As a document of plain values, and as one HTML file."""
