"""The chapters on the network, on how it was trained, and on how the training went."""

from collections.abc import Iterator

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.fields import Mistake
from core.choices.losses import LOSSES
from core.experiment.architecture import DenseLayer
from core.experiment.settings import setting_at
from core.pictures.curves import draw_on_page
from core.pictures.look import PART_WORDS
from core.pictures.network import svg
from core.pictures.saving import on_paper
from core.report.blocks import Block, Facts, Picture, Section, Table, Text
from core.report.study import PARTS, Study
from core.report.words import counted, duration, exact, kind, number, percent, settings, were
from core.runs.record import Intervention, Record
from core.runs.replay import regions
from core.training.events import Metrics

_MOST_CHANGES = 30  # of a run by hand that are listed


def network_chapter(study: Study) -> Section:
    """Return the chapter on the network."""
    architecture, dataset = study.subject.architecture, study.dataset
    drawing = svg(architecture, dataset.facts, dataset.preparation.features, study.subject.row)
    rows = []
    for layer in architecture.layers:
        if isinstance(layer, DenseLayer):
            activation = OUTPUT_ACTIVATIONS[layer.activation]
            function = f"{activation.title}: {activation.formula}"
            count = f"{layer.units * (layer.inputs + 1):,}"
            rows.append([layer.name, f"{layer.inputs:,}", f"{layer.units:,}", function, kind(layer.initializer), count])
        else:
            function = f"switches {100 * layer.rate:g} % of its inputs off in each training step"
            rows.append([layer.name, f"{layer.units:,}", f"{layer.units:,}", function, "", "0"])
    rows.append(["All layers", "", "", "", "", f"{architecture.parameters:,}"])
    seen = "The weights that the run keeps: blue is positive, orange negative; the thicker, the larger in its layer."
    table = Table(
        ["Layer", "Inputs", "Units", "Activation", "Start weights", "Parameters"],
        rows,
        "The layers in order. Parameters are weights and biases.",
        frozenset((1, 2, 5)),
    )
    picture = Picture("network", f"The network. {seen} Dots stand for units that are not drawn.", _told(study), drawing)
    return Section("network", "Network", [picture, table])


def _told(study: Study) -> str:
    dense = study.subject.architecture.dense
    return f"A network of {counted(study.subject.architecture.inputs, 'input')} and layers of " + ", ".join(
        f"{layer.units:,} {OUTPUT_ACTIVATIONS[layer.activation].title}" for layer in dense
    )


def settings_chapter(study: Study) -> Section:
    """Return the chapter on the settings of training."""
    training = study.record.experiment.training
    rows = [[title, text, formula] for title, text, formula in settings(training)]
    loss = LOSSES[training.loss]
    rows = [[title, text, loss.formula if title == "Loss" else formula] for title, text, formula in rows]
    return Section("settings", "How it was trained", [Table(["Setting", "Value", "Formula"], rows)])


def course_chapter(study: Study) -> Section:
    """Return the chapter on how the training went."""
    record = study.record
    blocks: list[Block] = [Facts(_course(study))]
    if len(record.curves) > 1:
        figure = draw_on_page([record])
        blocks.append(
            Picture(
                "curves",
                f"{curves_of(study)} over the epochs, with dropout off and without the penalty.",
                f"Curves of {counted(record.epochs, 'epoch')}",
                *on_paper(figure),
            )
        )
    found = regions(record.curves)
    if found is not None:
        blocks.append(Text(found.sentence))
    blocks.append(_measured(study))
    blocks += _changes(record)
    return Section("course", "How the training went", blocks)


def curves_of(study: Study) -> str:
    """Say what the curves show."""
    return "Loss and accuracy" if study.dataset.facts.classes else "Loss"


def _course(study: Study) -> list[tuple[str, str]]:
    record = study.record
    ended = record.message or "It was not over when this report was written."
    rows = [("Run", record.name), ("How it ended", ended)]
    rows += [("Trained", f"{counted(record.epochs, 'epoch')}, {counted(record.steps, 'step')}")]
    if record.seconds > 0:
        speed = f"{record.steps / record.seconds:,.0f} steps a second with all evaluations"
        together = ", which other runs shared" if study.several else ""
        rows += [("Time", f"{duration(record.seconds)}{together}; {speed}")]
    rows += [("Weights that are kept", f"those of {study.kept.words}")]
    if record.origin is not None:
        origin = record.origin
        where = "a point of the landscape around" if origin.epoch is None else f"epoch {origin.epoch:,} of"
        rows += [("Start weights", f"not drawn from the seed: those of {where} the run “{origin.run}”")]
    return rows


def _measured(study: Study) -> Table:
    """Return loss and accuracy of the weights that are kept, and of the last epoch."""
    kept, last = study.kept.metrics, study.record.last
    record = study.record
    restored = study.kept.moment == "best" and record.best_epoch < record.epochs and record.outcome != "diverged"
    rows = [_metrics(f"Kept weights ({study.kept.words})", kept)]
    if restored:
        rows.append(_metrics(f"Last epoch, {record.epochs:,}", last))
    head = ["", *(f"{PART_WORDS[part].capitalize()} {what}" for what in ("loss", "accuracy") for part in PARTS)]
    filled = [0, *(at for at in range(1, len(head)) if any(row[at] != number(None) for row in rows))]
    return Table(
        [head[at] for at in filled],
        [[row[at] for at in filled] for row in rows],
        f"Loss is {LOSSES[record.experiment.training.loss].title.lower()}, the mean over the samples.",
        frozenset(range(1, len(filled))),
    )


def _metrics(name: str, metrics: Metrics) -> list[str]:
    losses = [number(getattr(metrics, f"{part}_loss")) for part in PARTS]
    return [name, *losses, *(percent(getattr(metrics, f"{part}_accuracy"), 2) for part in PARTS)]


def _changes(record: Record) -> Iterator[Block]:
    """Yield what was changed by hand while it trained."""
    changes = record.interventions
    if not changes:
        return
    shown = changes[:_MOST_CHANGES]
    left = f" The first {len(shown)} of {len(changes):,}." if len(changes) > len(shown) else ""
    what = were(len(changes), "value")
    yield Text(f"While it trained, {what} changed by hand, as the table tells.{left}", note=True)
    rows = [
        [f"{change.step + 1:,}", change_title(record, change), exact(change.old), exact(change.new)] for change in shown
    ]
    yield Table(["Before step", "What", "From", "To"], rows, "Interventions.", frozenset((0, 2, 3)))


def change_title(record: Record, change: Intervention) -> str:
    """Return what an intervention has changed, in words."""
    try:
        return setting_at(record.experiment, change.path).title
    except Mistake:
        return change.path  # a weight
