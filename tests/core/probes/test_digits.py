"""Images through the network, confusion, mistakes and weight images, against torch's own modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.datasets.samples import Dataset, Part
from core.experiment.network import Dense, Dropout
from core.probes.digits import classify, report, weights
from core.probes.pictures import image_of, report_part

if TYPE_CHECKING:
    from core.choices.losses import Task
    from tests.core.probes.conftest import Bench


def close(found: Any, wanted: Any) -> None:
    """Compare; images are scaled in float32."""
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_image_is_classified_as_training_would_see_it(bench: Bench) -> None:
    scene = bench.scene(
        (Dense(units=6, id="one", activation="relu"), Dropout(id="drop")),
        task="classes",
        loss="cross_entropy",
        shape=(4, 4),
    )
    row = bench.row(scene)
    image = image_of(scene.dataset, "test", 3)
    assert image.shape == (4, 4)
    picture = bench.drive(classify(image)(scene, row))
    x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.test.raw[3:4])).double()
    for layer, (linear, activation) in zip(scene.architecture.dense, bench.modules(scene, row), strict=True):
        z = linear(x)
        x = activation(z)
        close(picture.sums[layer.id], z[0].detach())
        close(picture.activations[layer.id], x[0].detach())
    close(picture.outputs, x[0].detach())
    assert picture.probabilities is not None
    close(picture.probabilities, x[0].detach())
    assert picture.winner == int(x.argmax())
    np.testing.assert_array_equal(picture.image, image)


@pytest.mark.parametrize(
    ("task", "loss", "scores"),
    [
        ("binary", "binary_cross_entropy", False),
        ("binary", "hinge", True),
        ("binary", "huber", True),
        ("classes", "hinge", True),
        ("classes", "mean_squared_error", False),
    ],
)
def test_probabilities_are_told_apart_from_scores(bench: Bench, task: Task, loss: str, scores: bool) -> None:
    scene = bench.scene((Dense(units=5, id="one"),), task=task, loss=loss, shape=(3, 3))
    row = bench.row(scene)
    found = bench.drive(report("test")(scene, row))
    for index in range(len(scene.dataset.test)):
        picture = bench.drive(classify(image_of(scene.dataset, "test", index))(scene, row))
        assert (picture.probabilities is None) == scores
        if picture.probabilities is not None:
            assert picture.probabilities.sum() == pytest.approx(1)
            assert len(picture.probabilities) == len(scene.dataset.facts.classes)
        wrong = picture.winner != scene.dataset.test.labels[index]
        assert wrong == (index in found.mistakes.index)


def test_report_counts_every_answer_and_lists_mistakes_by_loss(bench: Bench) -> None:
    scene = bench.scene(
        (Dense(units=6, id="one"),), task="classes", loss="cross_entropy", shape=(5, 5), samples=600, standardize=False
    )
    row = bench.row(scene)
    found = bench.drive(report()(scene, row))
    x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.test.raw)).double()
    for linear, activation in bench.modules(scene, row):
        z = linear(x)
        x = activation(z)
    true = scene.dataset.test.labels
    predicted = z.argmax(1).numpy()
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (true, predicted), 1)
    np.testing.assert_array_equal(found.counts, counts)
    assert (found.part, found.total, found.right) == ("test", 300, int((true == predicted).sum()))
    losses = functional.cross_entropy(z, torch.tensor(true), reduction="none").detach().numpy()
    mistakes = found.mistakes
    assert sorted(mistakes.index) == list(np.flatnonzero(true != predicted))
    assert (np.diff(mistakes.loss) <= 0).all()
    close(mistakes.loss, losses[mistakes.index])
    np.testing.assert_array_equal(mistakes.true, true[mistakes.index])
    np.testing.assert_array_equal(mistakes.predicted, predicted[mistakes.index])
    some = mistakes.of(0, 1)
    assert len(some) == counts[0, 1]
    assert (np.diff(some.loss) <= 0).all()


def test_report_is_made_in_slices(bench: Bench) -> None:
    scene = bench.scene((Dense(units=2000, id="one"),), task="classes", loss="cross_entropy", shape=(20, 20))
    found, pauses = bench.count(report("train")(scene, bench.row(scene).astype(np.float32)))
    assert pauses > 1
    assert (found.part, found.total) == ("train", 20)


def test_report_takes_the_part_that_is_there(bench: Bench) -> None:
    data = bench.scene(task="classes", loss="cross_entropy").dataset
    empty = Part(data.test.raw[:0], data.test.labels[:0])
    assert report_part(data) == "test"
    assert report_part(Dataset(data.facts, data.preparation, data.train, data.test, empty)) == "validation"
    assert report_part(Dataset(data.facts, data.preparation, data.train, empty, empty)) == "train"


def test_weights_as_images_on_one_scale(bench: Bench) -> None:
    scene = bench.scene((Dense(units=6, id="one"),), task="classes", loss="cross_entropy", shape=(4, 5))
    row = bench.row(scene)
    picture = bench.drive(weights(range(2, 5))(scene, row))
    matrix = row[:120].reshape(6, 20)
    assert picture.scale == pytest.approx(3 * np.sqrt((matrix**2).mean()))
    assert (picture.layer, picture.first, picture.values.shape) == ("one", 2, (3, 4, 5))
    wanted = np.clip(matrix[2:5].reshape(3, 4, 5) / picture.scale, -1, 1)
    close(picture.values, wanted)


def test_weights_of_zero_are_neutral(bench: Bench) -> None:
    scene = bench.scene((Dense(units=2, id="one"),), task="classes", loss="cross_entropy", shape=(2, 2))
    picture = bench.drive(weights()(scene, np.zeros_like(bench.row(scene))))
    assert not picture.values.any()
