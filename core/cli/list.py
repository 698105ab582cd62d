"""``list``: what there is to choose from."""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import DATASETS
from core.choices.features import FEATURES
from core.choices.fields import Choice
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.exchange.formats import FORMATS
from core.experiment.examples import example_names, read_example

SENTENCE = "Show what there is to choose from, and the examples."
TABLES: Mapping[str, Mapping[str, Choice]] = {
    "datasets": DATASETS,
    "features": FEATURES,
    "activations": ACTIVATIONS,
    "initializers": INITIALIZERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "formats": FORMATS,
}
EXAMPLES = "examples"

Line = tuple[str, str, str]  # tag, title, sentence


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    tables = [EXAMPLES, *TABLES]
    parser.add_argument("table", nargs="?", choices=tables, metavar="TABLE", help=f"only one of {', '.join(tables)}")


def run(arguments: argparse.Namespace) -> int:
    """Print one table, or all of them."""
    tables = [arguments.table] if arguments.table else [EXAMPLES, *TABLES]
    print("\n\n".join(f"{name}\n{_text(_lines(name))}" for name in tables))
    return 0


def _lines(table: str) -> list[Line]:
    if table == EXAMPLES:
        examples = [(name, read_example(name)) for name in example_names()]
        return [(name, example.name, example.question) for name, example in examples]
    return [(row.tag, row.title, row.sentence) for row in TABLES[table].values()]


def _text(lines: Sequence[Line]) -> str:
    """Return tag, title and sentence in columns; on a terminal the sentences are wrapped to its width."""
    tag, title = (max(len(line[column]) for line in lines) for column in (0, 1))
    left = 2 + tag + 2 + title + 2
    width = max(left + 20, shutil.get_terminal_size().columns) if sys.stdout.isatty() else sys.maxsize
    return "\n".join(
        textwrap.fill(
            line[2],
            width,
            initial_indent=f"  {line[0]:{tag}}  {line[1]:{title}}  ",
            subsequent_indent=" " * left,
        )
        for line in lines
    )
