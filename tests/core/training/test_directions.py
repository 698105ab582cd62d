"""What the optimizers bring with them."""

import subprocess
import sys
from typing import Any

import pytest
import torch

from core.choices.optimizers import OPTIMIZERS, SGD, Adagrad, Adam, AdamW, RMSprop, torch_arguments
from core.training.directions import Directions

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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "settings",
    [
        *(row.settings(kind=row.tag) for row in OPTIMIZERS.values()),
        SGD(momentum=0.9),
        SGD(momentum=0.9, nesterov=True),
        Adam(amsgrad=True, beta1=0.5),
        AdamW(amsgrad=True),
        Adagrad(lr_decay=0.1, initial_accumulator_value=0.5),
        RMSprop(momentum=0.5),
        RMSprop(centered=True),
    ],
    ids=lambda settings: "-".join(str(value) for value in settings.model_dump().values()),
)
def test_the_kernels_do_what_torchs_step_does_to_the_bit(settings: Any, dtype: torch.dtype) -> None:
    gradient, own = torch.zeros((3, 21), dtype=dtype), torch.zeros((3, 21), dtype=dtype)
    directions = Directions(settings, gradient, [{}] * 3)
    row = OPTIMIZERS[settings.kind]
    torchs = getattr(torch.optim, row.torch)([own], lr=1.0, weight_decay=0.0, **torch_arguments(settings), **row.fused)
    own.grad = gradient
    draws = torch.Generator().manual_seed(0)
    for step in range(30):
        gradient.normal_(generator=draws)
        if step == 15:  # as a run does that goes on from a state
            directions = Directions(settings, gradient, [directions.state(place) for place in range(3)])
        torchs.step()
        found = directions.find()
        torch.testing.assert_close(found, own, rtol=0, atol=0)
        own.zero_()
        found.zero_()
        if not directions.plain:
            for name, value in directions.state(1).items():
                wanted = torchs.state[own][name]
                torch.testing.assert_close(value, wanted[1] if wanted.dim() else wanted, rtol=0, atol=0)
    quick = row.fused.get("fused") or settings == RMSprop()
    assert directions.plain or (directions.kernel is not None) == bool(quick)
