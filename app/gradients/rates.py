"""The page of the learning rate: a test over all rates, what it suggests, and the lecture's three pictures."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.gradients.clock import LossPlot, againsts
from app.gradients.page import Page
from app.gradients.plot import Plot, Row, around, logarithms, number, pen
from app.plots.axes import Axis, finite_range, log_ticks, power, round_ticks
from app.plots.run_curves import RunCurves
from app.plots.spots import Note, Spot, Spots
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import written
from app.stopping.heading import Verdict
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Session
from app.work.trainer import Trainer, without_live
from core.experiment.experiment import Experiment
from core.experiment.variants import Variant
from core.training.events import Row as Weights
from core.training.rates import RangePicture, Rate, three_rates

VIEW = "learning-rate test"
PATH = "training.optimizer.learning_rate"
_BESIDE = 620  # pixels in which the test has room beside the three pictures
_ABOVE = 1.6  # times the first loss that the three pictures reach up to
_RISE = 1.5  # times the fall of the loss: how far above its start it is shown
_BEYOND = 0.15  # powers of ten behind the rate at which the test broke off
_REDRAW_MS = 150


def range_probe(scene: Scene, row: Weights) -> Generator[None, None, RangePicture]:
    """The probe of the test, from weights (P,)."""
    from core.training.range_test import range_test

    return (yield from range_test(scene.architecture, scene.dataset, scene.experiment.training, row))


class RangePlot(Plot):
    """Loss against the learning rate of each step: raw and smoothed, the suggestion, the rate that is set."""

    def __init__(self, theme: Theme) -> None:
        self.picture: RangePicture | None = None
        self.rate = 0.0  # that is set
        left, bottom = Axis(theme, "left", round_ticks), Axis(theme, "bottom", log_ticks, power)
        super().__init__(theme, left, bottom, self.tr("Loss against a growing learning rate"))
        color = theme.color("text")
        self.raw, self.smooth = self.line(color), self.line(color)
        self.marks = [self.line(color), self.line(color)]  # of what is suggested, of what is set
        self.notes = [Note(self.view, 20) for _ in range(3)]
        self.cross = Spots(self.view, 25)
        self.view.sigResized.connect(self.draw)
        self.refresh()

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        super().refresh()
        self.left.name(self.tr("loss"))
        self.bottom.name(self.tr("learning rate (log)"))

    def show_picture(self, picture: RangePicture | None, rate: float) -> None:
        """Show a test, and the learning rate that is set."""
        self.picture, self.rate = picture, rate
        self.draw()

    def draw(self) -> None:
        """Draw it."""
        picture, theme = self.picture, self.theme
        there = picture is not None and len(picture.rates) > 0
        for item in (self.raw, self.smooth, *self.marks):
            item.setVisible(there)
        for note in self.notes:
            note.show("", theme.color("text"), theme.font())
        self.cross.show([])
        if picture is None or not there:
            return
        x = np.log10(picture.rates)
        self.raw.setData(x, picture.losses, pen=pen(theme.color("text2", 0.45)))
        self.smooth.setData(x, picture.smoothed, pen=pen(theme.color("text"), width=2.0))
        low, high = around([picture.losses, np.array([picture.start])], (0.0, 0.0), anew=True)
        fall = picture.start - float(np.nanmin(picture.losses))
        high = min(high, picture.start + _RISE * fall) if fall > 0 else high
        left, right = float(x[0]), max(float(x[-1]), float(x[0]) + 1)
        if picture.diverged is not None:
            right = max(right, float(np.log10(picture.diverged))) + _BEYOND
        row = (theme.sizes.axis + 5) / max(self.view.height(), 1.0)  # a line of text, as a share of the height
        high += 2 * row * (high - low)  # for the names of the marks
        self.span((left, right), (low, high))
        for place, (rate, color, words) in enumerate(
            (
                (picture.suggested, theme.color("ok"), self.tr("suggested {0}")),
                (self.rate, theme.color("accent"), self.tr("set {0}")),
            )
        ):
            at = float(logarithms(np.array([rate or 0.0]))[0])
            mark, seen = self.marks[place], left <= at <= right
            mark.setVisible(seen)
            if seen and rate:
                mark.setData([at, at], [low, high], pen=pen(color, dashed=place == 1, width=2.0 - place))
                # One below the other, so that they can be read where both are alike.
                self._write(place, words.format(written(rate)), color, (at, high - place * row * (high - low)))
        if picture.diverged is not None:
            at, color = float(np.log10(picture.diverged)), theme.color("err")
            self.cross.show([Spot(at, min(float(picture.losses[-1]), high), "x", 10, color)])
            words = self.tr("diverged at {0}").format(written(picture.diverged))
            self._write(2, words, color, (at, low + 1.3 * row * (high - low)))

    def _write(self, note: int, text: str, color: QColor, place: tuple[float, float]) -> None:
        """Write a note below a place, at the side of it where there is more room."""
        left, right = self.view.viewRange()[0]
        self.notes[note].show(text, color, self.theme.font(self.theme.sizes.axis, bold=True))
        self.notes[note].place(*place, left=place[0] > (left + right) / 2)

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002
        """Tell rate and losses of the step next to the mouse."""
        picture = self.picture
        if picture is None or not len(picture.rates):
            return "", ()
        place = int(np.abs(np.log10(picture.rates) - x).argmin())
        return self.tr("learning rate {0}").format(written(float(picture.rates[place]))), [
            (None, self.tr("loss"), number(float(picture.losses[place]))),
            (None, self.tr("smoothed"), number(float(picture.smoothed[place]))),
            (None, self.tr("at the start"), number(picture.start)),
        ]


class ThreePictures(QWidget):
    """The losses of the lecture's three runs, each in a plot of its own."""

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.heads = [ElidedLabel() for _ in range(3)]
        self.plots = [LossPlot(icons.theme, againsts()[1]) for _ in range(3)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for head, plot in zip(self.heads, self.plots, strict=True):
            set_class(head, "value")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(head)
            column.addWidget(plot, 1)
            row.addLayout(column, 1)

    def show_runs(self, rates: Sequence[Rate], runs: Sequence[RunCurves]) -> None:
        """Show three runs under their names."""
        first = [float(run.curves["train_loss"][0]) for run in runs if len(run.curves)]
        low, _ = finite_range([run.curves["train_loss"] for run in runs]) or (0.0, 1.0)
        high = _ABOVE * max(first, default=1.0)
        for head, plot, rate, run in zip(self.heads, self.plots, rates, runs, strict=True):
            head.setText(run.name)
            head.setToolTip(rate.sentence)
            plot.setToolTip(rate.sentence)
            plot.show_runs([run], heights=(min(low, 0.0), high))  # alike, or crawling would look like falling


class RatesPage(Page):
    """used: a learning rate that is to be set. compared: an experiment whose variants are the lecture's three rates."""

    used = Signal(float)
    compared = Signal(object)

    def __init__(self, icons: Icons, session: Session, history: History, trainer: Trainer) -> None:
        sentence = self.tr(
            "One pass over the data on a copy of the weights, in which the learning rate grows from step to step, and "
            "the loss after each. At first steps are too small to matter; then the loss falls; then it jumps or grows "
            "beyond all bounds. The suggestion is a tenth of the rate at which the loss was lowest. The network on the "
            "screen stays as it is."
        )
        super().__init__(icons, self.tr("Learning-rate test"), sentence, "w ← w − η·∂J/∂w")
        self.session, self.history, self.trainer = session, history, trainer
        self.picture: RangePicture | None = None
        self._of: Experiment | None = None  # what was tested, without live settings
        self._testing = False
        self._three: tuple[tuple[Rate, ...], tuple[str, ...]] = ((), ())  # rates, and the names of their runs
        self.start = QuietCombo(self.tr("Weights that the test begins with"))
        self.start.addItem(self.tr("start weights"), True)
        self.start.addItem(self.tr("weights now"), False)
        self.find_rate = QPushButton(self.tr("Test again"))
        self.use = QPushButton()
        self.compare = QPushButton(self.tr("Compare three"))
        self.compare.setToolTip(self.tr("Train three runs side by side: too small, stable, too large"))
        self.plot = RangePlot(self.theme)
        self.pictures = ThreePictures(icons)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.pictures, 1)
        for widget in (self.find_rate, self.use, self.compare):
            self.add(widget)
        self.start.setMinimumContentsLength(11)
        self.start.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.reason = Verdict(self.theme)
        self.reason.set_lines(2)
        second = QHBoxLayout()
        second.addWidget(self.reason, 1)
        second.addWidget(self.start)
        self.column.insertLayout(1, second)
        self.find_rate.clicked.connect(self.run)
        self.mend_wanted.connect(self.run)
        self.use.clicked.connect(self._use)
        self.compare.clicked.connect(self._compare)
        self._soon = QTimer(self, interval=_REDRAW_MS, singleShot=True)
        self._soon.timeout.connect(self._show)
        session.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.phase_changed.connect(lambda _phase: self._show())
        history.grew.connect(self._later)
        trainer.document.changed.connect(lambda *_: self._show())
        self.visible_changed.connect(lambda _on: self._show())
        self._show()

    # -- asked ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Test the run that is shown."""
        current, run = self.history.current, self.session.run
        if self.session.scene is None or run >= len(current):
            return
        record = current[run]
        row = record.rows[min(record.rows)] if self.start.currentData() else record.last_row
        self._testing = True
        self._three = (), ()
        self.session.watch(VIEW, range_probe, row=row)
        self._show()

    def _begin(self) -> None:
        self._testing = False  # the thread has forgotten it
        scene = self.session.scene
        if self.picture is not None and (scene is None or without_live(scene.experiment) != self._of):
            self.picture = None
        self._show()

    def _frame(self, view: str, picture: Any) -> None:
        if view == VIEW and self._testing and self.session.scene is not None:
            self._testing = False
            self.session.watch(VIEW, None)
            self.picture, self._of = picture, without_live(self.session.scene.experiment)
            self._show()

    def _use(self) -> None:
        if self.picture is not None and self.picture.suggested is not None:
            self.used.emit(self.picture.suggested)

    def _compare(self) -> None:
        rates = None if self.picture is None else three_rates(self.picture)
        if rates is None:
            return
        names = tuple(f"{rate.name} {written(rate.value)}" for rate in rates)
        self._three = rates, names
        variants = tuple(
            Variant(name=name, settings={PATH: rate.value}) for name, rate in zip(names, rates, strict=True)
        )
        self.compared.emit(self.trainer.document.experiment.model_copy(update={"variants": variants}))

    # -- shown ---------------------------------------------------------------------------------------------------

    def _later(self) -> None:
        if self.isVisible() and self._three[0] and not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        if not self.isVisible():
            return
        picture, scene = self.picture, self.session.scene
        rates, names = self._three
        current = self.history.current
        three = bool(rates) and tuple(record.name for record in current) == names
        suggested = None if picture is None else picture.suggested
        for button in (self.use, self.compare):
            button.setVisible(suggested is not None)
        self.use.setText(self.tr("Use {0}").format(written(suggested or 0.0)))
        self.find_rate.setVisible(picture is not None)
        self.start.setVisible(picture is not None)
        for widget in (self.find_rate, self.start):
            widget.setEnabled(not self._testing and scene is not None)
        rate = self.trainer.document.experiment.training.optimizer.learning_rate
        self.use.setEnabled(suggested is not None and suggested != rate)
        self.plot.show_picture(picture, rate)
        if three:
            runs = [RunCurves.of(record, self.history.place + place) for place, record in enumerate(current)]
            self.pictures.show_runs(rates, runs)
        self.pictures.setVisible(three)
        self.plot.setVisible(not three or self.width() >= _BESIDE)
        if self._testing:
            self.tell(self.tr("Testing: one pass with a learning rate that grows …"))
        else:
            self.tell("")
        reason = "" if picture is None or self._testing else picture.reason
        self.reason.say(reason, reason)
        self.reason.setVisible(picture is not None)
        if picture is not None or self._testing:
            self.show_missing("" if picture is not None else self.note.text())
        elif scene is None:
            self.show_missing(self.tr("There is no network yet whose learning rate could be found."))
        else:
            words = self.tr("A test of one pass tells which learning rates this network can take.")
            self.show_missing(words, self.tr("Find a learning rate"))

    def plots_shown(self) -> Sequence[QWidget]:
        """Return the test with its reason, and the three pictures."""
        return self.reason, self.plot, self.pictures

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the test."""
        return None if self.picture is None else partial(_table, self.picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the test beside the three pictures where there is room."""
        super().resizeEvent(event)
        self._show()


def _table(picture: RangePicture) -> str:
    columns = picture.rates, picture.losses, picture.smoothed
    return table(("learning rate", "loss", "smoothed"), zip(*(column.tolist() for column in columns), strict=True))
