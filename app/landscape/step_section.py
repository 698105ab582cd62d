"""The section of the form that chooses whose next steps are drawn, and tells where they lead."""

import math

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.landscape.ahead import OFF, OWN, StepChoice, Wanted
from app.landscape.curvature import rate_in_use
from app.landscape.frames import Ahead
from app.landscape.readings import percent
from app.landscape.watcher import Watcher
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.header import Header
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import written
from app.shell.widgets.sliders import LogSlider
from app.work.session import Phase
from core.choices.optimizers import OPTIMIZERS, OptimizerSettings
from core.choices.schedules import Constant
from core.training.events import Row


class StepSection(QWidget):
    """Optimizer, learning rate, and what one step and some more of them do to the loss. changed: a StepChoice."""

    changed = Signal(object)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.choice = StepChoice()
        self._own: OptimizerSettings = OPTIMIZERS["sgd"].settings(kind="sgd")
        self._awaits = False  # steps that were chosen by hand
        sentence = self.tr(
            "Where an optimizer would go from the weights that are shown: its first step as an arrow, more of them as "
            "a dashed line. The steps follow the gradient of all samples of the landscape at once, without dropout, "
            "and the optimizer begins without a memory. They go in all directions; drawn is what of them lies in the "
            "plane. The other arrow points down the gradient in the plane; its length means nothing."
        )
        self.optimizer = QuietCombo(self.tr("Optimizer of the steps that are drawn"))
        self.optimizer.addItem(self.tr("None"), OFF)
        self.optimizer.addItem("", OWN)
        for tag, row in OPTIMIZERS.items():
            self.optimizer.addItem(row.title, tag)
        self.optimizer.activated.connect(lambda _index: self._choose(StepChoice(self.optimizer.currentData())))
        self.rate = LogSlider(icons.theme, 0.0, 1e9, self.tr("Learning rate of the steps that are drawn"), floor=1e-5)
        self.rate.setToolTip(self.tr("Of the steps that are drawn; training keeps its own"))
        self.rate.changed.connect(lambda rate: self._choose(StepChoice(self.choice.optimizer, rate)))
        self.lines = tuple(ElidedLabel() for _ in range(3))
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(1, 1)
        for place, (title, editor) in enumerate(
            ((self.tr("Optimizer"), self.optimizer), (self.tr("Learning rate"), self.rate))
        ):
            label = QLabel(title)
            set_class(label, "caption")
            self.grid.addWidget(label, place, 0)
            self.grid.addWidget(editor, place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(Header(icons, self.tr("Next steps"), sentence=sentence))
        column.addLayout(self.grid)
        for line in self.lines:
            set_class(line, "caption")
            column.addWidget(line)
        self.show_own(self._own)

    def show_own(self, own: OptimizerSettings) -> None:
        """Tell which optimizer the experiment has, with the learning rate that it steps with now."""
        self._own = own
        self.optimizer.setItemText(1, self.tr("As in training: {0}").format(OPTIMIZERS[own.kind].title))
        self.optimizer.setCurrentIndex(self.optimizer.findData(self.choice.optimizer))
        rate = self.choice.of(own).learning_rate
        if rate != self.rate.value:
            self.rate.set_value(rate)
        self.rate.setEnabled(self.choice.optimizer != OFF)

    def _choose(self, choice: StepChoice) -> None:
        if choice != self.choice:
            self.choice = choice
            self._awaits = True
            self._tell(self.tr("finding the steps …"))
            self.changed.emit(choice)

    # -- told ----------------------------------------------------------------------------------------------------

    def show_ahead(self, ahead: Ahead | None) -> None:
        """Tell where the steps lead, once they are those that were chosen last; None: nothing is known yet."""
        if ahead is None:
            self._tell()
        elif not self._awaits or self._chosen(ahead.optimizer):
            self._awaits = False
            self._tell(*self._told(ahead))

    def _chosen(self, optimizer: OptimizerSettings) -> bool:
        """Tell whether steps are those that are chosen; the rate of a schedule moves on by itself meanwhile."""
        meant = self.choice.of(self._own)
        near = 0.5 if self.choice.rate is None else 1e-9
        return meant.kind == optimizer.kind and math.isclose(meant.learning_rate, optimizer.learning_rate, rel_tol=near)

    def _tell(self, *told: str) -> None:
        for place, label in enumerate(self.lines):
            label.setText(told[place] if place < len(told) else "")
            label.setVisible(self.choice.optimizer != OFF)

    def _told(self, ahead: Ahead) -> tuple[str, ...]:
        one = self.first(ahead)
        if not one:
            return (self.tr("Drawn when training pauses: too many weights"),)
        count, last = len(ahead.losses) - 1, float(ahead.losses[-1])
        more = self.tr("{0} steps: loss {1}").format(count, written(last))
        if not math.isfinite(last):
            more = self.tr("After {0} steps the loss is no number any more").format(count)
        share = "" if math.isnan(ahead.share) else self.tr("{0} of a step lies in the plane")
        return one, more, share.format(percent(ahead.share))

    def first(self, ahead: Ahead) -> str:
        """Return what the first step does to the loss, in words; nothing where there is none."""
        if self.choice.optimizer == OFF or len(ahead.losses) < 2:
            return ""
        before, after = (float(loss) for loss in ahead.losses[:2])
        digits = 3 if written(before) != written(after) else 5
        words = self.tr("One step: loss {0} → {1}")
        if not after <= before:
            words = self.tr("One step overshoots: loss {0} → {1}")
        return words.format(written(before, digits), written(after, digits))


class StepsAhead(QObject):
    """Tells the watcher which steps are wanted: those that are chosen, ahead of the weights that are shown."""

    def __init__(self, watcher: Watcher, section: StepSection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watcher = watcher
        self.section = section
        self.row: Row | None = None  # that was taken from the landscape; None: the run's own
        section.changed.connect(lambda _choice: self._look())
        watcher.told.connect(self._look)
        watcher.document.changed.connect(lambda *_: self._look())
        self._look()

    def take(self, row: Row | None) -> None:
        """Look ahead of these weights (P,), or of those of the run again."""
        self.row = row
        self._look()

    def _look(self) -> None:
        training = self.watcher.document.experiment.training
        own = training.optimizer.model_copy(update={"learning_rate": self._rate()})
        self.section.show_own(own)
        choice = self.section.choice
        self.watcher.look_ahead(Wanted(choice.stepping(training, own), self.row))

    def _rate(self) -> float:
        """Return the learning rate that the experiment steps with now: that of a schedule where the run has come to."""
        session, training = self.watcher.session, self.watcher.document.experiment.training
        current, run = self.watcher.history.current, session.run
        goes = session.phase in (Phase.TRAINING, Phase.PAUSED) and run < len(current)
        if isinstance(training.schedule, Constant) or not goes:
            return training.optimizer.learning_rate
        return rate_in_use(current[run])
