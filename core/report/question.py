"""The first chapter: the question, and what came of it in short."""

from core.choices.datasets import DATASETS
from core.report.answers import baseline, measured
from core.report.blocks import Block, Items, Section, Text
from core.report.study import Study, best_run, comparable, watched_loss
from core.report.words import counted, number


def chapter(study: Study) -> Section:
    """Return the chapter."""
    question = study.record.experiment.question.strip()
    blocks: list[Block] = [Text(question or "No question was noted for this experiment.")]
    record, architecture = study.record, study.subject.architecture
    source = DATASETS[record.experiment.data.source.kind].title
    short = [
        f"A network with {architecture.parameters:,} parameters was trained for {counted(record.epochs, 'epoch')} on "
        f"{counted(len(study.dataset.train), 'sample')} of “{source}”. Its weights are those of {study.kept.words}."
    ]
    if study.finite:
        short.append(f"{measured(study)} {baseline(study)}")
    if study.several:
        short.append(_of_several(study))
    if record.outcome == "diverged":
        short.append(record.message)
    return Section("question", "Question", [*blocks, Text("In short:"), Items(short)])


def _of_several(study: Study) -> str:
    """Say which of the runs is told in full."""
    records = study.records
    if not comparable(records):
        return f"Of {len(records)} runs with different data or losses, “{study.record.name}” is told in full."
    what = "validation loss" if len(study.dataset.validation) else "training loss"
    best = best_run(records)
    if best is study.record:
        next_best = best_run([record for record in records if record is not best])
        return (
            f"Of {len(records)} runs “{best.name}”, which is told in full, has the lowest {what}, "
            f"{number(watched_loss(best))}; the next is “{next_best.name}” with {number(watched_loss(next_best))}."
        )
    return (
        f"{len(records)} runs are compared, of which “{study.record.name}” is told in full; the lowest {what}, "
        f"{number(watched_loss(best))}, is that of “{best.name}”."
    )
