"""Single plots, given pictures: what they draw and tell, and how long painting takes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from app.dropout.gap import GapPanel, gap, make_gap
from app.dropout.histograms import Histograms, Pointed
from app.dropout.opinions import Spread
from app.dropout.planes import Planes, Ramp, make_planes
from app.dropout.switched_off import make_switched_off
from app.dropout.twins import Told, Twin
from app.plots.run_curves import RunCurves
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.widgets.numbers import MINUS
from app.work.messages import Scene
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.probes.distributions import distributions
from core.probes.dropout_pictures import CoAdaptationPicture, OpinionsPicture, SubNetworksPicture
from core.probes.layer_pictures import DistributionsPicture
from core.probes.subnetworks import subnetworks
from core.runs.curves import COLUMNS, Curves
from core.training.rows import start_row
from tests.app.dropout.stages import drive, small

FRAME = 0.008  # seconds that painting may take
Quickest = Callable[[Callable[[], object]], float]


def scene_of(experiment: Experiment) -> Scene:
    dataset = load(experiment.data)
    return Scene(experiment, architecture(experiment, dataset.facts), dataset)


def rows_of(scene: Scene, count: int) -> Any:
    return np.stack([start_row(scene.architecture, seed).numpy() for seed in range(count)])


def twins(count: int) -> tuple[Twin, ...]:
    return tuple(Twin(place, f"run {place}", np.zeros(1, np.float32)) for place in range(count))


def deep(layers: int, units: int = 64) -> Experiment:
    found = [
        {"kind": "dense", "id": f"d{n}", "name": f"Dense {n}", "units": units, "activation": "relu"}
        for n in range(1, layers + 1)
    ]
    plain = small(variants=[]).model_dump(mode="json")
    return Experiment.model_validate(plain | {"network": {"layers": found}})


def distributed(scene: Scene, count: int) -> Told[DistributionsPicture]:
    return Told(twins(count), drive(distributions()(scene, rows_of(scene, count))))


# -- the gap ---------------------------------------------------------------------------------------------------------


def a_run(place: int, epochs: int, diverges: int | None = None) -> RunCurves:
    draws = np.random.default_rng(place)
    values = np.full((epochs + 1, len(COLUMNS)), np.nan)
    columns = {name: at for at, name in enumerate(COLUMNS)}
    values[:, columns["epoch"]] = values[:, columns["step"]] = np.arange(epochs + 1)
    values[:, columns["train_loss"]] = 0.5 * np.exp(-np.arange(epochs + 1) / 300)
    values[:, columns["validation_loss"]] = 0.5 + 0.1 * draws.random(epochs + 1)
    if diverges is not None:
        values[diverges:, 2:4] = np.nan
    return RunCurves(f"run {place}", place, Curves(values, np.ones(len(values), np.int64)))


@pytest.fixture
def gap_panel(qtbot: QtBot, icons: Icons) -> GapPanel:
    panel: GapPanel = drive(make_gap(icons))
    qtbot.addWidget(panel)
    panel.resize(820, 170)
    panel.show()
    return panel


def test_a_run_that_diverged_has_a_gap_until_then(gap_panel: GapPanel) -> None:
    run = a_run(0, 40, diverges=21)
    gap_panel.set_state([run], 0, validated=True)
    gap_panel._redraw()
    (piece,) = gap_panel.gaps.areas[0][0].item.path().toSubpathPolygons()
    assert (piece.boundingRect().left(), piece.boundingRect().right()) == (0, 20)
    assert gap_panel.gaps.read(30)[0][2][2] != gap_panel.gaps.read(30)[0][2][2]  # NaN
    np.testing.assert_array_equal(gap_panel.gaps.read(20)[0][2][2], gap(run)[20])


def test_of_many_runs_only_the_one_on_the_canvas_is_filled(gap_panel: GapPanel) -> None:
    gap_panel.set_state([a_run(place, 5) for place in range(6)], 2, validated=True)
    gap_panel._redraw()
    assert [area.item.isVisible() for area, _ in gap_panel.gaps.areas] == [False, False, True, False, False, False]
    gap_panel.set_state([a_run(place, 5) for place in range(2)], 0, validated=True)
    gap_panel._redraw()
    assert [area.item.isVisible() for area, _ in gap_panel.gaps.areas] == [True, True]


def test_in_a_tall_place_the_plots_lie_one_above_the_other(gap_panel: GapPanel, qtbot: QtBot) -> None:
    def rects() -> list[Any]:
        return [plot.item.sceneBoundingRect() for plot in gap_panel.plots]

    qtbot.waitUntil(lambda: rects()[1].left() >= rects()[0].right())
    gap_panel.resize(400, 420)
    qtbot.waitUntil(lambda: rects()[1].top() >= rects()[0].bottom())


def test_the_gap_is_painted_in_time(gap_panel: GapPanel, quickest: Quickest) -> None:
    gap_panel.set_state([a_run(place, 2000) for place in range(5)], 0, validated=True)
    gap_panel._redraw()
    assert quickest(lambda: gap_panel.board.viewport().repaint()) < FRAME


# -- histograms ------------------------------------------------------------------------------------------------------


@pytest.fixture
def histograms(qtbot: QtBot, theme: Theme) -> Histograms:
    found = Histograms(theme)
    qtbot.addWidget(found)
    found.resize(800, 170)
    found.show()
    return found


def test_a_bin_under_the_mouse_tells_its_share_of_each_run(histograms: Histograms) -> None:
    scene = scene_of(deep(2))
    told = distributed(scene, 2)
    histograms.show_picture(told, scene.architecture.dense, 0)
    cell = next(cell for cell in histograms.cells() if cell.layer == 1 and cell.weights)
    histogram = told.picture.layers[1].weights
    middle = len(histogram.edges) // 2
    place = cell.rect.left() + (middle + 0.5) / (len(histogram.edges) - 1) * cell.rect.width()
    pointed = histograms.under(QPoint(round(place), round(cell.rect.center().y())))
    assert pointed == Pointed(cell, middle)
    title, rows, notes = histograms.told_of(pointed)
    weights = scene.architecture.dense[1]
    values = rows_of(scene, 2)[:, weights.start : weights.bias_start]
    inside = (values >= histogram.edges[middle]) & (values < histogram.edges[middle + 1])
    assert title.startswith("Dense 2: weights")
    assert [name for name, _, _ in rows] == ["run 0", "run 1"]
    for (_, _, texts), share in zip(rows, inside.mean(1), strict=True):
        assert float(texts[0].removesuffix(" %")) == pytest.approx(100 * share, rel=1e-3)
    assert notes == []
    assert histograms.under(QPoint(1, 1)) is None


def test_layers_for_which_there_is_no_room_are_turned_to(histograms: Histograms) -> None:
    scene = scene_of(deep(9, units=4))
    histograms.show_picture(distributed(scene, 1), scene.architecture.dense, 0)
    shown = histograms.count
    assert 3 <= shown < 10
    assert {cell.layer for cell in histograms.cells()} == set(range(shown))
    histograms.turn(99)
    assert histograms.first == 10 - shown
    histograms.resize(5000, 170)
    assert {cell.layer for cell in histograms.cells()} == set(range(10))
    whole = QRect(0, 0, 5000, 170)
    assert all(whole.contains(cell.rect.toRect()) for cell in histograms.cells())


def test_axes_rest_while_shares_change_little(histograms: Histograms) -> None:
    scene = scene_of(deep(2))
    told = distributed(scene, 1)
    histograms.show_picture(told, scene.architecture.dense, 0)
    before = dict(histograms._tops)
    most = max(float(layer.weights.shares.max()) for layer in told.picture.layers)
    assert most <= before[True]
    histograms.show_picture(distributed(scene, 1), scene.architecture.dense, 0)
    assert histograms._tops == before


def test_histograms_are_painted_in_time(histograms: Histograms, quickest: Quickest) -> None:
    scene = scene_of(deep(2))
    histograms.show_picture(distributed(scene, 5), scene.architecture.dense, 0)
    pixels = QPixmap(histograms.size())
    assert quickest(lambda: histograms.render(pixels)) < FRAME


# -- switched off ----------------------------------------------------------------------------------------------------


def losses(height: float) -> Told[CoAdaptationPicture]:
    values = np.random.default_rng(0).random((2, 10, 20)) * height
    return Told(twins(2), CoAdaptationPicture(np.arange(10) / 10, values, "loss", "train", 50, 8))


def test_the_axis_of_losses_grows_with_them_and_rests_otherwise(qtbot: QtBot, icons: Icons) -> None:
    panel = drive(make_switched_off(icons))
    qtbot.addWidget(panel)
    panel.show_picture(losses(3.0), 0)
    low, high = panel.plot.view.viewRange()[1]
    assert (low, high > 2.5) == (0.0, True)
    panel.show_picture(losses(2.0), 0)
    assert panel.plot.view.viewRange()[1] == [low, high]
    panel.show_picture(losses(30.0), 0)
    assert panel.plot.view.viewRange()[1][1] > 25
    assert "50 training samples" in panel.head.note.text()
    assert panel.plot.side.label.toPlainText() == "loss"


def test_answers_that_are_no_numbers_leave_a_gap(qtbot: QtBot, icons: Icons) -> None:
    told = losses(1.0)
    values = told.picture.values.copy()
    values[0, 4:] = np.nan
    panel = drive(make_switched_off(icons))
    qtbot.addWidget(panel)
    panel.show_picture(Told(told.twins, CoAdaptationPicture(told.picture.shares, values, "loss", "train", 50, 8)), 0)
    (piece,) = panel.plot.lines[0][0].item.path().toSubpathPolygons()
    assert piece.boundingRect().right() == pytest.approx(0.3)


# -- planes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def planes(qtbot: QtBot, theme: Theme) -> Planes:
    found: Planes = drive(make_planes(theme))
    qtbot.addWidget(found)
    found.refresh()
    found.resize(800, 170)
    found.show()
    return found


def thinned(scene: Scene) -> SubNetworksPicture:
    picture: SubNetworksPicture = drive(subnetworks(rate=0.5, resolution=12, shown=12)(scene, rows_of(scene, 1)[0]))
    return picture


def test_a_place_of_the_plane_tells_mean_and_disagreement(planes: Planes) -> None:
    scene = scene_of(small())
    picture = thinned(scene)
    planes.set_scene(scene)
    planes.show_picture(picture)
    title, rows = planes.told_of(-5.9, 5.9)
    assert title == f"x₁ {MINUS}5.90, x₂ 5.90"
    assert rows[0][2] == [f"p {float(picture.outputs[0, 0, 0]):.3g}"]
    assert rows[1][2] == [f"± {float(picture.disagreement[0, 0]):.2g}"]


def test_disagreement_has_the_same_colours_from_frame_to_frame(planes: Planes, theme: Theme) -> None:
    scene = scene_of(small())
    planes.set_scene(scene)
    planes.show_picture(thinned(scene))
    assert planes.highest == 0.5
    ramp = Ramp(theme)
    none, half, most = ramp.values(2 * np.array([[0.0, 0.25, 0.5]]) / 0.5 - 1)[0].astype(float)
    np.testing.assert_array_equal(none, theme.color("middle").getRgb())
    np.testing.assert_array_equal(most, theme.color("text").getRgb())
    np.testing.assert_allclose(half, (none + most) / 2, atol=2)


@pytest.mark.parametrize("size", [(800, 165), (395, 140), (395, 480), (800, 640), (420, 260)])
def test_the_squares_have_room_and_lie_apart(planes: Planes, size: tuple[int, int]) -> None:
    planes.set_scene(scene_of(small()))
    planes.resize(*size)
    rects = [child.geometry() for child in (planes.mosaic, planes.mean, planes.doubt, planes.bar)]
    whole = QRect(0, 0, *size)
    assert all(whole.adjusted(0, 0, 1, 2).contains(rect) for rect in rects)
    for place, rect in enumerate(rects):
        assert rect.width() > 40
        assert not any(rect.adjusted(1, 1, -1, -1).intersects(other) for other in rects[place + 1 :])
    assert planes.mean.view.height() == pytest.approx(planes.doubt.view.height(), abs=1)


# -- opinions --------------------------------------------------------------------------------------------------------


def test_a_line_tells_mean_band_and_votes(qtbot: QtBot, theme: Theme) -> None:
    outputs = np.random.default_rng(1).dirichlet([1, 2, 3], 48)
    votes = np.bincount(outputs.argmax(1), minlength=3)
    spread = Spread(theme)
    qtbot.addWidget(spread)
    spread.begin(("a", "b", "c"), probabilities=True)
    spread.show_picture(OpinionsPicture({"off": 0.5}, outputs, outputs.mean(0), outputs.std(0), votes))
    title, rows = spread.told_of(2)
    low, high = np.quantile(outputs[:, 2], (0.1, 0.9))
    expected = [f"{100 * value:.4g} %" for value in np.round([outputs[:, 2].mean(), low, high], 4)]
    assert title == "c"
    assert [texts[0] for _, _, texts in rows[:3]] == expected
    assert rows[3][2] == [f"{votes[2]} of 48"]


def test_the_axis_of_numbers_holds_all_opinions(qtbot: QtBot, theme: Theme) -> None:
    spread = Spread(theme)
    qtbot.addWidget(spread)
    spread.begin(("ŷ",), probabilities=False)
    for scale in (1.0, 40.0, 0.1):
        outputs = scale * np.random.default_rng(1).normal(size=(48, 1))
        spread.show_picture(OpinionsPicture({}, outputs, outputs.mean(0), outputs.std(0), None))
        low, high = spread.range
        assert low <= outputs.min()
        assert outputs.max() <= high
        assert high - low < 10 * np.ptp(outputs)
