"""The plane against torch's own modules, point by point; the decision line; slices."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.experiment.network import Dense, Dropout
from core.probes.contour import zero_line
from core.probes.look import centres
from core.probes.pictures import INPUT
from core.probes.plane import answer, plane

if TYPE_CHECKING:
    from core.choices.losses import Task
    from tests.core.probes.conftest import Bench, SceneStub


def close(found: Any, wanted: Any) -> None:
    """Compare; inputs are prepared in float32."""
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def expected(bench: Bench, scene: SceneStub, row: Any, raw: Any) -> list[tuple[Any, Any]]:
    """Return z and a of each dense layer at points, by torch's modules."""
    x = torch.tensor(scene.dataset.preparation.apply(raw)).double()
    found = []
    with torch.no_grad():
        for linear, activation in bench.modules(scene, row):
            z = linear(x)
            x = activation(z)
            found.append((z.numpy(), x.numpy()))
    return found


def grid(count: int) -> Any:
    """Return the centres of count² squares of −6 … 6, from the upper left."""
    places = (np.arange(count) + 0.5) * 12 / count - 6
    return np.array([(x1, x2) for x2 in places[::-1] for x1 in places])


def test_outputs_are_those_of_the_network_at_each_place(bench: Bench) -> None:
    scene = bench.scene((Dense(units=4, id="one"), Dropout(id="drop"), Dense(units=3, id="two", activation="relu")))
    row = bench.row(scene)
    picture = bench.drive(plane(10, 6)(scene, row))
    p = expected(bench, scene, row, grid(10))[-1][1]
    close(picture.outputs.reshape(-1, 1), p)
    close(picture.shade.ravel(), 2 * p[:, 0] - 1)
    assert picture.winner is not None
    np.testing.assert_array_equal(picture.winner.ravel(), p[:, 0] > 0.5)
    assert (picture.kind, picture.low, picture.high, picture.span) == ("probability", 0, 1, (-6, 6))


def test_tiles_are_every_neurons_output_and_the_inputs(bench: Bench) -> None:
    layers = (
        Dense(units=2, id="tanh"),
        Dense(units=2, id="sigmoid", activation="sigmoid"),
        Dense(units=2, id="relu", activation="relu"),
    )
    scene = bench.scene(layers, features=("x1", "x1_squared"), standardize=True)
    row = bench.row(scene)
    picture = bench.drive(plane(10, 6)(scene, row))
    tanh, sigmoid, relu, output = (a.T.reshape(-1, 6, 6) for _, a in expected(bench, scene, row, grid(6)))
    close(picture.tiles["tanh"].values, tanh)
    close(picture.tiles["sigmoid"].values, 2 * sigmoid - 1)
    close(picture.tiles["relu"].values, relu / (1 + relu))
    close(picture.tiles["output"].values, 2 * output - 1)
    inputs = scene.dataset.preparation.apply(grid(6)).T.reshape(-1, 6, 6)
    largest = np.abs(inputs).max(axis=(1, 2), keepdims=True)
    close(picture.tiles[INPUT].values, inputs / largest)
    tile = picture.tile("relu", 1)
    assert tile is not None
    close(tile, relu[1] / (1 + relu[1]))
    assert picture.tile("relu", 2) is None
    assert picture.tile("gone", 0) is None


@pytest.mark.parametrize(
    ("task", "loss", "kind"),
    [
        ("binary", "binary_cross_entropy", "probability"),
        ("binary", "cross_entropy", "probability"),
        ("binary", "mean_squared_error", "score"),
        ("binary", "hinge", "score"),
        ("classes", "cross_entropy", "classes"),
        ("classes", "hinge", "scores"),
        ("regression", "huber", "value"),
    ],
)
def test_every_kind_of_answer_has_its_colours(bench: Bench, task: Task, loss: str, kind: str) -> None:
    scene = bench.scene(task=task, loss=loss)
    row = bench.row(scene)
    picture = bench.drive(plane(12, 6)(scene, row))
    y = expected(bench, scene, row, grid(12))[-1][1]
    close(picture.outputs.reshape(len(y), -1), y)
    assert picture.kind == kind
    shade = picture.shade.ravel()
    if kind in ("classes", "scores"):
        assert picture.winner is not None
        np.testing.assert_array_equal(picture.winner.ravel(), y.argmax(1))
        best = np.sort(y, axis=1)
        sure = best[:, -1] if kind == "classes" else np.clip(best[:, -1] - best[:, -2], 0, 1)
        close(shade, sure)
    elif kind == "probability":
        close(shade, 2 * y[:, -1] - 1)
    elif kind == "score":
        close(shade, np.clip(y[:, 0], -1, 1))
    else:
        largest = np.abs(scene.dataset.train.labels).max()
        assert picture.winner is None
        assert (picture.low, picture.high) == pytest.approx((-largest, largest))
        close(shade, np.clip(y[:, 0] / largest, -1, 1))


def test_colours_of_a_tile_do_not_depend_on_other_places(bench: Bench) -> None:
    """Stretching a tile to its own largest value would make it flicker."""
    scene = bench.scene((Dense(units=2, id="one", activation="relu"),))
    row = bench.row(scene)
    once = bench.drive(plane(4, 4)(scene, row)).tiles["one"].values
    row[:2] *= 100  # a weight of unit 0
    again = bench.drive(plane(4, 4)(scene, row)).tiles["one"].values
    np.testing.assert_array_equal(once[1], again[1])


def test_neuron_at_full_resolution_with_its_line(bench: Bench) -> None:
    scene = bench.scene((Dense(units=3, id="one"), Dense(units=2, id="two")))
    row = bench.row(scene)
    layers = expected(bench, scene, row, grid(20))
    for place, name, unit in ((0, "one", 2), (1, "two", 0), (2, "output", 0)):
        neuron = bench.drive(plane(20, 6, (name, unit))(scene, row)).neuron
        assert neuron is not None
        assert (neuron.layer, neuron.unit) == (name, unit)
        close(neuron.z.ravel(), layers[place][0][:, unit])
        close(neuron.a.ravel(), layers[place][1][:, unit])
    # The line of a neuron of the first layer is w·x + b = 0.
    neuron = bench.drive(plane(20, 6, ("one", 2))(scene, row)).neuron
    assert neuron is not None
    layer = scene.architecture.dense[0]
    w, b = row[layer.start + 4 : layer.start + 6], row[layer.bias_start + 2]
    np.testing.assert_array_equal(neuron.weights, w)
    assert (neuron.bias, neuron.activation, neuron.low, neuron.high) == (b, "tanh", -1, 1)
    assert len(neuron.line) > 10
    np.testing.assert_allclose(neuron.line @ w + b, 0, atol=1e-5)


def test_line_of_one_of_several_classes_is_where_it_ceases_to_be_the_best(bench: Bench) -> None:
    scene = bench.scene((), task="classes", loss="cross_entropy")
    row = bench.row(scene)
    neuron = bench.drive(plane(30, 6, ("output", 1))(scene, row)).neuron
    assert neuron is not None
    assert (neuron.low, neuron.high) == (0, 1)
    z = neuron.line.reshape(-1, 2) @ row[:6].reshape(3, 2).T + row[6:]
    np.testing.assert_allclose(z[:, 1], np.delete(z, 1, axis=1).max(axis=1), atol=0.5)
    p = expected(bench, scene, row, grid(30))[-1][1][:, 1]
    close(neuron.a.ravel(), p)


def test_input_is_a_neuron_without_a_line(bench: Bench) -> None:
    scene = bench.scene(features=("x1", "x2", "x1_x2"))
    neuron = bench.drive(plane(10, 6, (INPUT, 2))(scene, bench.row(scene))).neuron
    assert neuron is not None
    close(neuron.a.ravel(), grid(10).prod(axis=1))
    assert (len(neuron.line), len(neuron.weights), neuron.bias, neuron.activation) == (0, 0, 0, "")
    assert neuron.high == -neuron.low == pytest.approx(5.4**2)


def test_neuron_tells_which_outputs_its_colours_stand_for(bench: Bench) -> None:
    layers = (Dense(units=2, id="relu", activation="relu"), Dense(units=2, id="sigmoid", activation="sigmoid"))
    scene = bench.scene(layers, task="regression", loss="mean_squared_error")
    largest = np.abs(scene.dataset.train.labels).max()
    ends = {"relu": (-np.inf, np.inf), "sigmoid": (0, 1), "output": (-largest, largest)}
    for layer, wanted in ends.items():
        neuron = bench.drive(plane(8, 4, (layer, 0))(scene, bench.row(scene))).neuron
        assert neuron is not None
        assert (neuron.low, neuron.high) == pytest.approx(wanted)


def test_neuron_that_is_gone_is_not_drawn(bench: Bench) -> None:
    scene = bench.scene()
    for gone in (("gone", 0), ("one", 4), (INPUT, 2)):
        assert bench.drive(plane(10, 6, gone)(scene, bench.row(scene))).neuron is None


def test_without_tiles_the_plane_is_the_same(bench: Bench) -> None:
    scene = bench.scene((Dense(units=4, id="one"), Dense(units=3, id="two", activation="relu")))
    row = bench.row(scene)
    picture, whole = (bench.drive(plane(10, tile)(scene, row)) for tile in (0, 6))
    assert picture.tiles == {}
    assert picture.asked.shape == (0, 1)
    np.testing.assert_array_equal(picture.outputs, whole.outputs)


def test_units_that_are_asked_for_have_tiles(bench: Bench) -> None:
    scene = bench.scene((Dense(units=100, id="wide"),))
    row = bench.row(scene)
    first = bench.drive(plane(4, 4)(scene, row)).tiles["wide"]
    later = bench.drive(plane(4, 4, units={"wide": range(60, 100)})(scene, row)).tiles["wide"]
    assert (first.first, len(first.values), later.first, len(later.values)) == (0, 64, 60, 40)
    assert first.of(64) is None
    np.testing.assert_array_equal(first.of(63), later.of(63))


def test_points_are_answered_exactly_before_and_now(bench: Bench) -> None:
    scene = bench.scene(standardize=True)
    start, row = bench.row(scene, 1), bench.row(scene, 2)
    raw = np.array([(4.0, 5.0), (-1.0, 2.0)])
    picture = bench.drive(answer([(4.0, 5.0), (-1.0, 2.0)], start)(scene, row))
    close(picture.before, expected(bench, scene, start, raw)[-1][1])
    close(picture.now, expected(bench, scene, row, raw)[-1][1])
    asked = bench.drive(plane(4, 4, points=[(4.0, 5.0)])(scene, row)).asked
    close(asked, picture.now[:1])


def test_other_data_are_taken_note_of(bench: Bench) -> None:
    one, two = bench.scene(features=("x1", "x2")), bench.scene(features=("x1_squared", "sin_x2"))
    probe, row = plane(6, 6), bench.row(one)
    for scene in (one, two, one):
        p = expected(bench, scene, row, grid(6))[-1][1]
        close(bench.drive(probe(scene, row)).outputs.reshape(-1, 1), p)


def test_large_network_is_drawn_in_slices(bench: Bench) -> None:
    scene = bench.scene((Dense(units=1000, id="one"), Dense(units=500, id="two")))
    row = bench.row(scene).astype(np.float32)
    _, pauses = bench.count(plane(20, 8, ("one", 0))(scene, row))
    assert pauses > 10


def test_weights_that_are_not_finite_still_give_a_picture(bench: Bench) -> None:
    scene = bench.scene()
    row = np.full_like(bench.row(scene), np.nan)
    picture = bench.drive(plane(6, 6, ("one", 0))(scene, row))
    assert np.isnan(picture.shade).all()
    assert picture.neuron is not None
    assert len(picture.neuron.line) == 0


def test_zero_line_of_a_linear_function_is_exact() -> None:
    x, y = np.linspace(-1, 1, 9), np.linspace(2, -2, 7)
    line = zero_line(3 * x[None, :] - y[:, None] + 0.3, x, y)
    np.testing.assert_allclose(3 * line[..., 0] - line[..., 1] + 0.3, 0, atol=1e-12)
    lengths = np.linalg.norm(line[:, 0] - line[:, 1], axis=1)
    # From the lower edge y = −2 to the upper one y = 2: 4 up, 4/3 to the right.
    assert lengths.sum() == pytest.approx(np.hypot(4, 4 / 3))


def test_zero_line_of_a_bowl_is_a_closed_ring() -> None:
    x = centres((-2, 2), 60)
    line = zero_line(x[None, :] ** 2 + x[:, None] ** 2 - 1, x, x)
    np.testing.assert_allclose(np.linalg.norm(line, axis=2), 1, atol=0.01)
    ends, counts = np.unique(line.reshape(-1, 2).round(9), axis=0, return_counts=True)
    assert len(ends) > 50
    assert (counts == 2).all()


def test_small_network_takes_less_than_4_ms(bench: Bench) -> None:
    """Of the machine's good moments: others may be at work on it."""
    features = ("x1", "x2", "x1_x2", "sin_x1", "sin_x2")
    scene = bench.scene((Dense(units=8, id="one"), Dense(units=8, id="two")), features=features)
    row = bench.row(scene).astype(np.float32)
    probe = plane(100, 32)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        best = float("inf")
        for _ in range(30):
            start = thread_time()
            bench.drive(probe(scene, row))
            best = min(best, thread_time() - start)
    finally:
        torch.set_num_threads(threads)
    assert best < 0.004
