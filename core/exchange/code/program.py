"""The whole script: one file that predicts and trains with torch and numpy alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from core.choices.datasets import Facts
from core.datasets.samples import Preparation
from core.exchange.code import loss, network, start, training
from core.exchange.code.text import Code, Lines, paragraphs, plain, quoted, unmarked
from core.experiment.architecture import Architecture
from core.experiment.experiment import Experiment

# The ending of the file with the weights. Each format has one of its own, so that a script never finds beside it what
# was written for another one of the same name.
WEIGHTS = ".npz"


@dataclass(frozen=True)
class Subject:
    """What the script is of. name: of its file, without the ending; notes: what else its reader should know."""

    name: str
    experiment: Experiment
    architecture: Architecture
    preparation: Preparation
    facts: Facts
    notes: Sequence[str] = ()


def program(subject: Subject) -> Code:
    """Return the source of the script; the weights are expected in NAME.npz beside it."""
    experiment, architecture, facts = subject.experiment, subject.architecture, subject.facts
    stopping = experiment.training.early_stopping
    restores = stopping is not None and stopping.restore_best
    head = [
        *docstring(subject, "torch and numpy", WEIGHTS),
        "",
        *(["import copy"] if restores else []),
        "import csv",
        "import sys",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import torch",
        "from torch import nn",
        "",
        *network.constants(facts, WEIGHTS),
    ]
    blocks = [
        head,
        network.build(architecture),
        network.prepare(subject.preparation, facts, architecture.inputs),
        network.predict(architecture, facts),
        start.start(architecture, experiment.training.seed),
        loss.loss(architecture),
        training.train(experiment, architecture, facts),
        READ,
        main(subject, "{name: value.numpy() for name, value in model.state_dict().items()}"),
        ['if __name__ == "__main__":', "    main()"],
    ]
    return unmarked("\n\n\n".join("\n".join(block) for block in blocks) + "\n", architecture)


def docstring(subject: Subject, needs: str, weights: str, *more: str) -> Lines:
    """Return what the script says of itself.

    needs: the packages that it imports; weights: the ending of the file with them; more: paragraphs at its end.
    """
    experiment = subject.experiment
    file = plain(subject.name)
    title = plain(experiment.name)
    texts = [text for text in (plain(experiment.question), *map(plain, subject.notes)) if text]
    commands = [f"    python {file}.py INPUT.csv", f"    python {file}.py --train DATA.npz"]
    width = max(map(len, commands))
    return [
        f'"""{title}{"" if title[-1:] in ".?!" else "."}',
        "",
        *paragraphs(*texts),
        "",
        f"{commands[0]:{width}}    predict",
        f"{commands[1]:{width}}    train a new network",
        "",
        *paragraphs(
            f"INPUT, a .csv or .npy file, holds a sample a row: {columns(subject)}.",
            f"DATA holds {held(subject)}. Downhill writes such a file: File, Export model, Data as CSV.",
            f"It needs {needs}, and beside it {file}{weights} with the trained weights.",
            *more,
        ),
        '"""',
    ]


def held(subject: Subject) -> str:
    """Say what a file of training data holds."""
    experiment, facts = subject.experiment, subject.facts
    parts = ["train", *(["validation"] if experiment.data.validation else [])]
    parts += ["test"] if training.has_test(experiment, facts) else []
    labels = "the places of their classes in CLASSES" if facts.classes else "the values to predict"
    return f"raw samples, {_names('x', parts)}, and in {_names('y', parts)} {labels}"


def columns(subject: Subject) -> str:
    """Say what the numbers of a raw sample are."""
    facts, scale = subject.facts, subject.preparation.scale
    if facts.image:
        return f"{prod(facts.shape)} numbers from 0 to {1 / scale:.0f}, the pixels of an image line by line"
    return ", ".join(map(plain, facts.columns))


def _names(letter: str, parts: Iterable[str]) -> str:
    names = [f"{letter}_{part}" for part in parts]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


READ = [
    "def read(path):",
    '    """Return the samples in an .npy or a .csv file; lines without a number are skipped."""',
    '    if path.endswith(".npy"):',
    "        return np.load(path)",
    '    raw = np.genfromtxt(path, delimiter=",", ndmin=2, encoding="utf-8-sig")',
    "    return raw[~np.isnan(raw).all(axis=1)]",
]


def main(subject: Subject, weights: str) -> Lines:
    """Return the function that reads the command line; weights: code for those of a model, by name."""
    head, classes = subject.architecture.head, subject.facts.classes
    if not classes:
        header, row = '"prediction"', "row"
    elif subject.architecture.outputs > 1:
        header, row = '"class", *CLASSES', "[CLASSES[row.argmax()], *row]"
    else:
        threshold = 0.5 if head.target == "binary" else 0
        name = f"probability of {classes[1]}" if head.target == "binary" else "output"
        header, row = f'"class", {quoted(name)}', f"[CLASSES[int(row[0] > {threshold})], *row]"
    return [
        "def main():",
        '    """Do what the words after the name of this file say."""',
        '    sys.stdout.reconfigure(encoding="utf-8")',
        '    if not sys.argv[-1].startswith("-") and not Path(sys.argv[-1]).is_file():',
        '        sys.exit(f"There is no file {sys.argv[-1]}")',
        '    if len(sys.argv) == 3 and sys.argv[1] == "--train":',
        "        with np.load(sys.argv[2]) as file:",
        "            model = train(dict(file))",
        f"        weights = {weights}",
        '        path = Path(__file__).with_name(Path(__file__).stem + "-trained.npz")',
        "        np.savez(path, **(STORED | weights))",
        '        print(f"The new weights are in {path}")',
        '    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):',
        "        outputs = predict(read(sys.argv[1]))",
        '        table = csv.writer(sys.stdout, lineterminator="\\n")',
        f"        table.writerow([{header}])",
        "        for row in outputs:",
        f"            table.writerow({row})",
        "    else:",
        "        sys.exit(__doc__)",
    ]
