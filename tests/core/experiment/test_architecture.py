"""The network in full: sizes, places in a row, and the output layer that follows from data and loss."""

import numpy as np
import pytest

from core.choices.datasets import Facts
from core.choices.fields import Mistake
from core.choices.losses import Head
from core.experiment.architecture import architecture, head_of, input_count
from core.experiment.experiment import Experiment, read_experiment

EXPERIMENT = read_experiment(
    {
        "data": {"features": ["x1", "x2", "x1_x2"]},
        "network": {
            "layers": [
                {"kind": "dropout", "id": "first", "rate": 0.1},
                {"kind": "dense", "id": "hidden", "units": 4, "activation": "relu"},
                {"kind": "dropout", "id": "second", "rate": 0.5},
            ]
        },
    }
)
CLASSES = Facts((28, 28), tuple("abc"), 100, image=True)
NUMBERS = Facts((2,), (), 100, plane=True)


def test_the_output_layer_and_all_sizes_follow() -> None:
    built = architecture(EXPERIMENT)
    assert [layer.id for layer in built.layers] == ["first", "hidden", "second", "output"]
    assert [layer.units for layer in built.layers] == [3, 4, 4, 1]
    assert [layer.inputs for layer in built.dense] == [3, 4]
    assert [layer.rate for layer in built.dropouts] == [0.1, 0.5]
    assert [layer.activation for layer in built.dense] == ["relu", "sigmoid"]
    assert (built.inputs, built.outputs, built.parameters) == (3, 1, 4 * 3 + 4 + 4 + 1)


def test_each_weight_has_its_place_in_a_row() -> None:
    built = architecture(EXPERIMENT)
    row = np.arange(built.parameters, dtype=np.float32)
    (hidden, first, first_biases), (output, last, last_biases) = built.split(row)
    assert (hidden.id, output.id) == ("hidden", "output")
    assert first.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert first_biases.tolist() == [12, 13, 14, 15]
    assert last.tolist() == [[16, 17, 18, 19]]
    assert last_biases.tolist() == [20]
    assert all(np.shares_memory(view, row) for view in (first, first_biases, last, last_biases))


def test_the_lecture_s_mnist_network_has_its_number_of_weights() -> None:
    layers = [{"kind": "dense", "units": 128}, {"kind": "dense", "units": 64}]
    experiment = read_experiment(
        {"data": {"source": "mnist"}, "network": {"layers": layers}, "training": {"loss": "cross_entropy"}}
    )
    assert architecture(experiment).parameters == 109_386


def test_inputs_are_features_of_the_plane_or_raw_numbers() -> None:
    assert input_count(EXPERIMENT, NUMBERS) == 3
    assert input_count(EXPERIMENT, CLASSES) == 784


@pytest.mark.parametrize(
    ("loss", "facts", "head"),
    [
        ("cross_entropy", CLASSES, Head(3, "softmax", "one-hot")),
        ("mean_squared_error", CLASSES, Head(3, "softmax", "one-hot")),
        ("hinge", CLASSES, Head(3, "linear", "one-hot")),
        ("huber", NUMBERS, Head(1, "linear", "value")),
    ],
)
def test_outputs_of_several_classes_and_of_numbers(loss: str, facts: Facts, head: Head) -> None:
    assert head_of(loss, facts) == head


def test_data_and_loss_that_do_not_go_together_are_a_mistake() -> None:
    with pytest.raises(
        Mistake, match=r"training.loss: for data with several classes expected one of cross_entropy, .*"
    ):
        head_of("huber", CLASSES)
    with pytest.raises(Mistake, match="for data with numbers expected one of mean_squared_error"):
        architecture(Experiment(), NUMBERS)
