"""Predictions: the same as the model's own, in slices, and as rows of a table."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from core.datasets.samples import Dataset
from core.exchange import predictions
from core.exchange.predictions import Predictions, at_once, predict, probe
from core.experiment.architecture import Architecture

Trained = Callable[[str], Any]


class SceneStub(NamedTuple):
    architecture: Architecture
    dataset: Dataset


def finished(work: Any) -> tuple[int, Predictions]:
    """Return how many slices some work took, and what it gave."""
    slices = 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            return slices, done.value
        slices += 1


def test_they_are_what_the_model_says(trained: Trained, case: str) -> None:
    package = trained(case).package()
    model, raw = package.model, package.samples
    found = at_once(model, raw)
    np.testing.assert_array_equal(found.outputs, model.predict(raw))
    assert len(found) == len(raw)
    rows = list(found.rows())
    assert all(len(row) == len(found.titles) for row in rows)
    if model.facts.classes:
        assert [row[0] for row in rows] == [model.facts.classes[place] for place in model.answers(found.outputs)]
        assert found.titles == ["prediction", *model.output_names]
    else:
        assert [row[0] for row in rows] == model.predict(raw)[:, 0].tolist()
        assert found.titles == ["prediction"]


def test_many_samples_are_answered_in_slices_to_the_same_end(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    package = trained("digits with dropout").package()
    whole = at_once(package.model, package.samples)
    monkeypatch.setattr(predictions, "_SLICE", 64 * 100)
    slices, found = finished(predict(package.model, package.samples))
    assert slices == -(-len(package.samples) // 100)
    np.testing.assert_allclose(found.outputs, whole.outputs, rtol=1e-12)
    assert found.confidence is not None
    np.testing.assert_allclose(found.confidence, found.outputs.max(1), rtol=1e-12)


def test_the_probe_answers_with_the_row_that_it_is_given(trained: Trained) -> None:
    package = trained("features and standardization").package()
    model, row = package.model, package.model.row * 2
    _, found = finished(probe(package.samples)(SceneStub(model.architecture, package.dataset), row))
    expected = predictions.at_once(
        type(model)(model.architecture, row, model.preparation, model.facts), package.samples
    )
    np.testing.assert_array_equal(found.outputs, expected.outputs)
    assert not np.array_equal(found.outputs, model.predict(package.samples))


def test_no_samples_have_no_answers(trained: Trained) -> None:
    found = at_once(trained("2-D binary").package().model, np.zeros((0, 2)))
    assert len(found) == 0
    assert list(found.rows()) == []
