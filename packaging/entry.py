"""The start of the frozen program: the window, or the command line where the first word is one of its commands."""

import os
import sys
import traceback
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run the window, or the command that the first word names, and return the exit status."""
    if arguments and not arguments[0].startswith("-"):
        from core.cli.main import COMMANDS
        from core.cli.main import main as command_line

        if arguments[0] in COMMANDS:
            return command_line(arguments)
    from app.main import main as window

    return window(arguments)


if __name__ == "__main__":
    # A windowed program on Windows has neither of the two, and not every library asks before it writes.
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the program lasts
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception:
        if sys.stderr is nowhere:
            raise  # PyInstaller shows it in a box
        # Its own words would come last, where whoever started this as a process looks for what is wrong.
        traceback.print_exc()
        sys.exit(1)
