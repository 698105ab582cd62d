"""What is said of gradients, on networks that are really so; and that the mends mend."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.gradients.health import HealthFrame
from app.gradients.words import finding
from app.work.messages import Scene
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.experiment.variants import override
from core.probes.distributions import distributions
from core.probes.health import health
from core.probes.layer_pictures import Mover
from core.training.rows import start_row

RATE = "training.optimizer.learning_rate"


class Looks:
    """Looks at a network with its start weights, or with other ones."""

    def __init__(self, drive: Any) -> None:
        self.drive = drive

    def __call__(self, experiment: Experiment, row: Any = None, rate: float | None = None) -> HealthFrame:
        import torch

        dataset = load(experiment.data)
        scene = Scene(experiment, architecture(experiment, dataset.facts), dataset)
        if row is None:
            row = start_row(scene.architecture, experiment.training.seed, torch.float32).numpy()
        settings = experiment.training.optimizer
        mover = Mover(experiment.training, settings.learning_rate if rate is None else rate)
        return HealthFrame(scene, 0, self.drive(health([mover]), scene, row), self.drive(distributions(8), scene, row))


@pytest.fixture
def look(qapp: QApplication, drive: Any) -> Looks:
    return Looks(drive)


def plain(make: Any, rate: float = 0.03, **more: Any) -> Experiment:
    found: Experiment = make(optimizer={"kind": "sgd", "learning_rate": rate}, **more)
    return found


def test_a_healthy_network_is_called_so(look: Looks, make: Any) -> None:
    frame = look(plain(make))
    found = finding(frame)
    assert not found.wrong
    assert not found.mend
    values = frame.values("update")
    assert f"{100 * values.min():.2g} %" in found.sentence.replace("e-0", "e−")
    assert found.sentence.startswith("All layers learn: a step changes them by")


@pytest.mark.parametrize("seed", range(4))
def test_a_deep_sigmoid_network_loses_its_gradient_and_the_mend_brings_it_back(
    look: Looks, make: Any, seed: int
) -> None:
    experiment = make((8,) * 7, "sigmoid", seed=seed)
    frame = look(experiment)
    found = finding(frame)
    assert found.sentence.startswith("The gradient vanishes: what comes back to Dense 1 is 1/")
    factor = float(found.sentence.split("1/")[1].split(" ")[0].replace(",", ""))
    assert 1 / factor == pytest.approx(frame.health.delta[0, 0] / frame.health.delta[0, 6], rel=0.01)
    mended = look(override(experiment, found.settings))
    assert mended.health.arriving[0] > 0.05
    assert not finding(mended).wrong


def test_dead_neurons_are_counted_and_the_mend_wakes_them(look: Looks, make: Any) -> None:
    experiment = plain(make, seed=3)
    experiment = override(experiment, {"network.activation": "relu"})
    frame = look(experiment)
    row = np.zeros(frame.scene.architecture.parameters, np.float32)
    layer = frame.scene.architecture.dense[0]
    row[:] = 0.3
    row[layer.bias_start : layer.bias_start + 3] = -100  # three of the four never answer
    found = finding(look(experiment, row))
    assert found.sentence.startswith("3 of 4 ReLU neurons of Dense 1 never answer: 0 on all 64 samples")
    assert found.mend == "Use Leaky ReLU"
    mended = look(override(experiment, found.settings), row)
    assert mended.distributions.layers[0].dead is None
    assert mended.health.gradient[0, 0] > 0


def test_saturation_is_told_with_its_share(look: Looks, make: Any) -> None:
    experiment = plain(make)
    frame = look(experiment)
    row = np.full(frame.scene.architecture.parameters, 50.0, np.float32)
    found = finding(look(experiment, row))
    assert "% of the outputs of Dense" in found.sentence
    assert found.mend == "Use Leaky ReLU"
    override(experiment, found.settings)


def test_an_exploding_gradient_can_be_clipped(look: Looks, make: Any) -> None:
    experiment = override(plain(make, seed=1), {"network.activation": "linear"})
    experiment = override(experiment, {"network.layers.l1.units": 8, "network.layers.l0.units": 8})
    scene = look(experiment).scene
    row = np.full(scene.architecture.parameters, 0.01, np.float32)
    layer = scene.architecture.dense[1]
    row[layer.start : layer.bias_start] = 400
    found = finding(look(experiment, row))
    assert found.sentence.startswith("The gradient explodes: what comes back to Dense 1 is ")
    assert override(experiment, found.settings).training.clip == 1.0


@pytest.mark.parametrize(("rate", "words"), [(500.0, "the learning rate is very high"), (1e-9, "it has come to rest")])
def test_steps_too_large_or_too_small_lead_to_the_learning_rate(
    look: Looks, make: Any, rate: float, words: str
) -> None:
    found = finding(look(plain(make, rate)))
    assert words in found.sentence
    assert (found.mend, dict(found.settings)) == ("Find a learning rate", {})


def test_a_loss_that_is_no_number_is_named(look: Looks, make: Any) -> None:
    experiment = plain(make)
    scene = look(experiment).scene
    found = finding(look(experiment, np.full(scene.architecture.parameters, np.nan, np.float32)))
    assert "not a finite number" in found.sentence
