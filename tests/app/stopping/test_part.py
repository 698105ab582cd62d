"""The tab with the real background thread: what is missing, what is tried, what is set, and ghosts that go on."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.work.session import Phase
from core.experiment.comparisons import comparison, keep_going
from core.experiment.experiment import Experiment
from core.experiment.training import EarlyStopping
from core.experiment.variants import override
from core.runs.curves import Column
from core.runs.replay import replay
from tests.app.stopping.stage import NOISY, Lab, Stage

STOPPING = "training.early_stopping"
LOSSES: tuple[Column, ...] = ("epoch", "train_loss", "validation_loss")


def set_to(stage: Stage) -> EarlyStopping | None:
    return stage.document.experiment.training.early_stopping


def missing(stage: Stage) -> tuple[str, str]:
    view = stage.part.widget
    assert view.missing.isVisible()
    return view.missing.text(), view.mend.text() if view.mend.isVisible() else ""


# -- what is missing -------------------------------------------------------------------------------------------------


def test_what_is_missing_is_set_by_a_button_each_as_one_undo_step(stage: Stage) -> None:
    stage.open(override(NOISY, {STOPPING: None, "data.validation": 0}))
    view = stage.part.widget
    assert missing(stage)[1] == "Switch it on"
    assert not view.keep.isEnabled()
    view.mend.click()
    assert set_to(stage) == EarlyStopping()
    assert missing(stage) == ("Validation split is 0 %: there is no validation loss to watch.", "Set 30 %")
    view.mend.click()
    assert stage.document.experiment.data.validation == 0.3
    assert missing(stage) == ("Press Space to train", "")
    assert view.keep.isEnabled()
    assert stage.document.undo_stack.count() == 2
    stage.document.undo_stack.undo()
    assert missing(stage)[1] == "Set 30 %"


def test_the_training_loss_can_be_watched_without_validation_data(stage: Stage) -> None:
    stage.open(override(NOISY, {f"{STOPPING}.monitor": "train_loss", "data.validation": 0}))
    assert missing(stage) == ("Press Space to train", "")
    stage.train()
    assert stage.part.widget.shown is not None
    assert "training loss" in stage.part.widget.verdict.text


def test_a_run_without_what_is_watched_says_so(stage: Stage) -> None:
    stage.open(override(NOISY, {STOPPING: None, "data.validation": 0}))
    stage.train(3)
    assert missing(stage)[1] == "Set 30 %"
    stage.part.widget.mend.click()
    assert missing(stage) == ("This run has no validation loss to watch. Rewind (R) and train it again.", "")


def test_before_training_the_controls_set_and_a_gesture_is_one_undo_step(stage: Stage) -> None:
    stage.open(NOISY)
    view = stage.part.widget
    view.patience.setFocus()
    for _ in range(3):
        QTest.keyClick(view.patience.field, Qt.Key.Key_Up)
    assert set_to(stage) == EarlyStopping(patience=9)
    assert stage.document.undo_stack.count() == 1
    view.patience.finished.emit()
    view.min_delta.field.selectAll()
    QTest.keyClicks(view.min_delta.field, "0.01")
    QTest.keyClick(view.min_delta.field, Qt.Key.Key_Return)
    assert set_to(stage) == EarlyStopping(patience=9, min_delta=0.01)
    assert stage.document.undo_stack.count() == 2
    stage.document.set({f"{STOPPING}.patience": 4}, "elsewhere")
    assert view.patience.value == 4


# -- looked at -------------------------------------------------------------------------------------------------------


def test_a_run_is_followed_and_its_stop_is_drawn(stage: Stage, lab: Lab) -> None:
    stage.open(NOISY)
    stage.train(4)
    view = stage.part.widget
    course = view.shown
    assert course is not None
    assert course.course.trained == stage.history.current[0].epochs
    assert "So far epoch" in view.verdict.text
    assert not view.plot.end.isVisible()
    stage.train()
    record = stage.history.current[0]
    assert record.epochs == lab.record(patience=6).epochs
    assert view.plot.end.value() == view.plot.handle.value() == record.epochs
    assert view.verdict.text.startswith(f"Patience 6 stops after epoch {record.epochs} and goes back")
    assert not view.use.isVisible()
    assert not view.train_on.isVisible()


def test_nothing_is_looked_at_while_the_tab_is_hidden(stage: Stage) -> None:
    stage.open(NOISY)
    stage.part.widget.hide()
    stage.train()
    assert stage.part.course is None
    stage.part.widget.show()
    stage.until(lambda: stage.part.course is not None)
    assert stage.part.widget.plot.end.value() == stage.history.current[0].epochs


def test_what_has_not_changed_is_not_computed_again(stage: Stage) -> None:
    stage.open(NOISY)
    stage.train()
    course, found = stage.part.course, stage.part.found
    stage.part.refresh()
    assert stage.part.course is course
    assert stage.part.found is found
    stage.part._try({"patience": 3})
    assert stage.part.course is course
    assert stage.part.found is not found


def test_a_dragged_handle_shows_at_once_where_it_would_have_stopped(stage: Stage, lab: Lab) -> None:
    stage.open(NOISY)
    stage.train()
    view, record = stage.part.widget, stage.history.current[0]
    for epoch in range(2, record.epochs + 1):
        view.dragged.emit(float(epoch))
        patience = view.patience.value
        found = replay(record.curves, EarlyStopping(patience=patience), 80, record.outcome)
        assert found.stopped is not None
        assert view.plot.handle.value() == found.stopped
        assert view.plot.end.value() == record.epochs
        assert lab.record(patience=patience).epochs == found.stopped
    assert stage.document.experiment == NOISY  # what if
    view.dragged.emit(record.epochs + 7.0)
    assert "unknown, train on" in view.verdict.text
    assert view.train_on.isVisible()
    assert view.use.text() == f"Use patience {record.epochs + 7 - record.best_epoch}"


def test_a_run_without_early_stopping_tells_what_it_would_have_done(stage: Stage) -> None:
    stage.open(override(NOISY, {STOPPING: None}))
    stage.train()
    view = stage.part.widget
    assert view.verdict.text.startswith("This run had no early stopping. Patience 5 stops")
    assert view.use.text() == "Switch it on: patience 5"
    view.use.click()
    assert set_to(stage) == EarlyStopping()
    assert stage.trainer.stale
    assert not view.use.isVisible()


def test_the_run_that_is_shown_is_the_one_that_is_looked_at(stage: Stage) -> None:
    stage.open(comparison(NOISY, {f"{STOPPING}.patience": [2, 6]}))
    stage.train()
    view, records = stage.part.widget, stage.history.current
    assert view.plot.end.value() == records[0].epochs
    stage.session.show(1)
    assert view.plot.end.value() == records[1].epochs != records[0].epochs
    assert view.patience.value == 6
    assert view.plot.course is not None
    assert view.plot.course.run.place == stage.history.place + 1
    view.dragged.emit(float(records[1].epochs + 3))
    view.use.click()  # of the variant that sets its own
    assert stage.document.experiment.variants[1].settings[STOPPING]["patience"] == view.patience.value
    assert stage.document.experiment.variants[0].settings == {f"{STOPPING}.patience": 2}


# -- what is used ----------------------------------------------------------------------------------------------------


def test_a_shorter_patience_needs_a_restart_and_is_then_what_happens(stage: Stage) -> None:
    stage.open(NOISY)
    stage.train()
    view = stage.part.widget
    stage.part._try({"patience": 2})
    promised = view.plot.handle.value()
    view.use.click()
    assert set_to(stage) == EarlyStopping(patience=2)
    assert stage.document.undo_stack.undoText() == "Use patience 2"
    assert stage.trainer.stale
    assert view.plot.handle.value() == promised
    stage.trainer.toggle()
    stage.over()
    assert stage.history.current[0].epochs == promised
    assert view.plot.end.value() == promised


def test_a_longer_patience_lets_the_stopped_run_go_on(stage: Stage, lab: Lab) -> None:
    stage.open(NOISY)
    stage.train()
    view, before = stage.part.widget, stage.history.current[0]
    stage.part._try({"patience": 12})
    view.use.click()
    assert not stage.trainer.stale
    stage.until(lambda: stage.history.current[0].epochs > before.epochs)
    stage.over()
    found, alone = stage.history.current[0], lab.record(patience=12)
    assert not stage.history.past  # it is the same run
    assert (found.name, stage.history.place) == (before.name, 0)
    assert (found.epochs, found.best_epoch, found.outcome) == (alone.epochs, alone.best_epoch, "early stopping")
    for column in LOSSES:
        np.testing.assert_array_equal(found.curves[column], alone.curves[column])


def test_a_new_run_forgets_what_was_tried(stage: Stage) -> None:
    stage.open(NOISY)
    stage.train()
    stage.part._try({"patience": 2})
    assert stage.part.tried is not None
    stage.trainer.rewind()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    assert stage.part.tried is None
    assert stage.part.widget.patience.value == 6


# -- ghosts ----------------------------------------------------------------------------------------------------------


def same_losses(stage: Stage, upto: int) -> None:
    """Check that run and ghost were one until the stop: float32 rounds by the place of a row in its matrix."""
    run, ghost = stage.history.current
    for column in LOSSES:
        np.testing.assert_allclose(ghost.curves[column][: upto + 1], run.curves[column][: upto + 1], rtol=1e-3)


def test_run_and_ghost_of_one_matrix_agree_up_to_the_stop(stage: Stage, lab: Lab) -> None:
    stage.open(NOISY)
    view = stage.part.widget
    view.keep.click()
    assert stage.document.experiment == keep_going(NOISY)
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.train()
    run, ghost = stage.history.current
    assert (run.outcome, ghost.outcome) == ("early stopping", "epochs")
    assert view.plot.end.value() == run.epochs == lab.record(patience=6).epochs
    same_losses(stage, run.epochs)
    assert view.plot.kept_going.item.isVisible()
    stage.session.show(1)  # of the ghost the same is shown
    assert view.plot.end.value() == run.epochs
    assert view.keep.isChecked()
    view.keep.click()
    assert stage.document.experiment == NOISY


def test_train_on_keeps_a_stopped_run_going_as_a_ghost(stage: Stage, lab: Lab) -> None:
    stage.open(NOISY)
    stage.train()
    view, before = stage.part.widget, stage.history.current[0]
    stage.part._try({"patience": 12})
    view.train_on.click()
    assert stage.document.experiment == keep_going(NOISY)
    assert stage.document.undo_stack.count() == 1
    stage.until(lambda: len(stage.history.current) == 2 and stage.history.current[1].epochs > before.epochs)
    stage.over()
    run, ghost = stage.history.current
    free = lab.record()
    assert not stage.history.past
    assert (run.epochs, run.outcome, run.best_epoch) == (before.epochs, "early stopping", before.best_epoch)
    np.testing.assert_array_equal(run.row, before.row)
    for column in LOSSES:
        np.testing.assert_array_equal(run.curves[column], before.curves[column])
        np.testing.assert_array_equal(ghost.curves[column], free.curves[column])
    # What was tried is known now.
    assert view.patience.value == 12
    assert view.plot.handle.value() == lab.record(patience=12).epochs
    assert not view.train_on.isVisible()
    assert view.keep.isChecked()


def test_a_ghost_joins_a_run_that_trains_without_a_step_lost(stage: Stage, lab: Lab) -> None:
    slow = override(NOISY, {f"{STOPPING}.patience": 40, "training.epochs": 60})
    stage.open(slow)
    stage.session.go(rate=60)
    stage.until(lambda: stage.history.current[0].epochs >= 3)
    stage.part.widget.keep.click()
    stage.until(lambda: len(stage.history.current) == 2)
    assert stage.session.phase in (Phase.PREPARING, Phase.TRAINING, Phase.PAUSED)
    stage.session.go()
    stage.over()
    run, ghost = stage.history.current
    alone = lab.records(slow)[0]
    assert (run.epochs, run.best_epoch, run.outcome) == (alone.epochs, alone.best_epoch, alone.outcome)
    np.testing.assert_allclose(run.curves["validation_loss"], alone.curves["validation_loss"], rtol=1e-3)
    assert ghost.epochs == 60


def test_of_two_runs_the_one_that_is_shown_stays_shown_beside_its_ghost(stage: Stage) -> None:
    both = comparison(NOISY, {f"{STOPPING}.patience": [2, 6]})
    stage.open(both)
    stage.train()
    stage.session.show(1)
    stage.part.widget.keep.click()
    stage.until(lambda: len(stage.history.current) == 4)
    stage.over()
    assert stage.session.run == 2
    assert [record.outcome for record in stage.history.current] == ["early stopping", "epochs"] * 2
    assert stage.part.widget.patience.value == 6


def test_what_cannot_keep_going_says_why(stage: Stage) -> None:
    def many(count: int) -> Experiment:
        return comparison(NOISY, {"training.seed": list(range(count))})

    stage.open(many(9))
    stage.part.widget.keep.click()
    assert stage.document.experiment == many(9)
    assert not stage.part.widget.keep.isChecked()
    assert "at most 16 runs" in stage.hints[-1]


def test_the_same_run_without_early_stopping_needs_no_ghost(stage: Stage) -> None:
    stage.open(comparison(NOISY, {STOPPING: [None, {"patience": 6}]}))
    view = stage.part.widget
    stage.session.show(1)
    assert view.keep.isChecked()
    assert not view.keep.isEnabled()
    stage.train()
    assert view.plot.kept_going.item.isVisible()
