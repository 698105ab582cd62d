"""Other tools' formats, a file per format."""
