"""What the optimizers bring with them."""

import subprocess
import sys

import pytest

from core.choices.optimizers import OPTIMIZERS

TRAIN = """
import sys
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.training.loop import prepare, train
optimizer = {"kind": sys.argv[1]} | ({"momentum": 0.9} if sys.argv[1] == "sgd" else {})
experiment = read_experiment({
    "data": {"source": {"kind": "circle", "samples": 50}},
    "network": {"layers": [{"kind": "dense", "units": 3}, {"kind": "dropout", "rate": 0.2}]},
    "training": {"optimizer": optimizer, "epochs": 2},
})
for _ in train(prepare([Run("a", experiment)])):
    pass
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("kind", ["sgd", "adam", "nadam"])
def test_training_does_not_load_the_compiler(kind: str) -> None:
    # Its import takes longer than that of the rest of torch.
    assert kind in OPTIMIZERS
    told = subprocess.run([sys.executable, "-c", TRAIN, kind], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "False"
