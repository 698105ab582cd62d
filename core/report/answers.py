"""The chapter on what the network answers: the boundary, the confusion matrix, the mistakes, the numbers."""

from collections.abc import Iterator

import numpy as np

from core.pictures.answers import draw_confusion, draw_images, draw_numbers
from core.pictures.boundary import Panel, draw
from core.pictures.look import PART_WORDS
from core.pictures.making import answers_over_plane
from core.pictures.saving import on_paper
from core.probes.pictures import Floats, ReportPicture, image_of, part_of
from core.report.blocks import Block, Picture, Section, Table, Text
from core.report.study import Study
from core.report.words import counted, number, percent

_MOST_MISTAKES = 20
_MOST_CLASSES = 24
_MANY = 1000  # samples, of which a tenth of a point is more than one


def chapter(study: Study) -> Section:
    """Return the chapter."""
    if not study.finite:
        text = "The weights of this run are not finite: it gives no answers."
        return Section("answers", "What it answers", [Text(text, note=True)])
    blocks: list[Block] = [Text(f"{measured(study)} {baseline(study)}")]
    if study.dataset.facts.plane:
        blocks.append(_boundary(study))
    if study.answers is not None:
        blocks += _classes(study, study.answers)
    if study.numbers is not None:
        figure = draw_numbers(*study.numbers, PART_WORDS[study.part])
        blocks.append(
            Picture(
                "numbers",
                f"Predicted against true numbers of the {PART_WORDS[study.part]} samples; on the line both agree.",
                "A scatter of predicted against true numbers",
                *on_paper(figure),
            )
        )
    return Section("answers", "What it answers", blocks)


def measured(study: Study) -> str:
    """Say how many answers are right, or how far off they are."""
    where = PART_WORDS[study.part]
    if study.answers is not None:
        found = study.answers
        share, decimals = found.right / found.total, 1 if found.total < _MANY else 2
        error = 100 * float(np.sqrt(share * (1 - share) / found.total))
        return (
            f"It answers {found.right:,} of {found.total:,} {where} samples right: {percent(share, decimals)}, with a "
            f"standard error of {error:.{decimals}f} points."
        )
    assert study.numbers is not None
    true, predicted = study.numbers
    return (
        f"On {counted(len(true), f'{where} sample')} its root mean square error is {_rms(true - predicted)}, and its "
        f"mean absolute error {number(float(np.abs(true - predicted).mean()))}."
    )


def baseline(study: Study) -> str:
    """Say what is reached by an answer that knows nothing of the inputs."""
    labels = study.dataset.train.labels
    if study.answers is not None:
        often = int(np.bincount(labels).argmax())
        share = float((part_of(study.dataset, study.part).labels == often).mean())
        name = study.dataset.facts.classes[often]
        return f"Always answering “{name}”, the most frequent class in training, would be right in {percent(share)}."
    assert study.numbers is not None
    error = _rms(study.numbers[0] - labels.mean())
    return f"Always predicting the mean of the training samples would have a root mean square error of {error}."


def _rms(off: Floats) -> str:
    return number(float(np.sqrt(np.square(off).mean())))


def _boundary(study: Study) -> Picture:
    """Return the answers over the plane: at the start, half way of what was learnt, and now."""
    record, subject = study.record, study.subject
    rows = {epoch: row for epoch, row in record.rows.items() if np.isfinite(row).all()}
    last = record.best_epoch if study.kept.moment == "best" else record.epochs
    before = [epoch for epoch in rows if epoch < last]
    chosen = dict.fromkeys([before[0], before[len(before) // 4]] if before else [])
    panels = [Panel(f"Epoch {epoch:,}", answers_over_plane(subject.at(rows[epoch]))) for epoch in chosen]
    words = study.kept.words
    panels.append(Panel(words[:1].upper() + words[1:], answers_over_plane(subject)))
    figure = draw(panels, study.dataset)
    return Picture(
        "boundary",
        "What the network answers over the plane; the colour is pale where it is unsure.",
        f"The plane in the colours of the answers, at {counted(len(panels), 'moment')}",
        *on_paper(figure),
    )


def _classes(study: Study, found: ReportPicture) -> Iterator[Block]:
    dataset, part = study.dataset, PART_WORDS[study.part]
    figure = draw_confusion(found, dataset.facts.classes)
    yield Picture(
        "confusion",
        f"The confusion matrix of the {part} samples: a row for each true class, a column for each answer. Blue is "
        "right; the deeper the orange, the more often one is taken for the other.",
        f"A matrix of {len(dataset.facts.classes)} × {len(dataset.facts.classes)} counts",
        *on_paper(figure),
    )
    yield _rates(study, found)
    if dataset.facts.image and len(found.mistakes):
        worst = min(_MOST_MISTAKES, len(found.mistakes))
        classes, mistakes = dataset.facts.classes, found.mistakes
        images = [image_of(dataset, found.part, int(place)) for place in mistakes.index[:worst]]
        pairs = zip(mistakes.true[:worst], mistakes.predicted[:worst], strict=True)
        worst_figure = draw_images(images, [f"{classes[true]} → {classes[answer]}" for true, answer in pairs])
        yield Picture(
            "mistakes",
            f"The {worst} most expensive of {len(found.mistakes):,} mistakes: true class → answer.",
            "Images that were answered wrongly",
            *on_paper(worst_figure),
        )


def _rates(study: Study, found: ReportPicture) -> Table:
    """Return for each class how many of it were found, and how many of its answers are right."""
    counts = found.counts
    right, true, answered = counts.diagonal(), counts.sum(1), counts.sum(0)
    rows = [
        [
            name,
            f"{true[at]:,}",
            f"{right[at]:,}",
            percent(right[at] / true[at] if true[at] else None),
            percent(right[at] / answered[at] if answered[at] else None),
        ]
        for at, name in enumerate(study.dataset.facts.classes[:_MOST_CLASSES])
    ]
    head = ["Class", "Samples", "Right", "Recall", "Precision"]
    caption = (
        "Recall: the share of a class that is found. Precision: the share of right answers among those that name it."
    )
    return Table(head, rows, caption, frozenset(range(1, 5)))
