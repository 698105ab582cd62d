"""The chapter on data: which samples there are, how they are parted, and what the network is given of them."""

import numpy as np

from core.choices.datasets import DATASETS
from core.choices.features import FEATURES
from core.datasets.samples import Dataset
from core.pictures.answers import draw_images
from core.pictures.look import PART_WORDS
from core.pictures.saving import on_paper
from core.probes.pictures import image_of, part_of
from core.report.blocks import Block, Facts, Picture, Section, Table
from core.report.study import PARTS, Study
from core.report.words import NONE, counted, listed, number, percent, settings

_LEFT = ("samples", "points", "path", "columns", "task")  # settings of a source that are told otherwise, or private
_MOST_CLASSES = 24
_MOST_COLUMNS = 24


def chapter(study: Study) -> Section:
    """Return the chapter."""
    data, facts = study.record.experiment.data, study.dataset.facts
    row = DATASETS[data.source.kind]
    rows = [("Data set", f"{row.title}: {row.sentence}")]
    rows += [(title, text) for title, text, _ in settings(data.source, _LEFT)]
    rows += [("Samples", _parts(study.dataset))]
    rows += [("Inputs of the network", inputs(study))]
    rows += [("Standardized", "yes, by mean and spread of the training samples" if data.standardize else "no")]
    if facts.own_test:
        rows += [("Test samples", "the data set's own")]
    rows += [("Split seed", f"{data.split_seed}")]
    blocks: list[Block] = [Facts(rows)]
    if facts.image:
        blocks.append(_images(study.dataset))
    if facts.classes:
        blocks.append(_classes(study.dataset))
    else:
        blocks.append(_numbers(study.dataset))
    if not facts.image and len(facts.columns) <= _MOST_COLUMNS:
        blocks.append(_ranges(study.dataset))
    return Section("data", "Data", blocks)


def inputs(study: Study) -> str:
    """Say what the network is given of a sample."""
    facts, features = study.dataset.facts, study.record.experiment.data.features
    count = study.subject.architecture.inputs
    if facts.image:
        return f"{counted(count, 'number')}: the pixels of {' × '.join(map(str, facts.shape))} images, 0 to 1"
    names = [FEATURES[tag].title for tag in features] if facts.plane else list(facts.columns)
    return f"{counted(count, 'number')}: {listed(names)}"


def _parts(dataset: Dataset) -> str:
    sizes = {PART_WORDS[part]: len(part_of(dataset, part)) for part in PARTS}
    whole = sum(sizes.values())
    parts = (f"{size:,} {name} ({percent(size / whole)})" if size else f"no {name}" for name, size in sizes.items())
    return f"{whole:,}: {', '.join(parts)}"


def _classes(dataset: Dataset) -> Table:
    """Return how many samples of each class there are in each part."""
    classes = dataset.facts.classes
    counts = [np.bincount(part_of(dataset, part).labels, minlength=len(classes)) for part in PARTS]
    shown = [part for part, found in zip(PARTS, counts, strict=True) if found.sum()]
    counts = [found for found in counts if found.sum()]
    rows = [
        [name, *(f"{found[place]:,} ({percent(found[place] / found.sum())})" for found in counts)]
        for place, name in enumerate(classes[:_MOST_CLASSES])
    ]
    left = f" The first {_MOST_CLASSES} of {len(classes)} classes." if len(classes) > _MOST_CLASSES else ""
    head = ["Class", *(f"{PART_WORDS[part].capitalize()} samples" for part in shown)]
    return Table(head, rows, f"Samples of each class.{left}", frozenset(range(1, len(head))))


def _numbers(dataset: Dataset) -> Table:
    """Return which numbers are to be predicted, in each part."""
    rows = []
    for part in PARTS:
        labels = part_of(dataset, part).labels
        if len(labels):
            found = [labels.min(), labels.mean(), labels.max(), labels.std()]
            rows.append([PART_WORDS[part], *(number(float(value)) for value in found)])
    head = ["Part", "Least", "Mean", "Greatest", "Standard deviation"]
    return Table(head, rows, "The numbers to be predicted.", frozenset(range(1, 5)))


def _ranges(dataset: Dataset) -> Table:
    """Return the range of each raw column in the training samples."""
    raw = dataset.train.raw
    found = zip(dataset.facts.columns, raw.min(0), raw.mean(0), raw.max(0), strict=True) if len(raw) else ()
    rows = [[name, *(number(float(value)) for value in values)] for name, *values in found]
    return Table(["Input", "Least", "Mean", "Greatest"], rows or [[NONE] * 4], "The training samples' raw numbers.",
                 frozenset((1, 2, 3)))  # fmt: skip


def _images(dataset: Dataset) -> Picture:
    """Return the first training image of each class."""
    classes = dataset.facts.classes
    places = [(int(np.argmax(dataset.train.labels == at)), name) for at, name in enumerate(classes)]
    there = [(place, name) for at, (place, name) in enumerate(places) if dataset.train.labels[place] == at]
    images = [image_of(dataset, "train", place) for place, _ in there]
    figure = draw_images(images, [name for _, name in there])
    return Picture(
        "samples",
        "The first training image of each class.",
        f"One image each of the classes {', '.join(name for _, name in there)}",
        *on_paper(figure),
    )
