"""The model card: what the network is, what it was made for, what was measured, and its limits, told from facts."""

from collections.abc import Iterator

import numpy as np

from core.choices.datasets import DATASETS, PassTheClass, Plane
from core.pictures.look import PART_WORDS
from core.report.answers import measured
from core.report.blocks import Facts, Items, Section, Text
from core.report.data import inputs
from core.report.study import Study, comparable
from core.report.words import counted, joined, listed, number, percent, were
from core.runs.replay import regions
from core.runs.seeds import by_settings

_FEW = 200  # samples, of which one makes half a point
_FEW_A_CLASS = 20
_UNEVEN = 2.0  # times as many samples as the rarest class has the most frequent one


def chapter(study: Study) -> Section:
    """Return the chapter."""
    architecture = study.subject.architecture
    data = study.record.experiment.data
    question = " ".join(study.record.experiment.question.split())
    rows = [
        ("Model", f"{study.title}, run “{study.record.name}”, the weights of {study.kept.words}"),
        (
            "Kind",
            f"dense network of {counted(len(architecture.dense), 'layer')}, {architecture.parameters:,} parameters",
        ),
        ("Made to answer", question or "no question was noted"),
        ("It is given", inputs(study)),
        ("It answers", _outputs(study)),
        ("Trained on", f"{counted(len(study.dataset.train), 'sample')} of “{DATASETS[data.source.kind].title}”"),
    ]
    if study.finite:
        rows.append(("Measured", measured(study)))
    limits = list(_limits(study))
    return Section("card", "Model card", [Facts(rows), Text("Limits, as far as these facts tell them:"), Items(limits)])


def _outputs(study: Study) -> str:
    head, classes = study.subject.architecture.head, study.dataset.facts.classes
    if head.target == "value":
        return "one number"
    if head.activation == "softmax":
        return f"a probability of each of {len(classes)} classes: {listed(classes)}"
    if head.target == "binary":
        return f"the probability of “{classes[1]}”; the other class is “{classes[0]}”"
    if len(classes) == 2:
        return f"a score: above 0 “{classes[1]}”, below it “{classes[0]}”"
    return f"a score of each of {len(classes)} classes: {listed(classes)}"


def _limits(study: Study) -> Iterator[str]:
    yield from _of_run(study)
    yield from _of_measuring(study)
    yield from _of_data(study)


def _of_run(study: Study) -> Iterator[str]:
    record = study.record
    if record.outcome == "diverged":
        yield f"The training diverged. {record.message} The weights are of before that."
    elif record.outcome in ("interrupted", None):
        wanted = record.experiment.training.epochs
        yield f"The training was not finished: {record.epochs:,} of {counted(wanted, 'epoch')} are done."
    if record.interventions:
        what = were(len(record.interventions), "value")
        yield f"{what} changed by hand on the way: training anew gives other weights."
    if record.origin is not None:
        yield f"Its start weights come from the run “{record.origin.run}”: what that one had learnt is in them, too."
    found = regions(record.curves)
    if found is not None and found.over_fits and study.kept.moment == "last":
        yield f"It over-fits: the last weights are kept, the validation loss was lowest at epoch {found.best_epoch:,}."
    if not study.several:
        seed = record.experiment.training.seed
        yield f"It is one training from one seed, {seed}: how much of the result is luck is not known."
    elif comparable(study.records) and all(len(group) == 1 for group in by_settings(study.records)):
        yield "Each run is one training from one seed: how much of the difference between them is luck is not known."


def _of_measuring(study: Study) -> Iterator[str]:
    dataset, record = study.dataset, study.record
    training = record.experiment.training
    uses = []
    if training.early_stopping is not None:
        uses.append("early stopping")
    if training.schedule.kind == "plateau":
        uses.append("the schedule of the learning rate")
    if study.several and comparable(study.records):
        uses.append(f"the comparison of {len(study.records)} runs")
    if not len(dataset.test):
        if len(dataset.validation):
            used = (
                f", and {joined(uses)} went by the validation samples, so that their loss is too good" if uses else ""
            )
            yield f"No samples were kept aside for a test{used}."
        else:
            yield "No samples were kept aside: how it does on samples that it was not trained on was not measured."
    elif uses:
        yield f"The validation loss is too good, for {joined(uses)} went by it; the test samples were used at the end."
    judged = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}[study.part]
    if len(judged) < _FEW and dataset.facts.classes:
        yield (
            f"The {PART_WORDS[study.part]} part has {counted(len(judged), 'sample')}: a single answer makes "
            f"{100 / len(judged):.1f} points of accuracy."
        )


def _of_data(study: Study) -> Iterator[str]:
    dataset, facts = study.dataset, study.dataset.facts
    parameters, samples = study.subject.architecture.parameters, len(dataset.train)
    if parameters > samples:
        more = "so that a low training loss alone says little"
        yield f"It has more parameters, {parameters:,}, than there were samples to train on, {samples:,}, {more}."
    source = study.record.experiment.data.source
    if isinstance(source, Plane | PassTheClass):
        yield "The samples are drawn by a formula: how it would do on measured data is not known."
    if facts.classes:
        counts = np.bincount(dataset.train.labels, minlength=len(facts.classes))
        rare, often = int(counts.argmin()), int(counts.argmax())
        if counts[often] > _UNEVEN * counts[rare]:
            yield (
                f"The classes are uneven: {percent(counts[often] / samples)} of the training samples are "
                f"“{facts.classes[often]}”, and {percent(counts[rare] / samples)} “{facts.classes[rare]}”."
            )
        elif counts[rare] < _FEW_A_CLASS:
            yield f"Of “{facts.classes[rare]}” there are but {counted(int(counts[rare]), 'training sample')}."
        yield (
            f"It always answers one of its {len(facts.classes)} classes, also for what is none of them; that its "
            "probabilities or scores say how often it is right was not checked."
        )
    if facts.image:
        yield "It knows images as those of its training alone: of the same size, place, brightness and kind."
    else:
        raw = dataset.train.raw
        ranges = [
            f"{name} {number(low, 3)} to {number(high, 3)}"
            for name, low, high in zip(facts.columns, raw.min(0), raw.max(0), strict=True)
        ]
        yield f"It has seen inputs within these ranges alone: {listed(ranges, 8)}. Beyond them its answers are guesses."
    if not facts.classes:
        low, high = float(dataset.train.labels.min()), float(dataset.train.labels.max())
        yield f"It has seen numbers from {number(low)} to {number(high)} alone, and does not tell how sure it is."
