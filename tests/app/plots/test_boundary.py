"""The plane: its colours are the network's numbers, its points the data, and the mouse reads both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.plots.boundary import BoundaryView
from app.plots.surface import MOST_POINTS
from app.shell.theme import Theme
from core.probes.plane import plane

if TYPE_CHECKING:
    from app.work.messages import Scene
    from core.probes.pictures import PlanePicture
    from core.runs.record import Record
    from tests.app.plots.conftest import Hand, Lab


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> BoundaryView:
    view = BoundaryView(theme)
    qtbot.addWidget(view)
    view.resize(328, view.heightForWidth(328))
    view.show()
    qtbot.waitExposed(view)
    return view


def show(view: BoundaryView, lab: Lab, record: Record, **options: Any) -> tuple[Scene, PlanePicture]:
    """Show a run."""
    scene = lab.scene(record)
    view.set_data(scene.dataset)
    picture = lab.drive(plane(**({"resolution": 20} | options))(scene, record.row))
    view.set_plane(picture)
    view.resize(view.width(), view.heightForWidth(view.width()))
    return scene, picture


def pixels(view: BoundaryView) -> Any:
    """Return the colours that are shown, the upper row first."""
    return view.surface.image.image[::-1]


def over(view: BoundaryView, x: float, y: float) -> QPointF:
    """Return where a place of the plane is in the viewport."""
    surface = view.surface
    return QPointF(surface.mapFromScene(surface.view.mapViewToScene(QPointF(x, y))))


def test_colours_are_those_of_the_probabilities(view: BoundaryView, lab: Lab, theme: Theme) -> None:
    _, picture = show(view, lab, lab.small())
    table = view.shading.map
    p = picture.outputs[..., 0]
    np.testing.assert_array_equal(pixels(view), table[np.rint(p * 255).astype(int)])
    # The map of the theme, over the panel.
    ends = (theme.color(name) for name in ("mapNegative", "mapPositive"))
    orange, blue = (np.array([color.red(), color.green(), color.blue()]) for color in ends)
    np.testing.assert_allclose(table[0][:3], orange * 0.78 + 255 * 0.22, atol=1)
    np.testing.assert_allclose(table[255][:3], blue * 0.78 + 255 * 0.22, atol=1)


def test_upper_edge_is_where_x2_is_largest(view: BoundaryView, lab: Lab) -> None:
    _, picture = show(view, lab, lab.small(source={"kind": "gaussians", "samples": 120}, epochs=30))
    # Class +1 lies at the upper right.
    p = picture.outputs[..., 0]
    assert p[0, -1] > 0.9
    assert p[-1, 0] < 0.1
    image = view.surface.grab().toImage()
    ratio = image.devicePixelRatio()
    colors = [image.pixelColor((over(view, *place) * ratio).toPoint()) for place in ((5.8, 5.8), (-5.8, -5.8))]
    assert colors[0].blue() > colors[0].red()
    assert colors[1].red() > colors[1].blue()


def test_plane_is_a_square_at_every_width(qtbot: QtBot, view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small())
    for width in (260, 328, 420, 700):
        view.resize(width, view.heightForWidth(width))
        qtbot.wait(1)
        rect = view.surface.view.sceneBoundingRect()
        assert rect.width() == pytest.approx(rect.height(), abs=2)
        assert view.bar.geometry().right() <= view.width()
        assert view.surface.geometry().bottom() < view.below.geometry().top() + 2
        assert view.below.geometry().bottom() <= view.height()


def test_points_are_those_of_the_data(view: BoundaryView, lab: Lab) -> None:
    scene, _ = show(view, lab, lab.small(validation=0.3))
    for name, part in (("train", scene.dataset.train), ("validation", scene.dataset.validation)):
        groups = view.surface.groups[name]
        for label in (0, 1):
            x, y = groups[label].getData()
            np.testing.assert_allclose(np.stack([x, y], axis=1), part.raw[part.labels == label])


def test_not_more_points_than_can_be_told_apart(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small(source={"kind": "circle", "samples": 6000}, epochs=1))
    shown = sum(len(group.getData()[0]) for group in view.surface.groups["train"])
    assert shown == MOST_POINTS


def test_validation_points_are_hollow_and_can_be_hidden(qtbot: QtBot, view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small())
    train, validation = view.surface.groups["train"][0], view.surface.groups["validation"][0]
    assert train.opts["brush"].color() == validation.opts["pen"].color()
    assert train.opts["brush"].color() != validation.opts["brush"].color()
    with qtbot.waitSignal(view.validation_changed) as told:
        QTest.mouseClick(view.validation, Qt.MouseButton.LeftButton, pos=QPoint(8, view.validation.height() // 2))
    assert told.args == [False]
    assert not validation.isVisible()
    assert train.isVisible()


def test_without_validation_there_is_nothing_to_show(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small(validation=0.0))
    assert not view.validation.isEnabled()


def test_discretized_plane_has_two_colours(view: BoundaryView, lab: Lab) -> None:
    _, picture = show(view, lab, lab.small())
    QTest.mouseClick(view.discrete, Qt.MouseButton.LeftButton, pos=QPoint(8, view.discrete.height() // 2))
    table = view.shading.map
    wanted = np.where(picture.outputs[..., :1] > 0.5, table[255], table[0])
    np.testing.assert_array_equal(pixels(view), wanted)


def test_mouse_reads_place_probability_and_point(qtbot: QtBot, view: BoundaryView, lab: Lab, hand: Hand) -> None:
    scene, picture = show(view, lab, lab.small())
    x, y = scene.dataset.train.raw[0].tolist()
    label = scene.dataset.facts.classes[int(scene.dataset.train.labels[0])]
    row, column = int((6 - y) / 12 * 20), int((x + 6) / 12 * 20)

    def told() -> bool:
        hand.move(view.surface.viewport(), over(view, x, y))
        return view.read_out.text() != ""

    qtbot.waitUntil(told)
    text = view.read_out.text().replace("\N{MINUS SIGN}", "-")
    numbers = [float(part.split()[-1]) for part in text.partition(" ·")[0].split(", ")]
    assert numbers[:2] == pytest.approx([x, y], abs=0.06)
    assert numbers[2] == pytest.approx(picture.outputs[row, column, 0], abs=0.006)
    assert "x₁ " in text
    assert ", p = " in text
    assert view.read_out.text().endswith(f"training: {label}")

    def gone() -> bool:
        hand.move(view.surface.viewport(), QPoint(1, 1))
        return view.read_out.text() == ""

    qtbot.waitUntil(gone)


def test_regression_is_coloured_by_the_range_of_the_data(view: BoundaryView, lab: Lab) -> None:
    record = lab.small(source={"kind": "plane", "samples": 200}, loss="mean_squared_error", epochs=40)
    scene, picture = show(view, lab, record)
    largest = np.abs(scene.dataset.train.labels).max()
    shade = np.clip(picture.outputs[..., 0] / largest, -1, 1)
    np.testing.assert_array_equal(pixels(view), view.shading.map[np.rint((shade + 1) / 2 * 255).astype(int)])
    assert [mark.text for mark in view.bar.marks] == [f"{largest:.2g}", "0", f"\N{MINUS SIGN}{largest:.2g}"]
    view._point((1.0, 2.0))
    assert "ŷ = " in view.read_out.text()
    assert sum(len(group.getData()[0]) for group in view.surface.groups["train"]) == len(scene.dataset.train)


def test_several_classes_have_a_colour_each(view: BoundaryView, lab: Lab) -> None:
    source = {"kind": "rings", "rings": 4, "samples": 240}
    record = lab.small(source=source, loss="cross_entropy", epochs=20, units=12)
    _, picture = show(view, lab, record)
    assert view.bar.classes == ("ring 1", "ring 2", "ring 3", "ring 4")
    assert "ring 3" in view.bar.accessibleName()
    assert picture.winner is not None
    QTest.mouseClick(view.discrete, Qt.MouseButton.LeftButton, pos=QPoint(8, view.discrete.height() // 2))
    full = view.shading.classes(4).reshape(4, 256, 4)[:, 255]
    np.testing.assert_array_equal(pixels(view), full[picture.winner])
    assert len({tuple(color) for color in full}) == 4
    view._point((0.1, 0.1))
    assert view.read_out.text().startswith("x₁ 0.10, x₂ 0.10, ring ")


def test_score_is_named_by_its_classes(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small(loss="hinge"))
    assert [mark.text for mark in view.bar.marks] == ["+1", "0", "−1"]


def test_neuron_takes_the_plane_with_its_line(view: BoundaryView, lab: Lab) -> None:
    record = lab.small()
    for unit in range(5):  # one whose line crosses the plane
        scene, picture = show(view, lab, record, neuron=("one", unit))
        if picture.neuron is not None and len(picture.neuron.line) > 20:
            break
    view.set_neuron(("one", unit))
    neuron = view.drawn_neuron
    assert neuron is not None
    np.testing.assert_array_equal(pixels(view), view.shading.values(neuron.shade))
    path = view.surface.line.path()
    assert view.surface.line.isVisible()
    layer = scene.architecture.dense[0]
    w = record.row[layer.start + 2 * unit : layer.start + 2 * unit + 2]
    b = record.row[layer.bias_start + unit]
    for place in range(0, path.elementCount(), 7):
        element = path.elementAt(place)
        assert float(w[0] * element.x + w[1] * element.y + b) == pytest.approx(0, abs=1e-4)
    view._point((1.0, 1.0))
    assert "z = " in view.read_out.text()
    assert ", a = " in view.read_out.text()
    view.set_neuron(None)
    assert not view.surface.line.isVisible()
    assert "p = " in view.read_out.text()


def test_tile_stands_in_until_the_neurons_picture_comes(view: BoundaryView, lab: Lab) -> None:
    _, picture = show(view, lab, lab.small(), tile=16)
    view.set_neuron(("one", 1))
    assert view.drawn_neuron is None
    np.testing.assert_array_equal(pixels(view), view.shading.values(picture.tiles["one"].values[1]))


def test_plane_keeps_its_size_while_neurons_are_looked_at(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small(features=("x1", "x2", "x1_squared")), neuron=("input", 2))
    sides = []
    for neuron in (None, ("input", 2), ("one", 0), None):
        view.set_neuron(neuron)
        sides.append(view.surface.width())
    assert sides[1:] == [sides[1]] * 3


def test_weights_that_are_not_finite_are_drawn_as_neutral(view: BoundaryView, lab: Lab) -> None:
    record = lab.small()
    scene = lab.scene(record)
    view.set_data(scene.dataset)
    view.set_plane(lab.drive(plane(10, 8)(scene, np.full_like(record.row, np.nan))))
    assert (pixels(view) == view.shading.map[128]).all()


def test_a_point_that_is_asked_about_is_marked(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small(source={"kind": "pass_the_class"}))
    view.surface.ask_about((4.0, 5.0))
    (star,) = [item for item in view.surface.question.items if item.isVisible()]
    assert (star.x(), star.y()) == (4, 5)
    assert view.surface.bottom.label.toPlainText() == "lectures"
    assert view.surface.span == (0, 12)
    view.surface.ask_about(None)
    assert not star.isVisible()


def test_theme_changes_colours_at_once(view: BoundaryView, lab: Lab, theme: Theme) -> None:
    show(view, lab, lab.small())
    before = pixels(view).copy()
    theme.set("dark")
    assert (pixels(view) != before).any()
    assert view.surface.groups["train"][0].opts["brush"].color().name() == "#ffc27a"
    assert view.surface.backgroundBrush().color().name() == "#1c2028"


def test_no_data_leave_nothing_behind(view: BoundaryView, lab: Lab) -> None:
    show(view, lab, lab.small())
    view.set_data(None)
    assert view.surface.image.image is None
    assert not any(group.isVisible() for groups in view.surface.groups.values() for group in groups)


@pytest.mark.parametrize("neuron", [None, ("one", 2)])
def test_a_frame_is_taken_within_4_ms(view: BoundaryView, lab: Lab, neuron: tuple[str, int] | None) -> None:
    _, picture = show(view, lab, lab.small(), resolution=100, tile=32, neuron=neuron)
    view.set_neuron(neuron)
    view._point((1.0, 1.0))
    assert picture.shade.shape == (100, 100)
    assert lab.quickest(lambda: view.set_plane(picture)) < 0.004


def test_a_frame_is_painted_within_8_ms(view: BoundaryView, lab: Lab) -> None:
    source = {"kind": "circle", "samples": 500}
    _, picture = show(view, lab, lab.small(source=source, epochs=1), resolution=100, tile=32)

    def paint() -> None:
        view.set_plane(picture)
        view.surface.viewport().repaint()

    assert lab.quickest(paint) < 0.012
