"""Time travel with mouse and keys: all views show the moment, the past is not edited, a new run starts from it."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt

from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands
from app.selftest.trial import Trial
from app.work.session import Phase
from core.experiment.examples import read_example
from core.runs.record import Record
from core.training.events import Row


def epochs(trial: Trial, count: int) -> Record:
    """Train so many epochs and return the record."""
    for _ in range(count):
        trial.one_epoch()
    travel = trial.program.timeline.travel
    wait(lambda: travel.epochs == tuple(range(count + 1)), "the scrubber has not grown")
    return trial.program.history.current[0]


def shown(trial: Trial, row: Row, name: str) -> None:
    """Check that canvas, output and headers show these weights, by a name."""
    program = trial.program
    trial.wait_drawn(row)
    assert program.canvas.header.shown.text == name
    assert program.output.header.pill.text == name
    assert program.canvas.header.shown.isVisible() is bool(name)


def test_the_keys_go_back_and_forth_and_esc_returns_to_now(trial: Trial, hands: Hands) -> None:
    program = trial.program
    assert not program.window.below.isVisible()
    canvas = program.canvas.height()
    record = epochs(trial, 3)
    assert program.window.below.isVisible()
    assert program.timeline.widget.height() <= 32
    hands.key(Qt.Key.Key_Comma)
    shown(trial, record.rows[2], "Run 1 · epoch 2")
    hands.key(Qt.Key.Key_Comma)
    shown(trial, record.rows[1], "Run 1 · epoch 1")
    assert program.output.train_loss.number.text() == f"{record.curves['train_loss'][1]:.3g}"
    assert program.timeline.cursor.lines[program.curves.loss].value() == 1
    hands.key(Qt.Key.Key_Period)
    shown(trial, record.rows[2], "Run 1 · epoch 2")
    hands.key(Qt.Key.Key_Escape)
    shown(trial, trial.row(), "")
    assert program.output.train_loss.number.text() == f"{record.curves['train_loss'][3]:.3g}"
    assert program.canvas.height() == canvas  # the plots have given the bar its height


def test_the_boundary_is_that_of_the_moment(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 4)
    boundary = trial.program.output.boundary
    picture = boundary.picture
    assert picture is not None
    hands.key(Qt.Key.Key_Comma, times=4)
    trial.wait_drawn(record.rows[0])
    wait(lambda: boundary.picture is not picture, "the boundary is not drawn anew")
    assert boundary.picture is not None
    assert not np.allclose(boundary.picture.outputs, picture.outputs, atol=0.01)


def test_dragging_fast_ends_at_the_last_moment(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 5)
    slider = trial.program.timeline.widget.slider
    hands.slide(slider, 0.0)
    shown(trial, record.rows[0], "Run 1 · epoch 0")
    hands.slide(slider, 0.62)
    shown(trial, record.rows[3], "Run 1 · epoch 3")


def test_a_click_on_the_curves_goes_to_the_epoch(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 4)
    plot, board = trial.program.curves.loss, trial.program.curves.board
    wait(lambda: len(trial.program.curves.runs[0].curves) == 5, "the plot has not grown")
    inside = plot.view.sceneBoundingRect().center().y()
    place = board.mapFromScene(QPointF(plot.view.mapViewToScene(QPointF(2.2, 0)).x(), inside))
    hands.click(board.viewport(), place)
    shown(trial, record.rows[2], "Run 1 · epoch 2")


def test_a_weight_of_the_past_is_shown_but_cannot_be_edited(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 2)
    hands.key(Qt.Key.Key_Comma, times=2)
    trial.wait_drawn(record.rows[0])
    hands.click(hands.view.viewport(), hands.link("a", 1, 0))
    editor = trial.program.canvas.attention.weight_editor
    assert editor.isVisible()
    assert abs(editor.box.value() - record.rows[0][2]) < 1e-4
    assert "cannot be edited" in editor.why.text()
    before = trial.row()
    hands.key(Qt.Key.Key_Up, times=3)
    hands.letters("5")
    hands.key(Qt.Key.Key_Return)
    assert np.array_equal(trial.row(), before)
    hands.key(Qt.Key.Key_Escape)
    assert not editor.isVisible()
    hands.key(Qt.Key.Key_Escape)
    shown(trial, before, "")
    hands.click(hands.view.viewport(), hands.link("a", 1, 0))
    assert not editor.why.isVisible()
    hands.key(Qt.Key.Key_Up)
    wait(lambda: not np.array_equal(trial.row(), before), "a weight of now cannot be edited")


def test_the_chain_of_a_weight_is_that_of_the_moment(trial: Trial, hands: Hands) -> None:
    epochs(trial, 3)
    card = trial.program.canvas.attention.chain_card
    hands.click(hands.view.viewport(), hands.link("a", 1, 0))
    wait(card.isVisible, "no chain")
    now = card.accessibleDescription()
    trial.program.timeline.widget.slider.setFocus()
    hands.key(Qt.Key.Key_Home)
    wait(lambda: card.accessibleDescription() != now, "the chain is still that of now")
    hands.key(Qt.Key.Key_Escape)
    wait(lambda: card.accessibleDescription() == now, "the chain is still that of the past")


def test_training_goes_on_behind_a_moment_that_stays(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 3)
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    slider = trial.program.timeline.widget.slider
    wait(lambda: slider.maximum() > 20, "the scrubber does not grow")
    slider.setFocus()
    hands.key(Qt.Key.Key_Home)
    shown(trial, record.rows[0], "Run 1 · epoch 0")
    at = slider.maximum()
    wait(lambda: slider.maximum() > at + 50, "training does not go on")
    assert np.array_equal(trial.drawn_row(), record.rows[0])
    assert trial.program.output.train_loss.number.text() == f"{record.curves['train_loss'][0]:.3g}"
    assert trial.phase is Phase.TRAINING
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.PAUSED)
    assert trial.program.timeline.travel.moment is not None
    hands.key(Qt.Key.Key_Space)  # Train goes on from now
    trial.wait_for(Phase.TRAINING)
    assert trial.program.timeline.travel.moment is None
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.PAUSED)
    shown(trial, trial.row(), "")


def test_playing_shows_one_epoch_after_the_other(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 4)
    part = trial.program.timeline
    hands.click(part.widget.speed)
    hands.key(Qt.Key.Key_End)
    hands.key(Qt.Key.Key_Return)
    seen: list[int] = []
    part.travel.moved.connect(lambda moment: seen.append(-1 if moment is None else moment.epoch))
    hands.click(part.widget.play)
    wait(lambda: not part.travel.playing, "it plays without end", 10)
    assert seen == [0, 1, 2, 3, 4]
    shown(trial, record.rows[4], "Run 1 · epoch 4")
    part.widget.speed.setCurrentIndex(2)


def test_a_new_run_continues_from_an_epoch(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 4)
    hands.key(Qt.Key.Key_Comma, times=2)
    shown(trial, record.rows[2], "Run 1 · epoch 2")
    hands.click(trial.program.timeline.widget.onward)
    trial.wait_for(Phase.TRAINING)
    history = trial.program.history
    assert [past.name for past in history.past] == ["Run 1"]
    assert trial.program.timeline.travel.moment is None
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.PAUSED)
    new = history.current[0]
    assert np.array_equal(new.rows[0], record.rows[2])
    assert new.origin is not None
    assert (new.origin.run, new.origin.epoch) == ("Run 1", 2)


def test_a_new_run_continues_while_another_one_trains(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 2)
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    trial.program.timeline.widget.slider.setFocus()
    hands.key(Qt.Key.Key_Home)
    hands.click(trial.program.timeline.widget.onward)
    wait(lambda: len(trial.program.history.past) == 1 and trial.phase is Phase.TRAINING, "no new run trains")
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.PAUSED)
    assert np.array_equal(trial.program.history.current[0].rows[0], record.rows[0])
    assert trial.program.history.past[0].epochs >= 2


def test_the_answer_to_a_question_says_of_when_it_is(trial: Trial, hands: Hands) -> None:
    trial.program.files.start(read_example("pass-the-class"))
    trial.ready()
    epochs(trial, 2)
    answered = trial.program.output.answered
    wait(lambda: "now it says" in answered.text(), "no answer")
    hands.key(Qt.Key.Key_Comma)
    wait(lambda: "Run 1 · epoch 1: it says" in answered.text(), "the answer is that of now")


def test_a_past_run_is_chosen_and_its_file_keeps_its_moments(trial: Trial, hands: Hands, folder: Path) -> None:
    first = epochs(trial, 3)
    trial.program.document.set({"training.optimizer.learning_rate": 0.2}, "For a test")
    hands.key(Qt.Key.Key_R)
    trial.ready()
    epochs(trial, 2)
    chooser = trial.program.timeline.widget.chooser
    chooser.setFocus()
    hands.key(Qt.Key.Key_Up)
    shown(trial, first.rows[3], "Run 1 · epoch 3")
    hands.key(Qt.Key.Key_Comma)
    shown(trial, first.rows[2], "Run 1 · epoch 2")
    hands.key(Qt.Key.Key_S, Ctrl)
    hands.name_file(str(folder / "kept.downhill"))
    files = trial.program.files
    wait(lambda: not files.unsaved, "the file is not written")
    read: list[object] = []
    files.loaded.connect(read.append)
    files.open_path(folder / "kept.downhill")
    wait(lambda: read, "the file is not read")
    trial.ready()
    wait(lambda: trial.program.timeline.travel.run is not None, "no run")
    chooser.setFocus()
    hands.key(Qt.Key.Key_Up)
    shown(trial, first.rows[3], "Run 1 · epoch 3")


def test_the_memory_of_the_moments_is_chosen_in_the_menu(trial: Trial, hands: Hands) -> None:
    program = trial.program
    hands.choose_in_bar("Run", "Memory for time travel", "64 MiB")
    assert program.settings.keep_bytes == program.session.keep_bytes == 64 << 20
    hands.choose_in_bar("Run", "Memory for time travel", "256 MiB")
    assert program.session.keep_bytes == 256 << 20


def test_a_run_of_another_network_is_said_to_be_one(trial: Trial, hands: Hands) -> None:
    epochs(trial, 2)
    trial.program.document.set({"network.layers[0].units": 5}, "For a test")
    hands.key(Qt.Key.Key_R)
    trial.ready()
    chooser = trial.program.timeline.widget.chooser
    wait(lambda: chooser.itemText(0) == "Run 1 (another network)", "the chooser does not say why")
    chooser.setFocus()
    hands.key(Qt.Key.Key_Up)
    assert trial.program.timeline.travel.moment is None


def test_a_point_of_the_landscape_and_a_moment_are_not_shown_at_once(trial: Trial, hands: Hands) -> None:
    record = epochs(trial, 12)
    program = trial.program
    trial.turn("landscape")
    view = program.landscape.widget
    wait(lambda: view.frame is not None and view.frame.picture.final, "no landscape")
    hands.key(Qt.Key.Key_Comma, times=4)
    shown(trial, record.rows[8], "Run 1 · epoch 8")
    wait(lambda: "Run 1 · epoch 8" in view.footer.told.text(), "the landscape does not tell of the moment")
    assert view.frame is not None
    assert view.place is not None
    assert np.allclose(view.place, view.frame.place_of(record.rows[8]), atol=1e-4)
    contours = view.contours
    hands.click(contours.viewport(), contours.mapFromScene(contours.view.sceneBoundingRect().center()))
    assert program.timeline.travel.moment is None
    assert program.landscape.row is not None
    shown(trial, program.landscape.row, "Point of the landscape")
    hands.key(Qt.Key.Key_Comma)
    assert program.landscape.row is None
    shown(trial, record.rows[11], "Run 1 · epoch 11")
    hands.key(Qt.Key.Key_Escape)
    shown(trial, trial.row(), "")


def test_a_step_is_played_although_a_moment_was_shown(trial: Trial, hands: Hands) -> None:
    epochs(trial, 2)
    hands.key(Qt.Key.Key_Comma)
    hands.key(Qt.Key.Key_S)
    assert trial.program.timeline.travel.moment is None
    wait(lambda: trial.program.canvas.playback.step is not None, "the step is not played")
    trial.ready()


def test_the_other_tabs_show_the_moment_too_and_can_be_exported(trial: Trial, hands: Hands) -> None:
    program = trial.program
    program.files.start(read_example("dropout"))
    trial.ready()
    program.window.show_tab("dropout")
    record = epochs(trial, 3)
    dropout, health = program.dropout, program.gradients.health
    hands.key(Qt.Key.Key_Comma)  # one epoch back
    program.dropout.widget.chooser.choose("layers")

    def told(epoch: int | None) -> bool:
        frame = dropout.frames.get("layers")
        return frame is not None and frame.twins[0].epoch == epoch

    wait(lambda: told(2), "the distributions are not those of the moment")
    assert program.window.commands["export_plot"].isEnabled()
    program.window.show_tab("gradients")
    wait(lambda: health.past is not None, "the gradients are not those of the moment")
    assert health.past is not None
    assert health.past.step == int(record.curves["step"][2])
    wait(program.window.commands["export_plot"].isEnabled, "the gradients cannot be exported")
    program.window.show_tab("stopping")
    assert program.stopping.widget.mark.epoch == 2
    program.window.show_tab("compare")
    assert program.multiples.mark.epoch == 2
    wait(program.window.commands["export_plot"].isEnabled, "the comparison cannot be exported")
    program.stopping.widget.mark.chosen.emit(1.2)
    assert program.timeline.travel.moment is not None
    assert program.timeline.travel.moment.epoch == 1
    hands.key(Qt.Key.Key_Escape)
    program.window.show_tab("dropout")
    wait(lambda: told(None), "the distributions are not those of now again")
    assert program.multiples.mark.epoch is None
