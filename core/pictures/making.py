"""Makes the files of the table of plots: of each plot a function that returns for each ending how its file is made."""

import csv
import io
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from core.exchange.model import Model
from core.pictures import answers
from core.pictures import network as drawing
from core.pictures.animation import MOST_FRAMES, Told, spread
from core.pictures.boundary import Panel, draw, gif
from core.pictures.curves import draw_on_page
from core.pictures.saving import PRINT, saved
from core.pictures.subject import Subject
from core.probes.digits import report
from core.probes.pictures import Floats, PartName, PlanePicture, part_of, report_part
from core.probes.plane import plane
from core.runs.curves import Column
from core.runs.record import Record

Forms = Mapping[str, Callable[[Told], bytes]]
RESOLUTION = 100  # of the plane, along each side


def curves(subject: Subject) -> Forms:
    """Loss and accuracy over the epochs."""
    return _printed(lambda: draw_on_page([subject.record]))


def boundary(subject: Subject) -> Forms:
    """The answers over the plane with the row of the subject, or through training with all rows that were kept."""

    def panel() -> Panel:
        return Panel(subject.record.name, answers_over_plane(subject))

    return {
        **_printed(lambda: draw([panel()], subject.dataset)),
        ".gif": lambda told: _through_training(subject, told),
        ".csv": lambda told: _grid(subject),
    }


def confusion(subject: Subject) -> Forms:
    """Which class is taken for which."""
    return _printed(lambda: answers.draw_confusion(subject.look(report()), subject.dataset.facts.classes))


def numbers(subject: Subject) -> Forms:
    """What is predicted against the truth."""
    part = report_part(subject.dataset)
    return _printed(lambda: answers.draw_numbers(*predicted(subject, part), part))


def network(subject: Subject) -> Forms:
    """The layers, their units, and the weights as links."""
    data = subject.dataset
    drawn = drawing.svg(subject.architecture, data.facts, data.preparation.features, subject.row)
    return {".svg": lambda told: drawn.encode()}


def predicted(subject: Subject, part: PartName) -> tuple[Floats, Floats]:
    """Return the true numbers (n,) of a part, and those that are predicted."""
    samples = part_of(subject.dataset, part)
    model = Model(subject.architecture, subject.row, subject.dataset.preparation, subject.dataset.facts)
    return samples.labels, model.predict(samples.raw)[:, 0]


def answers_over_plane(subject: Subject) -> PlanePicture:
    """Return what the network answers over the plane, without tiles of its units."""
    return subject.look(plane(RESOLUTION, tile=0))


def _grid(subject: Subject) -> bytes:
    """Return the answers over the plane as a table: a row for each point, from the upper left one on."""
    found = answers_over_plane(subject)
    count, (low, high) = len(found.outputs), found.span
    places = (low + (high - low) * (np.arange(count) + 0.5) / count).tolist()
    model = Model(subject.architecture, subject.row, subject.dataset.preparation, subject.dataset.facts)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*subject.dataset.facts.columns, *model.output_names])
    for x2, row in zip(reversed(places), found.outputs.tolist(), strict=True):
        table.writerows([x1, x2, *outputs] for x1, outputs in zip(places, row, strict=True))
    return text.getvalue().encode()


def _printed(figure: Callable[[], Figure]) -> Forms:
    return {".png": lambda told: saved(figure(), "png", PRINT), ".svg": lambda told: saved(figure(), "svg", PRINT)}


def _through_training(subject: Subject, told: Told) -> bytes:
    rows = {epoch: row for epoch, row in subject.record.rows.items() if np.isfinite(row).all()}
    epochs = list(rows)
    some = [epochs[place] for place in spread(len(epochs), MOST_FRAMES)]

    @cache  # for a file that is too large is written once more with fewer frames
    def panel(epoch: int) -> Panel:
        return Panel(at_epoch(subject.record, epoch), answers_over_plane(subject.at(rows[epoch])))

    return gif(some, panel, subject.dataset, told)


def at_epoch(record: Record, epoch: int) -> str:
    """Return an epoch with its losses, as far as they are known one by one, in words."""
    curves = record.curves
    here = np.flatnonzero((curves["epoch"] == epoch) & (curves.spans == 1))[:1]
    text = f"Epoch {epoch:,}"
    columns: tuple[tuple[Column, str], ...] = (("train_loss", "training loss"), ("validation_loss", "validation"))
    for column, name in columns:
        for value in curves[column][here]:
            text += f", {name} {value:#.3g}".rstrip(".") if np.isfinite(value) else ""
    return text
