"""The model's own forward pass."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.exchange.model import Model
from core.experiment.data import Data
from core.training.rows import to_sequential


def test_it_agrees_with_torch(trained: Callable[[str], Any], case: str) -> None:
    model = trained(case).package().model
    raw = trained(case).dataset.train.raw
    network = to_sequential(model.architecture, torch.tensor(model.row, dtype=torch.float64)).eval()
    with torch.no_grad():
        outputs = network(torch.tensor(model.preparation.apply(raw), dtype=torch.float64))
        if model.architecture.loss.from_logits:
            outputs = outputs.sigmoid() if outputs.shape[1] == 1 else outputs.softmax(1)
    assert model.predict(raw) == pytest.approx(outputs.numpy(), abs=1e-12)


def test_a_run_needs_its_data_only_to_standardize(trained: Callable[[str], Any], case: str) -> None:
    found = trained(case)
    asked: list[Data] = []

    def load(data: Data) -> Any:
        asked.append(data)
        return found.dataset

    model = Model.of(found.record, found.record.row, load)
    data = found.record.experiment.data
    assert asked == ([data] if data.standardize else [])
    raw = found.dataset.train.raw
    moment = "best" if found.record.experiment.training.early_stopping else "last"
    assert np.array_equal(model.predict(raw), found.package(moment).model.predict(raw))
    assert model.output_names == found.package().model.output_names


def test_many_samples_are_taken_in_parts(trained: Callable[[str], Any]) -> None:
    model = trained("2-D binary").package().model
    raw = np.random.default_rng(0).uniform(-6, 6, (10_000, 2))
    found = model.predict(raw)
    assert found.shape == (10_000, 1)
    assert np.array_equal(found[9000:9010], model.predict(raw[9000:9010]))
