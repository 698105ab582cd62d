"""``new``: a file of one's own, made from an example."""

import argparse

from core.choices.fields import Mistake
from core.cli.paths import output_path
from core.cli.source import unknown_example
from core.experiment.examples import example_names, read_example
from core.resources import PROGRAM

SENTENCE = "Make a file from an example."


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("name", metavar="NAME", help='the name of an example; "list examples" shows them')
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the .downhill file to make")
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")


def run(arguments: argparse.Namespace) -> int:
    """Write the example to a file."""
    from core.project.archive import Project, save

    if arguments.name not in example_names():
        raise unknown_example(arguments.name)
    path = output_path(arguments.output, ".downhill")
    if path.exists() and not arguments.force:
        raise Mistake(f"{path} exists already; choose another name, or replace it with --force")
    save(Project(read_example(arguments.name)), path)
    print(f"Made {path}; train it with: {PROGRAM} train {path}")
    return 0
