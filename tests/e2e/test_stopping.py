"""Early stopping in the whole program: the shipped example "overfit", stopped, dragged over, and kept going."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app.selftest.checks import wait
from app.selftest.hands import Hands
from app.selftest.trial import Trial
from app.work.session import Phase
from core.experiment.comparisons import keep_going
from core.experiment.examples import read_example
from core.experiment.training import EarlyStopping
from core.runs.record import Record
from core.runs.replay import replay

OVERFIT = read_example("overfit")
EXPERIMENT = OVERFIT.model_dump(mode="json")


def trained(trial: Trial) -> Record:
    """Train with Space until it is over, with the tab in sight."""
    trial.program.window.show_tab("stopping")
    trial.hands.view.setFocus()
    trial.hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.OVER, 60)
    view, record = trial.program.stopping.widget, trial.program.history.current[0]
    wait(lambda: view.shown is not None and view.shown.course.stopped == record.epochs, "the stop is not shown")
    return record


def at(trial: Trial, epoch: float) -> QPoint:
    """Return where an epoch lies on the board, above the curves' middle."""
    view = trial.program.stopping.widget
    low, high = view.plot.view.viewRange()[1]
    scene = view.plot.view.mapViewToScene(QPointF(epoch, low + 0.3 * (high - low)))
    place: QPoint = view.board.mapFromScene(scene)
    return place


def test_the_drawn_stop_is_that_of_the_run_whose_best_weights_are_shown(trial: Trial) -> None:
    record = trained(trial)
    plot = trial.program.stopping.widget.plot
    assert record.outcome == "early stopping"
    assert plot.end.value() == plot.handle.value() == record.epochs == record.best_epoch + 50
    assert not np.array_equal(record.row, record.last_row)
    np.testing.assert_array_equal(record.row, record.rows[record.best_epoch])
    trial.wait_drawn(record.row)


def test_the_handle_is_dragged_over_the_finished_run(
    trial: Trial, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", -1)  # moves that follow at once would be left out
    record = trained(trial)
    part, view = trial.program.stopping, trial.program.stopping.widget
    hands.drag(view.board.viewport(), at(trial, record.epochs), at(trial, record.best_epoch + 20))
    patience = view.patience.value
    assert 15 <= patience <= 25
    found = replay(record.curves, EarlyStopping(patience=patience), 200, record.outcome)
    assert view.plot.handle.value() == found.stopped
    assert found.sentence in view.verdict.text
    view.board.setFocus()
    hands.key(Qt.Key.Key_Right)
    assert view.patience.value == patience + 1
    assert trial.experiment == OVERFIT
    hands.click(view.use)
    assert trial.experiment.training.early_stopping == EarlyStopping(patience=patience + 1)
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert trial.experiment == OVERFIT
    assert part.tried is None


def test_trained_on_run_and_ghost_agree_and_the_restored_weights_stay(trial: Trial, hands: Hands) -> None:
    before = trained(trial)
    view, history = trial.program.stopping.widget, trial.program.history
    hands.click(view.keep)
    assert trial.experiment == keep_going(OVERFIT)
    wait(lambda: len(history.current) == 2 and history.current[1].outcome is not None, "the ghost does not end", 60)
    trial.wait_for(Phase.OVER)
    run, ghost = history.current
    assert (run.epochs, ghost.epochs) == (before.epochs, 200)
    np.testing.assert_array_equal(run.curves["validation_loss"], before.curves["validation_loss"])
    np.testing.assert_array_equal(ghost.curves["validation_loss"][: run.epochs + 1], run.curves["validation_loss"])
    assert ghost.curves["validation_loss"][-1] > 1.5 * run.curves["validation_loss"][run.best_epoch]
    saved = f"in the {200 - run.epochs} epochs that it saves"
    wait(lambda: saved in view.verdict.text, "the verdict does not tell what was saved")
    trial.wait_drawn(before.row)
    assert trial.program.output.boundary.isVisible()
    curves = trial.program.curves.runs
    assert [one.faint for one in curves] == [False, True]


def test_run_and_ghost_train_side_by_side(trial: Trial, hands: Hands) -> None:
    trial.program.window.show_tab("stopping")
    hands.click(trial.program.stopping.widget.keep)
    trial.ready()
    trained(trial)
    run, ghost = trial.program.history.current
    assert (run.outcome, ghost.outcome) == ("early stopping", "epochs")
    upto = run.epochs + 1
    for column in ("train_loss", "validation_loss"):
        # To float32's rounding, which depends on a row's place in the matrix and grows with the steps.
        np.testing.assert_allclose(ghost.curves[column][:upto], run.curves[column][:upto], rtol=1e-2)
    trial.wait_drawn(run.row)
