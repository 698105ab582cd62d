"""The command line: a file per command, and here what they share: how they are chosen and how they end."""

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from core.choices.fields import Mistake
from core.cli import check, draw, export, landscape, new, plot, predict, report, train
from core.cli import list as listing
from core.resources import PROGRAM

MISTAKE = 1  # what the user can mend
USAGE = 2
INTERRUPTED = 130


class Command(Protocol):
    """What the module of a command has; it imports what is slow to import only when it runs."""

    SENTENCE: str

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Tell the parser which arguments there are."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Carry out the command and return the exit status; raises Mistake."""


COMMANDS: Mapping[str, Command] = {
    "list": listing,
    "new": new,
    "check": check,
    "train": train,
    "export": export,
    "predict": predict,
    "landscape": landscape,
    "plot": plot,
    "report": report,
    "draw": draw,
}


def main(argv: Sequence[str]) -> int:
    """Carry out a command and return its exit status: 0, 1 for what the user can mend, 2 for usage, 130 interrupted.

    What went wrong is one sentence on stderr.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old Windows console does not know every letter
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:  # argparse has said what it expected, or has shown its help
        return end.code if isinstance(end.code, int) else USAGE
    try:
        status = COMMANDS[arguments.command].run(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough, as in "… | head"
        # Python flushes stdout once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return MISTAKE
    except Exception as error:
        sentence = _mendable(error)
        if not sentence:
            raise
        print(sentence, file=sys.stderr)
        return MISTAKE


def _mendable(error: Exception) -> str:
    """Return what to tell the user of an error that the user can mend, empty for one that is the program's."""
    if isinstance(error, Mistake):
        return str(error)
    if isinstance(error, OSError):
        return f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename else str(error)
    # Torch raises a RuntimeError where the memory of the computer or of its GPU is not enough.
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "allocate" in str(error)):
        return "There is not enough memory: take fewer units, fewer variants or a smaller batch."
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Build, train and export dense neural networks.",
        epilog=f'"{PROGRAM} COMMAND --help" tells more about a command.',
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name, command in COMMANDS.items():
        command.declare(commands.add_parser(name, help=command.SENTENCE, description=command.SENTENCE))
    return parser
