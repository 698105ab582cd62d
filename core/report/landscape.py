"""The chapter on the landscape: the loss on a plane of weights, and the paths of the runs on it."""

from collections.abc import Sequence

import numpy as np

from core.experiment.variants import interchangeable
from core.landscape.surface import landscape
from core.landscape.values import Ask, Directions, LandscapePicture, PathDirections, RandomDirections
from core.pictures.animation import spread
from core.pictures.chart import chart, trace
from core.pictures.landscape import draw
from core.pictures.saving import on_paper
from core.pictures.subject import driven
from core.report.blocks import Block, Picture, Section, Text
from core.report.study import Study
from core.report.words import counted, percent
from core.runs.record import Record
from core.training.events import Row

_LEAST_ROWS = 3  # that have two directions of their own
_MOST_ROWS = 120  # of a path that directions are taken of
_MOST_RUNS = 6
_ASK = {"resolution": 41, "samples": 512, "levels": ()}


def chapter(study: Study) -> Section | None:
    """Return the chapter; None where no weights are finite."""
    if not study.finite:
        return None
    runs = _runs(study)
    rows = [row for run in runs for row in _finite(run)]
    along = len({row.tobytes() for row in rows}) >= _LEAST_ROWS
    directions: Directions = PathDirections(tuple(rows)) if along else RandomDirections()
    ask = Ask(**_ASK, cover=tuple(rows)) if along else Ask(**_ASK)  # type: ignore[arg-type]
    found = driven(landscape(directions, ask)(study.subject, study.subject.row))
    drawn = chart("", found, [trace(run, found.plane, study.records.index(run)) for run in runs])
    figure = draw(drawn)
    blocks: list[Block] = [
        Picture(
            "landscape",
            f"The training loss of {counted(found.samples, 'sample')} on a plane through the weights that are kept.",
            "Contours of the loss, and the paths of training on them",
            *on_paper(figure),
        ),
        Text(_told(study, found, rows, along=along)),
    ]
    return Section("landscape", "Landscape of the loss", blocks)


def _runs(study: Study) -> Sequence[Record]:
    """Return the run that is told in full, and those whose weights mean the same, in their order."""
    own = study.record.experiment
    others = [run for run in study.records if run is not study.record and interchangeable(run.experiment, own)]
    chosen = [study.record, *[run for run in others if _finite(run)][: _MOST_RUNS - 1]]
    return [run for run in study.records if run in chosen]


def _finite(run: Record) -> list[Row]:
    """Return the rows of a run that are finite, the first and the last and some between them."""
    rows = [row for row in run.rows.values() if np.isfinite(row).all()]
    return [rows[place] for place in spread(len(rows), _MOST_ROWS)] if rows else []


def _told(study: Study, found: LandscapePicture, rows: Sequence[Row], *, along: bool) -> str:
    plane = found.plane
    if along and plane.explained is not None:
        kind = (
            f"The axes are the first two principal components of {counted(len(rows), 'row')} of weights that were kept "
            f"on the way; along them lie {percent(sum(plane.explained))} of the variance of those weights."
        )
    else:
        kind = "The axes are two random directions, as long for each neuron as its own weights are (Li et al. 2018)."
    return (
        f"{kind} A plane is a slice through {study.subject.architecture.parameters:,} dimensions, and the picture is "
        "of the slice alone; how far a path lies off it is told below the picture, as a share of how far it goes."
    )
