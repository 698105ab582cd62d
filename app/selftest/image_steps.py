"""Images: the digits that come with the program are learned, one is drawn by hand, mistakes are looked at."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from app.selftest.checks import check, wait
from app.selftest.numbers import outputs_of
from app.selftest.trial import Trial
from app.work.session import Phase
from core.probes.pictures import report_part
from core.training.events import EpochDone

_ENOUGH = 0.8  # of the validation digits right
_SEED = 0  # not the one that Shift+R has drawn: some of its networks have too many dead neurons to learn
# A seven, as shares of the pad.
_SEVEN = ((0.25, 0.2), (0.5, 0.2), (0.75, 0.2), (0.65, 0.4), (0.55, 0.6), (0.45, 0.85))


def choose_digits(trial: Trial) -> None:
    """A click on Digits changes data, loss and output layer; the run before is kept until the restart."""
    program, hands = trial.program, trial.hands
    hands.click(program.data.rows["digits"].button)
    check(trial.experiment.data.source.kind == "digits", "The click does not choose the digits.")
    check(trial.experiment.training.loss == "cross_entropy", "The loss does not follow the data.")
    check(program.trainer.stale, "Other data do not ask for a restart.")
    check(
        "Changed since the run" in program.window.status.state.text(), "The status bar does not say what has changed."
    )
    trial.picture("07-stale", both=False)
    program.trainer.new_start(_SEED)
    hands.click(program.window.toolbar.train)
    trial.wait_for(Phase.TRAINING, 60)
    check(len(program.history.past) >= 1, "The run before is gone.")


def learn_digits(trial: Trial) -> None:
    """The digits are learned in a moment, and the panel tells how well."""
    trial.events.clear()

    def learned() -> bool:
        return any((done.metrics.validation_accuracy or 0) > _ENOUGH for done in trial.told(EpochDone)[-1:])

    wait(learned, f"The digits are not learned: less than {_ENOUGH:.0%} of those for validation are right.", 60)
    trial.hands.view.setFocus()
    trial.hands.key(Qt.Key.Key_Space)
    trial.ready()
    accuracy = trial.told(EpochDone)[-1].metrics.validation_accuracy
    assert accuracy is not None
    metric, right = trial.program.output.accuracy.number, f"{accuracy:.1%}".replace("%", " %")
    wait(lambda: metric.text() == right, f"The panel does not show the accuracy of {right}.", 5)


def draw_digit(trial: Trial) -> None:
    """A digit drawn with the mouse goes through the network; the bars are its probabilities."""
    output, row = trial.program.output, trial.row()
    pad = output.drawing.pad
    trial.hands.stroke(pad, [_share(pad, x, y) for x, y in _SEVEN])
    check(not pad.blank, "The pad is blank after a line was drawn.")
    bars = output.drawing.bars

    def answered() -> bool:
        picture, shown = bars.picture, pad.shown
        return picture is not None and shown is not None and np.array_equal(picture.image, shown)

    wait(answered, "The network does not answer to the drawing.")
    scene, picture = trial.program.session.scenes[0], bars.picture
    assert picture is not None
    assert picture.probabilities is not None
    x = np.asarray(pad.shown, np.float64).reshape(1, -1)
    if scene.dataset.preparation.mean is None:
        expected = outputs_of(scene.architecture, row, x)[scene.architecture.dense[-1].id][0]
        gap = float(np.abs(picture.probabilities - expected).max())
        check(gap < 1e-4, f"The bars differ from the network's probabilities by {gap:.1e}.")
    check(abs(float(picture.probabilities.sum()) - 1) < 1e-4, "The probabilities do not add up to 1.")


def look_at_mistakes(trial: Trial) -> None:
    """The confusion matrix counts each image once; a click on a cell shows its images, a click on one sends it in."""
    hands, output = trial.hands, trial.program.output
    answers = output.answers
    scene = trial.program.session.scenes[0]
    part = getattr(scene.dataset, report_part(scene.dataset))
    x = np.asarray(scene.dataset.preparation.apply(part.raw), np.float64)
    expected = outputs_of(scene.architecture, trial.row(), x)[scene.architecture.dense[-1].id].argmax(axis=1)
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (part.labels, expected), 1)

    def counted() -> bool:
        # Of an image or two the answer may hang on the last digit of a float32.
        return answers.report is not None and bool(np.abs(answers.report.counts - counts).sum() <= 4)

    wait(counted, "The confusion matrix does not count the answers that the network gives now.", 3)
    report = answers.report
    assert report is not None
    check(report.total == len(part), f"The matrix counts {report.total} images of {len(part)}.")
    trial.picture("08-digits")
    check(len(report.mistakes) > 0, "There is not one mistake to look at.")
    true, predicted = int(report.mistakes.true[0]), int(report.mistakes.predicted[0])
    hands.click(answers.confusion.viewport(), hands.cell(answers.confusion, true, predicted))
    check(answers.confusion.choice == (true, predicted), "A click does not choose a cell of the matrix.")
    found = answers.mistakes.table.mistakes
    check(found is not None and len(found) == report.counts[true, predicted], "Not the images of the cell are shown.")
    hands.click(answers.mistakes.viewport(), answers.mistakes.visualRect(answers.mistakes.model().index(0, 0)).center())
    check(output.drawing.pad.given, "A click on an image does not put it on the pad.")
    trial.picture("09-mistakes")


def show_training(trial: Trial) -> None:
    """The panel of training is behind a tab of its own; the table of runs at the bottom has a row for each run."""
    hands, window = trial.hands, trial.program.window
    hands.click(window.right.tabs, window.right.tabs.tabRect(1).center())
    check(trial.program.training.isVisible(), "The tab does not show the panel of training.")
    hands.view.setFocus()
    trial.turn("runs")
    rows = trial.program.runs_table.model.rowCount()
    check(rows == len(trial.program.history.past) + 1, f"The table has {rows} rows.")
    trial.picture("10-runs")
    trial.turn("loss")
    hands.click(window.right.tabs, window.right.tabs.tabRect(0).center())


def _share(widget: QWidget, x: float, y: float) -> QPoint:
    side = min(widget.width(), widget.height())
    return QPoint(round(x * side), round(y * side))


STEPS = (choose_digits, learn_digits, draw_digit, look_at_mistakes, show_training)
