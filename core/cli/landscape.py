"""``landscape``: the loss around the weights of a trained run, as numbers and as a picture."""

import argparse
import json
import math
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.choices.fields import Mistake
from core.cli import settings
from core.cli.check import tell_problems
from core.cli.export import moment
from core.cli.interrupt import ctrl_c
from core.cli.paths import output_path
from core.cli.progress import download_bar
from core.cli.source import HELP, Source, read_source
from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture
from core.landscape.values import (
    MOST_POINTS,
    Ask,
    Directions,
    LandscapePicture,
    LineDirections,
    PathDirections,
    RandomDirections,
    RunDirections,
    Weight,
    WeightDirections,
)
from core.runs.record import Record
from core.training.events import Row

if TYPE_CHECKING:
    from core.pictures.chart import Chart

SENTENCE = "Draw the loss around the weights of a run; an experiment that is not trained yet is trained first."
INTERRUPTED = 130
FILES = ("png", "svg", "gif", "npz", "csv")
DIRECTIONS = ("random", "pca", "weights", "line", "runs")
_WEIGHT = re.compile(r"(?:(weights|biases)\.)?(.+?)\[(\d{1,6})\](?:\[(\d{1,6})\])?")
T = TypeVar("T")


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("source", metavar="FILE-or-NAME", help=HELP)
    parser.add_argument(
        "--directions",
        default="random",
        metavar="WHICH",
        help="random (if left out): filter-normalised; pca or pca:RUN,RUN: the leading axes of the path, or of several "
        "paths; weights:A,B or weights:A: chosen weights, such as output[0][1], or output[0] for a bias; line: from "
        "the start weights to those of --at; runs:A,B,C: the plane through three runs",
    )
    parser.add_argument(
        "--resolution",
        type=int,
        default=51,
        metavar="N",
        help=f"points along each axis, 1 to {MOST_POINTS}, 51 if left out; an even number becomes the next odd one",
    )
    parser.add_argument("--samples", type=int, default=512, metavar="N", help="samples at the most, 512 if left out")
    parser.add_argument("--part", choices=("train", "validation"), default="train", help="of which part of the data")
    parser.add_argument("--penalty", action="store_true", help="with the penalty of the experiment")
    parser.add_argument(
        "--range",
        type=float,
        metavar="R",
        help="half the width and height, in steps along the axes; if left out, 1 for random directions, else what "
        "shows the path, the runs or the weights",
    )
    parser.add_argument("--draw", type=int, default=0, metavar="SEED", help="another draw of random directions")
    parser.add_argument("--run", metavar="NAME", dest="name", help="the run to look at, the first if left out")
    parser.add_argument(
        "--at", metavar="MOMENT", type=moment, default="best", help="start, best (if left out), last, or an epoch"
    )
    parser.add_argument("--png", metavar="OUT.png", help="draw it, with the path of the run")
    parser.add_argument("--svg", metavar="OUT.svg", help="draw it as a drawing that can be enlarged and edited")
    parser.add_argument("--gif", metavar="OUT.gif", help="draw the path of the run as it grows through training")
    parser.add_argument("--surface", action="store_true", help="draw the surface beside the contours, too")
    parser.add_argument(
        "--npz",
        metavar="OUT.npz",
        help="write the arrays row, d1, d2, x, y, loss, indices: loss[j, i] is the mean loss, of the training samples "
        "at the indices, of the weights row + x[i]·d1 + y[j]·d2; offset is what the picture and the table add to x, y",
    )
    parser.add_argument("--csv", metavar="OUT.csv", help="write x, y and loss of each point as a table")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object, and nothing else")
    settings.declare(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compute the landscape; return 0, or 130 if Ctrl-C ended the training before it."""
    outputs = {kind: output_path(text, f".{kind}") for kind in FILES if (text := getattr(arguments, kind)) is not None}
    kind, names = _named(arguments.directions)
    ask = Ask(arguments.resolution, arguments.range, samples=arguments.samples, part=arguments.part, levels=())
    source = read_source(arguments.source)
    records = _records(source, arguments)
    if any(record.outcome == "interrupted" for record in records) and not source.records:
        return INTERRUPTED
    record = _chosen(records, arguments.name)
    row = record.at(arguments.at)
    directions, shown = _directions(kind, names, records, record, arguments)
    if arguments.penalty:
        penalty = record.experiment.training.penalty
        ask = Ask(
            ask.resolution, ask.reach, part=ask.part, samples=ask.samples, l1=penalty.l1, l2=penalty.l2, levels=()
        )
    picture, off_plane = _computed(record, row, directions, ask, [row for one in shown for row in one.rows.values()])

    if ask.points != arguments.resolution:
        _say(f"Resolution {ask.points} instead of {arguments.resolution}, so that the centre is a point.")
    figures = _figures(arguments, record, picture, off_plane)
    print(json.dumps(figures, indent=2, allow_nan=False) if arguments.json else _summary(figures, picture))
    if outputs:
        from core.landscape.files import TABLES
        from core.pictures.landscape import DRAWINGS

        chart = _chart(picture, records, shown, surface=arguments.surface)
        for form, path in outputs.items():
            _write(path, TABLES[form](picture) if form in TABLES else DRAWINGS[form](chart))
    return 0


# -- what is asked -----------------------------------------------------------------------------------------------------


def _named(text: str) -> tuple[str, list[str]]:
    """Return the kind of directions and what stands behind the colon; raises Mistake where it cannot be."""
    kind, _, rest = text.partition(":")
    names = [name.strip() for name in rest.split(",")] if rest else []
    fitting = {"random": (0,), "line": (0,), "pca": range(100), "weights": (1, 2), "runs": (3,)}.get(kind)
    if fitting is None:
        raise Mistake(f'--directions: expected one of {", ".join(DIRECTIONS)}, got "{text}"')
    if len(names) not in fitting:
        form = {"weights": "weights:A,B", "runs": "runs:A,B,C with the names of three runs"}.get(kind, kind)
        raise Mistake(f'--directions: expected {form}, got "{text}"')
    return kind, names


def _weight(text: str) -> Weight:
    """Return the weight that is written as layer[unit][source], or the bias that is written as layer[unit]."""
    found = _WEIGHT.fullmatch(text)
    if found is None or (found[1] is not None and (found[1] == "biases") != (found[4] is None)):
        raise Mistake(
            f'--directions: expected a weight such as output[0][1], or a bias such as output[0], got "{text}"'
        )
    return Weight(found[2], int(found[3]), None if found[4] is None else int(found[4]))


def _directions(
    kind: str, names: Sequence[str], records: Sequence[Record], record: Record, arguments: argparse.Namespace
) -> tuple[Directions, list[Record]]:
    """Return the directions, and the runs whose paths are looked at on the plane."""
    if kind == "random":
        return RandomDirections(arguments.draw), [record]
    if kind == "pca":
        runs = [_chosen(records, name) for name in names] or [record]
        return PathDirections(tuple(row for run in runs for row in run.rows.values())), runs
    if kind == "weights":
        weights = [_weight(name) for name in names]
        return WeightDirections(weights[0], weights[1] if len(weights) > 1 else None), [record]
    if kind == "line":
        return LineDirections(record.at("start"), record.at(arguments.at)), [record]
    runs = [_chosen(records, name) for name in names]
    first, second, third = (run.at(arguments.at) for run in runs)
    return RunDirections(first, second, third), runs


def _records(source: Source, arguments: argparse.Namespace) -> Sequence[Record]:
    """Return the records of a source, trained now if it has none."""
    given = settings.given(arguments)
    if source.records:
        if given or arguments.device:
            raise Mistake(f"{source.name} is trained: its settings stay; train it anew with the command train")
        return source.records
    from core.cli.work import anew, carry_out

    experiment = settings.changed(source.experiment, given)
    tell_problems(experiment)
    with ctrl_c() as pressed:
        return carry_out(anew(experiment, arguments.device), pressed)


def _chosen(records: Sequence[Record], name: str | None) -> Record:
    if name is None:
        return records[0]
    for record in records:
        if record.name == name:
            return record
    raise Mistake(f'there is no run "{name}"; there are {", ".join(record.name for record in records)}')


# -- the work ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """What a landscape is given beside the row."""

    architecture: Architecture
    dataset: Dataset


def _computed(
    record: Record, row: Row, directions: Directions, ask: Ask, path: Sequence[Row]
) -> tuple[LandscapePicture, float]:
    """Return the landscape, and the largest distance of a path off its plane, relative to how far the path goes."""
    from core.datasets.load import load
    from core.experiment.architecture import architecture
    from core.landscape.coordinates import coordinates
    from core.landscape.surface import landscape

    with download_bar() as progress:
        dataset = load(record.experiment.data, progress)
    scene = _Scene(architecture(record.experiment, dataset.facts), dataset)
    picture = _driven(landscape(directions, ask)(scene, row))
    return picture, coordinates(picture.plane, path).largest


def _driven(work: Generator[Any, None, T]) -> T:
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: T = done.value
            return found


# -- what is told ------------------------------------------------------------------------------------------------------


def _figures(
    arguments: argparse.Namespace, record: Record, picture: LandscapePicture, off_plane: float
) -> Mapping[str, Any]:
    """Return the figures as plain data for JSON; what does not exist or is not finite is None."""
    loss, plane = picture.loss, picture.plane
    return {
        "run": record.name,
        "at": arguments.at,
        "directions": arguments.directions,
        "axes": list(plane.labels),
        "resolution": len(picture.xs),
        "samples": picture.samples,
        "part": picture.part,
        "penalty": picture.with_penalty,
        "range": list(plane.reach[: plane.dimensions]),
        "seconds": picture.seconds,
        "centre_loss": _finite(float(loss[len(picture.ys) // 2, len(picture.xs) // 2])),
        "true_loss": _finite(picture.centre_loss),
        "off_plane": _finite(off_plane),
        "explained": None if plane.explained is None else list(plane.explained),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _summary(figures: Mapping[str, Any], picture: LandscapePicture) -> str:
    """Return the figures for people."""
    least = picture.finite_range
    loss = "no finite loss anywhere" if least is None else f"loss from {least[0]:.4g} to {least[1]:.4g}"
    true = picture.centre_loss
    points = " × ".join(str(len(axis)) for axis in (picture.xs, picture.ys)[: picture.plane.dimensions])
    penalty = ", with the penalty" if picture.with_penalty else ""
    lines = {
        "axes": "; ".join(picture.plane.labels),
        "points": f"{points}, {loss}",
        "of": f"{picture.samples:,} samples of the {_PARTS[picture.part]} data{penalty}",
        "centre": f"loss {true:.6g}" if math.isfinite(true) else "its loss is not finite",
        "off plane": "–" if figures["off_plane"] is None else f"{figures['off_plane']:.1%} of how far the path goes",
    }
    told = "\n".join(f"  {title:12}{text}" for title, text in lines.items())
    return f"{figures['run']}, weights of {_moment(figures['at'])}\n{told}\nComputed in {picture.seconds:.2f} s."


_PARTS = {"train": "training", "validation": "validation"}


def _moment(at: str | int) -> str:
    return f"epoch {at}" if isinstance(at, int) else {"start": "the start", "best": "the best epoch"}.get(at, "the end")


def _chart(picture: LandscapePicture, records: Sequence[Record], shown: Sequence[Record], *, surface: bool) -> "Chart":
    """Return what is drawn: the paths of some runs, each in the colour that it has in the window."""
    from core.pictures.chart import chart, trace

    paths = [trace(run, picture.plane, records.index(run)) for run in shown]
    found = chart(shown[0].experiment.name, picture, paths)
    return found.with_surface() if surface else found


def _write(path: Path, content: bytes) -> None:
    from core.project.atomic import write_whole

    write_whole(path, lambda stream: stream.write(content))
    _say(f"Written: {path}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
