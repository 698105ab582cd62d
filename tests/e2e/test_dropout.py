"""The dropout tab: the lecture's example trained for real, and the way there from a network without dropout."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt

from app.dropout.gap import GapPanel, gap
from app.selftest.checks import wait
from app.selftest.hands import Hands
from app.selftest.trial import Trial
from core.experiment.examples import read_example
from core.experiment.network import Dropout
from core.probes.coadaptation import co_adaptation
from tests.app.dropout.stages import drive

EPOCHS = 60


def train(trial: Trial, epochs: int) -> None:
    """Train by the key until so many epochs are done, and pause."""
    history = trial.program.history
    trial.hands.key(Qt.Key.Key_Space)
    wait(lambda: all(record.epochs >= epochs for record in history.current), "training is slow", 120)
    if trial.phase.value == "training":
        trial.hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.phase.value in ("paused", "over"), "training does not pause")


def test_the_example_shows_the_gap_that_dropout_keeps_small(trial: Trial, hands: Hands) -> None:
    program = trial.program
    program.files.start(read_example("dropout"))
    trial.ready()
    program.window.show_tab("dropout")
    train(trial, EPOCHS)
    view = program.dropout.widget
    panel = view.panels["gap"]
    assert isinstance(panel, GapPanel)
    records = program.history.current
    wait(lambda: [len(run.curves) for run in panel.gaps.runs] == [len(r.curves) for r in records], "the gap lags")
    for record, run, (_area, line) in zip(records, panel.gaps.runs, panel.gaps.areas, strict=True):
        expected = record.curves["validation_loss"] - record.curves["train_loss"]
        np.testing.assert_array_equal(gap(run), expected)
        np.testing.assert_array_equal(line.getData()[1], expected)
    without, half = (gap(run)[-20:].mean() for run in panel.gaps.runs)
    assert [record.name for record in records] == ["without dropout", "dropout 0.5"]
    assert half < without

    hands.click(view.chooser.buttons["off"])
    rows: Any = np.stack([record.row for record in records])
    expected = drive(co_adaptation()(program.session.scenes[0], rows)).values
    frames = program.dropout.frames
    wait(lambda: "off" in frames and np.array_equal(frames["off"].picture.values, expected), "not that of the core")
    left = expected.mean(-1)[:, 5]  # with half of the neurons off
    assert left[1] > left[0]


def test_from_a_network_without_dropout_to_three_runs_in_one_click(trial: Trial, hands: Hands) -> None:
    program = trial.program
    program.window.show_tab("dropout")
    hands.click(program.dropout.compare)
    wait(lambda: len(program.session.scenes) == 3, "no three runs")
    wait(lambda: all(record.epochs > 1 for record in program.history.current), "they do not train")
    assert [record.name for record in program.history.current] == ["no dropout", "dropout 0.2", "dropout 0.5"]
    assert isinstance(trial.experiment.network.layers[1], Dropout)
    wait(lambda: program.dropout.widget.seen, "the plots do not come")
    hands.key(Qt.Key.Key_Space)
    trial.ready()
