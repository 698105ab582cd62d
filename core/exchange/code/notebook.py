"""The script as a notebook: the same pieces of code, each in a cell of its own with a few words before it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES, Constant
from core.exchange.code import loss, network, start, training
from core.exchange.code.program import READ, Subject, columns, held
from core.exchange.code.text import Code, Lines, plain, quoted, unmarked

WEIGHTS = ".notebook.npz"  # the ending of the file with the weights


@dataclass(frozen=True)
class Cell:
    """A cell: Markdown, or code that is run."""

    source: str
    code: bool = False


def cells(subject: Subject, samples: str) -> list[Cell]:
    """Return the cells; the weights are expected beside the notebook, with a few raw ``samples`` among them."""
    made: list[Cell] = []
    for words, lines in _blocks(subject, samples):
        code = unmarked("\n".join(lines), subject.architecture).text
        made += [Cell(words), Cell(code, code=True)]
    return made


def program(subject: Subject) -> Code:
    """Return all cells as one text, parted by lines with "# %%", which editors take for cells; words are comments."""
    texts: list[str] = []
    for words, lines in _blocks(subject, "samples"):
        commented = (f"# {line}".rstrip() for line in words.split("\n"))
        texts += ["\n".join(["# %% [markdown]", *commented]), "\n".join(["# %%", *lines])]
    return unmarked("\n\n".join(texts) + "\n", subject.architecture)


def _blocks(subject: Subject, samples: str) -> list[tuple[str, Lines]]:
    """Return words and the code that follows them."""
    experiment, architecture, facts = subject.experiment, subject.architecture, subject.facts
    stopping = experiment.training.early_stopping
    imports = [
        *(["import copy"] if stopping and stopping.restore_best else []),
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import torch",
        "from torch import nn",
    ]
    weights, data = f"{subject.name}{WEIGHTS}", f"{subject.name}-data.npz"
    return [
        (_title(subject), imports),
        (
            f"## The trained weights\n\nThey lie beside this notebook, in {_file(weights)}.",
            network.constants(facts, weights, "{}"),
        ),
        (_network(subject), network.build(architecture)),
        (_inputs(subject), network.prepare(subject.preparation, facts, architecture.inputs)),
        (
            "## Predictions\n\nThe trained network, with dropout off, and what it says of raw samples: "
            f"{_tame(network.meaning(architecture, facts))}.",
            network.predict(architecture, facts),
        ),
        ("A few samples, to try it out:", [f'predict(STORED["{samples}"])']),
        ('Samples of your own come from a file with a sample a row: `predict(read("INPUT.csv"))`.', READ),
        (_start(subject), start.start(architecture, experiment.training.seed)),
        (_loss(subject), loss.loss(architecture)),
        (_training(subject), training.train(experiment, architecture, facts)),
        (
            f"## Train it anew\n\nThis needs the data, in {_file(data)} beside this notebook: {_tame(held(subject))}. "
            "Downhill writes such a file: File, Export model, Data as CSV.",
            [
                f"data = Path({quoted(data)})",
                "if data.exists():",
                "    with np.load(data) as file:",
                "        model = train(dict(file))",
            ],
        ),
    ]


def _title(subject: Subject) -> str:
    experiment = subject.experiment
    texts = [f"# {_tame(experiment.name)}", _tame(experiment.question), *map(_tame, subject.notes)]
    return _paragraphs([*texts, "The cells are run from top to bottom. They need torch and numpy."])


def _network(subject: Subject) -> str:
    architecture = subject.architecture
    activations = dict.fromkeys(layer.activation for layer in architecture.dense if layer.activation != "linear")
    rows = [OUTPUT_ACTIVATIONS[tag] for tag in activations]
    dropout = (
        "Dropout: in each training step some outputs of the layer before are set to 0 at random, so that no unit "
        "can rely on a single other one."
    )
    return _paragraphs(
        [
            "## The network",
            f"{architecture.inputs} inputs, {architecture.parameters:,} weights and biases, {architecture.outputs} "
            f"output{'s' if architecture.outputs > 1 else ''}. A dense layer computes a = g(W·x + b).",
            *(f"{row.title}: {_tame(row.formula)}. {row.sentence}" for row in rows),
            *([dropout] if architecture.dropouts else []),
            *(
                ["Its last layer gives the weighted sums z: the loss is taken of them, which is more exact."]
                if architecture.loss.from_logits
                else []
            ),
        ]
    )


def _inputs(subject: Subject) -> str:
    preparation = subject.preparation
    rows = [FEATURES[tag] for tag in preparation.features if tag not in ("x1", "x2")]
    scaled = f"Raw numbers are divided by {1 / preparation.scale:g}." if preparation.scale != 1 else ""
    standardized = (
        "Each input is standardized, x ← (x − μ)/σ, with mean and deviation of the training samples."
        if preparation.mean is not None
        else ""
    )
    features = [f"{row.title}: {row.sentence}" for row in rows]
    sample = f"A raw sample is {_tame(columns(subject))}."
    return _paragraphs(["## From raw samples to inputs", sample, *features, scaled, standardized])


def _start(subject: Subject) -> str:
    kinds = dict.fromkeys(layer.initializer.kind for layer in subject.architecture.dense)
    rows = [INITIALIZERS[kind] for kind in kinds]
    words = [f"{row.title}: {_tame(row.formula)}. {row.sentence}" for row in rows]
    return _paragraphs(["## Start weights", *words, "The same seed draws the same weights as Downhill did."])


def _loss(subject: Subject) -> str:
    row = LOSSES[subject.architecture.loss.tag]
    return _paragraphs(["## The loss", f"{row.title}: {_tame(row.formula)}. {row.sentence}"])


def _training(subject: Subject) -> str:
    settings = subject.experiment.training
    optimizer, schedule = OPTIMIZERS[settings.optimizer.kind], SCHEDULES[settings.schedule.kind]
    size = "All samples are" if settings.batch_size == "all" else f"{settings.batch_size} samples at a time are"
    penalty = settings.penalty
    return _paragraphs(
        [
            "## The training loop",
            f"{size} looked at before each step, and all of them up to {settings.epochs} times.",
            f"{optimizer.title}: {_tame(optimizer.formula)}. {optimizer.sentence}",
            "L1 penalty, λ₁·Σ|w|: pulls weights to exactly 0." if penalty.l1 else "",
            "L2 penalty, λ₂·Σw²: keeps weights small." if penalty.l2 else "",
            f"Gradients longer than {settings.clip:g} are shortened to that length." if settings.clip else "",
            "" if isinstance(settings.schedule, Constant) else f"Schedule, {schedule.title}: {schedule.sentence}",
            f"Early stopping: training stops once {settings.early_stopping.patience} epochs have passed without an "
            f"improvement of the {settings.early_stopping.monitor.replace('_', ' ')}."
            if settings.early_stopping
            else "",
        ]
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _tame(text: str) -> str:
    """Return a text in which no letter means anything to Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", plain(text).replace("\\\\", "\\"))


def _file(name: str) -> str:
    """Return the name of a file as Markdown shows code."""
    return "`" + plain(name).replace("`", "'") + "`"
