"""``report``: write a report on the runs of a file as one HTML file."""

import argparse

from core.cli.export import chosen
from core.cli.paths import output_path
from core.cli.progress import download_bar
from core.cli.source import read_source

SENTENCE = "Write a report on the runs of a file: one HTML file, which needs no network."


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("source", metavar="FILE", help="a .downhill file with trained runs")
    parser.add_argument("-o", "--output", metavar="OUT.html", required=True, help="the file to write")
    parser.add_argument("--run", metavar="NAME", dest="name", help="the run to tell in full, the best if left out")


def run(arguments: argparse.Namespace) -> int:
    """Write it; each line tells how many chapters are done, of how many: ``3/10``."""
    path = output_path(arguments.output, ".html")
    source = read_source(arguments.source)
    first = chosen(source.records, arguments.name, arguments.source)

    from core.datasets.load import load
    from core.project.atomic import write_whole
    from core.report.html import html
    from core.report.report import report

    with download_bar() as progress:
        found = report(
            source.experiment.name,
            source.records,
            first if arguments.name else None,
            lambda data: load(data, progress),
            lambda done, total: print(f"{done}/{total}", flush=True),
        )
    write_whole(path, lambda stream: stream.write(html(found).encode()))
    print(f"Written: {path}")
    return 0
