"""A network whose weights tests set by hand."""

from app.shell.selection import Weight
from core.experiment.experiment import Experiment, read_experiment

# Two inputs, layer a of 4 units, one output: 8 weights and 4 biases, then 4 weights and a bias.
WEIGHT, BIAS, OUTPUT = Weight("a", 1, 0), Weight("a", 3, None), Weight("output", 0, 2)
PLACES = {WEIGHT: 2, BIAS: 11, OUTPUT: 14}


def experiment(epochs: int = 100_000) -> Experiment:
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {"layers": [{"kind": "dense", "id": "a", "units": 4}]},
            "training": {"epochs": epochs, "batch_size": 20, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
        }
    )
