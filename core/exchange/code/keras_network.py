"""The Keras script: its layers, as the lecture's TensorFlow blocks write them, and the whole."""

from collections.abc import Callable, Mapping
from typing import Any

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.initializers import INITIALIZERS
from core.exchange.code import keras_training
from core.exchange.code.network import constants, meaning, prepare
from core.exchange.code.program import READ, Subject, docstring, main
from core.exchange.code.text import INPUTS, Code, Lines, call, indented, marked, plain, quoted, unmarked
from core.experiment.architecture import Architecture, DenseLayer, DropoutLayer
from core.experiment.training import Penalty, Training

WEIGHTS = ".keras.npz"  # the ending of the file with the weights
# Activations that no word of Keras says, or not with our settings: the slope of its own leaky ReLU is 0.2.
ACTIVATIONS: Mapping[str, str] = {
    "leaky_relu": "keras.layers.LeakyReLU(negative_slope=0.01)",
    "sine": "keras.ops.sin",
}
# Arguments of a layer for its start weights, where the word in the table is not enough.
INITIAL: Mapping[str, Callable[[Any, int], list[str]]] = {
    "default": lambda settings, inputs: [
        f"kernel_initializer=uniform({inputs})",
        f"bias_initializer=uniform({inputs})",
    ],
    "normal": lambda settings, inputs: [f"kernel_initializer=keras.initializers.RandomNormal(stddev={settings.std!r})"],
    "given": lambda settings, inputs: [],  # set once the network is there
}
_UNIFORM = [
    "def uniform(inputs):",
    '    """Return what draws weights from -1/√inputs to 1/√inputs, which is PyTorch\'s default."""',
    "    bound = inputs**-0.5",
    "    return keras.initializers.RandomUniform(-bound, bound)",
    "",
    "",
]


def program(subject: Subject) -> Code:
    """Return the source of the script; the weights are expected in NAME.keras.npz beside it."""
    experiment, architecture, facts = subject.experiment, subject.architecture, subject.facts
    train = keras_training.train(experiment, facts)
    needs = "keras 3 with one of its backends, which the variable KERAS_BACKEND names, and numpy"
    head = [
        *docstring(subject, needs, WEIGHTS, *keras_training.differences(experiment, architecture)),
        "",
        "import csv",
        *(["import math"] if any("math." in line for line in train) else []),
        "import sys",
        "from pathlib import Path",
        "",
        "import keras",
        "import numpy as np",
        "",
        *constants(facts, WEIGHTS),
    ]
    blocks = [
        head,
        build(architecture, experiment.training),
        prepare(subject.preparation, facts, architecture.inputs, "np.asarray({}, dtype=np.float32)"),
        _predict(subject),
        keras_training.compiled(architecture, experiment.training),
        train,
        READ,
        main(subject, '{f"weights_{n}": array for n, array in enumerate(model.get_weights())}'),
        ['if __name__ == "__main__":', "    main()"],
    ]
    return unmarked("\n\n\n".join("\n".join(block) for block in blocks) + "\n", architecture)


def build(architecture: Architecture, training: Training) -> Lines:
    """Return the function that makes the network, with its penalty and start weights."""
    regularizer = _regularizer(training.penalty)
    uniform = any(layer.initializer.kind == "default" for layer in architecture.dense)
    lines = [
        *(_UNIFORM if uniform else []),
        "def build():",
        '    """Return the network, before it is trained."""',
        "    return keras.Sequential(",
        "        [",
        *marked([f"            keras.Input(shape=({architecture.inputs},)),"], INPUTS),
    ]
    for place, layer in enumerate(architecture.layers):
        lines += indented(marked(_layer(layer, regularizer), place), 3)
    return [*lines, "        ]", "    )"]


def _layer(layer: DenseLayer | DropoutLayer, regularizer: list[str]) -> Lines:
    after = f",  # {plain(layer.name)}"
    if isinstance(layer, DropoutLayer):
        return call("keras.layers.Dropout", [repr(layer.rate)], depth=3, after=after)
    activation = ACTIVATIONS.get(layer.activation) or quoted(OUTPUT_ACTIVATIONS[layer.activation].keras)
    kind = layer.initializer.kind
    arguments = [
        str(layer.units),
        *([f"activation={activation}"] if layer.activation != "linear" else []),
        *(
            INITIAL[kind](layer.initializer, layer.inputs)
            if kind in INITIAL
            else [f"kernel_initializer={quoted(INITIALIZERS[kind].keras)}"]
        ),
        *regularizer,
    ]
    return call("keras.layers.Dense", arguments, depth=3, after=after)


def _regularizer(penalty: Penalty) -> list[str]:
    rates = [f"{name}={value!r}" for name, value in (("l1", penalty.l1), ("l2", penalty.l2)) if value]
    if len(rates) == 2:
        return [f"kernel_regularizer=keras.regularizers.L1L2({', '.join(rates)})"]
    return [f"kernel_regularizer=keras.regularizers.{rate[:2].upper()}({rate[3:]})" for rate in rates]


def _predict(subject: Subject) -> Lines:
    architecture, facts = subject.architecture, subject.facts
    return [
        "def trained():",
        '    """Return the trained network."""',
        "    model = build()",
        f'    weights = [STORED[f"weights_{{n}}"] for n in range({2 * len(architecture.dense)})]',
        "    model.set_weights(weights)",
        "    return model",
        "",
        "",
        "def predict(raw):",
        f'    """Return for each raw sample {meaning(architecture, facts)}: (n, {architecture.outputs})."""',
        "    return trained().predict(prepare(raw), verbose=0)",
    ]
