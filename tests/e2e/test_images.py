"""Digits: drawn by hand, judged live, and the mistakes looked at."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.selftest.checks import wait
from app.selftest.hands import Hands
from app.selftest.numbers import outputs_of
from app.selftest.trial import Trial
from core.probes.pictures import ReportPicture
from core.training.events import EpochDone

EXPERIMENT = {
    "name": "Digits",
    "data": {"source": {"kind": "digits"}},
    "network": {"layers": [{"kind": "dense", "id": "a", "name": "Dense 1", "units": 16, "activation": "relu"}]},
    "training": {"loss": "cross_entropy", "epochs": 100_000, "batch_size": 20},
}


def draw(trial: Trial) -> None:
    pad = trial.program.output.drawing.pad
    side = pad.width()
    trial.hands.stroke(pad, [QPoint(side // 2, side * step // 10) for step in range(2, 9)])


def answered(trial: Trial) -> bool:
    drawing = trial.program.output.drawing
    picture, shown = drawing.bars.picture, drawing.pad.shown
    return picture is not None and shown is not None and np.array_equal(picture.image, shown)


def report_of_now(trial: Trial) -> ReportPicture:
    """Wait until the matrix counts the answers of the network as it is now."""
    answers, scene = trial.program.output.answers, trial.program.session.scenes[0]
    part = scene.dataset.validation
    x = np.asarray(scene.dataset.preparation.apply(part.raw), np.float64)
    predicted = outputs_of(scene.architecture, trial.row(), x)["output"].argmax(axis=1)
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (part.labels, predicted), 1)

    def agrees() -> bool:
        return answers.report is not None and bool(np.abs(answers.report.counts - counts).sum() <= 2)

    wait(agrees, "the matrix is an old one", 2)
    assert answers.report is not None
    return answers.report


def test_a_drawn_digit_is_judged_by_the_network_as_it_is_now(trial: Trial, hands: Hands) -> None:
    draw(trial)
    wait(lambda: answered(trial), "no answer")
    bars = trial.program.output.drawing.bars
    for _ in range(2):
        row = trial.row()
        x = np.asarray(trial.program.output.drawing.pad.shown, np.float64).reshape(1, -1)
        expected = outputs_of(trial.program.session.scenes[0].architecture, row, x)["output"][0]

        def agrees(expected: object = expected) -> bool:
            picture = bars.picture
            return picture is not None and bool(np.abs(np.asarray(picture.probabilities) - expected).max() < 1e-4)

        wait(agrees, "the bars are not the network's probabilities")
        assert bars.texts()[int(np.argmax(expected))] == f"{expected.max():.1%}".replace("%", " %")
        hands.view.setFocus()
        trial.one_epoch()
    values = trial.program.canvas.scene.live.values
    wait(lambda: "output" in trial.program.canvas.scene.live.values, "no activations on the canvas")
    assert values is not None


def test_lines_are_taken_back_and_the_pad_is_wiped(trial: Trial, hands: Hands) -> None:
    drawing = trial.program.output.drawing
    hands.click(drawing.clear) if drawing.clear.isEnabled() else None
    draw(trial)
    draw(trial)
    assert len(drawing.pad.strokes) == 2
    hands.click(drawing.undo)
    assert len(drawing.pad.strokes) == 1
    hands.click(drawing.clear)
    assert drawing.pad.blank
    drawing.pad.setFocus()
    hands.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, times=3)
    assert not drawing.pad.blank
    hands.key(Qt.Key.Key_Delete)
    assert drawing.pad.blank


def test_a_cell_of_the_matrix_shows_its_images_and_a_click_on_one_sends_it_in(trial: Trial, hands: Hands) -> None:
    trial.one_epoch()
    answers = trial.program.output.answers
    report = report_of_now(trial)
    assert len(report.mistakes) > 5
    true, predicted = int(report.mistakes.true[0]), int(report.mistakes.predicted[0])
    hands.click(answers.confusion.viewport(), hands.cell(answers.confusion, true, predicted))
    table = answers.mistakes.table
    assert table.mistakes is not None
    assert len(table.mistakes) == report.counts[true, predicted]
    assert table.classes(0) == (str(true), str(predicted))
    grid = answers.mistakes
    hands.click(grid.viewport(), grid.visualRect(grid.model().index(0, 0)).center())
    pad = trial.program.output.drawing.pad
    assert pad.given
    np.testing.assert_array_equal(pad.shown, table.image(0))
    wait(lambda: answered(trial), "no answer")
    picture = trial.program.output.drawing.bars.picture
    assert picture is not None
    assert picture.winner == predicted
    hands.click(answers.all)
    assert len(table.mistakes) == len(report.mistakes)
    hands.click(trial.program.output.drawing.clear)


def test_when_training_rests_the_matrix_is_that_of_the_network_now(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_Space)
    wait(lambda: len(trial.told(EpochDone)) > 8, "no epochs")
    hands.key(Qt.Key.Key_Space)
    trial.ready()
    report = report_of_now(trial)
    caption = trial.program.output.answers.caption.text()
    assert caption.startswith(f"{report.right} of {report.total} right")


def test_the_panel_of_training_is_behind_a_tab(trial: Trial, hands: Hands) -> None:
    side = trial.program.window.right
    hands.click(side.tabs, side.tabs.tabRect(1).center())
    assert trial.program.training.isVisible()
    assert not trial.program.output.isVisible()
    hands.click(side.tabs, side.tabs.tabRect(0).center())
    assert trial.program.output.isVisible()


def test_more_units_than_fit_are_paged(trial: Trial, hands: Hands) -> None:
    trial.program.document.set({"network.layers.a.units": 20}, "For a test")
    trial.ready()
    card = trial.program.canvas.scene.network.card("a")
    assert card is not None
    assert card.plan.shown == range(16)
    hands.press_spot("on", "a")
    card = trial.program.canvas.scene.network.card("a")
    assert card is not None
    assert card.plan.shown == range(16, 20)


@pytest.mark.usefixtures("hands")
def test_accuracy_is_told_as_training_measured_it(trial: Trial) -> None:
    trial.one_epoch()
    accuracy = trial.told(EpochDone)[-1].metrics.validation_accuracy
    text = trial.program.output.accuracy.number
    wait(lambda: text.text() == f"{accuracy:.1%}".replace("%", " %"), "another accuracy is told")
