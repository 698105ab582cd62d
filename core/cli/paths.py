"""Files that a command is told to write: looked at before the work, so that none is done for nothing."""

from pathlib import Path

from core.choices.fields import Mistake


def output_path(text: str, *suffixes: str) -> Path:
    """Return the path of a file to be written; raises Mistake if its ending or its folder is not right."""
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise Mistake(f"{text}: expected the name of a file that ends in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise Mistake(f"{text}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise Mistake(f"{text}: expected the name of a file, and this is a folder")
    return path
