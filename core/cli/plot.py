"""``plot``: a picture of a run, for paper and slides."""

import argparse

from core.choices.fields import Mistake
from core.cli.export import chosen, moment
from core.cli.paths import output_path
from core.cli.progress import download_bar
from core.cli.source import read_source
from core.pictures.plots import PLOTS

SENTENCE = "Draw a picture of a run: curves, boundary, confusion matrix, predicted numbers, network."


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    plots = "; ".join(f"{row.tag}: {row.formula}" for row in PLOTS.values())
    parser.add_argument("source", metavar="FILE", help="a .downhill file with a trained run")
    parser.add_argument("plot", choices=tuple(PLOTS), help=plots)
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the file to write")
    parser.add_argument("--run", metavar="NAME", dest="name", help="the run to take, the first if left out")
    parser.add_argument(
        "--at",
        metavar="MOMENT",
        type=moment,
        help="start, best, last, or the number of an epoch; the weights that the run keeps if left out",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw it; of an animation each line tells how many frames are done, of how many: ``12/60``."""
    row = PLOTS[arguments.plot]
    path = output_path(arguments.output, *row.suffixes)
    source = read_source(arguments.source)
    record = chosen(source.records, arguments.name, arguments.source)

    from core.datasets.load import load
    from core.pictures.subject import Subject
    from core.project.atomic import write_whole
    from core.runs.kept import kept

    with download_bar() as progress:
        dataset = load(record.experiment.data, progress)
    lacks = row.lacks(dataset.facts)
    if lacks:
        raise Mistake(lacks)
    weights = kept(record).row if arguments.at is None else record.at(arguments.at)
    make = row.forms(Subject.of(record, dataset, weights))[path.suffix.lower()]
    content = make(lambda done, total: print(f"{done}/{total}", flush=True))
    write_whole(path, lambda stream: stream.write(content))
    print(f"Written: {path}")
    return 0
