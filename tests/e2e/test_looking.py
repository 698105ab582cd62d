"""What is shown is chosen: neurons, validation points, axes, tabs, themes, zoom."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from app.selftest.checks import wait
from app.selftest.hands import Hands, gone
from app.selftest.numbers import check_plane
from app.selftest.trial import Trial
from app.shell.selection import Neuron, Weight
from core.experiment.examples import read_example


def test_a_hovered_neuron_takes_the_output_view_with_its_formula(trial: Trial, hands: Hands) -> None:
    output = trial.program.output
    hands.point(hands.view.viewport(), hands.on_canvas("unit", "a", 1))
    assert trial.program.selection.shown == Neuron("a", 1)
    wait(lambda: output.boundary.drawn_neuron is not None, "the neuron is not drawn")
    assert output.header.title.text() == "Dense 1 · neuron 2"
    wait(output.formula.isVisible, "no formula")
    row = trial.row()
    layer, weight, bias = next(iter(trial.program.session.scenes[0].architecture.split(row)))
    assert layer.id == "a"
    text = output.formula.text().replace("−", "-").replace(" ", "")
    for value in (*weight[1], bias[1]):
        assert f"{abs(float(value)):.2f}" in text
    assert text.endswith("a=tanh(z)")
    QApplication.sendEvent(hands.view, QEvent(QEvent.Type.Leave))
    assert trial.program.selection.shown is None
    assert output.header.title.text() == "Output"
    assert not output.formula.isVisible()


def test_a_pinned_neuron_stays_until_esc_and_arrows_go_to_its_neighbours(trial: Trial, hands: Hands) -> None:
    selection = trial.program.selection
    hands.press_spot("unit", "b", 0)
    hands.point(trial.program.curves)
    assert selection.pinned == Neuron("b", 0)
    hands.key(Qt.Key.Key_Down)
    assert selection.pinned == Neuron("b", 1)
    hands.key(Qt.Key.Key_Up)
    assert selection.pinned == Neuron("b", 0)
    assert trial.program.canvas.attention.readout.isVisible()
    hands.key(Qt.Key.Key_Escape)
    assert selection.pinned is None
    assert selection.layer == "b"
    hands.key(Qt.Key.Key_Escape)
    assert selection.layer is None


def test_esc_works_wherever_the_focus_is(trial: Trial, hands: Hands) -> None:
    hands.press_spot("unit", "a", 0)
    hands.button("save").setFocus()
    hands.key(Qt.Key.Key_Escape)
    assert trial.program.selection.pinned is None


def test_a_link_tells_its_weight_and_a_click_opens_its_editor(trial: Trial, hands: Hands) -> None:
    row = trial.row()
    weights = [weight for _layer, weight, _bias in trial.program.session.scenes[0].architecture.split(row)]
    at = hands.link("b", 1, 2)
    hands.point(hands.view.viewport(), at)
    attention = trial.program.canvas.attention
    wait(attention.value_tip.isVisible, "no value")
    hands.click(hands.view.viewport(), at)
    wait(attention.weight_editor.isVisible, "no editor")
    assert attention.weight_editor.weight == Weight("b", 1, 2)
    assert attention.weight_editor.box.value() == pytest.approx(float(weights[1][1, 2]), abs=1e-4)
    hands.key(Qt.Key.Key_Escape)
    assert not attention.weight_editor.isVisible()
    assert hands.view.hasFocus()


def test_v_shows_and_hides_validation_points_as_the_box_does(trial: Trial, hands: Hands) -> None:
    boundary, action = trial.program.output.boundary, trial.program.window.commands["validation"]
    assert boundary.validation.isChecked()
    hands.key(Qt.Key.Key_V)
    assert not boundary.validation.isChecked()
    hands.click(boundary.validation, QPoint(8, boundary.validation.height() // 2))
    assert boundary.validation.isChecked()
    assert action.isChecked()


def test_discretize_shows_the_answer_alone(trial: Trial, hands: Hands) -> None:
    boundary = trial.program.output.boundary
    wait(lambda: boundary.picture is not None, "no picture")
    hands.click(boundary.discrete, QPoint(8, boundary.discrete.height() // 2))
    assert boundary.discrete.isChecked()
    image = boundary.surface.image.image
    assert image is not None
    assert len(np.unique(np.asarray(image).reshape(-1, np.asarray(image).shape[-1]), axis=0)) <= 3
    hands.click(boundary.discrete, QPoint(8, boundary.discrete.height() // 2))
    check_plane(trial, trial.row())


def test_l_makes_the_axis_of_the_loss_logarithmic(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_L)
    assert trial.program.curves.log.isChecked()
    hands.key(Qt.Key.Key_L)
    assert not trial.program.curves.log.isChecked()


def test_t_changes_the_theme_and_p_the_size_of_type(trial: Trial, hands: Hands) -> None:
    theme = trial.program.theme
    assert not theme.dark
    hands.key(Qt.Key.Key_T)
    assert theme.dark
    hands.click(hands.button("theme"))
    assert not theme.dark
    size = theme.sizes.base
    hands.key(Qt.Key.Key_P)
    assert theme.sizes.base > size
    hands.key(Qt.Key.Key_P)
    assert theme.sizes.base == size


def test_digits_show_tabs_f_gives_them_the_room_of_the_canvas(trial: Trial, hands: Hands) -> None:
    window, canvas = trial.program.window, trial.program.canvas
    for name in ("landscape", "runs", "loss"):
        trial.turn(name)
    hands.key(Qt.Key.Key_F)
    assert not canvas.isVisible()
    assert trial.program.strip.isVisible()
    hands.click(trial.program.strip.back)
    assert canvas.isVisible()
    hands.double_click(window.bottom.bar, window.bottom.bar.tabRect(0).center())
    assert not canvas.isVisible()
    hands.double_click(window.bottom.bar, window.bottom.bar.tabRect(0).center())
    assert canvas.isVisible()


def test_the_network_is_zoomed_by_keys_wheel_and_buttons_and_moved(trial: Trial, hands: Hands) -> None:
    zoom = trial.program.canvas.view.zoom
    fitted = zoom.scale
    hands.key(Qt.Key.Key_Plus)
    hands.still()
    larger = zoom.scale
    assert larger > fitted
    hands.key(Qt.Key.Key_Minus)
    hands.still()
    assert zoom.scale == pytest.approx(fitted)
    empty = QPoint(20, hands.view.height() - 120)
    hands.wheel(hands.view.viewport(), empty, 2)
    hands.still()
    assert zoom.scale > larger
    before = hands.view.mapToScene(empty)
    hands.stroke(hands.view.viewport(), [empty, empty + QPoint(30, -20)], button=Qt.MouseButton.MiddleButton)
    assert hands.view.mapToScene(empty) != before
    hands.click(trial.program.canvas.zoom_control.whole)
    hands.still()
    assert zoom.scale == pytest.approx(fitted)
    hands.click(trial.program.canvas.zoom_control.into)
    hands.key(Qt.Key.Key_0)
    hands.still()
    assert zoom.scale == pytest.approx(fitted)


def test_will_i_pass_is_answered_before_and_after(trial: Trial, hands: Hands) -> None:
    trial.program.files.start(read_example("pass-the-class"))
    trial.ready()
    output = trial.program.output
    wait(lambda: "Before training" in output.answered.text(), "no answer")
    assert output.asked.text() == "4 lectures attended, 5 hours on the project: will I pass?"
    before = output.answered.text()
    assert before.count("pass ") == 2
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    wait(lambda: output.answered.text() != before, "the answer does not change")


def test_the_panels_come_back_with_reset_layout(trial: Trial, hands: Hands) -> None:
    window = trial.program.window
    window.docks["left"].hide()
    window.docks["bottom"].hide()
    window.commands["reset_layout"].trigger()
    assert window.docks["left"].isVisible()
    assert window.docks["bottom"].isVisible()


def test_the_menu_bar_opens_by_its_letters(trial: Trial, hands: Hands) -> None:
    bar = trial.program.window.menu_bar
    titles = [action.text() for action in bar.actions() if action.isVisible()]
    assert titles == ["&File", "&Edit", "&Network", "&Run", "&View", "&Help"]
    hands.click(bar, bar.actionGeometry(bar.actions()[3]).center())
    hands.choose("Step one batch")
    wait(lambda: trial.look().step == 1, "the menu does not step")


def test_keys_are_shown_by_f1(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_F1)
    shown = hands.dialog(QDialog)
    texts = {label.text() for label in shown.findChildren(QLabel)}
    assert {"Space", "Train", "Shift+S", "Step one epoch"} <= {part for text in texts for part in (text, text.strip())}
    hands.key(Qt.Key.Key_Escape)
    gone(shown, "Esc does not close the table of keys")
