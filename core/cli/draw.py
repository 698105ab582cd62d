"""``draw``: how the window exports pictures of a landscape, without matplotlib in its own process."""

import argparse
from pathlib import Path

from core.cli.paths import output_path

SENTENCE = "Draw a landscape that the window has written down, for its export."


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("source", metavar="FILE", help="what the window has written down")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the .png, .svg or .gif to write")


def run(arguments: argparse.Namespace) -> int:
    """Draw it; of an animation each line tells how many frames are done, of how many: ``12/60``."""
    path = output_path(arguments.output, ".png", ".svg", ".gif")
    from core.pictures.chart import Chart
    from core.pictures.landscape import gif, png, svg
    from core.project.atomic import write_whole

    chart = Chart.read(Path(arguments.source).read_bytes())
    if path.suffix.lower() == ".gif":
        content = gif(chart, lambda done, total: print(f"{done}/{total}", flush=True))
    else:
        content = {".png": png, ".svg": svg}[path.suffix.lower()](chart)
    write_whole(path, lambda stream: stream.write(content))
    return 0
