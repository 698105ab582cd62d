"""Links as numbers: each shows its own weight, a bundle the mean of its block."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.canvas.layout import lay_out
from app.canvas.plan import plan_network
from app.canvas.strands import LEVELS, MOST_LINKS, Strands, levels, strands_of
from app.shell.selection import Neuron, Weight
from core.choices.datasets import facts_of
from core.experiment.experiment import Experiment, read_experiment


def _strands(experiment: Experiment) -> Strands:
    plan = plan_network(experiment, facts_of(experiment.data.source))
    return strands_of(lay_out(plan, lambda text, width: 14.0))


def test_each_weight_has_a_link(spiral: Experiment) -> None:
    strands = _strands(spiral)
    assert [len(gap.rows) for gap in strands.gaps] == [40, 8, 64, 8]
    assert [gap.dense for gap in strands.gaps] == [0, None, 1, 2]
    assert [gap.source for gap in strands.gaps] == ["input", "a", "a", "b"]
    matrix = np.arange(40.0).reshape(8, 5)
    gap = strands.gaps[0]
    assert gap.values(matrix).tolist() == [
        matrix[row, column] for row, column in zip(gap.rows, gap.columns, strict=True)
    ]


def test_links_lead_from_neuron_to_neuron(spiral: Experiment) -> None:
    plan = plan_network(spiral, facts_of(spiral.data.source))
    layout = lay_out(plan, lambda text, width: 14.0)
    strands = strands_of(layout)
    link = strands.of_weight(Weight("b", 3, 6))
    assert link is not None
    begin, end = strands.curves[link, 0], strands.curves[link, 3]
    assert begin.tolist() == list(layout.cards[2].right[6].toTuple())  # the circle of the dropout card
    assert end.tolist() == list(layout.cards[3].left[3].toTuple())


def test_a_bundle_is_the_mean_of_its_block(digits: Experiment) -> None:
    strands = _strands(digits)
    assert all(gap.bundled for gap in strands.gaps)
    matrix = np.random.default_rng(0).normal(size=(128, 784))
    gap = strands.gaps[0]
    assert len(gap.rows) == 64
    high, wide = gap.sizes(matrix.shape)
    means = [
        matrix[row : row + h, column : column + w].mean()
        for row, column, h, w in zip(gap.rows, gap.columns, high, wide, strict=True)
    ]
    assert gap.values(matrix) == pytest.approx(means)
    assert int((high * wide).sum()) == matrix.size


def test_too_many_links_are_bundled() -> None:
    layers = [{"kind": "dense", "id": f"d{i}", "units": 16} for i in range(5)]
    strands = _strands(read_experiment({"network": {"layers": layers}}))
    loose = [gap for gap in strands.gaps if not gap.bundled]
    assert sum(len(gap.rows) for gap in loose) <= MOST_LINKS
    assert any(gap.bundled for gap in strands.gaps)
    assert len(strands.curves) <= MOST_LINKS + 64 * len(strands.gaps)


def test_levels_grow_with_the_weight_and_keep_its_sign(spiral: Experiment) -> None:
    strands = _strands(spiral)
    matrices = [np.full((8, 5), 0.01), np.full((8, 8), -1.0), np.full((1, 8), 50.0)]
    found = [set(levels(strands, matrices, relative=False)[gap.start : gap.stop]) for gap in strands.gaps]
    assert found == [{1}, {0}, {-(LEVELS // 2 + 1)}, {LEVELS}]


def test_gradients_are_drawn_relative_to_the_largest(spiral: Experiment) -> None:
    strands = _strands(spiral)
    matrices = [np.full((8, 5), 1e-6), np.full((8, 8), -1e-7), np.full((1, 8), 5e-7)]
    found = [set(levels(strands, matrices, relative=True)[gap.start : gap.stop]) for gap in strands.gaps]
    assert found == [{LEVELS}, {0}, {-1}, {LEVELS // 2}]


def test_nan_is_drawn_as_nothing_strong(spiral: Experiment) -> None:
    strands = _strands(spiral)
    matrices = [np.full((8, 5), np.nan), None, None]
    assert set(np.abs(levels(strands, matrices, relative=False))) <= {0, 1}


def test_the_nearest_link_is_found(spiral: Experiment) -> None:
    strands = _strands(spiral)
    for link in (0, 17, 60, len(strands.curves) - 1):
        x, y = strands.lines[link, 1]
        found = strands.at(QPointF(x, y), 3.0)
        assert found is not None
        distance = np.abs(strands.lines[found] - (x, y)).sum(axis=1).min()
        assert distance < 40
    assert strands.at(QPointF(-500, -500), 5.0) is None


def test_links_of_a_neuron_come_and_go(spiral: Experiment) -> None:
    strands = _strands(spiral)
    assert len(strands.of_neuron(Neuron("a", 2))) == 5 + 1 + 8
    assert len(strands.of_neuron(Neuron("input", 0))) == 8
    assert len(strands.of_neuron(Neuron("output", 0))) == 8
