"""The table of runs: named, hidden, restored, deleted; the curves follow."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from app.plots.runs_model import EPOCHS, NAME, SETTINGS
from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands
from app.selftest.trial import Trial
from core.experiment.comparisons import comparison
from core.experiment.variants import Origin


def three_runs(trial: Trial) -> None:
    """Train three runs of one epoch with other learning rates; the last is under way."""
    for rate in (0.1, 0.05, 0.02):
        trial.program.document.set({"training.optimizer.learning_rate": rate}, "For a test")
        trial.hands.key(Qt.Key.Key_R)
        trial.ready()
        trial.one_epoch()
    runs = trial.program.curves
    wait(lambda: [len(run.curves) for run in runs.runs] == [2, 2, 2], "the plot has not all runs")
    trial.turn("runs")


def text(trial: Trial, row: int, column: int) -> str:
    return str(trial.program.runs_table.sorted.index(row, column).data())


def test_the_table_tells_in_what_runs_differ_and_is_up_to_date_when_it_opens(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    assert trial.program.runs_table.sorted.rowCount() == 3
    assert [text(trial, row, EPOCHS) for row in range(3)] == ["1", "1", "1"]
    differs = [text(trial, row, SETTINGS) for row in range(3)]
    assert ["0.1" in differs[0], "0.05" in differs[1], "0.02" in differs[2]] == [True] * 3
    trial.turn("loss")
    trial.one_epoch()
    trial.turn("runs")
    assert text(trial, 2, EPOCHS) == "2"


def test_a_run_is_renamed_by_a_double_click(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    table = trial.program.runs_table.table
    at = hands.cell(table, 0, NAME) + QPoint(20, 0)
    hands.double_click(table.viewport(), at)
    wait(lambda: table.findChild(QLineEdit) is not None, "no editor")
    hands.key(Qt.Key.Key_A, Ctrl)
    hands.letters("Too fast")
    hands.key(Qt.Key.Key_Return)
    assert trial.program.history.past[0].name == "Too fast"
    assert trial.program.curves.runs[0].name == "Too fast"
    assert text(trial, 0, NAME) == "Too fast"


def test_a_run_is_hidden_by_its_box_and_by_enter(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    table, curves = trial.program.runs_table.table, trial.program.curves
    cell = table.visualRect(trial.program.runs_table.sorted.index(1, NAME))
    hands.click(table.viewport(), QPoint(cell.left() + 12, cell.center().y()))
    assert [run.visible for run in curves.runs] == [True, False, True]
    hands.click(table.viewport(), hands.cell(table, 1, EPOCHS))
    hands.key(Qt.Key.Key_Return)
    assert [run.visible for run in curves.runs] == [True, True, True]


def test_a_run_is_deleted_but_not_the_one_under_way(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    part = trial.program.runs_table
    places = [run.place for run in trial.program.curves.runs]
    hands.click(part.table.viewport(), hands.cell(part.table, 0, EPOCHS))
    hands.key(Qt.Key.Key_Delete)
    assert part.sorted.rowCount() == 2
    assert [run.place for run in trial.program.curves.runs] == places[1:]  # each keeps its colour
    hands.click(part.table.viewport(), hands.cell(part.table, 1, EPOCHS))
    assert not part.delete_button.isEnabled()
    hands.key(Qt.Key.Key_Delete)
    assert part.sorted.rowCount() == 2


def test_a_setup_is_restored_in_one_undo_step(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    part = trial.program.runs_table
    before = trial.experiment
    hands.click(part.table.viewport(), hands.cell(part.table, 0, EPOCHS))
    hands.click(part.restore_button)
    trial.ready()
    assert trial.experiment.training.optimizer.learning_rate == 0.1
    assert trial.look().step == 0
    assert len(trial.program.history.past) == 3
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert trial.experiment == before


def test_the_menu_of_a_run_does_the_same(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    part = trial.program.runs_table
    hands.context_menu(part.table.viewport(), hands.cell(part.table, 0, EPOCHS))
    hands.choose("Hide curves")
    assert not trial.program.curves.runs[0].visible
    hands.context_menu(part.table.viewport(), hands.cell(part.table, 0, EPOCHS))
    hands.choose("Delete")
    assert part.sorted.rowCount() == 2


def test_restoring_a_run_that_began_elsewhere_brings_its_start_weights_back(trial: Trial, hands: Hands) -> None:
    trial.one_epoch()
    history = trial.program.history
    row = history.current[0].last_row
    trial.program.trainer.begin_from(row, Origin("Run 1", 1))
    trial.ready()
    trial.one_epoch()
    hands.key(Qt.Key.Key_R)
    trial.ready()
    assert not np.array_equal(history.current[0].row, row)
    trial.program.runs.restore(history.past[1])
    trial.ready()
    np.testing.assert_array_equal(history.current[0].row, row)


def test_runs_of_the_past_become_a_comparison(trial: Trial, hands: Hands) -> None:
    three_runs(trial)
    part = trial.program.runs_table
    hands.click(part.table.viewport(), hands.cell(part.table, 0, EPOCHS))
    assert not part.compare_button.isEnabled()
    hands.click(part.table.viewport(), hands.cell(part.table, 1, EPOCHS), modifiers=Ctrl)
    hands.click(part.compare_button)
    history = trial.program.history
    wait(lambda: len(history.current) == 2 and min(run.epochs for run in history.current) > 0, "nothing is compared")
    rates = [run.experiment.training.optimizer.learning_rate for run in history.current]
    assert sorted(rates) == [0.05, 0.1]
    trial.turn("compare")
    wait(lambda: all(panel.image is not None for panel in trial.program.multiples.mosaic.panels), "no pictures")
    assert len(trial.program.multiples.mosaic.panels) == 2


def test_seeds_are_drawn_as_one_with_a_band_until_that_is_switched_off(trial: Trial, hands: Hands) -> None:
    program = trial.program
    program.document.edit(comparison(trial.experiment, {"training.seed": [1, 2, 3, 4]}), "For a test")
    trial.ready()
    trial.one_epoch()
    curves = program.curves
    wait(lambda: [len(run.curves) for run in curves.runs] == [2], "the seeds are not one")
    assert curves.runs[0].name == "4 seeds: median, 10–90 %"
    assert curves.runs[0].band is not None
    wait(curves.loss.lines[0].shade.isVisible, "no band is drawn")
    hands.click(curves.seeds)
    assert [run.name for run in curves.runs] == ["seed 1", "seed 2", "seed 3", "seed 4"]
    wait(lambda: not any(lines.shade.isVisible() for lines in curves.loss.lines), "the band stays")
