"""``export``: write a trained model for other tools."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.choices.fields import Mistake
from core.cli.paths import output_path
from core.cli.progress import download_bar
from core.cli.source import read_source
from core.exchange.formats import FORMATS
from core.resources import PROGRAM
from core.runs.record import Record

if TYPE_CHECKING:
    from core.exchange.package import Moment

SENTENCE = "Write a trained model for other tools."
MOMENTS = ("start", "best", "last")


def moment(text: str) -> "Moment":
    """Return start, best, last or the number of an epoch; for argparse."""
    if text in MOMENTS:
        return text  # type: ignore[return-value]
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f'expected {", ".join(MOMENTS)} or the number of an epoch, got "{text}"')


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    formats = "; ".join(f"{row.tag}: {row.formula}" for row in FORMATS.values())
    parser.add_argument("source", metavar="FILE", help="a .downhill file with a trained run")
    parser.add_argument("--to", dest="format", choices=tuple(FORMATS), required=True, help=formats)
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the file to write")
    declare_moment(parser)


def declare_moment(parser: argparse.ArgumentParser) -> None:
    """Tell the parser about --run and --at, which choose weights out of a .downhill file."""
    parser.add_argument("--run", metavar="NAME", dest="name", help="the run to take, the first if left out")
    parser.add_argument(
        "--at",
        metavar="MOMENT",
        type=moment,
        default="best",
        help="start, best (if left out), last, or the number of an epoch",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and tell how well they agree with Downhill."""
    form = FORMATS[arguments.format]
    path = output_path(arguments.output, *form.suffixes)
    source = read_source(arguments.source)
    record = chosen(source.records, arguments.name, arguments.source)

    from core.datasets.load import load
    from core.exchange.export import export
    from core.exchange.package import package

    with download_bar() as progress:
        dataset = load(record.experiment.data, progress)
    written = export(package(record, arguments.at, dataset), form, path)
    print(f"Written: {', '.join(map(str, written.files))}")
    how = f"differ from Downhill's by at most {written.difference:.1e}" if written.difference else "equal Downhill's"
    print(f"Read back, its predictions for {written.samples:,} samples {how} (read by {form.reader}).")
    return 0


def chosen(records: Sequence[Record], name: str | None, source: str) -> Record:
    """Return the record of this name, or the first; raises Mistake where there is none."""
    if not records:
        trained = Path(source).with_suffix(".downhill")
        raise Mistake(f"{source} holds no trained run; train it first: {PROGRAM} train {source} --save {trained}")
    if name is None:
        return records[0]
    for record in records:
        if record.name == name:
            return record
    raise Mistake(f'{source} holds no run "{name}"; there are {", ".join(record.name for record in records)}')
