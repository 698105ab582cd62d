"""Puts a report together, chapter by chapter."""

from collections.abc import Callable, Sequence

from core.datasets.samples import Dataset
from core.experiment.data import Data
from core.pictures.subject import Subject
from core.report import answers, card, comparison, data, landscape, question, reproduce, training
from core.report.blocks import Report, Section
from core.report.study import Study, best_run
from core.report.words import moment
from core.runs.kept import kept
from core.runs.record import Record

Told = Callable[[int, int], object]
_CHAPTERS: Sequence[Callable[[Study], Section | None]] = (
    question.chapter,
    data.chapter,
    training.network_chapter,
    training.settings_chapter,
    training.course_chapter,
    answers.chapter,
    landscape.chapter,
    comparison.chapter,
    card.chapter,
    reproduce.chapter,
)


def report(
    title: str,
    records: Sequence[Record],
    record: Record | None,
    load: Callable[[Data], Dataset],
    told: Told = lambda done, total: None,
) -> Report:
    """Return the report on runs, of which one is told in full: the best if none is named.

    Every number in it is of the records, or computed now from rows that they have kept. load: gives the samples of
    data. told: how many chapters are done, of how many. Raises Mistake where data cannot be read.
    """
    record = record or best_run(records)
    loaded: dict[str, Dataset] = {}
    for one in records:
        key = one.experiment.data.model_dump_json()
        if key not in loaded:
            loaded[key] = load(one.experiment.data)
    datasets = [loaded[one.experiment.data.model_dump_json()] for one in records]
    dataset = loaded[record.experiment.data.model_dump_json()]
    study = Study(title, records, Subject.of(record, dataset, kept(record).row), datasets)
    sections = []
    for done, chapter in enumerate(_CHAPTERS, 1):
        section = chapter(study)
        if section is not None:
            sections.append(section)
        told(done, len(_CHAPTERS))
    version = record.versions.get("downhill", "")
    below = f"Downhill {version} · run “{record.name}” · trained on {moment(record.started)}".replace("  ", " ")
    return Report(title, below, sections)
