"""The chapter that compares the runs: a table of all, the spread over seeds, what is held equal and what differs."""

from collections.abc import Iterator, Sequence
from math import inf, isfinite

import numpy as np

from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.fairness import as_variants, fairness
from core.experiment.settings import setting_at
from core.experiment.variants import Run, Start
from core.pictures.boundary import Panel, draw
from core.pictures.curves import draw_on_page
from core.pictures.making import answers_over_plane
from core.pictures.saving import on_paper
from core.pictures.subject import Subject
from core.report.blocks import Block, Picture, Section, Table, Text
from core.report.study import Study, comparable, watched_loss
from core.report.training import curves_of
from core.report.words import counted, number, percent, setting
from core.runs.kept import Kept, kept
from core.runs.record import Record
from core.runs.seeds import by_settings, shared_name
from core.runs.spread import HIGH, LOW, ranked, within_spread

_MOST_CURVES = 28  # runs that can be told apart
_MOST_PLANES = 8
_ENDED = {"epochs": "all epochs", "early stopping": "early stopping", "diverged": "diverged", "interrupted": "stopped"}
_LOSSES = {"train_loss": "Training loss", "validation_loss": "Validation loss", "test_loss": "Test loss"}
_ACCURACIES = {
    "train_accuracy": "Training accuracy",
    "validation_accuracy": "Validation accuracy",
    "test_accuracy": "Test accuracy",
}
_BEST = ("validation_loss", "validation_accuracy")  # test data are not for choosing


def chapter(study: Study) -> Section | None:
    """Return the chapter; None where there is a single run."""
    if not study.several:
        return None
    records = study.records
    blocks: list[Block] = [_all(study)]
    if not comparable(records):
        blocks.append(Text("The runs differ in their data or their loss, so that their losses do not compare."))
    else:
        blocks += _spread(records)
    blocks.append(Text(fairness([_run(record) for record in records]).sentence))
    if len(records) <= _MOST_CURVES and any(len(record.curves) > 1 for record in records):
        alt = f"Curves of {counted(len(records), 'run')}"
        caption = f"{curves_of(study)} of all runs over the epochs."
        blocks.append(Picture("all-curves", caption, alt, *on_paper(draw_on_page(records))))
    blocks += _planes(study)
    return Section("comparison", "Comparison of the runs", blocks)


def _run(record: Record) -> Run:
    """Return the run of a record, with its start weights if the seed did not draw them."""
    first = record.rows[min(record.rows)]
    return Run(record.name, record.experiment, None if record.origin is None else Start(first, record.origin))


def _all(study: Study) -> Table:
    """Return the table of all runs, without the columns in which nothing stands."""
    records = study.records
    found = [kept(record) for record in records]
    differing = _differing(records)
    columns: dict[str, list[str]] = {
        "Run": [record.name for record in records],
        "What differs": differing,
        "Ended by": [_ENDED.get(record.outcome or "", "not over") for record in records],
        "Epochs": [f"{record.epochs:,}" for record in records],
        "Kept": [_epoch(one, record) for one, record in zip(found, records, strict=True)],
    }
    values: dict[str, list[float | None]] = {}
    for name, title in (_LOSSES | _ACCURACIES).items():
        values[title] = [getattr(one.metrics, name) for one in found]
        columns[title] = [percent(value, 2) if name in _ACCURACIES else number(value) for value in values[title]]
    shown = {title: cells for title, cells in columns.items() if any(cell not in ("", number(None)) for cell in cells)}
    titles = list(shown)
    best: set[tuple[int, int]] = set()
    if comparable(records):
        for name in _BEST:
            title = (_LOSSES | _ACCURACIES)[name]
            if title in shown:
                best |= {(row, titles.index(title)) for row in _best(values[title], larger=name in _ACCURACIES)}
    marked = " Marked: the best of validation." if best else ""
    return Table(
        titles,
        list(zip(*shown.values(), strict=True)),
        f"All runs, each with the weights that it keeps.{marked}",
        frozenset(at for at, title in enumerate(titles) if title in values or title in ("Epochs", "Kept")),
        frozenset(best),
    )


def _epoch(one: Kept, record: Record) -> str:
    epoch = record.best_epoch if one.moment == "best" else record.epochs if one.moment == "last" else one.moment
    return f"{epoch:,}"


def _best(values: Sequence[float | None], *, larger: bool) -> list[int]:
    """Return the rows that no other row is better than."""
    finite = [value for value in values if value is not None and isfinite(value)]
    if not finite:
        return []
    best = max(finite) if larger else min(finite)
    return [row for row, value in enumerate(values) if value == best]


def _differing(records: Sequence[Record]) -> list[str]:
    """Return for each run the settings in which the runs differ."""
    variants = as_variants([Run(record.name, record.experiment) for record in records]).variants
    paths = sorted({path for variant in variants for path in variant.settings})  # an optimizer before its settings
    told = ([_setting(record.experiment, path) for path in paths] for record in records)
    return [", ".join(filter(None, dict.fromkeys(one))) for one in told]


def _setting(experiment: Experiment, path: str) -> str:
    """Return title and value of a setting; empty where what it belongs to is of another kind."""
    try:
        found = setting_at(experiment, path)
    except Mistake:
        return ""
    return f"{found.title} {setting(found.value, [found.limits])}"


def _spread(records: Sequence[Record]) -> Iterator[Block]:
    """Yield what runs that differ by the seed alone have in common, and whether the others differ by more than luck."""
    groups = by_settings(records)
    several = [group for group in groups if len(group) > 1]
    if not several:
        return
    rows = []
    for group in groups:
        losses = _quantiles([watched_loss(record) for record in group])
        accuracies = _quantiles([_accuracy(record) for record in group])
        name = shared_name(group) or group[0].name
        rows.append([name, f"{len(group)}", *map(number, losses), *(percent(one, 2) for one in accuracies)])
    what = "validation" if records[0].experiment.data.validation else "training"
    head = ["Runs like", "Seeds"]
    head += [f"{name} {which}" for name in (f"{what} loss", f"{what} accuracy") for which in ("median", "10 %", "90 %")]
    head = [f"{title[:1].upper()}{title[1:]}" for title in head]
    filled = [at for at in range(len(head)) if any(row[at] not in ("", number(None)) for row in rows)]
    yield Table(
        [head[at] for at in filled],
        [[row[at] for at in filled] for row in rows],
        "Runs that differ by the seed alone: the median, and between which values the middle 80 % of the seeds lie. "
        "A run that diverged counts as worse than all others.",
        frozenset(range(1, len(filled))),
    )
    if len(groups) > 1:
        best = sorted(groups, key=lambda group: ranked([watched_loss(record) for record in group], (0.5,))[0])[:2]
        pair = [
            (shared_name(group) or group[0].name, {_seed(record): watched_loss(record) for record in group})
            for group in best
        ]
        yield Text(f"The two best by the {what} loss. {within_spread(pair[1], pair[0]).sentence}")


def _quantiles(values: Sequence[float | None]) -> list[float | None]:
    """Return the median, the 10 % and the 90 % quantile; None where there are no values."""
    known = [value for value in values if value is not None]
    if not known:
        return [None] * 3
    return [*ranked(known, (0.5, LOW, HIGH))]


def _accuracy(record: Record) -> float | None:
    metrics = kept(record).metrics
    found = metrics.train_accuracy if metrics.validation_loss is None else metrics.validation_accuracy
    return -inf if found is not None and record.outcome == "diverged" else found


def _seed(record: Record) -> int:
    return record.experiment.training.seed


def _planes(study: Study) -> Iterator[Block]:
    """Yield the answers of all runs over the plane, beside each other, where they are points of the same plane."""
    places = [at for at, record in enumerate(study.records) if np.isfinite(kept(record).row).all()]
    same = len({id(study.datasets[at]) for at in places}) == 1
    if not same or not study.dataset.facts.plane or not 1 < len(places) <= _MOST_PLANES:
        return
    panels = []
    for at in places:
        record = study.records[at]
        subject = Subject.of(record, study.datasets[at], kept(record).row)
        panels.append(Panel(record.name, answers_over_plane(subject)))
    alt = f"The plane in the colours of the answers of {counted(len(panels), 'run')}"
    caption = "What each run answers, with the weights that it keeps."
    yield Picture("planes", caption, alt, *on_paper(draw(panels, study.dataset)))
